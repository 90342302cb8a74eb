"""Clocks of tasks that stand still, begin anew, or strike when somebody has decided."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from tests.core.clock_stage import after, clocked, monday, notes, struck, the_task, tick  # noqa: F401 -- fixtures
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
    tasks_of,
)

from zhidu.clock import now
from zhidu.db import Session
from zhidu.errors import Conflict
from zhidu.jobs.models import Job
from zhidu.jobs.run import drain
from zhidu.policy import activation
from zhidu.records.models import Approval
from zhidu.testing.concurrency import Concurrently
from zhidu.testing.fixtures import FrozenClock
from zhidu.workflow import clocks, engine
from zhidu.workflow.definition import OnTimeout
from zhidu.workflow.models import Task, TaskStatus
from zhidu.workflow.seats_striking import strike


def test_it_stands_still_while_others_are_asked(office: Office, clock: FrozenClock) -> None:
    org = office.org
    office.house.flow = clocked(after("3 days", OnTimeout.REJECT))
    record_id = submitted(office)
    clock.tick(days=1)
    with office.db.write(org.team_head.actor) as session:
        engine.consult(session, session.actor, own_task(session, record_id), org.hr_head.id, "?")
    tick(office, clock, days=5)
    assert struck(office, record_id) == []
    with office.db.write(org.hr_head.actor) as session:
        engine.answer(session, session.actor, own_task(session, record_id), "行")
    assert the_task(office, record_id).due_at == now() + timedelta(days=2)
    tick(office, clock, days=2)
    assert notes(office, record_id) == ["reject"]


def test_it_stands_still_while_the_addon_is_off(office: Office, clock: FrozenClock) -> None:
    office.house.flow = clocked(
        after("3 days", OnTimeout.REMIND), after("4 days", OnTimeout.REJECT)
    )
    record_id = submitted(office)
    clock.tick(days=1)
    with office.db.write(office.system) as session:
        activation.deactivate(session, session.actor, "demo", confirmed=True)
    tick(office, clock, days=9)
    with office.db.write(office.system) as session:
        activation.activate(session, session.actor, "demo")
    seen = []
    for _day in range(3):
        tick(office, clock, days=1)
        seen.append(len(struck(office, record_id)))
    assert seen == [0, 1, 2]


def test_it_begins_anew_after_a_transfer(office: Office, clock: FrozenClock) -> None:
    org = office.org
    office.house.flow = clocked(after("2 days", OnTimeout.REJECT))
    record_id = submitted(office)
    clock.tick(days=1)
    with office.db.write(org.team_head.actor) as session:
        engine.transfer(
            session, session.actor, own_task(session, record_id), org.hr_head.id, "出差"
        )
    assert the_task(office, record_id).due_at == now() + timedelta(days=2)
    tick(office, clock, days=1.5)
    assert struck(office, record_id) == []
    tick(office, clock, days=0.5)
    assert notes(office, record_id) == ["reject"]


def test_what_was_decided_in_time_is_left_alone(office: Office, clock: FrozenClock) -> None:
    """The stroke was found due; before it is carried out, the person decides."""
    office.house.flow = clocked(after("1 day", OnTimeout.REJECT))
    record_id = submitted(office)
    clock.tick(days=1)
    with office.db.write(office.system) as session:
        clocks.find_due(session, {})
        clocks.find_due(session, {})  # once more, as another worker would
        jobs = session.scalars(select(Job).where(Job.name == clocks.STRIKE)).all()
        assert len(jobs) == 1
    with office.db.write(office.org.team_head.actor) as session:
        engine.approve(session, session.actor, own_task(session, record_id))
    drain(office.db)
    assert struck(office, record_id) == []
    assert the_task(office, record_id).node_id == "boss"


@pytest.mark.postgresql
def test_a_clock_and_a_person_at_the_same_moment(
    office_on_postgresql: Office, clock: FrozenClock
) -> None:
    """One wins; the other hears of it, or does nothing: never both."""
    place = office_on_postgresql
    place.house.flow = flow(
        replace(node("lead", LEADER), timeouts=(after("1 day", OnTimeout.REJECT),))
    )
    record_id = submitted(place)
    key = the_task(place, record_id).id
    clock.tick(days=1)

    def approve(session: Session, meet: Callable[[], None]) -> None:
        task = session.get_one(Task, key)
        header(session, record_id)
        meet()
        engine.approve(session, session.actor, task)

    def run_out(session: Session, meet: Callable[[], None]) -> None:
        session.get_one(Task, key)
        meet()
        strike(session, {"task": key})

    outcomes = Concurrently(place.db)([place.org.team_head.actor, place.system], approve, run_out)
    with place.db.read(place.system) as session:
        approved = header(session, record_id).approval is Approval.APPROVED
        assert session.get_one(DemoRequest, record_id).effects == int(approved)
        assert tasks_of(session, record_id, TaskStatus.OPEN, TaskStatus.WAITING) == []
    assert outcomes[1].error is None
    if approved:
        assert (outcomes[0].error, struck(place, record_id)) == (None, [])
    else:
        assert isinstance(outcomes[0].error, Conflict)
