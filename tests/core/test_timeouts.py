"""Clocks of tasks: in working time, carried out by the job runner, once, with the clause that says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.core.clock_stage import (  # noqa: F401 -- fixtures
    MONDAY,
    after,
    clocked,
    monday,
    notes,
    notices,
    struck,
    the_task,
    tick,
)
from tests.core.seats_stage import office  # noqa: F401 -- fixtures
from tests.core.workflow_house import (
    DemoRequest,
    Office,
    flow,
    header,
    node,
    own_task,
    submitted,
    tasks_of,
)

from zhidu.clock import now
from zhidu.errors import Conflict, Refused
from zhidu.records.models import Approval
from zhidu.testing.fixtures import FrozenClock
from zhidu.workflow import engine, queries, timeouts
from zhidu.workflow.definition import Mode, NodeKind, OnTimeout
from zhidu.workflow.models import Origin, Sign, Task, TrailAction


def test_a_clock_counts_working_time(office: Office, clock: FrozenClock) -> None:
    """Nine hours on a day of eight: the rest is on the next working day, behind the lunch break."""
    office.house.flow = clocked(after("9 working hours", OnTimeout.REJECT))
    record_id = submitted(office)
    task = the_task(office, record_id)
    # Monday 10:00-12:00 and 13:00-18:00 are seven hours, Tuesday 09:00-11:00 two
    assert task.due_at == MONDAY + timedelta(days=1, hours=1)
    assert (task.remind_at, task.due_index, task.due_count) == (None, 0, 1)
    clock.set(datetime(2026, 3, 6, 9, 30, tzinfo=UTC))  # Friday, half past five
    friday = the_task(office, submitted(office))
    assert friday.due_at == datetime(2026, 3, 10, 1, 30, tzinfo=UTC)  # Tuesday, half past nine


def test_a_task_whose_clock_strikes_is_overdue(office: Office, clock: FrozenClock) -> None:
    office.house.flow = clocked(after("2 hours", OnTimeout.ESCALATE))
    record_id = submitted(office)
    leader = office.org.team_head

    def overdue() -> bool:
        with office.db.read(leader.actor) as session:
            (row,) = session.execute(queries.todo(session, leader.id)).all()
            return bool(row.overdue)

    assert the_task(office, record_id).remind_at is None
    assert not overdue()
    clock.tick(hours=2)
    assert not overdue()  # to the second, it is in time
    clock.tick(seconds=1)
    assert overdue()
    with office.db.write(office.system) as session:
        timeouts.pause(session.get_one(Task, the_task(office, record_id).id))
    assert not overdue()  # a clock that stands is not late


def test_without_a_clock_of_the_node_the_setting_reminds(office: Office) -> None:
    office.house.flow = clocked()
    task = the_task(office, submitted(office))
    assert (task.remind_at, task.due_at) == (MONDAY + timedelta(hours=24), None)


def test_it_reminds_so_often_and_no_more(office: Office, clock: FrozenClock) -> None:
    office.house.flow = clocked(after("1 hour", OnTimeout.REMIND, 3, clause="C-7"))
    record_id = submitted(office)
    told = notices(office, office.org.team_head)
    for count in (1, 2, 3, 3, 3):
        tick(office, clock, hours=1)
        tick(office, clock, seconds=1)  # nothing is due: nothing happens
        assert notes(office, record_id) == ["remind"] * count
        assert notices(office, office.org.team_head) == told + count
    entry = struck(office, record_id)[0]
    assert (entry.clause, entry.member_id, entry.other_id) == (
        "C-7",
        None,
        office.org.team_head.id,
    )


def test_clocks_strike_in_the_order_of_time(office: Office, clock: FrozenClock) -> None:
    office.house.flow = clocked(
        after("5 hours", OnTimeout.REJECT),
        after("2 hours", OnTimeout.REMIND, 2),
        after("3 hours", OnTimeout.ESCALATE),
    )
    record_id = submitted(office)
    seen = []
    for _hour in range(6):
        tick(office, clock, hours=1)
        seen.append(len(struck(office, record_id)))
    assert seen == [0, 1, 2, 3, 4, 4]
    assert notes(office, record_id) == ["remind", "escalate", "remind", "reject"]


@pytest.mark.parametrize("mode", [Mode.ALL, Mode.ANY, Mode.SEQUENTIAL])
@pytest.mark.parametrize("superior_first", [True, False])
def test_the_superior_may_decide_as_well(
    office: Office, clock: FrozenClock, mode: Mode, superior_first: bool
) -> None:
    org = office.org
    office.house.flow = flow(
        replace(node("hr", "hr", mode=mode), timeouts=(after("2 days", OnTimeout.ESCALATE),)),
        node("close", "admin", kind=NodeKind.HANDLE),
    )
    record_id = submitted(office)
    tick(office, clock, days=2)
    with office.db.read(office.system) as session:
        asked = {(task.member_id, task.origin, task.sign) for task in tasks_of(session, record_id)}
    assert asked == {
        (org.hr_head.id, Origin.RESOLVED, Sign.OWN),
        (org.general_manager.id, Origin.ESCALATED, Sign.INSTEAD),
    }
    first, second = org.general_manager, org.hr_head
    if not superior_first:
        first, second = second, first
    with office.db.write(first.actor) as session:
        engine.approve(session, session.actor, own_task(session, record_id))
    with office.db.read(second.actor) as session:
        late = engine.task_for(session, session.actor, header(session, record_id)).id
    with pytest.raises((Refused, Conflict)), office.db.write(second.actor) as session:
        engine.approve(session, session.actor, session.get_one(Task, late))
    with office.db.read(office.system) as session:
        assert session.get_one(DemoRequest, record_id).effects == 1
        assert [task.node_id for task in tasks_of(session, record_id)] == ["close"]


def test_where_nobody_is_above_it_says_so(office: Office, clock: FrozenClock) -> None:
    office.house.flow = flow(
        replace(node("boss", "manager"), timeouts=(after("1 day", OnTimeout.ESCALATE),))
    )
    record_id = submitted(office)
    tick(office, clock, days=1)
    assert notes(office, record_id) == ["escalate:nobody"]
    assert the_task(office, record_id).member_id == office.org.general_manager.id


def test_the_flows_manager_takes_over(office: Office, clock: FrozenClock) -> None:
    office.house.flow = clocked(after("1 day", OnTimeout.MANAGER))
    record_id = submitted(office)
    tick(office, clock, days=1)
    task = the_task(office, record_id)
    assert (task.member_id, task.origin) == (office.org.admin.id, Origin.MANAGER)
    assert task.due_at == now() + timedelta(days=1)  # counted anew for the new person
    tick(office, clock, days=1)
    assert notes(office, record_id) == ["manager", "manager:nobody"]
    assert the_task(office, record_id).member_id == office.org.admin.id


@pytest.mark.parametrize("mode", [Mode.ALL, Mode.ANY, Mode.SEQUENTIAL, Mode.COUNT])
def test_the_engine_approves_in_time(office: Office, clock: FrozenClock, mode: Mode) -> None:
    """Each of several people has an own clock; the last one passes the step."""
    office.house.flow = flow(
        replace(
            node("money", "finance", mode=mode),
            quota=2,
            timeouts=(after("1 day", OnTimeout.APPROVE, clause="C-9"),),
        )
    )
    record_id = submitted(office)
    needed = {Mode.ANY: 1, Mode.SEQUENTIAL: 3, Mode.ALL: 3, Mode.COUNT: 2}[mode]
    for _day in range(4):
        tick(office, clock, days=1)
    with office.db.read(office.system) as session:
        record = header(session, record_id)
        assert record.approval is Approval.APPROVED
        assert session.get_one(DemoRequest, record_id).effects == 1
        autos = [one for one in queries.trail(session, record_id) if one.action is TrailAction.AUTO]
        assert [one.note for one in autos] == ["approve"] * needed
        assert all(one.member_id is None and one.opinion for one in autos)
    assert notes(office, record_id) == ["approve"] * needed


@pytest.mark.parametrize("guard", ["has_money", "has_seals"])
def test_money_and_seals_are_never_decided_by_a_clock(
    office: Office, clock: FrozenClock, guard: str
) -> None:
    kind = office.house.registry.kinds["demo.request"]
    object.__setattr__(kind, guard, True)
    office.house.flow = clocked(
        after("1 day", OnTimeout.APPROVE), after("2 days", OnTimeout.REJECT)
    )
    record_id = submitted(office)
    told = notices(office, office.org.team_head)
    for _day in range(2):
        tick(office, clock, days=1)
    assert notes(office, record_id) == ["approve:guarded", "reject"]
    assert notices(office, office.org.team_head) > told
    with office.db.read(office.system) as session:
        assert header(session, record_id).approval is Approval.REJECTED
        assert session.get_one(DemoRequest, record_id).effects == 0


def test_the_engine_rejects_in_time(office: Office, clock: FrozenClock) -> None:
    office.house.flow = clocked(after("1 day", OnTimeout.REJECT))
    record_id = submitted(office)
    tick(office, clock, days=1)
    with office.db.read(office.system) as session:
        assert header(session, record_id).approval is Approval.REJECTED
        assert tasks_of(session, record_id) == []


def test_who_handles_can_neither_be_approved_nor_rejected_for(
    office: Office, clock: FrozenClock
) -> None:
    office.house.flow = flow(
        node("boss", "manager"),
        replace(
            node("file", "hr", kind=NodeKind.HANDLE, transition="file"),
            timeouts=(after("1 day", OnTimeout.APPROVE),),
        ),
    )
    record_id = submitted(office)
    with office.db.write(office.org.general_manager.actor) as session:
        engine.approve(session, session.actor, own_task(session, record_id))
    tick(office, clock, days=1)
    assert notes(office, record_id) == ["approve:person"]
    assert the_task(office, record_id).node_id == "file"


def test_a_clock_strikes_for_those_added_too(office: Office, clock: FrozenClock) -> None:
    org = office.org
    office.house.flow = clocked(after("1 day", OnTimeout.APPROVE))
    record_id = submitted(office)
    with office.db.write(org.team_head.actor) as session:
        task = own_task(session, record_id)
        engine.add_signer(session, session.actor, task, org.hr_head.id, Sign.BEFORE, "请看")
    tick(office, clock, days=1)
    assert the_task(office, record_id).member_id == org.team_head.id
    tick(office, clock, days=1)
    assert the_task(office, record_id).node_id == "boss"
