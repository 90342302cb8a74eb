"""One clock: aware UTC instants, days in a company's time zone, frozen in tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

DEFAULT_ZONE = "Asia/Shanghai"

_frozen: ContextVar[datetime | None] = ContextVar("zhidu_clock", default=None)


def now() -> datetime:
    """Tell the present instant, aware, in UTC."""
    return _frozen.get() or datetime.now(UTC)


def today(zone: str = DEFAULT_ZONE) -> date:
    """Tell the present day as people in ``zone`` count it."""
    return now().astimezone(ZoneInfo(zone)).date()


@contextmanager
def frozen_at(instant: datetime) -> Iterator[None]:
    """Stand still at ``instant`` inside the block, for tests and replays.

    :raises ValueError: the instant has no time zone.
    """
    if instant.tzinfo is None:
        raise ValueError("an aware datetime is wanted")
    token = _frozen.set(instant.astimezone(UTC))
    try:
        yield
    finally:
        _frozen.reset(token)
