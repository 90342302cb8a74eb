"""Who did what, when, under which clause: written in the act's own transaction, never changed."""

import zhidu.audit.trail  # noqa: F401 -- no session may run without its listeners
