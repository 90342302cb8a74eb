"""Pure rules: no ORM, no files, no clock."""
