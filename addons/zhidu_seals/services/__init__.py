"""The verbs of the addon."""
