"""The core's migrations, ``core_0001`` and on."""
