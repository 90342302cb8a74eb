"""Business documents (单据): one header for all, attachments, comments, readers."""
