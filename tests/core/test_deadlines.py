"""Deadlines of records: their clocks follow what happens, and tell each of those above once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.core.duty_stage import (
    DECIDED,
    approve,
    by,
    clocks_of,
    publish,
    states,
    told,
    watch,
)
from tests.core.seats_stage import office  # noqa: F401 -- fixtures
from tests.core.workflow_house import (
    LEADER,
    DemoRequest,
    Office,
    flow,
    header,
    node,
    own_task,
    submitted,
)

from zhidu.clock import now
from zhidu.db import Session
from zhidu.policy import deadlines, deadlines_watch
from zhidu.records import services as records
from zhidu.testing.concurrency import Concurrently
from zhidu.testing.fixtures import FrozenClock
from zhidu.workflow import engine
from zhidu.workflow.definition import NodeKind

MONDAY = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
"""Nine in the morning in Shanghai, on a working day."""


@pytest.fixture(autouse=True)
def at_nine(clock: FrozenClock) -> None:
    clock.set(MONDAY)


def test_a_clock_runs_from_the_submit_until_the_approval(
    office: Office,
    clock: FrozenClock,
) -> None:
    version = publish(office, deadlines=DECIDED)
    key = submitted(office)
    with office.db.read(office.system) as session:
        row = clocks_of(session, key)[0]
        assert (row.started_at, row.due_at) == (MONDAY, MONDAY + timedelta(hours=24))
        assert (row.title, row.clause, row.policy_version_id) == ("审批时限", "D-3", version)
        due = deadlines.deadlines_of(session, [key, key + 1])
        assert list(due) == [key]
        assert (due[key].missed, due[key].due_at, due[key].clause) == (False, row.due_at, "D-3")
    clock.tick(hours=5)
    approve(office, office.org.team_head, key)
    with office.db.read(office.system) as session:
        row = clocks_of(session, key)[0]
        assert (row.stopped_at, row.missed, row.next_at) == (now(), False, None)
        assert deadlines.deadlines_of(session, [key]) == {}
    clock.tick(days=3)
    watch(office)
    assert told(office, office.org.hr_head, "审批时限") == []


def test_what_is_late_is_told_step_by_step_each_once(
    office: Office,
    clock: FrozenClock,
) -> None:
    publish(office, deadlines=DECIDED)
    key = submitted(office)
    who = office.org
    watched = (who.team_head, who.sales_head, who.admin, who.salesman)

    def counted() -> tuple[int, ...]:
        return tuple(len(told(office, person, "审批时限")) for person in watched)

    seen = []
    for hours in (23, 24, 24.5, 25, 26, 27, 28, 48, 60):
        clock.set(MONDAY + timedelta(hours=hours))
        watch(office)
        watch(office)
        seen.append(counted())
    # due: the one asked; reminded twice; then the superior; then the flow's manager
    assert seen == [
        (0, 0, 0, 0),
        (1, 0, 0, 0),
        (1, 0, 0, 0),
        (2, 0, 0, 0),
        (3, 0, 0, 0),
        (3, 0, 0, 0),
        (3, 1, 0, 0),
        (3, 1, 1, 0),
        (3, 1, 1, 0),
    ]
    assert "D-4" in told(office, who.sales_head, "审批时限")[0]
    assert "D-3" in told(office, who.admin, "审批时限")[0]
    assert states(office, key) == [("decided", 1, True, True)]
    approve(office, who.team_head, key)
    assert states(office, key) == [("decided", 1, False, True)]


def test_what_was_missed_while_nothing_ran_is_told_in_its_order(
    office: Office,
    clock: FrozenClock,
) -> None:
    publish(office, deadlines=DECIDED)
    submitted(office)
    clock.tick(days=9)
    watch(office)
    watch(office)
    assert len(told(office, office.org.team_head, "审批时限")) == 3
    assert len(told(office, office.org.sales_head, "审批时限")) == 1
    assert len(told(office, office.org.admin, "审批时限")) == 1


def test_two_workers_tell_once(office: Office, clock: FrozenClock) -> None:
    publish(office, deadlines=DECIDED)
    for _ in range(3):
        submitted(office)
    clock.tick(hours=29)

    def act(session: Session, _meet: Any) -> None:
        deadlines_watch.watch(session, {})

    for outcome in Concurrently(office.db)(office.system, act, act, act):
        outcome.get()
    watch(office)
    assert len(told(office, office.org.team_head, "审批时限")) == 9
    assert len(told(office, office.org.sales_head, "审批时限")) == 3


def test_a_return_stops_the_clock_and_a_new_submit_begins_another(
    office: Office,
    clock: FrozenClock,
) -> None:
    publish(office, deadlines=DECIDED)
    key = submitted(office)
    clock.tick(hours=20)
    by(
        office,
        office.org.team_head,
        lambda s: engine.return_to_applicant(s, s.actor, own_task(s, key), "再看"),
    )
    assert states(office, key) == [("decided", 1, False, False)]
    clock.tick(days=2)
    by(office, office.org.salesman, lambda s: engine.submit(s, s.actor, header(s, key)))
    assert states(office, key) == [("decided", 1, False, False), ("decided", 2, True, False)]
    with office.db.read(office.system) as session:
        assert clocks_of(session, key)[1].due_at == now() + timedelta(hours=24)
    clock.tick(hours=30)
    approve(office, office.org.team_head, key)
    assert states(office, key) == [("decided", 1, False, False), ("decided", 2, False, True)]


@pytest.mark.parametrize("end", ["reject", "withdraw", "terminate"])
def test_nothing_is_waited_for_behind_the_end(
    office: Office,
    clock: FrozenClock,
    end: str,
) -> None:
    publish(office, deadlines=DECIDED.replace("until: approve", "until: end"))
    key = submitted(office)
    clock.tick(hours=1)
    who = office.org
    match end:
        case "reject":
            by(office, who.team_head, lambda s: engine.reject(s, s.actor, own_task(s, key), "不"))
        case "withdraw":
            by(office, who.salesman, lambda s: engine.withdraw(s, s.actor, header(s, key)))
        case _:  # no hook tells of it: the job sees that the record changed
            by(office, who.admin, lambda s: engine.terminate(s, s.actor, header(s, key), "不办"))
            watch(office)
    assert states(office, key) == [("decided", 1, False, False)]
    clock.tick(days=3)
    watch(office)
    assert told(office, who.team_head, "审批时限") == []


def test_a_step_starts_and_stops_clocks(office: Office, clock: FrozenClock) -> None:
    publish(
        office,
        deadlines="""\
  - {id: filed, of: demo.request, from: approve, until: file, within: 3 hours, clause: D-3}
  - {id: closed, of: demo.request, from: file, until: close, within: 1 working day, clause: D-3}
  - {id: ended, of: demo.request, from: submit, within: 2 working days, clause: D-3}
""",
    )
    office.house.flow = flow(
        node("lead", LEADER), node("file", "hr", kind=NodeKind.HANDLE, transition="file")
    )
    key = submitted(office)
    assert states(office, key) == [("ended", 1, True, False)]
    clock.tick(hours=1)
    approve(office, office.org.team_head, key)
    assert states(office, key) == [("ended", 1, True, False), ("filed", 1, True, False)]
    clock.tick(hours=4)
    by(
        office,
        office.org.hr_head,
        lambda s: engine.handle(s, s.actor, own_task(s, key), values={"copies": 1}),
    )
    assert states(office, key) == [
        ("closed", 1, True, False),
        ("ended", 1, False, False),
        ("filed", 1, False, True),
    ]
    with office.db.read(office.system) as session:
        closed = clocks_of(session, key)[0]
        # from two in the afternoon on Monday, one working day
        assert closed.due_at == datetime(2026, 3, 3, 6, 0, tzinfo=UTC)
    with office.db.write(office.system) as session:
        engine.apply(session, session.actor, header(session, key), "close")
    assert states(office, key)[0] == ("closed", 1, False, False)


def test_a_condition_and_a_scope_say_for_which_records(office: Office) -> None:
    publish(
        office,
        deadlines="""\
  - {id: large, of: demo.request, within: 1 day, when: amount > 5, clause: D-3}
  - id: staff
    of: demo.request
    within: 1 day
    except: {posts: [cashier]}
    clause: D-3
""",
    )
    small = submitted(office)
    large = submitted(office, amount=Decimal(9))
    cashier = submitted(office, office.org.cashier, amount=Decimal(9))
    assert [name for name, *_ in states(office, small)] == ["staff"]
    assert [name for name, *_ in states(office, large)] == ["large", "staff"]
    assert [name for name, *_ in states(office, cashier)] == ["large"]


def test_a_draft_is_watched_from_when_it_was_written(office: Office, clock: FrozenClock) -> None:
    publish(
        office,
        deadlines="""\
  - {id: sent, title: 提交, of: demo.request, from: created, until: submit, within: 2 days,
     when: amount > 5, clause: D-3}
""",
    )
    with office.db.write(office.org.salesman.actor) as session:
        key = office.draft(session, amount=Decimal(9)).id
    watch(office)
    assert states(office, key) == [("sent", 1, True, False)]

    def change(amount: int) -> Callable[[Session], None]:
        def edit(session: Session) -> None:
            row = session.get_one(DemoRequest, key)
            records.edit(
                session, session.actor, row, {"amount": Decimal(amount)}, row.header.version
            )

        return edit

    by(office, office.org.salesman, change(1))
    watch(office)
    assert states(office, key) == []
    by(office, office.org.salesman, change(8))
    watch(office)
    clock.tick(days=2, seconds=1)
    watch(office)
    assert len(told(office, office.org.salesman, "提交")) == 1
    by(office, office.org.salesman, lambda s: engine.submit(s, s.actor, header(s, key)))
    assert states(office, key) == [("sent", 1, False, True)]


def test_a_draft_that_is_watched_can_be_deleted(office: Office) -> None:
    publish(
        office,
        deadlines="  - {id: sent, of: demo.request, from: created, within: 2 days, clause: D-3}\n",
    )
    with office.db.write(office.org.salesman.actor) as session:
        key = office.draft(session).id
    watch(office)
    assert len(states(office, key)) == 1
    by(
        office,
        office.org.salesman,
        lambda s: records.delete_draft(s, s.actor, s.get_one(DemoRequest, key)),
    )
    assert states(office, key) == []
    watch(office)


def test_records_of_an_older_policy_keep_its_deadlines(
    office: Office,
    clock: FrozenClock,
) -> None:
    publish(office, deadlines=DECIDED)
    old = submitted(office)
    publish(office, deadlines=DECIDED.replace("24 hours", "2 hours"), version="2")
    new = submitted(office)
    with office.db.read(office.system) as session:
        due = deadlines.deadlines_of(session, [old, new])
    assert due[old].due_at - due[new].due_at == timedelta(hours=22)
    clock.tick(hours=3)
    watch(office)
    assert [missed for *_, missed in states(office, old) + states(office, new)] == [False, True]
