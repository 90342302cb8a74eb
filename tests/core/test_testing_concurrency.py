"""The driver of races: acts meet, outcomes come back in order, nothing hangs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from zhidu import clock
from zhidu.actor import Actor
from zhidu.db import Database, Session
from zhidu.testing import concurrency
from zhidu.testing.concurrency import Concurrently

Meet = Callable[[], None]
SYSTEM = Actor.system()


class Units:
    """Opens units of work that are only names: here the driver is tested, not a database."""

    @contextmanager
    def write(self, actor: Actor) -> Iterator[str]:
        """Name the actor."""
        yield actor.name


@pytest.fixture
def together() -> Concurrently:
    """Drive units of work without a database."""
    return Concurrently(cast("Database", Units()))


def test_each_act_has_its_own_actor(together: Concurrently) -> None:
    """One actor for all, or one for each; outcomes stand in the order of the acts."""

    def who(session: Any, _meet: Meet) -> str:
        return str(session)

    assert [one.get() for one in together(SYSTEM, who, who)] == ["Zhidu", "Zhidu"]
    both = [Actor(name="张三"), Actor(name="李四")]
    assert [one.get() for one in together(both, who, who)] == ["张三", "李四"]


def test_acts_meet_as_often_as_they_like(together: Concurrently) -> None:
    """Nobody is ahead by more than one step."""
    steps: list[int] = []

    def act(_session: Any, meet: Meet) -> None:
        for step in range(20):
            meet()
            steps.append(step)
            meet()

    together(SYSTEM, act, act, act)
    assert steps == sorted(steps)
    assert len(steps) == 60


def test_who_fails_is_not_waited_for(together: Concurrently) -> None:
    """The error is an outcome; the other act goes on."""

    def fails(_session: Any, _meet: Meet) -> None:
        raise KeyError("first")

    def goes_on(_session: Any, meet: Meet) -> str:
        meet()
        return "done"

    failed, done = together(SYSTEM, fails, goes_on)
    assert isinstance(failed.error, KeyError)
    assert done.get() == "done"
    with pytest.raises(KeyError):
        failed.get()


def test_a_meeting_that_cannot_be_ends(
    together: Concurrently, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An act that waits for the other in another way does not hang the run."""
    given_up = threading.Event()

    def meets(_session: Any, meet: Meet) -> None:
        monkeypatch.setattr(concurrency, "PATIENCE_SECONDS", 0)
        try:
            meet()
        finally:
            given_up.set()

    def is_held(_session: Any, _meet: Meet) -> None:
        given_up.wait()

    first, second = together(SYSTEM, meets, is_held)
    assert isinstance(first.error, TimeoutError)
    assert second.error is None


def test_the_frozen_clock_holds_in_the_threads(together: Concurrently) -> None:
    """A race at the turn of a year happens there."""
    eve = datetime(2026, 12, 31, 15, 59, tzinfo=UTC)
    with clock.frozen_at(eve):
        outcomes = together(SYSTEM, lambda *_: clock.now(), lambda *_: clock.now())
    assert [one.get() for one in outcomes] == [eve, eve]


def test_two_sessions_write_at_the_same_time(db: Database, two_sessions: Concurrently) -> None:
    """Real units of work on the test's own database: both commit."""
    from zhidu.db.activation import EnabledAddon

    def enable(name: str) -> Callable[[Session, Meet], None]:
        def act(session: Session, _meet: Meet) -> None:
            session.add(EnabledAddon(name=name, version="1", enabled_at=clock.now()))

        return act

    for outcome in two_sessions(SYSTEM, enable("one"), enable("two")):
        outcome.get()
    with db.read(SYSTEM) as session:
        found = {row.name for row in session.query(EnabledAddon)}
    assert {"one", "two"} <= found
