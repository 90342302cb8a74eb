"""Two sessions on PostgreSQL move one task at the same moment: one wins, the other hears of it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations_with_replacement

import pytest
from tests.core.workflow_house import DemoRequest, Office, flow, header, node, own_task, tasks_of

from zhidu.clock import now
from zhidu.db import Session
from zhidu.errors import Conflict, Refused
from zhidu.org import members
from zhidu.records.models import Approval
from zhidu.testing.concurrency import Act, Concurrently
from zhidu.workflow import engine, handover, queries, trail
from zhidu.workflow.definition import Mode
from zhidu.workflow.models import Sign, TaskStatus, TrailAction

pytestmark = pytest.mark.postgresql


@pytest.fixture
def office(office_on_postgresql: Office) -> Office:
    return office_on_postgresql


def asks(office: Office, mode: Mode = Mode.ANY) -> int:
    office.house.flow = flow(node("people", "hr", mode=mode))
    with office.db.write(office.org.salesman.actor) as session:
        row = office.draft(session)
        engine.submit(session, session.actor, row.header)
        return row.id


def doing(office: Office, record_id: int, verb: str) -> Act:
    auditor = office.org.auditor.id

    def act(session: Session, meet: Callable[[], None]) -> None:
        task = own_task(session, record_id)
        header(session, record_id)
        meet()
        match verb:
            case "approve":
                engine.approve(session, session.actor, task)
            case "transfer":
                engine.transfer(session, session.actor, task, auditor, "出差")
            case "add":
                engine.add_signer(session, session.actor, task, auditor, Sign.BEFORE, "请看")
            case "consult":
                engine.consult(session, session.actor, task, auditor, "?")

    return act


VERBS = ("approve", "transfer", "add", "consult")


@pytest.mark.parametrize(("one", "other"), list(combinations_with_replacement(VERBS, 2)))
def test_one_task_in_two_windows(office: Office, one: str, other: str) -> None:
    record_id = asks(office)
    outcomes = Concurrently(office.db)(
        office.org.hr_head.actor, doing(office, record_id, one), doing(office, record_id, other)
    )
    errors = [end.error for end in outcomes if end.error is not None]
    assert len(errors) == 1
    assert isinstance(errors[0], Conflict | Refused), errors
    assert str(errors[0])
    with office.db.read(office.system) as session:
        row = session.get_one(DemoRequest, record_id)
        assert row.effects == (row.header.approval is Approval.APPROVED)
        open_ones = tasks_of(session, record_id)
        assert len(open_ones) == (0 if row.effects else 1)
        standing = trail.replay(queries.trail(session, record_id))
        assert standing.approval is row.header.approval


def test_removing_against_deciding(office: Office) -> None:
    """The one added decides while the one who asked takes the seat away."""
    record_id = asks(office)
    org = office.org
    with office.db.write(org.hr_head.actor) as session:
        made = engine.add_signer(
            session, session.actor, own_task(session, record_id), org.auditor.id, Sign.BEFORE, "看"
        )
        assert made is not None
        key = made.id

    def remove(session: Session, meet: Callable[[], None]) -> None:
        (task,) = (one for one in tasks_of(session, record_id) if one.id == key)
        header(session, record_id)
        meet()
        engine.remove_signer(session, session.actor, task, "不用了")

    outcomes = Concurrently(office.db)(
        [org.hr_head.actor, org.auditor.actor], remove, doing(office, record_id, "approve")
    )
    errors = [end.error for end in outcomes if end.error is not None]
    assert len(errors) == 1
    assert isinstance(errors[0], Conflict | Refused)
    with office.db.read(office.system) as session:
        assert {task.member_id for task in tasks_of(session, record_id)} == {org.hr_head.id}


def test_urging_twice_at_once_is_one(office: Office) -> None:
    record_id = asks(office)

    def urge(session: Session, meet: Callable[[], None]) -> int:
        record = header(session, record_id)
        meet()
        return engine.urge(session, session.actor, record)

    outcomes = Concurrently(office.db)(office.org.salesman.actor, urge, urge)
    assert [end.value for end in outcomes if end.error is None] == [1]
    with office.db.read(office.system) as session:
        urged = [one for one in queries.trail(session, record_id) if one.action is TrailAction.URGE]
        assert len(urged) == 1
        assert urged[0].at <= now()


def test_the_same_form_sent_twice_at_once_moves_once(office: Office) -> None:
    record_id = asks(office)

    def transfer(session: Session, meet: Callable[[], None]) -> bool:
        task = own_task(session, record_id)
        meet()
        made = engine.transfer(
            session, session.actor, task, office.org.auditor.id, "出差", key="form-1"
        )
        return made is not None

    outcomes = Concurrently(office.db)(office.org.hr_head.actor, transfer, transfer)
    assert sorted(end.get() for end in outcomes) == [False, True]


def test_leaving_while_deciding(office: Office) -> None:
    record_id = asks(office)
    org = office.org

    def leave(session: Session, meet: Callable[[], None]) -> None:
        meet()
        members.leave(session, session.actor, org.hr_head.id, org.deputy.id)

    outcomes = Concurrently(office.db)(
        [office.system, org.hr_head.actor], leave, doing(office, record_id, "approve")
    )
    assert outcomes[0].error is None
    with office.db.read(office.system) as session:
        approved = header(session, record_id).approval is Approval.APPROVED
        assert approved == (outcomes[1].error is None)
        left = tasks_of(session, record_id, TaskStatus.OPEN, TaskStatus.WAITING)
        assert [task.member_id for task in left] == ([] if approved else [org.deputy.id])
        assert not handover.holdings(session, org.hr_head.id).tasks
