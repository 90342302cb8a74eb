"""Copies: what was approved is the most that is ever stamped."""

from __future__ import annotations

MOST = 1000
"""Copies of one request; more is a mistake of typing."""


def left(approved: int, stamped: int) -> int:
    """Give how many copies may still be stamped, never below zero."""
    return max(approved - stamped, 0)


def fits(approved: int, stamped: int, now: int) -> bool:
    """Tell whether ``now`` more copies may be stamped: at least one, at most what is left."""
    return 1 <= now <= left(approved, stamped)
