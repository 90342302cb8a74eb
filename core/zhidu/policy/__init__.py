"""The policy is the configuration: packs, versions, clauses, settings and flows."""
