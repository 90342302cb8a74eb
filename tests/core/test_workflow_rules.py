"""What the engine refuses, with rule, source and cure, and that nothing changes by it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from tests.core.workflow_house import (
    LEADER,
    Apart,
    DemoRequest,
    Office,
    flow,
    header,
    instance_of,
    node,
    own_task,
    picture,
    refused,
    submitted,
    tasks_of,
)

from zhidu.access.models import Grant
from zhidu.actor import Actor
from zhidu.db import Session
from zhidu.db.activation import CompanyAddon, forget_active
from zhidu.errors import ENGINE, Conflict, PermissionDenied, ValidationError
from zhidu.org.members import leave
from zhidu.org.models import Member
from zhidu.records.guarding import StatusIsTheEngines
from zhidu.records.models import Approval
from zhidu.workflow import engine
from zhidu.workflow.definition import Merge, Mode, NodeKind
from zhidu.workflow.models import Trail


@pytest.mark.parametrize("verb", ["approve", "reject", "return_to_applicant"])
def test_nobody_decides_the_own_request(office: Office, verb: str) -> None:
    record_id = submitted(office)

    def by_hand(session: Session) -> None:
        """Send another person's task id, as a hand-made POST does."""
        task = tasks_of(session, record_id)[0]
        getattr(engine, verb)(session, session.actor, task, "同意")

    def by_button(session: Session) -> None:
        record = header(session, record_id)
        getattr(engine, verb)(
            session, session.actor, engine.task_for(session, session.actor, record), "同意"
        )

    for way in (by_hand, by_button):
        error = refused(office, office.org.salesman.actor, record_id, way)
        assert (error.rule, error.source) == ("workflow.self_approval", ENGINE)
        assert error.cure


def test_not_even_by_role_or_as_the_leader(office: Office) -> None:
    office.house.flow = flow(node("lead", LEADER), node("money", "finance"), merge=Merge.NONE)
    record_id = submitted(office, office.org.finance_head)
    with office.db.read(office.system) as session:
        asked = [task.member_id for task in tasks_of(session, record_id)]
        assert asked == [office.org.general_manager.id]  # the leader is the applicant
    with office.db.write(office.org.general_manager.actor) as session:
        engine.approve(session, session.actor, own_task(session, record_id))
        asked = [task.member_id for task in tasks_of(session, record_id)]
        # in the applicant's place stands the superior
        assert asked == [
            office.org.general_manager.id,
            office.org.accountant.id,
            office.org.cashier.id,
        ]


def test_a_task_is_its_persons(office: Office) -> None:
    record_id = submitted(office)
    error = refused(
        office,
        office.org.cashier.actor,
        record_id,
        lambda session: engine.approve(session, session.actor, tasks_of(session, record_id)[0]),
    )
    assert error.rule == "workflow.not_yours"
    assert office.org.team_head.name in str(error)


def test_the_system_decides_nothing(office: Office) -> None:
    record_id = submitted(office)
    for actor in (office.system, Actor(member_id=99999, company_id=office.made.company)):
        error = refused(
            office,
            actor,
            record_id,
            lambda session: engine.approve(session, session.actor, tasks_of(session, record_id)[0]),
        )
        assert error.rule == "workflow.person"


def test_who_has_left_decides_nothing(office: Office) -> None:
    record_id = submitted(office)
    with office.db.write(office.system) as session:
        leaver, heir = (
            session.get_one(Member, one.id) for one in (office.org.team_head, office.org.sales_head)
        )
        leave(session, session.actor, leaver, heir)
    error = refused(
        office,
        office.org.team_head.actor,
        record_id,
        lambda session: engine.approve(session, session.actor, tasks_of(session, record_id)[0]),
    )
    assert error.rule == "workflow.person"


def test_nobody_decides_twice(office: Office) -> None:
    office.house.flow = flow(node("money", "finance", mode=Mode.ALL))
    record_id = submitted(office)
    with office.db.write(office.org.cashier.actor) as session:
        task = own_task(session, record_id)
        engine.approve(session, session.actor, task)
        with pytest.raises(Conflict):
            engine.approve(session, session.actor, task)
    with (
        pytest.raises(Conflict),
        office.db.write(office.org.cashier.actor) as session,
    ):
        engine.reject(
            session,
            session.actor,
            engine.task_for(session, session.actor, header(session, record_id)),
            "改主意",
        )


@pytest.mark.parametrize("verb", ["reject", "return_to_applicant"])
@pytest.mark.parametrize("opinion", ["", "  \n", "长" * 2001])
def test_a_reason_is_wanted(office: Office, verb: str, opinion: str) -> None:
    record_id = submitted(office)
    before = picture(office, record_id)
    with pytest.raises(ValidationError) as caught, office.db.write(office.org.team_head.actor) as s:
        getattr(engine, verb)(s, s.actor, own_task(s, record_id), opinion)
    assert "opinion" in caught.value.fields
    assert picture(office, record_id) == before


def test_only_the_applicant_submits_and_withdraws(office: Office) -> None:
    with office.db.write(office.org.salesman.actor) as session:
        draft_id = office.draft(session).id
    submitted_id = submitted(office)
    stranger = office.org.team_head.actor
    error = refused(
        office,
        stranger,
        draft_id,
        lambda session: engine.submit(session, session.actor, header(session, draft_id)),
    )
    assert error.rule == "records.applicant"
    error = refused(
        office,
        stranger,
        submitted_id,
        lambda session: engine.withdraw(session, session.actor, header(session, submitted_id)),
    )
    assert error.rule == "records.applicant"


def test_submitting_twice_is_refused(office: Office) -> None:
    record_id = submitted(office)
    error = refused(
        office,
        office.org.salesman.actor,
        record_id,
        lambda session: engine.submit(session, session.actor, header(session, record_id)),
    )
    assert error.rule == "workflow.state"


def test_withdrawing_ends_with_the_last_approval(office: Office) -> None:
    record_id = submitted(office)
    with office.db.write(office.org.team_head.actor) as session:
        engine.approve(session, session.actor, own_task(session, record_id))
    error = refused(
        office,
        office.org.salesman.actor,
        record_id,
        lambda session: engine.withdraw(session, session.actor, header(session, record_id), ""),
    )
    assert error.rule == "workflow.withdraw"


def test_a_withdrawn_request_goes_again_under_its_number(office: Office) -> None:
    record_id = submitted(office)
    with office.db.write(office.org.salesman.actor) as session:
        record = header(session, record_id)
        number = record.number
        engine.withdraw(session, session.actor, record, "改一下")
        ended = record.ended_at
        assert ended is not None
        assert [act.action for act in engine.allowed(session, session.actor, record)] == ["submit"]
        engine.submit(session, session.actor, record)
        assert record.number == number
        assert header(session, record_id).ended_at is None
        assert session.get_one(DemoRequest, record_id).held == 1
        assert instance_of(session, record_id).round == 2


def test_a_returned_request_can_be_dropped(office: Office) -> None:
    record_id = submitted(office)
    with office.db.write(office.org.team_head.actor) as session:
        engine.return_to_applicant(session, session.actor, own_task(session, record_id), "补充")
    with office.db.write(office.org.salesman.actor) as session:
        engine.withdraw(session, session.actor, header(session, record_id), "")
        # what it held was let go at the return, once
        assert session.get_one(DemoRequest, record_id).held == 0
    assert office.house.heard.count("on_withdrawn") == 0


def test_without_a_flow_nothing_is_submitted(office: Office) -> None:
    with office.db.write(office.org.salesman.actor) as session:
        record_id = office.draft(session).id
    office.house.flow = None
    error = refused(
        office,
        office.org.salesman.actor,
        record_id,
        lambda session: engine.submit(session, session.actor, header(session, record_id)),
    )
    assert error.rule == "workflow.no_flow"
    assert error.cure


def test_nothing_is_approved_by_nobody(office: Office) -> None:
    with office.db.write(office.org.salesman.actor) as session:
        record_id = office.draft(session).id
    for steps in (
        (node("file", "hr", kind=NodeKind.HANDLE),),
        (node("boss", "manager", when="amount > 100"), node("file", "hr", kind=NodeKind.HANDLE)),
    ):
        office.house.flow = flow(*steps)
        error = refused(
            office,
            office.org.salesman.actor,
            record_id,
            lambda session: engine.submit(session, session.actor, header(session, record_id)),
        )
        assert error.rule == "workflow.never_auto_pass"


def test_submitting_needs_the_right_to_create(office: Office) -> None:
    with office.db.write(office.org.salesman.actor) as session:
        record_id = office.draft(session).id
    with office.db.write(office.system) as session:
        for grant in session.scalars(
            select(Grant).where(Grant.permission == "demo.request.create")
        ):
            session.delete(grant)
    error = refused(
        office,
        office.org.salesman.actor,
        record_id,
        lambda session: engine.submit(session, session.actor, header(session, record_id)),
    )
    assert error.rule == "access.permission"
    with pytest.raises(PermissionDenied), office.db.write(office.org.salesman.actor) as session:
        office.draft(session)


def test_where_the_addon_is_off_nothing_moves(office: Office) -> None:
    record_id = submitted(office)
    with office.db.write(office.system) as session:
        session.get_one(CompanyAddon, (office.made.company, "demo")).active = False
    for actor, verb in (
        (
            office.org.team_head.actor,
            lambda s: engine.approve(s, s.actor, tasks_of(s, record_id)[0]),
        ),
        (office.org.salesman.actor, lambda s: engine.withdraw(s, s.actor, header(s, record_id))),
        (office.org.salesman.actor, lambda s: engine.submit(s, s.actor, header(s, record_id))),
        (
            office.org.hr_head.actor,
            lambda s: engine.apply(s, s.actor, header(s, record_id), "close"),
        ),
    ):
        assert refused(office, actor, record_id, verb).rule == "records.addon_off"
    with office.db.write(office.system) as session:
        assert engine.allowed(session, session.actor, header(session, record_id)) == []
        session.get_one(CompanyAddon, (office.made.company, "demo")).active = True
        forget_active(session)
    with office.db.write(office.org.team_head.actor) as session:
        engine.approve(session, session.actor, own_task(session, record_id))


def test_the_kinds_own_separation_of_duties(office: Office) -> None:
    """Who approved does not handle: the kind says so, the engine asks it, at routing and again."""

    def apart(session: Session, actor: Actor, row: Any, kind: str) -> None:
        if (
            kind == "handle"
            and session.scalars(
                select(Trail.id).where(
                    Trail.record_id == row.id, Trail.member_id == actor.member_id
                )
            ).first()
        ):
            raise Apart

    office.house.segregated = apart
    office.house.flow = flow(node("money", "finance"), node("pay", "finance", kind=NodeKind.HANDLE))
    record_id = submitted(office)
    with office.db.write(office.org.cashier.actor) as session:
        engine.approve(session, session.actor, own_task(session, record_id))
        asked = {task.member_id for task in tasks_of(session, record_id)}
        assert asked == {office.org.finance_head.id, office.org.accountant.id}

    def never(*_: Any) -> None:
        raise Apart

    office.house.segregated = never
    error = refused(
        office,
        office.org.accountant.actor,
        record_id,
        lambda session: engine.handle(session, session.actor, own_task(session, record_id)),
    )
    assert error.rule == "demo.apart"


# -- past the engine


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("approval", Approval.APPROVED),
        ("execution", "filed"),
        ("number", "DM-1"),
        ("applicant_id", 1),
    ],
)
def test_a_status_is_set_by_the_engine_only(office: Office, field: str, value: Any) -> None:
    with office.db.write(office.org.salesman.actor) as session:
        record_id = office.draft(session).id
    with pytest.raises(StatusIsTheEngines), office.db.write(office.org.salesman.actor) as session:
        setattr(header(session, record_id), field, value)


def test_the_trail_is_final(office: Office) -> None:
    record_id = submitted(office)

    def change(session: Session) -> None:
        entry = session.scalars(select(Trail).where(Trail.record_id == record_id)).first()
        assert entry is not None
        entry.opinion = "别的"
        session.flush()

    def remove(session: Session) -> None:
        entry = session.scalars(select(Trail).where(Trail.record_id == record_id)).first()
        session.delete(entry)
        session.flush()

    for verb in (change, remove):
        error = refused(office, office.system, record_id, verb)
        assert error.rule == "workflow.trail_is_final"
