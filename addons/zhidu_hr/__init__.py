"""People and leave: the staff file, kinds of leave, balances, requests."""
