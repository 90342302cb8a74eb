"""Deadlines and the job runner: what is looked at, told, and counted."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from tests.core.duty_stage import (
    DECIDED,
    approve,
    clocks_of,
    publish,
    run_all,
    states,
    told,
    watch,
)
from tests.core.seats_stage import office  # noqa: F401 -- fixtures
from tests.core.workflow_house import (
    Office,
    header,
    submitted,
    tasks_of,
)

from zhidu.db import Session
from zhidu.policy import activation, deadlines
from zhidu.policy.deadline_models import Deadline, DeadlineMark
from zhidu.testing.counting import QueryCounter
from zhidu.testing.fixtures import FrozenClock

MONDAY = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
"""Nine in the morning in Shanghai, on a working day."""


@pytest.fixture(autouse=True)
def at_nine(clock: FrozenClock) -> None:
    clock.set(MONDAY)


def test_the_job_looks_at_a_record_once_per_change(
    office: Office,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    publish(office, deadlines=DECIDED)
    keys = [submitted(office) for _ in range(3)]
    seen: list[int] = []
    real = deadlines.refresh

    def refresh(session: Session, record: Any) -> None:
        seen.append(record.id)
        real(session, record)

    monkeypatch.setattr(deadlines, "refresh", refresh)
    watch(office)
    assert sorted(seen) == keys
    watch(office)
    assert sorted(seen) == keys
    approve(office, office.org.team_head, keys[0])
    seen.clear()
    watch(office)
    assert seen == [keys[0]]
    with office.db.read(office.system) as session:
        mark = session.get_one(DeadlineMark, keys[0])
        assert mark.version == header(session, keys[0]).version


def test_a_switched_off_addon_tells_nobody(office: Office, clock: FrozenClock) -> None:
    publish(office, deadlines=DECIDED)
    submitted(office)
    with office.db.write(office.system) as session:
        activation.deactivate(session, session.actor, "demo", confirmed=True)
    clock.tick(hours=25)
    watch(office)
    assert told(office, office.org.team_head, "审批时限") == []
    with office.db.write(office.system) as session:
        activation.activate(session, session.actor, "demo")
    watch(office)
    assert len(told(office, office.org.team_head, "审批时限")) == 2


def test_the_runner_watches(office: Office, clock: FrozenClock) -> None:
    publish(office, deadlines=DECIDED)
    submitted(office)
    run_all(office)
    clock.tick(hours=24, minutes=10)
    run_all(office)
    assert len(told(office, office.org.team_head, "审批时限")) == 1


def test_a_page_asks_once(office: Office) -> None:
    publish(office, deadlines=DECIDED)
    keys = [submitted(office) for _ in range(4)]
    with office.db.read(office.system) as session, QueryCounter(office.db.engine) as sent:
        assert len(deadlines.deadlines_of(session, keys)) == 4
    assert sent.count == 1, sent
    with office.db.read(office.system) as session, QueryCounter(office.db.engine) as sent:
        assert deadlines.deadlines_of(session, []) == {}
    assert sent.count == 0


def test_refreshing_again_changes_nothing(office: Office, clock: FrozenClock) -> None:
    publish(office, deadlines=DECIDED)
    key = submitted(office)
    clock.tick(hours=26)
    watch(office)

    def picture() -> list[tuple[Any, ...]]:
        with office.db.read(office.system) as session:
            columns = Deadline.__table__.columns.keys()
            return [tuple(getattr(row, c) for c in columns) for row in clocks_of(session, key)]

    before = picture()
    with office.db.write(office.system) as session:
        deadlines.refresh(session, header(session, key))
        deadlines.refresh(session, header(session, key))
    assert picture() == before
    with office.db.read(office.system) as session:
        assert tasks_of(session, key)


def test_a_record_that_cannot_be_reckoned_holds_up_no_other_one(
    office: Office,
    clock: FrozenClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    publish(office, deadlines=DECIDED)
    bad, good = submitted(office), submitted(office)
    clock.tick(hours=24, minutes=1)
    real = deadlines.stated_of

    def failing(session: Session, row: Deadline) -> Any:
        if row.record_id == bad:
            raise RuntimeError("an addon is broken")
        return real(session, row)

    monkeypatch.setattr(deadlines, "stated_of", failing)
    watch(office)
    assert states(office, bad) == [("decided", 1, True, False)]
    assert states(office, good) == [("decided", 1, True, True)]
    monkeypatch.setattr(deadlines, "stated_of", real)
    clock.tick(minutes=30)
    watch(office)
    assert states(office, bad) == [("decided", 1, True, False)]
    clock.tick(minutes=31)
    watch(office)
    assert states(office, bad) == [("decided", 1, True, True)]
    assert len(told(office, office.org.team_head, "审批时限")) == 4
