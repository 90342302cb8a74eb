"""The core's own pages: notices, organisation, access, policy, audit, system."""
