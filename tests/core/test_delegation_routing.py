"""Who sits in whose seat when a step begins: delegates, and others in the place of absent people."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select
from tests.core.seats_stage import office  # noqa: F401 -- fixtures
from tests.core.workflow_house import (
    LEADER,
    Apart,
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

from zhidu.access import check
from zhidu.clock import now
from zhidu.db import Session
from zhidu.hookspecs import hookimpl
from zhidu.policy.settings import set_setting
from zhidu.records.models import RecordReader
from zhidu.registry import CORE_PLUGINS, Registry
from zhidu.testing.factories import MadeMember
from zhidu.testing.fixtures import FrozenClock
from zhidu.workflow import absence, delegation, engine, queries
from zhidu.workflow.definition import Approver, Mode, NodeKind
from zhidu.workflow.models import InstanceStatus, Origin, Sign, TrailAction


def delegates(office: Office, owner: MadeMember, helper: MadeMember, **more: Any) -> int:
    with office.db.write(owner.actor) as session:
        return delegation.grant(
            session,
            session.actor,
            owner.id,
            helper.id,
            now() - timedelta(hours=1),
            now() + timedelta(days=7),
            **more,
        ).id


def away(office: Office, *people: MadeMember) -> Office:
    """Let an addon know that people are away."""
    gone = {one.id for one in people}

    def provide_absences(query: Any) -> Collection[int]:
        return [one for one in query.member_ids if one in gone]

    plugins = {
        "demo": office.house._plugin(),
        "demo:away": SimpleNamespace(provide_absences=hookimpl(provide_absences)),
    }
    registry = Registry.of(plugins, core_plugins=CORE_PLUGINS)
    return Office(office.db.with_registry(registry), office.house, office.made)


def asked(office: Office, record_id: int) -> set[tuple[str, str | None, Origin]]:
    with office.db.read(office.system) as session:
        return {
            (task.member.name, _name(session, task.owner_id), task.origin)
            for task in tasks_of(session, record_id)
        }


def _name(session: Session, member_id: int | None) -> str | None:
    from zhidu.workflow.notices import name_of

    return name_of(session, member_id) or None


# -- delegation


@pytest.mark.parametrize("mode", [Mode.ALL, Mode.ANY, Mode.SEQUENTIAL])
def test_new_tasks_go_to_the_delegate_who_decides_for_the_owner(office: Office, mode: Mode) -> None:
    org = office.org
    delegates(office, org.finance_head, org.auditor)
    office.house.flow = flow(node("money", "finance", mode=mode), node("boss", "manager"))
    record_id = submitted(office)
    assert (org.auditor.name, org.finance_head.name, Origin.DELEGATED) in asked(office, record_id)
    with office.db.write(org.auditor.actor) as session:
        engine.approve(session, session.actor, own_task(session, record_id), "同意")
        entry = queries.trail(session, record_id)
        decision = next(one for one in entry if one.action is TrailAction.APPROVE)
        assert (decision.member_id, decision.on_behalf_of) == (org.auditor.id, org.finance_head.id)
    for who in (org.finance_head, org.auditor):
        with office.db.read(who.actor) as session:
            assert check.can(session, "demo.request.read", header(session, record_id))
    with office.db.read(office.system) as session:
        reasons = dict(
            session.execute(
                select(RecordReader.member_id, RecordReader.reason).where(
                    RecordReader.record_id == record_id
                )
            ).all()
        )
        assert reasons[org.finance_head.id] == "delegation"


def test_it_is_for_the_kinds_named_and_for_its_time(office: Office, clock: FrozenClock) -> None:
    org = office.org
    delegates(office, org.team_head, org.auditor)
    office.house.flow = flow(node("lead", LEADER))
    first = submitted(office)
    clock.tick(days=8)
    second = submitted(office)
    assert asked(office, first) == {(org.auditor.name, org.team_head.name, Origin.DELEGATED)}
    assert asked(office, second) == {(org.team_head.name, None, Origin.RESOLVED)}


def test_never_to_the_applicant_nor_to_one_who_may_not_decide(office: Office) -> None:
    org = office.org
    delegates(office, org.team_head, org.salesman)
    office.house.flow = flow(node("lead", LEADER))
    assert asked(office, submitted(office)) == {(org.team_head.name, None, Origin.RESOLVED)}
    # another one's request the delegate may decide
    assert asked(office, submitted(office, org.other_salesman)) == {
        (org.salesman.name, org.team_head.name, Origin.DELEGATED)
    }

    def apart(_session: Session, actor: Any, _row: Any, _kind: str) -> None:
        if actor.member_id == org.salesman.id:
            raise Apart

    office.house.segregated = apart
    assert asked(office, submitted(office, org.other_salesman)) == {
        (org.team_head.name, None, Origin.RESOLVED)
    }


def test_the_owner_does_not_decide_what_the_delegate_has(office: Office) -> None:
    org = office.org
    delegates(office, org.team_head, org.auditor)
    office.house.flow = flow(node("lead", LEADER))
    record_id = submitted(office)
    with office.db.read(office.system) as session:
        key = tasks_of(session, record_id)[0].id

    def verb(session: Session) -> None:
        from zhidu.workflow.models import Task

        engine.approve(session, session.actor, session.get_one(Task, key))

    assert refused(office, org.team_head.actor, record_id, verb).rule == "workflow.not_yours"


def test_one_hop_and_no_cycle(office: Office) -> None:
    org = office.org
    delegates(office, org.team_head, org.auditor)
    delegates(office, org.auditor, org.team_head)
    delegates(office, org.finance_head, org.team_head)
    office.house.flow = flow(node("lead", LEADER))
    assert asked(office, submitted(office)) == {
        (org.auditor.name, org.team_head.name, Origin.DELEGATED)
    }


def test_two_seats_are_never_one_persons(office: Office) -> None:
    """A delegate who is asked anyway does not count twice: the owner keeps the own seat."""
    org = office.org
    delegates(office, org.finance_head, org.cashier)
    office.house.flow = flow(node("money", "finance", mode=Mode.ALL))
    assert asked(office, submitted(office)) == {
        (one.name, None, Origin.RESOLVED) for one in (org.finance_head, org.accountant, org.cashier)
    }


def test_a_person_chosen_by_hand_is_stood_in_for_too(office: Office) -> None:
    org = office.org
    delegates(office, org.hr_head, org.auditor)
    office.house.flow = flow(node("lead", LEADER))
    record_id = submitted(office)
    with office.db.write(org.team_head.actor) as session:
        task = own_task(session, record_id)
        engine.add_signer(session, session.actor, task, org.hr_head.id, Sign.BEFORE, "请看")
    assert asked(office, record_id) == {(org.auditor.name, org.hr_head.name, Origin.DELEGATED)}


# -- absence


def test_who_is_away_gets_no_task(office: Office) -> None:
    org = office.org
    office = away(office, org.team_head)
    office.house.flow = flow(node("lead", LEADER))
    assert asked(office, submitted(office)) == {(org.sales_head.name, None, Origin.SUPERIOR)}


def test_the_next_of_the_chain_is_asked(office: Office) -> None:
    org = office.org
    office = away(office, org.hr_head)
    chain = Approver("role", "hr", (Approver("role", "auditor"),))
    office.house.flow = flow(node("people", chain))
    assert asked(office, submitted(office)) == {(org.auditor.name, None, Origin.RESOLVED)}


def test_who_is_away_and_delegated_is_stood_in_for(office: Office) -> None:
    org = office.org
    delegates(office, org.hr_head, org.cashier)
    gone = away(office, org.hr_head)
    chain = Approver("role", "hr", (Approver("role", "auditor"),))
    gone.house.flow = flow(node("people", chain))
    assert asked(gone, submitted(gone)) == {(org.cashier.name, org.hr_head.name, Origin.DELEGATED)}
    both = away(office, org.hr_head, org.cashier)
    assert asked(both, submitted(both)) == {(org.auditor.name, None, Origin.RESOLVED)}


def test_one_of_several_is_enough_or_none_is_left_out(office: Office) -> None:
    """或签 goes on without the absent one; 会签 asks the superior in that seat."""
    org = office.org
    office = away(office, org.cashier, org.accountant)
    office.house.flow = flow(node("money", "finance"))
    assert asked(office, submitted(office)) == {(org.finance_head.name, None, Origin.RESOLVED)}
    office.house.flow = flow(node("money", "finance", mode=Mode.ALL))
    # the superior of both sits there already; the next one above takes one seat, the flow's
    # manager the other
    assert asked(office, submitted(office)) == {
        (org.finance_head.name, None, Origin.RESOLVED),
        (org.general_manager.name, None, Origin.SUPERIOR),
        (org.admin.name, None, Origin.SUPERIOR),
    }


def test_where_everybody_is_away_it_waits_until_somebody_is_back(office: Office) -> None:
    org = office.org
    people = (org.team_head, org.sales_head, org.deputy, org.general_manager, org.admin)
    gone = away(office, *people)
    gone.house.flow = flow(node("lead", LEADER))
    record_id = submitted(gone)
    with gone.db.write(gone.system) as session:
        assert tasks_of(session, record_id) == []
        assert instance_of(session, record_id).status is InstanceStatus.WAITING
        assert engine.retry_waiting(session) == 0
    with office.db.write(office.system) as session:
        assert engine.retry_waiting(session) == 1
    assert asked(office, record_id) == {(org.team_head.name, None, Origin.RESOLVED)}


@pytest.mark.parametrize("rule", [absence.Rule.IF_NOBODY_ELSE, absence.Rule.KEEP])
def test_a_company_may_have_absent_people_asked(office: Office, rule: absence.Rule) -> None:
    org = office.org
    everybody = (org.team_head, org.sales_head, org.deputy, org.general_manager, org.admin)
    with office.db.write(office.system) as session:
        set_setting(session, session.actor, absence.SETTING.key, rule.value)
    office.house.flow = flow(node("lead", LEADER))
    one = away(office, org.team_head)
    kept = rule is absence.Rule.KEEP
    name, origin = (
        (org.team_head.name, Origin.RESOLVED) if kept else (org.sales_head.name, Origin.SUPERIOR)
    )
    assert asked(one, submitted(one)) == {(name, None, origin)}
    all_away = away(office, *everybody)
    assert asked(all_away, submitted(all_away)) == {(org.team_head.name, None, Origin.RESOLVED)}


def test_a_handling_step_knows_absence_too(office: Office) -> None:
    org = office.org
    office = away(office, org.hr_head)
    office.house.flow = flow(
        node("boss", "manager"), node("file", "hr", kind=NodeKind.HANDLE, transition="file")
    )
    record_id = submitted(office)
    with office.db.write(org.general_manager.actor) as session:
        engine.approve(session, session.actor, own_task(session, record_id))
    assert asked(office, record_id) == {(org.team_head.name, None, Origin.SUPERIOR)}


def test_the_path_shown_before_names_who_will_be_asked(office: Office) -> None:
    org = office.org
    delegates(office, org.team_head, org.auditor)
    office.house.flow = flow(node("lead", LEADER))
    with office.db.read(org.salesman.actor) as session:
        pass
    with office.db.write(org.salesman.actor) as session:
        row = office.draft(session)
        (step,) = engine.preview(session, session.actor, row)
        assert list(step.names) == [org.auditor.name]
