"""Zhidu: seals, their custody, inspection, use and register."""
