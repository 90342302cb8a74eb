"""Fixtures for authors of addons; each imports what it needs when it is used."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from zhidu.clock import frozen_at, now

if TYPE_CHECKING:
    from zhidu.db import Database
    from zhidu.testing.concurrency import Concurrently
    from zhidu.testing.counting import QueryCounter

MORNING = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
"""Where the frozen clock begins: a Monday, 9:00 in Shanghai, a working day."""


class FrozenClock:
    """A clock that stands still until the test moves it; threads of a server do not see it."""

    def __init__(self) -> None:
        self._held = ExitStack()

    @property
    def now(self) -> datetime:
        """Tell the instant at which it stands."""
        return now()

    def set(self, instant: datetime) -> datetime:
        """Stand at this aware instant from now on."""
        self._held.close()
        self._held.enter_context(frozen_at(instant))
        return instant

    def tick(self, **delta: float) -> datetime:
        """Go forward (or back) by the arguments of ``timedelta``, as in ``tick(days=3)``."""
        return self.set(now() + timedelta(**delta))

    def release(self) -> None:
        """Go again."""
        self._held.close()


@pytest.fixture
def clock() -> Iterator[FrozenClock]:
    """Freeze the clock at ``MORNING`` for this test."""
    frozen = FrozenClock()
    frozen.set(MORNING)
    yield frozen
    frozen.release()


@pytest.fixture
def query_counter(db: Database) -> Callable[[], QueryCounter]:
    """Count statements: ``with query_counter() as sent: …; assert sent.count <= 5, sent``."""
    from zhidu.testing.counting import QueryCounter

    return lambda: QueryCounter(db.engine)


@pytest.fixture
def two_sessions(db: Database) -> Concurrently:
    """Run acts at the same time, each in its own session: ``two_sessions(actor, one, other)``."""
    from zhidu.testing.concurrency import Concurrently

    return Concurrently(db)
