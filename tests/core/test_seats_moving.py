"""Transferring and consulting in each mode, and taking back, returning, withdrawing in between."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select
from tests.core.seats_stage import (  # noqa: F401 -- fixtures
    MODES,
    add,
    asked,
    asks,
    at_boss,
    decide,
    doing,
    money,
    names,
    office,
    play_out,
    trail,
)
from tests.core.workflow_house import (
    Office,
    flow,
    header,
    instance_of,
    node,
    own_task,
    refused,
    submitted,
    tasks_of,
)

from zhidu.db import Session
from zhidu.errors import Conflict, Refused, ValidationError
from zhidu.records.models import RecordReader
from zhidu.workflow import engine
from zhidu.workflow.definition import Mode, NodeKind
from zhidu.workflow.models import InstanceStatus, Sign, Task, TaskStatus, TrailAction

# -- transfer


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", [NodeKind.APPROVE, NodeKind.HANDLE])
def test_a_transferred_task_is_the_others_for_good(
    office: Office, mode: Mode, kind: NodeKind
) -> None:
    org = office.org
    first = () if kind is NodeKind.APPROVE else (node("first", "manager"),)
    last = (node("boss", "manager"),) if kind is NodeKind.APPROVE else ()
    office.house.flow = flow(*first, replace(money(mode), kind=kind), *last)
    record_id = submitted(office)
    if first:
        decide(office, record_id, org.general_manager)
    doing(
        office,
        org.finance_head,
        lambda s: engine.transfer(s, s.actor, own_task(s, record_id), org.hr_head.id, "出差"),
    )
    assert org.hr_head.name in asked(office, record_id)
    assert org.finance_head.name not in asked(office, record_id)
    late = engine.approve if last else engine.handle
    with pytest.raises((Refused, Conflict)), office.db.write(org.finance_head.actor) as session:
        late(
            session,
            session.actor,
            engine.task_for(session, session.actor, header(session, record_id)),
        )
    if last:
        play_out(office, record_id)
    (entry,) = trail(office, record_id, TrailAction.TRANSFER)
    assert (entry.member_id, entry.other_id, entry.opinion) == (
        org.finance_head.id,
        org.hr_head.id,
        "出差",
    )
    with office.db.read(office.system) as session:
        readers = session.scalars(
            select(RecordReader.member_id).where(RecordReader.record_id == record_id)
        ).all()
        assert {org.finance_head.id, org.hr_head.id} <= set(readers)


def test_whom_one_asked_for_goes_along(office: Office) -> None:
    org = office.org
    record_id = asks(office, Mode.ALL)
    add(office, record_id, org.finance_head, org.auditor, Sign.AFTER)
    doing(
        office,
        org.finance_head,
        lambda s: engine.transfer(s, s.actor, own_task(s, record_id), org.hr_head.id, "出差"),
    )
    for who in (org.accountant, org.cashier, org.hr_head):
        decide(office, record_id, who)
    assert asked(office, record_id) == names(org.auditor)
    decide(office, record_id, org.auditor)
    assert at_boss(office, record_id)


def test_it_may_come_back(office: Office) -> None:
    org = office.org
    record_id = asks(office)
    pairs = ((org.finance_head, org.hr_head), (org.hr_head, org.finance_head))
    for by, to in pairs:
        doing(
            office,
            by,
            lambda s, to=to: engine.transfer(s, s.actor, own_task(s, record_id), to.id, "请办"),  # type: ignore[misc]
        )
    decide(office, record_id, org.finance_head)
    assert at_boss(office, record_id)


# -- consult


@pytest.mark.parametrize("mode", MODES)
def test_an_opinion_comes_back_to_the_one_who_asked(office: Office, mode: Mode) -> None:
    org = office.org
    record_id = asks(office, mode)
    for whom in (org.hr_head, org.salesman):  # the applicant may explain
        doing(
            office,
            org.finance_head,
            lambda s, whom=whom: engine.consult(
                s, s.actor, own_task(s, record_id), whom.id, "为何?"
            ),  # type: ignore[misc]
        )
        assert org.finance_head.name not in asked(office, record_id)

        def decides(session: Session) -> None:
            engine.approve(session, session.actor, own_task(session, record_id))

        error = refused(office, whom.actor, record_id, decides)
        assert error.rule in {"seats.answer_only", "workflow.self_approval"}
        doing(
            office,
            whom,
            lambda s: engine.answer(s, s.actor, own_task(s, record_id), "可以"),
        )
        assert org.finance_head.name in asked(office, record_id)
    (first, _second) = trail(office, record_id, TrailAction.ANSWER)
    assert (first.opinion, first.other_id) == ("可以", org.finance_head.id)
    assert trail(office, record_id, TrailAction.APPROVE) == []
    play_out(office, record_id)


def test_only_who_was_asked_answers_and_says_something(office: Office) -> None:
    org = office.org
    record_id = asks(office)
    rule = refused(
        office,
        org.finance_head.actor,
        record_id,
        lambda s: engine.answer(s, s.actor, own_task(s, record_id), "好"),
    ).rule
    assert rule == "seats.not_consulted"
    doing(
        office,
        org.finance_head,
        lambda s: engine.consult(s, s.actor, own_task(s, record_id), org.hr_head.id, "?"),
    )
    with pytest.raises(ValidationError), office.db.write(org.hr_head.actor) as session:
        engine.answer(session, session.actor, own_task(session, record_id), "  ")
    # another of the step decides: the question has no object any more
    decide(office, record_id, org.cashier)
    assert at_boss(office, record_id)
    with office.db.read(office.system) as session:
        assert tasks_of(session, record_id, TaskStatus.WAITING) == []


# -- taking back, returning, withdrawing while people were added


def test_taking_back_gives_the_turns_back(office: Office) -> None:
    org = office.org
    record_id = asks(office)
    add(office, record_id, org.finance_head, org.hr_head, Sign.AFTER)
    decide(office, record_id, org.finance_head)
    assert asked(office, record_id) == names(org.hr_head)

    def back(session: Session) -> None:
        task = session.scalars(
            select(Task).where(
                Task.record_id == record_id, Task.member_id == session.actor.member_id
            )
        ).one()
        engine.take_back(session, session.actor, task)

    doing(office, org.finance_head, back)
    assert asked(office, record_id) == names(org.finance_head, org.accountant, org.cashier)
    decide(office, record_id, org.finance_head)
    decide(office, record_id, org.hr_head)
    assert refused(office, org.finance_head.actor, record_id, back).rule == "workflow.take_back"
    doing(office, org.hr_head, back)
    assert asked(office, record_id) == names(org.hr_head)


def test_who_asked_before_has_acted_then_it_is_too_late(office: Office) -> None:
    org = office.org
    record_id = asks(office, Mode.ALL)
    add(office, record_id, org.finance_head, org.hr_head, Sign.BEFORE)
    decide(office, record_id, org.hr_head)

    def back(session: Session) -> None:
        task = session.scalars(
            select(Task).where(Task.record_id == record_id, Task.member_id == org.hr_head.id)
        ).one()
        engine.take_back(session, session.actor, task)

    doing(office, org.hr_head, back)
    assert asked(office, record_id) == names(org.hr_head, org.accountant, org.cashier)
    decide(office, record_id, org.hr_head)
    decide(office, record_id, org.finance_head)
    assert refused(office, org.hr_head.actor, record_id, back).rule == "workflow.take_back"


@pytest.mark.parametrize("end", ["withdraw", "return"])
def test_the_end_of_the_step_is_the_end_for_those_added(office: Office, end: str) -> None:
    org = office.org
    record_id = asks(office, Mode.ALL)
    add(office, record_id, org.finance_head, org.hr_head, Sign.BEFORE)
    add(office, record_id, org.cashier, org.auditor, Sign.AFTER)
    if end == "withdraw":
        doing(office, org.salesman, lambda s: engine.withdraw(s, s.actor, header(s, record_id)))
    else:
        doing(
            office,
            org.hr_head,
            lambda s: engine.return_to_applicant(s, s.actor, own_task(s, record_id), "补"),
        )
    with office.db.read(office.system) as session:
        assert tasks_of(session, record_id, TaskStatus.OPEN, TaskStatus.WAITING) == []
        assert instance_of(session, record_id).status in {
            InstanceStatus.ENDED,
            InstanceStatus.RETURNED,
        }
    doing(office, org.salesman, lambda s: engine.submit(s, s.actor, header(s, record_id)))
    assert asked(office, record_id) == names(org.finance_head, org.accountant, org.cashier)
