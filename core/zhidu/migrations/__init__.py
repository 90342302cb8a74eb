"""Migrations: each addon has its own history and version table; one run is one transaction."""
