"""Notices to people: the in-app inbox, and the interface for further channels."""
