"""Business documents (单据): one header for all, attachments, comments, readers."""

from zhidu.records import listeners  # noqa: F401 -- no session may run without them
