"""Duties and time: what is late, what was missed, who is told, and a policy that changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from tests.core.duty_stage import (
    CHECK,
    clocks_of,
    do,
    duties_of,
    keys,
    open_duties,
    publish,
    run,
    run_all,
    told,
    watch,
)
from tests.core.seats_stage import office  # noqa: F401 -- fixtures
from tests.core.workflow_house import Office, tasks_of

from zhidu.db import Session
from zhidu.org.calendar import is_workday
from zhidu.org.models import Company
from zhidu.policy import deadlines, duties
from zhidu.policy.duty_models import Duty
from zhidu.testing.concurrency import Concurrently
from zhidu.testing.fixtures import FrozenClock
from zhidu.workflow import queries
from zhidu.workflow.models import Trail
from zhidu.workflow.seats_plugin import FIND_DUE

MONDAY = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
"""Nine in the morning in Shanghai, on a working day."""


@pytest.fixture(autouse=True)
def at_nine(clock: FrozenClock) -> None:
    clock.set(MONDAY)


def one(session: Session) -> Duty:
    return session.scalars(select(Duty)).one()


ESCALATED = (
    CHECK
    + """\
    escalate:
      - {after: 1 hour, do: remind, clause: D-2}
      - {after: 4 hours, do: escalate, clause: D-2}
      - {after: 24 hours, do: manager, clause: D-2}
"""
)


def test_the_clocks_count_from_when_it_is_due(office: Office, clock: FrozenClock) -> None:
    publish(office, ESCALATED)
    open_duties(office)
    who = office.org

    def reminders() -> int:
        return len(told(office, who.custodian, "Reminder"))

    def strike(hours: float) -> None:
        clock.set(datetime(2026, 3, 2, 2, 0, tzinfo=UTC) + timedelta(hours=hours))
        _strike(office)

    strike(0.9)
    assert reminders() == 0
    strike(1)
    strike(1.2)
    assert reminders() == 1
    with office.db.read(office.system) as session:
        assert [task.member_id for task in tasks_of(session, one(session).id)] == [who.custodian.id]
    strike(4)
    with office.db.read(office.system) as session:
        asked = [task.member_id for task in tasks_of(session, one(session).id)]
        assert asked == [who.custodian.id, who.admin.id]  # 周静 is the superior of 吴芳
        clauses = session.scalars(
            select(Trail.clause).where(Trail.action == "timeout").order_by(Trail.id)
        )
        assert list(clauses) == ["D-2", "D-2"]
    do(office, who.admin, _key(office), "代办")
    with office.db.read(office.system) as session:
        assert one(session).done_by == who.admin.id


def test_after_the_superior_comes_the_manager_of_the_flow(
    office: Office,
    clock: FrozenClock,
) -> None:
    text = ESCALATED.replace("role: custodian", "role: hr")
    publish(office, text)
    open_duties(office)
    clock.set(datetime(2026, 3, 3, 2, 0, tzinfo=UTC))
    for _ in range(3):
        _strike(office)
    with office.db.read(office.system) as session:
        first = duties_of(session)[0]
        assert office.org.admin.id in {task.member_id for task in tasks_of(session, first.id)}


def test_a_catch_up_does_not_escalate_at_once(office: Office, clock: FrozenClock) -> None:
    """Who is asked a week late is reminded an hour later, not told off in the same minute."""
    publish(office, ESCALATED)
    open_duties(office)
    clock.tick(days=7)
    open_duties(office)
    _strike(office)
    with office.db.read(office.system) as session:
        late = next(row for row in duties_of(session) if row.period == "2026-03-05")
        assert [task.member_id for task in tasks_of(session, late.id)] == [office.org.custodian.id]
        assert tasks_of(session, late.id)[0].reminded == 0


def test_what_is_late_stays_open_when_the_next_period_opens(
    office: Office,
    clock: FrozenClock,
) -> None:
    publish(office, CHECK)
    open_duties(office)
    watch(office)
    clock.tick(days=1)
    open_duties(office)
    watch(office)
    assert keys(office) == [("check", "2026-03-02"), ("check", "2026-03-03")]
    with office.db.read(office.org.custodian.actor) as session:
        assert queries.count_todo(session, office.org.custodian.id) == 2
        first, second = duties_of(session)
        found = deadlines.deadlines_of(session, [first.id, second.id])
        assert (found[first.id].missed, found[second.id].missed) == (True, False)
        assert found[first.id].clause == "D-1"
        assert [row.missed for row in clocks_of(session)] == [True, False]
    do(office, office.org.custodian, first.id)
    with office.db.read(office.system) as session:
        assert clocks_of(session, first.id)[0].missed


def test_missed_days_are_made_up_for(office: Office, clock: FrozenClock) -> None:
    publish(office, CHECK)
    open_duties(office)
    clock.tick(days=10)
    open_duties(office)
    days = [date(2026, 3, 2) + timedelta(days=n) for n in range(11)]
    with office.db.read(office.system) as session:
        expected = [day.isoformat() for day in days if is_workday(session, day)]
    assert [period for _, period in keys(office)] == expected
    assert len(expected) == 9


def test_a_company_without_a_policy_has_nothing_to_do(office: Office) -> None:
    open_duties(office)
    assert keys(office) == []


def test_before_the_first_look_nothing_is_made_up_for(office: Office, clock: FrozenClock) -> None:
    publish(office, CHECK)
    clock.tick(days=3)
    open_duties(office)
    assert keys(office) == [("check", "2026-03-05")]


def test_two_workers_open_nothing_twice(office: Office) -> None:
    publish(office, CHECK)
    meet = Concurrently(office.db)

    def act(session: Session, _meet: Any) -> None:
        duties.open_due(session, {})

    for outcome in meet(office.system, act, act, act):
        outcome.get()
    open_duties(office)
    found = keys(office)
    assert found == [("check", "2026-03-02")]


def test_a_new_version_drops_a_duty_and_leaves_what_runs(
    office: Office,
    clock: FrozenClock,
) -> None:
    first = publish(office, CHECK)
    open_duties(office)
    clock.tick(days=1)
    second = publish(
        office, CHECK.replace("check", "round").replace("设备点检", "巡查"), version="2"
    )
    open_duties(office)
    assert keys(office) == [("check", "2026-03-02"), ("round", "2026-03-03")]
    with office.db.read(office.system) as session:
        old, new = duties_of(session)
        assert (old.header.policy_version_id, new.header.policy_version_id) == (first, second)
        assert len(tasks_of(session, old.id)) == 1
        key = old.id
    do(office, office.org.custodian, key, "好")


def test_a_day_that_was_missed_is_opened_under_the_version_of_that_day(
    office: Office,
    clock: FrozenClock,
) -> None:
    publish(office, CHECK)
    open_duties(office)
    other = CHECK.replace("check", "round")
    publish(office, other, version="2", day=date(2026, 3, 5))
    clock.tick(days=4)
    open_duties(office)
    assert keys(office) == [
        ("check", "2026-03-02"),
        ("check", "2026-03-03"),
        ("check", "2026-03-04"),
        ("round", "2026-03-05"),
        ("round", "2026-03-06"),
    ]


def test_a_duty_that_cannot_be_opened_holds_up_no_other_one_and_is_tried_again(
    office: Office,
    clock: FrozenClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    publish(office, CHECK + CHECK.replace("check", "fails"))
    real = duties.open_duty

    def failing(*arguments: Any) -> Any:
        if arguments[3].id == "fails":
            raise RuntimeError("an addon is broken")
        return real(*arguments)

    monkeypatch.setattr(duties, "open_duty", failing)
    open_duties(office)
    clock.tick(days=1)
    open_duties(office)
    assert keys(office) == [("check", "2026-03-02"), ("check", "2026-03-03")]
    monkeypatch.setattr(duties, "open_duty", real)
    open_duties(office)
    assert len(keys(office)) == 4


def test_summer_time_does_not_move_what_the_clock_on_the_wall_shows(
    office: Office,
    clock: FrozenClock,
) -> None:
    """In New York the clocks go forward on 8 March 2026: ten o'clock stays ten o'clock."""
    with office.db.write(office.system) as session:
        session.get_one(Company, session.company).timezone = "America/New_York"
    clock.set(datetime(2026, 3, 6, 14, 0, tzinfo=UTC))
    publish(office, CHECK)
    open_duties(office)
    clock.set(datetime(2026, 3, 9, 14, 0, tzinfo=UTC))
    open_duties(office)
    with office.db.read(office.system) as session:
        due = {row.period: row.due_at for row in duties_of(session)}
    assert due == {
        "2026-03-06": datetime(2026, 3, 6, 15, 0, tzinfo=UTC),
        "2026-03-09": datetime(2026, 3, 9, 14, 0, tzinfo=UTC),
    }


def test_the_runner_itself_opens_and_watches(office: Office, clock: FrozenClock) -> None:
    publish(office, ESCALATED)
    run_all(office)
    assert keys(office) == [("check", "2026-03-02")]
    clock.tick(hours=2.5)  # an hour and a half behind ten o'clock
    run_all(office)
    assert len(told(office, office.org.custodian, "Reminder")) == 1
    with office.db.read(office.system) as session:
        assert clocks_of(session)[0].missed
    clock.tick(days=1)
    run_all(office)
    assert keys(office) == [("check", "2026-03-02"), ("check", "2026-03-03")]


def _key(office: Office) -> int:
    with office.db.read(office.system) as session:
        return one(session).id


def _strike(office: Office) -> None:
    run(office, FIND_DUE)
