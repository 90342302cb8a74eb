"""Who may do what: log-ins, roles, permissions, scopes; default-deny in the query layer."""
