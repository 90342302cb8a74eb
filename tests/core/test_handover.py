"""Who leaves hands over: tasks, places in flows, delegations; or nobody lets them go."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from tests.core.seats_stage import office  # noqa: F401 -- fixtures
from tests.core.test_delegation_routing import delegates
from tests.core.workflow_house import (
    LEADER,
    Apart,
    Office,
    flow,
    node,
    own_task,
    submitted,
    tasks_of,
)

from zhidu.access.models import Role
from zhidu.access.users import create_user
from zhidu.actor import Actor
from zhidu.db import Session
from zhidu.errors import PermissionDenied, Refused, ValidationError
from zhidu.org import members
from zhidu.org import queries as org_queries
from zhidu.org.models import Member, MemberStatus
from zhidu.testing.factories import PASSWORD, MadeMember
from zhidu.texts import use_locale
from zhidu.workflow import delegation, engine, handover, queries
from zhidu.workflow.definition import Approver, Mode
from zhidu.workflow.models import Origin, Task, TaskStatus, TrailAction
from zhidu.workflow.resolvers import Named


def leaves(office: Office, who: MadeMember, successor: MadeMember | None = None) -> None:
    with office.db.write(office.system) as session:
        members.leave(session, session.actor, who.id, successor.id if successor else None)


def works(office: Office, who: MadeMember) -> bool:
    with office.db.read(office.system) as session:
        return session.get_one(Member, who.id).status is MemberStatus.ACTIVE


def asked(office: Office, record_id: int) -> set[int]:
    with office.db.read(office.system) as session:
        return {task.member_id for task in tasks_of(session, record_id)}


def held(office: Office, who: MadeMember) -> handover.Holdings:
    with office.db.read(office.system) as session:
        return handover.holdings(session, who.id)


# -- tasks


def test_nobody_leaves_while_others_wait(office: Office) -> None:
    org = office.org
    office.house.flow = flow(node("lead", LEADER), node("boss", "manager"))
    record_id = submitted(office)
    with pytest.raises(handover.StillHolds, match="1") as caught:
        leaves(office, org.team_head)
    assert caught.value.rule == "seats.still_holds"
    assert [task.record_id for task in caught.value.holdings.tasks] == [record_id]
    assert works(office, org.team_head)
    assert asked(office, record_id) == {org.team_head.id}


def test_the_successor_takes_the_tasks_in_the_same_stroke(office: Office) -> None:
    org = office.org
    office.house.flow = flow(node("lead", LEADER), node("boss", "manager"))
    records = [submitted(office), submitted(office, org.other_salesman)]
    leaves(office, org.team_head, org.deputy)
    assert not works(office, org.team_head)
    for record_id in records:
        assert asked(office, record_id) == {org.deputy.id}
        with office.db.write(org.deputy.actor) as session:
            task = own_task(session, record_id)
            assert task.origin is Origin.HANDED_OVER
            engine.approve(session, session.actor, task)
            (entry,) = (
                one
                for one in queries.trail(session, record_id)
                if one.action is TrailAction.HAND_OVER
            )
            assert (entry.other_id, org.team_head.name in entry.opinion) == (org.deputy.id, True)


@pytest.mark.parametrize("mode", [Mode.ALL, Mode.SEQUENTIAL, Mode.ANY])
def test_those_whose_turn_has_not_come_hand_over_too(office: Office, mode: Mode) -> None:
    org = office.org
    office.house.flow = flow(node("money", "finance", mode=mode), node("boss", "manager"))
    record_id = submitted(office)
    with office.db.write(org.finance_head.actor) as session:
        task = own_task(session, record_id)
        engine.consult(session, session.actor, task, org.hr_head.id, "?")
    leaves(office, org.accountant, org.auditor)
    leaves(office, org.hr_head, org.deputy)  # who was asked for an opinion
    with office.db.read(office.system) as session:
        people = {
            task.member_id
            for task in tasks_of(session, record_id, TaskStatus.OPEN, TaskStatus.WAITING)
        }
    assert people == {org.finance_head.id, org.auditor.id, org.cashier.id, org.deputy.id}


def test_where_the_successor_may_not_decide_the_superior_does(office: Office) -> None:
    org = office.org
    office.house.flow = flow(node("lead", LEADER))
    mine, others = submitted(office), submitted(office, org.other_salesman)
    leaves(office, org.team_head, org.salesman)
    assert asked(office, mine) == {org.sales_head.id}
    assert asked(office, others) == {org.salesman.id}


def test_all_or_nothing(office: Office) -> None:
    org = office.org
    office.house.flow = flow(node("lead", LEADER))
    records = [submitted(office), submitted(office, org.other_salesman)]

    def apart(_session: Session, actor: Any, row: Any, _kind: str) -> None:
        if row.id == records[1]:
            raise Apart

    office.house.segregated = apart
    with use_locale("en"), pytest.raises(Refused, match="take over"):
        leaves(office, org.team_head, org.deputy)
    assert works(office, org.team_head)
    assert [asked(office, one) for one in records] == [{org.team_head.id}] * 2


def test_the_tasks_of_somebody_who_is_only_away(office: Office) -> None:
    org = office.org
    office.house.flow = flow(node("lead", LEADER))
    record_id = submitted(office)
    with pytest.raises(PermissionDenied), office.db.write(org.hr_head.actor) as session:
        handover.hand_over_tasks(session, session.actor, org.team_head.id, org.deputy.id, "病假")
    with pytest.raises(ValidationError), office.db.write(org.admin.actor) as session:
        handover.hand_over_tasks(session, session.actor, org.team_head.id, org.team_head.id, "x")
    with pytest.raises(ValidationError), office.db.write(org.admin.actor) as session:
        handover.hand_over_tasks(session, session.actor, org.team_head.id, org.deputy.id, " ")
    with office.db.write(org.admin.actor) as session:
        assert (
            handover.hand_over_tasks(
                session, session.actor, org.team_head.id, org.deputy.id, "病假"
            )
            == 1
        )
    assert asked(office, record_id) == {org.deputy.id}
    assert works(office, org.team_head)


# -- places in flows


def test_the_only_one_of_a_role_or_post_that_a_flow_names(office: Office) -> None:
    org = office.org
    office.house.flow = flow(
        node("people", "hr"), node("boss", Approver("post", "general_manager"))
    )
    assert [(one.how, one.name) for one in held(office, org.hr_head).mentions] == [
        (Named.ROLE, "hr")
    ]
    assert [(one.how, one.name) for one in held(office, org.general_manager).mentions] == [
        (Named.POST, "general_manager")
    ]
    for who in (org.hr_head, org.general_manager):
        with pytest.raises(handover.StillHolds):
            leaves(office, who)
    leaves(office, org.hr_head, org.deputy)
    leaves(office, org.general_manager, org.finance_head)
    with office.db.read(office.system) as session:
        assert org_queries.people_by_role(session, "hr") == [org.deputy.id]
        assert org_queries.people_by_post(session, "general_manager") == [org.finance_head.id]
        # what no flow names is not inherited
        codes = session.scalars(select(Role.code)).all()
        assert "manager" in codes
        assert org_queries.people_by_role(session, "manager") == []
    assert asked(office, submitted(office)) == {org.deputy.id}


def test_places_inside_other_approvers_count(office: Office) -> None:
    chain = Approver("role", "finance", (Approver("role", "hr"),))
    office.house.flow = flow(node("people", chain), manager=Approver("role", "auditor"))
    assert held(office, office.org.hr_head)
    assert held(office, office.org.auditor)
    assert not held(office, office.org.accountant)


def test_several_may_go_until_the_last(office: Office) -> None:
    org = office.org
    office.house.flow = flow(node("money", "finance"), node("x", "manager"))
    leaves(office, org.accountant)
    leaves(office, org.cashier)
    with pytest.raises(handover.StillHolds):
        leaves(office, org.finance_head)


def test_where_a_flow_names_the_log_in_the_successor_is_found(office: Office) -> None:
    """Also in requests that run already, and along a chain of those who left."""
    org = office.org
    with office.db.write(Actor.system()) as session:
        key = create_user(session, session.actor, "shen.yan", PASSWORD).id
    with office.db.write(office.system) as session:
        members.link_user(session, session.actor, org.auditor.id, key)
    office.house.flow = flow(node("lead", LEADER), node("audit", Approver("user", "shen.yan")))
    running = submitted(office)
    assert [(one.how, one.name) for one in held(office, org.auditor).mentions] == [
        (Named.USER, "shen.yan")
    ]
    leaves(office, org.auditor, org.cashier)
    with office.db.write(org.team_head.actor) as session:
        engine.approve(session, session.actor, own_task(session, running))
    assert asked(office, running) == {org.cashier.id}
    with office.db.write(org.cashier.actor) as session:
        engine.approve(session, session.actor, own_task(session, running))
    # the log-in given to somebody else names that person again
    with office.db.write(office.system) as session:
        members.link_user(session, session.actor, org.deputy.id, key)
    fresh = submitted(office)
    with office.db.write(org.team_head.actor) as session:
        engine.approve(session, session.actor, own_task(session, fresh))
    assert asked(office, fresh) == {org.deputy.id}


# -- delegations


def test_delegations_end_with_the_person(office: Office) -> None:
    org = office.org
    delegates(office, org.cashier, org.accountant)
    delegates(office, org.salesman, org.cashier)
    assert len(held(office, org.cashier).delegations) == 2
    leaves(office, org.cashier)
    with office.db.read(office.system) as session:
        assert delegation.of(session, org.accountant.id) == []
        assert delegation.of(session, org.salesman.id) == []


def test_handing_all_over_by_hand(office: Office) -> None:
    org = office.org
    office.house.flow = flow(node("people", "hr"))
    record_id = submitted(office)
    delegates(office, org.hr_head, org.accountant)
    with office.db.write(org.admin.actor) as session:
        what = handover.hand_over(session, session.actor, org.hr_head.id, org.deputy.id, "调岗")
        assert (len(what.tasks), len(what.mentions), len(what.delegations)) == (1, 1, 1)
    assert asked(office, record_id) == {org.deputy.id}
    assert not held(office, org.hr_head)
    with office.db.read(office.system) as session:
        assert (
            session.scalars(
                select(Task.id).where(
                    Task.member_id == org.hr_head.id, Task.status == TaskStatus.OPEN
                )
            ).all()
            == []
        )
