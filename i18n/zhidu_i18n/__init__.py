"""The catalogues of the core, one folder per locale; addons and themes carry their own."""
