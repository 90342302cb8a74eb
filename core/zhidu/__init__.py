"""Zhidu (制度): the public names for authors of addons come from here."""
