"""Tokens and ids that are not rows: request ids, leases, log-in secrets."""

from __future__ import annotations

import secrets


def token(size: int = 16) -> str:
    """Make an unguessable text of ``2 * size`` hexadecimal characters."""
    return secrets.token_hex(size)
