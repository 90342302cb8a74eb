"""The back office: Flask and Flask-Admin live here and in addons' views only."""
