"""Pure rules over values: no database, no web."""
