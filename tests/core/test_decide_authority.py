"""A step that demands a written authority asks only whom it covers, and holds them to it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.core.find_stage import declared, with_kind
from tests.core.seats_stage import office  # noqa: F401 -- fixtures
from tests.core.workflow_house import LEADER, Office, flow, node, own_task, waits_for
from tests.core.workflow_stage import Stage

from zhidu.clock import today
from zhidu.org import lists
from zhidu.org.models_lists import Matter
from zhidu.records.kinds import AuthorityFacts
from zhidu.records.models import Approval
from zhidu.texts import use_locale
from zhidu.workflow import authority, engine
from zhidu.workflow.authority import NotAuthorized
from zhidu.workflow.definition import Approver, Mode, Nobody, NodeKind
from zhidu.workflow.errors import Waiting
from zhidu.workflow.models_people import Authority

SIGN = node("sign", "finance", authority="purchase")


@pytest.fixture
def matter(office: Office) -> int:
    with_kind(office, declared(authority=AuthorityFacts("purchase", "amount")))
    with office.db.write(office.system) as session:
        return lists.create_entry(session, session.actor, Matter, "purchase", "采购").id


def entered(office: Office, matter: int, name: str, ceiling: int | None) -> int:
    with office.db.write(office.system) as session:
        return authority.grant(
            session,
            session.actor,
            getattr(office.org, name).id,
            matter,
            document="授权书",
            starts_on=today() - timedelta(days=1),
            ceiling=None if ceiling is None else Decimal(ceiling),
            unit="" if ceiling is None else "CNY",
        ).id


def revoked(office: Office, entry: int) -> None:
    with office.db.write(office.system) as session:
        authority.revoke(session, session.actor, session.get_one(Authority, entry), "收回")


def test_only_whom_the_register_covers_is_asked(office: Office, matter: int) -> None:
    entered(office, matter, "cashier", 100)
    entered(office, matter, "accountant", None)
    assert Stage.of(office, flow(SIGN), amount=Decimal(100)).asked == ["accountant", "cashier"]
    assert Stage.of(office, flow(SIGN), amount=Decimal(101)).asked == ["accountant"]


def test_without_the_demand_the_register_is_not_asked(office: Office, matter: int) -> None:
    stage = Stage.of(office, flow(node("sign", "finance")), amount=Decimal(10**6))
    assert len(stage.asked) == 3
    stage.approve("cashier")
    assert (stage.approval, matter > 0) == (Approval.APPROVED, True)


def test_whoever_lost_it_does_not_approve_but_may_refuse(office: Office, matter: int) -> None:
    entry = entered(office, matter, "cashier", None)
    first, second = (Stage.of(office, flow(SIGN)) for _ in range(2))
    revoked(office, entry)
    entered(office, matter, "accountant", None)
    with pytest.raises(NotAuthorized) as caught:
        first.approve("cashier")
    with use_locale("en"):
        assert "D-sign" in str(caught.value)
        assert "钱进" in str(caught.value)
    assert caught.value.rule == "workflow.authority"
    assert first.approval is Approval.IN_APPROVAL
    first.give_back("cashier")
    second.reject("cashier")
    assert (first.approval, second.approval) == (Approval.RETURNED, Approval.REJECTED)


def test_a_batch_leaves_out_what_is_not_covered_and_says_why(office: Office, matter: int) -> None:
    entry = entered(office, matter, "cashier", 1000)
    small, large = (Stage.of(office, flow(SIGN), amount=Decimal(amount)) for amount in (10, 1000))
    revoked(office, entry)
    entered(office, matter, "cashier", 50)
    with office.db.write(office.org.cashier.actor) as session, use_locale("en"):
        tasks = [own_task(session, stage.record_id) for stage in (small, large)]
        results = engine.batch_approve(session, session.actor, tasks)
        assert [one.done for one in results] == [True, False]
        assert "more than your written authority" in str(results[1].reason)
    assert (small.approval, large.approval) == (Approval.APPROVED, Approval.IN_APPROVAL)


def test_nobody_covered_waits_until_the_register_covers_somebody(
    office: Office, matter: int
) -> None:
    stage = Stage.of(office, flow(SIGN))
    with office.db.read(office.system) as session:
        assert waits_for(session, stage.record_id) == Waiting.UNAUTHORIZED
    with office.db.write(office.system) as session:
        assert engine.retry_waiting(session) == 0
    entered(office, matter, "general_manager", None)
    entered(office, matter, "accountant", None)
    with office.db.write(office.system) as session:
        assert engine.retry_waiting(session) == 1
    assert stage.asked == ["accountant"]


def test_the_superior_or_manager_instead_needs_it_as_well(office: Office, matter: int) -> None:
    entered(office, matter, "admin", None)
    stage = Stage.of(office, flow(SIGN, manager=Approver("role", "admin"), nobody=Nobody.MANAGER))
    assert stage.asked == ["admin"]


def test_the_next_of_a_chain_is_asked_where_the_first_is_not_covered(
    office: Office, matter: int
) -> None:
    chain = Approver("post", "cashier", (Approver("authorized", True),))
    made = flow(node("sign", chain, authority="purchase"))
    entered(office, matter, "general_manager", None)
    assert Stage.of(office, made).asked == ["general_manager"]


def test_who_executes_is_held_to_it_too(office: Office, matter: int) -> None:
    entry = entered(office, matter, "cashier", None)
    pay = node("pay", "finance", kind=NodeKind.HANDLE, transition="file", authority="purchase")
    stage = Stage.of(office, flow(node("lead", LEADER), pay))
    stage.approve("team_head")
    assert stage.asked == ["cashier"]
    revoked(office, entry)
    with pytest.raises(NotAuthorized):
        stage.handle("cashier")


def test_a_countersign_asks_all_who_are_covered(office: Office, matter: int) -> None:
    for name in ("cashier", "accountant"):
        entered(office, matter, name, None)
    stage = Stage.of(office, flow(node("sign", "finance", mode=Mode.ALL, authority="purchase")))
    stage.approve("cashier", "accountant")
    assert (stage.approval, stage.effects) == (Approval.APPROVED, 1)


def test_the_preview_asks_the_same_people(office: Office, matter: int) -> None:
    entered(office, matter, "cashier", 100)
    office.house.flow = flow(SIGN)
    with office.db.write(office.org.salesman.actor) as session:
        row: Any = office.draft(session, amount=Decimal(99))
        (step,) = engine.preview(session, session.actor, row)
        assert step.members == (office.org.cashier.id,)
        row.amount = Decimal(101)
        (step,) = engine.preview(session, session.actor, row)
        assert (step.members, step.note) == ((), Waiting.UNAUTHORIZED)
