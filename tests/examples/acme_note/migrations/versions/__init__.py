"""Migrations of the addon note."""
