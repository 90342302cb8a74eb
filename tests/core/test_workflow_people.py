"""Who is asked: nobody found, the applicant found, people who left, conditions, copies, lists."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from tests.core.workflow_house import (
    KIND,
    LEADER,
    DemoRequest,
    Office,
    Sort,
    flow,
    header,
    instance_of,
    node,
    own_task,
    submitted,
    tasks_of,
    waits_for,
)

from zhidu.db import Session
from zhidu.notify.models import Notice
from zhidu.org.members import leave, set_superior
from zhidu.org.models import Member
from zhidu.records.models import Record
from zhidu.workflow import engine, find, queries
from zhidu.workflow.definition import Approver, Merge, Mode, NodeKind
from zhidu.workflow.errors import Waiting
from zhidu.workflow.models import InstanceStatus, Origin, TrailAction
from zhidu.workflow.routing import Router


def asked(session: Session, record_id: int) -> list[tuple[int, Origin]]:
    return [(task.member_id, task.origin) for task in tasks_of(session, record_id)]


def nobody() -> Approver:
    return Approver("role", "no_such_role")


# -- nobody, the applicant, those who left


def test_nobody_found_goes_to_the_superior(office: Office) -> None:
    office.house.flow = flow(node("x", nobody()))
    record_id = submitted(office)
    with office.db.read(office.system) as session:
        assert asked(session, record_id) == [(office.org.team_head.id, Origin.SUPERIOR)]


def test_without_a_superior_to_the_flows_manager(office: Office) -> None:
    office.house.flow = flow(node("x", nobody()))
    record_id = submitted(office, office.org.general_manager)
    with office.db.read(office.system) as session:
        assert asked(session, record_id) == [(office.org.admin.id, Origin.MANAGER)]


@pytest.mark.parametrize(
    ("approver", "reason"),
    [
        (nobody(), Waiting.NOBODY),
        (Approver("post", "general_manager"), Waiting.ONLY_APPLICANT),
    ],
)
def test_else_it_waits_and_the_administrators_are_told(
    office: Office, approver: Approver, reason: Waiting
) -> None:
    office.house.flow = flow(node("x", approver), manager=nobody())
    boss = office.org.general_manager
    record_id = submitted(office, boss)
    with office.db.write(office.system) as session:
        instance = instance_of(session, record_id)
        assert (instance.status, waits_for(session, record_id)) == (InstanceStatus.WAITING, reason)
        assert tasks_of(session, record_id) == []
        told = session.scalars(select(Notice).where(Notice.record_id == record_id)).all()
        assert [notice.member_id for notice in told] == [office.org.admin.id]
        assert engine.waiting_reason(session, header(session, record_id)) is not None
        assert [step.note for step in engine.upcoming(session, header(session, record_id))] == [
            reason
        ]
        # nothing changed: it goes on waiting and nobody is told again
        assert engine.retry_waiting(session) == 0
        assert len(session.scalars(select(Notice.id)).all()) == 1
        set_superior(session, session.actor, office.org.deputy.id, None)
        set_superior(session, session.actor, boss.id, office.org.deputy.id)
        assert engine.retry_waiting(session) == 1
        assert asked(session, record_id) == [(office.org.deputy.id, Origin.SUPERIOR)]
        assert instance_of(session, record_id).status is InstanceStatus.RUNNING
        actions = [one.action for one in queries.trail(session, record_id)]
        assert actions == [
            TrailAction.SUBMIT,
            TrailAction.ENTER,
            TrailAction.WAIT,
            TrailAction.RESUME,
        ]


def test_a_waiting_request_can_be_withdrawn(office: Office) -> None:
    office.house.flow = flow(node("x", nobody()), manager=nobody())
    record_id = submitted(office, office.org.general_manager)
    with office.db.write(office.org.general_manager.actor) as session:
        engine.withdraw(session, session.actor, header(session, record_id))
        assert engine.retry_waiting(session) == 0


def test_who_has_left_is_never_asked(office: Office) -> None:
    with office.db.write(office.system) as session:
        leave(session, session.actor, session.get_one(Member, office.org.cashier.id))
    office.house.flow = flow(node("money", "finance", mode=Mode.ALL))
    record_id = submitted(office)
    with office.db.read(office.system) as session:
        assert asked(session, record_id) == [
            (office.org.finance_head.id, Origin.RESOLVED),
            (office.org.accountant.id, Origin.RESOLVED),
        ]


def test_a_stand_in_who_is_asked_already_is_asked_once(office: Office) -> None:
    # the accountant's superior is the head of finance, who has the role, too
    office.house.flow = flow(node("money", "finance", mode=Mode.ALL))
    record_id = submitted(office, office.org.accountant)
    with office.db.read(office.system) as session:
        assert [one for one, _ in asked(session, record_id)] == [
            office.org.finance_head.id,
            office.org.cashier.id,
        ]


def test_handling_the_own_request_is_no_decision(office: Office) -> None:
    office.house.flow = flow(
        node("boss", "manager"), node("file", "hr", kind=NodeKind.HANDLE, transition="file")
    )
    record_id = submitted(office, office.org.hr_head)
    with office.db.write(office.org.general_manager.actor) as session:
        engine.approve(session, session.actor, own_task(session, record_id))
    with office.db.write(office.org.hr_head.actor) as session:
        engine.handle(session, session.actor, own_task(session, record_id))
        assert header(session, record_id).execution == "filed"


def test_the_same_person_is_asked_on_each_node_where_nothing_merges(office: Office) -> None:
    office.house.flow = flow(node("one", "manager"), node("two", "manager"), merge=Merge.NONE)
    record_id = submitted(office)
    for expected in ("one", "two"):
        with office.db.write(office.org.general_manager.actor) as session:
            task = own_task(session, record_id)
            assert task.node_id == expected
            engine.approve(session, session.actor, task)


# -- the resolvers


@pytest.mark.parametrize(
    ("approver", "expected"),
    [
        (Approver("dept_leader", {"level": 1}), ["team_head"]),
        (Approver("dept_leader", 2), ["sales_head"]),
        (Approver("dept_leader", {"level": 3}), ["general_manager"]),
        (Approver("dept_leader", {"level": 4}), []),
        (Approver("superior"), ["team_head"]),
        (Approver("superior", True), ["team_head"]),
        (Approver("role", "finance"), ["finance_head", "accountant", "cashier"]),
        (Approver("post", "cashier"), ["cashier"]),
        (Approver("user", "nobody"), []),
        (Approver("field", "keeper"), ["custodian"]),
        (Approver("field", "keeper_id"), ["custodian"]),
        (Approver("field", "keeper.superior"), ["admin"]),
        (Approver("field", "header.applicant"), ["salesman"]),
        (Approver("field", "note.nothing"), []),
    ],
)
def test_resolvers(office: Office, approver: Approver, expected: list[str]) -> None:
    with office.db.write(office.org.salesman.actor) as session:
        row = office.draft(session, keeper_id=office.org.custodian.id)
        resolver = session.registry.resolvers[approver.resolver]
        assert resolver.check(approver.argument) == ""
        found = Router(session, office.house.registry.kinds[KIND], row.header, row).find(approver)
        assert found == [getattr(office.org, name).id for name in expected]


@pytest.mark.parametrize(
    ("resolver", "argument"),
    [
        ("dept_leader", {"level": 0}),
        ("dept_leader", {"level": "1"}),
        ("dept_leader", {"levels": 1}),
        ("dept_leader", 10),
        ("superior", 2),
        ("role", ""),
        ("role", 3),
        ("user", None),
        ("post", []),
        ("field", "__class__"),
        ("field", "a..b"),
        ("field", "Keeper"),
    ],
)
def test_a_wrong_argument_is_named(office: Office, resolver: str, argument: Any) -> None:
    assert office.house.registry.resolvers[resolver].check(argument)


def test_a_field_must_be_one_of_the_kind(office: Office) -> None:
    kind = office.house.registry.kinds[KIND]
    assert find.check_field(kind, "keeper") == ""
    assert find.check_field(kind, "keeper.superior") == ""
    assert "keeper_id" in find.check_field(kind, "keper")


# -- conditions


@pytest.mark.parametrize(
    ("amount", "sort", "path"),
    [
        (Decimal(1), Sort.THING, ["lead"]),
        (Decimal("3.5"), Sort.THING, ["lead", "boss"]),
        (Decimal("3.5"), Sort.SERVICE, ["lead", "boss", "money"]),
    ],
)
def test_conditions_choose_the_path(
    office: Office, amount: Decimal, sort: Sort, path: list[str]
) -> None:
    office.house.flow = flow(
        node("lead", LEADER),
        node("boss", "manager", when="amount > 3"),
        node("money", "accountants", when="sort == '服务' and (keeper ?? 0) == 0"),
        manager=Approver("post", "accountant"),
    )
    with office.db.write(office.org.salesman.actor) as session:
        row = office.draft(session, amount=amount, sort=sort)
        seen = engine.preview(session, session.actor, row)
        assert [step.node.id for step in seen if not step.skipped] == path
        assert all(step.names or step.skipped for step in seen)
        engine.submit(session, session.actor, row.header)
        record_id = row.id
    walked = []
    for _ in path:
        with office.db.write(office.system) as session:
            (task,) = tasks_of(session, record_id)
            walked.append(task.node_id)
            member = session.get_one(Member, task.member_id)
        with office.db.write(
            office.org.salesman.actor.__class__(
                user_id=None, member_id=member.id, company_id=office.made.company
            )
        ) as session:
            upcoming = [
                step.node.id
                for step in engine.upcoming(session, header(session, record_id))
                if not step.skipped
            ]
            assert walked + upcoming == path
            engine.approve(session, session.actor, own_task(session, record_id))
    assert walked == path
    with office.db.read(office.system) as session:
        assert session.get_one(DemoRequest, record_id).effects == 1
        skipped = {
            one.node_id
            for one in queries.trail(session, record_id)
            if one.action is TrailAction.SKIP
        }
        assert skipped == {"lead", "boss", "money"} - set(path)


def test_facts_that_change_on_the_way_never_pass_a_request_by_nobody(office: Office) -> None:
    """A handle node comes first; then the only approving step stops to apply."""
    from zhidu.records.services import amend

    office.house.flow = flow(
        node("check", "hr", kind=NodeKind.HANDLE), node("boss", "manager", when="amount > 3")
    )
    record_id = submitted(office, amount=Decimal(5))
    with office.db.write(office.system) as session:
        amend(
            session,
            session.actor,
            session.get_one(DemoRequest, record_id),
            {"amount": Decimal(1)},
            "rule",
        )
    with office.db.write(office.org.hr_head.actor) as session:
        engine.handle(session, session.actor, own_task(session, record_id))
        instance = instance_of(session, record_id)
        assert instance.status is InstanceStatus.WAITING
        assert waits_for(session, record_id) == Waiting.NO_APPROVAL
        assert instance.approved_at is None
        assert engine.retry_waiting(session) == 0
    with office.db.write(office.org.salesman.actor) as session:
        engine.withdraw(session, session.actor, header(session, record_id))


def test_the_last_approval_counts_when_later_steps_fall_away(office: Office) -> None:
    """Lead approves, a handler acts, then the second approval stops to apply: approved, once."""
    from zhidu.records.services import amend

    office.house.flow = flow(
        node("lead", LEADER),
        node("check", "hr", kind=NodeKind.HANDLE),
        node("boss", "manager", when="amount > 3"),
    )
    record_id = submitted(office, amount=Decimal(5))
    with office.db.write(office.org.team_head.actor) as session:
        engine.approve(session, session.actor, own_task(session, record_id))
        assert session.get_one(DemoRequest, record_id).effects == 0
    with office.db.write(office.system) as session:
        amend(
            session,
            session.actor,
            session.get_one(DemoRequest, record_id),
            {"amount": Decimal(1)},
            "rule",
        )
    with office.db.write(office.org.hr_head.actor) as session:
        engine.handle(session, session.actor, own_task(session, record_id))
        assert session.get_one(DemoRequest, record_id).effects == 1
        assert instance_of(session, record_id).status is InstanceStatus.ENDED


# -- preview of what is not saved


def test_a_form_that_is_not_saved_can_be_previewed(office: Office) -> None:
    office.house.flow = flow(node("lead", LEADER), node("keep", Approver("field", "keeper_id")))
    with office.db.read(office.org.salesman.actor) as session:
        row = DemoRequest(
            header=Record(kind=KIND, title="x"),
            amount=Decimal(1),
            sort=Sort.THING,
            keeper_id=office.org.custodian.id,
        )
        steps = engine.preview(session, session.actor, row)
        assert [step.names for step in steps] == [("褚亮",), ("吴芳",)]
        assert row not in session
