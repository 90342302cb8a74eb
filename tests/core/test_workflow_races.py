"""Two real sessions on PostgreSQL at the same moment: one decides, the other is told who was first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from tests.core.workflow_house import (
    DemoRequest,
    Office,
    flow,
    header,
    instance_of,
    node,
    own_task,
    tasks_of,
)
from tests.core.workflow_stage import branch, path

from zhidu.clock import frozen_at, now
from zhidu.db import Session
from zhidu.durations import Duration
from zhidu.errors import Conflict, Refused, StaleRecord
from zhidu.records import services as records
from zhidu.records.models import Approval
from zhidu.testing.concurrency import Act, Concurrently, Outcome
from zhidu.workflow import engine, publishing, queries, trail
from zhidu.workflow.definition import Flow, Mode, Node, NodeKind, Split
from zhidu.workflow.models import InstanceStatus

pytestmark = pytest.mark.postgresql


@pytest.fixture
def office(office_on_postgresql: Office) -> Office:
    return office_on_postgresql


def submit(office: Office) -> int:
    with office.db.write(office.org.salesman.actor) as session:
        row = office.draft(session)
        engine.submit(session, session.actor, row.header)
        return row.id


def deciding(record_id: int, verb: str) -> Act:
    def act(session: Session, meet: Callable[[], None]) -> None:
        task = own_task(session, record_id)
        header(session, record_id)
        instance_of(session, record_id)
        meet()
        if verb == "approve":
            engine.approve(session, session.actor, task)
        else:
            getattr(engine, verb)(session, session.actor, task, "意见")

    return act


def settled(outcomes: list[Outcome]) -> tuple[int, list[BaseException]]:
    """Count who got through, and give the errors of the others."""
    errors = [one.error for one in outcomes if one.error is not None]
    return len(outcomes) - len(errors), errors


@pytest.mark.parametrize("second", ["approve", "reject", "return_to_applicant"])
def test_two_of_any_cannot_both_decide(office: Office, second: str) -> None:
    office.house.flow = flow(node("money", "finance", mode=Mode.ANY))
    record_id = submit(office)
    outcomes = Concurrently(office.db)(
        [office.org.accountant.actor, office.org.cashier.actor],
        deciding(record_id, "approve"),
        deciding(record_id, second),
    )
    through, errors = settled(outcomes)
    assert through == 1
    assert isinstance(errors[0], Conflict), errors
    with office.db.read(office.system) as session:
        first = {0: office.org.accountant, 1: office.org.cashier}[
            next(place for place, one in enumerate(outcomes) if one.error is None)
        ]
        assert first.name in str(errors[0])
        row = session.get_one(DemoRequest, record_id)
        assert row.effects == (1 if row.header.approval is Approval.APPROVED else 0)
        standing = trail.replay(queries.trail(session, record_id))
        assert standing.approval is row.header.approval


def test_the_last_two_of_all_fire_the_effect_once(office: Office) -> None:
    office.house.flow = flow(node("money", "finance", mode=Mode.ALL))
    record_id = submit(office)
    people = [office.org.finance_head.actor, office.org.accountant.actor, office.org.cashier.actor]
    outcomes = Concurrently(office.db)(people, *[deciding(record_id, "approve") for _ in people])
    assert settled(outcomes) == (3, [])
    with office.db.read(office.system) as session:
        assert session.get_one(DemoRequest, record_id).effects == 1
        assert instance_of(session, record_id).status is InstanceStatus.ENDED
        assert trail.replay(queries.trail(session, record_id)).effects == 1


def test_one_task_in_two_windows(office: Office) -> None:
    record_id = submit(office)
    outcomes = Concurrently(office.db)(
        office.org.team_head.actor,
        deciding(record_id, "approve"),
        deciding(record_id, "approve"),
    )
    through, errors = settled(outcomes)
    assert (through, len(errors)) == (1, 1)
    assert isinstance(errors[0], Conflict)


def test_withdrawing_against_approving(office: Office) -> None:
    record_id = submit(office)

    def withdraw(session: Session, meet: Callable[[], None]) -> None:
        record = header(session, record_id)
        meet()
        engine.withdraw(session, session.actor, record)

    outcomes = Concurrently(office.db)(
        [office.org.salesman.actor, office.org.team_head.actor],
        withdraw,
        deciding(record_id, "approve"),
    )
    through, errors = settled(outcomes)
    assert through == 1
    assert isinstance(errors[0], Conflict | Refused)
    with office.db.read(office.system) as session:
        row = session.get_one(DemoRequest, record_id)
        expected = {Approval.APPROVED: (1, 1), Approval.WITHDRAWN: (0, 0)}
        assert (row.effects, row.held) == expected[row.header.approval]


def test_submitting_twice_at_once(office: Office) -> None:
    with office.db.write(office.org.salesman.actor) as session:
        record_id = office.draft(session).id

    def submit_it(session: Session, meet: Callable[[], None]) -> None:
        record = header(session, record_id)
        meet()
        engine.submit(session, session.actor, record)

    through, errors = settled(
        Concurrently(office.db)(office.org.salesman.actor, submit_it, submit_it)
    )
    assert (through, len(errors)) == (1, 1)
    assert isinstance(errors[0], Refused)
    with office.db.read(office.system) as session:
        assert len(tasks_of(session, record_id)) == 1


def test_numbers_of_many_at_once_are_unique(office: Office) -> None:
    def submit_new(session: Session, meet: Callable[[], None]) -> str | None:
        row = office.draft(session)
        meet()
        engine.submit(session, session.actor, row.header)
        return row.header.number

    outcomes = Concurrently(office.db)(office.org.salesman.actor, *[submit_new] * 6)
    numbers = sorted(one.get() for one in outcomes)
    assert [number[-3:] for number in numbers] == [f"{place:03d}" for place in range(1, 7)]


def test_two_forms_cannot_overwrite_each_other(office: Office) -> None:
    """Both read version 1 and change only the addon's own row."""
    with office.db.write(office.org.salesman.actor) as session:
        row = office.draft(session)
        record_id, version = row.id, row.header.version

    def save(note: str) -> Act:
        def act(session: Session, meet: Callable[[], None]) -> None:
            row = session.get_one(DemoRequest, record_id)
            meet()
            records.edit(session, session.actor, row, {"note": note}, version)

        return act

    through, errors = settled(
        Concurrently(office.db)(office.org.salesman.actor, save("a"), save("b"))
    )
    assert through == 1
    assert isinstance(errors[0], StaleRecord)


# -- several steps at once, and acts beside the decision


def both() -> Flow:
    return flow(
        branch(
            "both",
            path("l", node("l", "finance", mode=Mode.ANY)),
            path("r", node("r", "hr")),
            split=Split.ALL,
        ),
        void=(node("end", "hr"),),
    )


def test_the_last_two_paths_fire_the_effect_once(office: Office) -> None:
    office.house.flow = both()
    record_id = submit(office)
    people = [office.org.cashier.actor, office.org.hr_head.actor]
    outcomes = Concurrently(office.db)(people, *[deciding(record_id, "approve") for _ in people])
    assert settled(outcomes) == (2, [])
    with office.db.read(office.system) as session:
        row = session.get_one(DemoRequest, record_id)
        assert (row.effects, row.header.approval) == (1, Approval.APPROVED)
        assert instance_of(session, record_id).status is InstanceStatus.ENDED
        assert trail.replay(queries.trail(session, record_id)).effects == 1


def test_a_reject_in_one_path_against_an_approval_in_the_other(office: Office) -> None:
    office.house.flow = both()
    record_id = submit(office)
    people = [office.org.cashier.actor, office.org.hr_head.actor]
    outcomes = Concurrently(office.db)(
        people, deciding(record_id, "approve"), deciding(record_id, "reject")
    )
    through, errors = settled(outcomes)
    assert all(isinstance(error, Conflict) for error in errors)
    assert through == 2 - len(errors)
    with office.db.read(office.system) as session:
        row = session.get_one(DemoRequest, record_id)
        assert (row.effects, row.held, row.header.approval) == (0, 0, Approval.REJECTED)


def test_one_form_sent_twice_at_once_counts_once(office: Office) -> None:
    office.house.flow = flow(node("money", "finance", mode=Mode.ALL))
    record_id = submit(office)

    def approve(session: Session, meet: Callable[[], None]) -> None:
        task = own_task(session, record_id)
        meet()
        engine.approve(session, session.actor, task, key="form")

    outcomes = Concurrently(office.db)(office.org.cashier.actor, approve, approve)
    assert settled(outcomes) == (2, [])
    with office.db.read(office.system) as session:
        assert len(tasks_of(session, record_id)) == 2


def test_taking_back_against_the_next_decision(office: Office) -> None:
    office.house.flow = flow(node("one", "hr"), node("two", "finance"))
    record_id = submit(office)
    with office.db.write(office.org.hr_head.actor) as session:
        engine.approve(session, session.actor, own_task(session, record_id))

    def take_back(session: Session, meet: Callable[[], None]) -> None:
        task = engine.own_decision(session, session.actor, header(session, record_id))
        meet()
        engine.take_back(session, session.actor, task)

    outcomes = Concurrently(office.db)(
        [office.org.hr_head.actor, office.org.cashier.actor],
        take_back,
        deciding(record_id, "approve"),
    )
    through, errors = settled(outcomes)
    assert through == 1
    assert isinstance(errors[0], Conflict | Refused)
    with office.db.read(office.system) as session:
        row = session.get_one(DemoRequest, record_id)
        assert (row.effects == 1) == (row.header.approval is Approval.APPROVED)
        if row.effects == 0:
            (task,) = tasks_of(session, record_id)
            assert task.node_id == "one"


def test_a_jump_against_a_decision(office: Office) -> None:
    office.house.flow = flow(node("one", "hr"), node("two", "finance"), node("three", "manager"))
    record_id = submit(office)

    def jump(session: Session, meet: Callable[[], None]) -> None:
        record = header(session, record_id)
        meet()
        engine.jump(session, session.actor, record, "three", "急")

    outcomes = Concurrently(office.db)(
        [office.org.admin.actor, office.org.hr_head.actor], jump, deciding(record_id, "approve")
    )
    through, errors = settled(outcomes)
    assert outcomes[0].error is None  # a jump is possible before and after the decision
    assert through == 2 - len(errors)
    with office.db.read(office.system) as session:
        assert {task.node_id for task in tasks_of(session, record_id)} == {"three"}


def test_voiding_twice_at_once(office: Office) -> None:
    office.house.flow = both()
    record_id = submit(office)
    for person in (office.org.cashier, office.org.hr_head):
        with office.db.write(person.actor) as session:
            engine.approve(session, session.actor, own_task(session, record_id))

    def void(session: Session, meet: Callable[[], None]) -> None:
        record = header(session, record_id)
        meet()
        engine.void(session, session.actor, record, "写错")

    through, errors = settled(Concurrently(office.db)(office.org.salesman.actor, void, void))
    assert (through, len(errors)) == (1, 1)
    assert isinstance(errors[0], Refused)
    with office.db.read(office.system) as session:
        assert [task.node_id for task in tasks_of(session, record_id)] == ["end"]


def test_the_clock_and_a_decision_end_a_window_once(office: Office) -> None:
    """Two workers find the same window over: one carries it out."""
    office.house.flow = flow(
        node("boss", "hr"),
        Node("show", "show", "D", kind=NodeKind.PUBLISH, window=Duration.parse("1 day")),
    )
    start = now() - timedelta(days=5)
    with frozen_at(start):
        record_id = submit(office)
        with office.db.write(office.org.hr_head.actor) as session:
            engine.approve(session, session.actor, own_task(session, record_id))

    def end(session: Session, meet: Callable[[], None]) -> None:
        header(session, record_id)
        meet()
        publishing.end_windows(session, {})

    outcomes = Concurrently(office.db)(office.system, end, end)
    assert settled(outcomes) == (2, [])
    with office.db.read(office.system) as session:
        assert session.get_one(DemoRequest, record_id).effects == 1
