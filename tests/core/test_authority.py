"""The register of written authority: entered by somebody else, held to its ceiling, its day, its words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import select
from tests.core.find_stage import declared, question, with_kind
from tests.core.workflow_house import KIND, Office, Sort

from zhidu.audit.models import AuditEntry
from zhidu.clock import today
from zhidu.db import Session
from zhidu.errors import PermissionDenied, Refused, ValidationError, clause
from zhidu.org import lists, members
from zhidu.org.models_lists import Matter
from zhidu.records.kinds import AuthorityFacts
from zhidu.workflow import authority
from zhidu.workflow.authority import Asked, Lacking, NotAuthorized, OwnAuthority
from zhidu.workflow.models_people import Authority

DAY = date(2026, 6, 1)


@pytest.fixture
def matter(office: Office) -> int:
    with office.db.write(office.system) as session:
        return lists.create_entry(session, session.actor, Matter, "purchase", "采购").id


def entered(office: Office, matter: int, **more: Any) -> int:
    values: dict[str, Any] = {
        "document": "授权书〔2026〕1号",
        "starts_on": date(2026, 1, 1),
        "ends_on": date(2027, 1, 1),
        "ceiling": Decimal(1000),
        "unit": "CNY",
    } | more
    person = values.pop("member", office.org.deputy.id)
    with office.db.write(values.pop("by", office.system)) as session:
        return authority.grant(session, session.actor, person, matter, **values).id


def asked(amount: Any = 1000, unit: str = "CNY", *topics: str) -> Asked:
    given_amount = None if amount is None else Decimal(amount)
    return Asked("purchase", given_amount, unit, frozenset(topics))


@pytest.mark.parametrize(
    ("entry", "wanted", "day", "expected"),
    [
        ({}, asked(1000), DAY, "covered"),
        ({}, asked("1000.0001"), DAY, Lacking.OVER),
        ({}, asked(1, "USD"), DAY, Lacking.UNIT),
        ({}, asked(None), DAY, Lacking.UNIT),
        ({"ceiling": None}, asked(10**9), DAY, "covered"),
        ({"ceiling": None}, asked(None, ""), DAY, "covered"),
        ({"exclusions": ["guarantee", " "]}, asked(1, "CNY", "guarantee"), DAY, Lacking.EXCLUDED),
        ({"exclusions": ["guarantee"]}, asked(1, "CNY", "lease"), DAY, "covered"),
        ({}, asked(), date(2025, 12, 31), Lacking.NO_ENTRY),
        ({}, asked(), date(2026, 1, 1), "covered"),
        ({}, asked(), date(2026, 12, 31), "covered"),
        ({}, asked(), date(2027, 1, 1), Lacking.NO_ENTRY),
        ({"ends_on": None}, asked(), date(2099, 1, 1), "covered"),
        ({}, Asked("other", Decimal(1), "CNY"), DAY, Lacking.NO_ENTRY),
    ],
)
def test_what_an_entry_covers(
    office: Office, matter: int, entry: dict[str, Any], wanted: Asked, day: date, expected: Any
) -> None:
    key = entered(office, matter, **entry)
    with office.db.read(office.system) as session:
        found = authority.covers(session, office.org.deputy.id, wanted, day)
        assert found == (session.get_one(Authority, key) if expected == "covered" else expected)
        assert authority.holders(session, wanted, day) == (
            [office.org.deputy.id] if expected == "covered" else []
        )
        assert authority.covers(session, office.org.cashier.id, wanted, day) is Lacking.NO_ENTRY


def test_one_of_several_entries_is_enough(office: Office, matter: int) -> None:
    entered(office, matter, ceiling=Decimal(10))
    wide = entered(office, matter, ceiling=Decimal(50), unit="USD")
    entered(office, matter, ceiling=None, starts_on=date(2026, 9, 1))
    with office.db.read(office.system) as session:
        deputy = office.org.deputy.id
        found = authority.covers(session, deputy, asked(50, "USD"), DAY)
        assert isinstance(found, Authority)
        assert found.id == wide
        assert authority.covers(session, deputy, asked(11), DAY) in (Lacking.OVER, Lacking.UNIT)
        assert isinstance(authority.covers(session, deputy, asked(11), date(2026, 9, 1)), Authority)


def test_the_narrowest_comes_first(office: Office, matter: int) -> None:
    org = office.org
    for person, ceiling in ((org.general_manager, None), (org.deputy, 500), (org.hr_head, 90)):
        entered(
            office, matter, member=person.id, ceiling=None if ceiling is None else Decimal(ceiling)
        )
    with office.db.read(office.system) as session:
        assert authority.holders(session, asked(80), DAY) == [
            org.hr_head.id,
            org.deputy.id,
            org.general_manager.id,
        ]
        assert authority.holders(session, asked(91), DAY) == [org.deputy.id, org.general_manager.id]
        assert authority.holders(session, asked(501), DAY) == [org.general_manager.id]


@given(
    ceiling=st.decimals(Decimal("0.0001"), 10**9, places=4),
    amount=st.decimals(0, 10**9, places=4),
)
@hypothesis_settings(max_examples=200)
def test_a_ceiling_holds_exactly(ceiling: Decimal, amount: Decimal) -> None:
    entry = Authority(ceiling=ceiling, unit="CNY", exclusions=[])
    assert (authority._lacking(entry, asked(amount)) is None) == (amount <= ceiling)


# -- keeping it


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"ceiling": Decimal(0)}, "ceiling"),
        ({"ceiling": Decimal(-1)}, "ceiling"),
        ({"unit": " "}, "unit"),
        ({"ends_on": date(2026, 1, 1)}, "ends_on"),
        ({"document": " "}, "document"),
    ],
)
def test_an_entry_is_whole(office: Office, matter: int, wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as caught:
        entered(office, matter, **wrong)
    assert set(caught.value.fields) == {field}


def test_only_who_keeps_the_register_enters_and_nobody_the_own(office: Office, matter: int) -> None:
    org = office.org
    with pytest.raises(PermissionDenied):
        entered(office, matter, by=org.finance_head.actor)
    with pytest.raises(OwnAuthority):
        entered(office, matter, by=org.admin.actor, member=org.admin.id)
    key = entered(office, matter, by=org.admin.actor)
    with office.db.write(org.finance_head.actor) as session, pytest.raises(PermissionDenied):
        authority.revoke(session, session.actor, key, "误")
    own = entered(office, matter, member=org.admin.id)
    with office.db.write(org.admin.actor) as session:
        with pytest.raises(OwnAuthority):
            authority.revoke(session, session.actor, own, "误")
        with pytest.raises(ValidationError):
            authority.revoke(session, session.actor, key, "  ")
        authority.revoke(session, session.actor, key, "调岗")
        with pytest.raises(ValidationError):
            authority.revoke(session, session.actor, key, "又")
        assert authority.covers(session, org.deputy.id, asked(), DAY) is Lacking.NO_ENTRY
    with office.db.read(office.system) as session:
        row = session.get_one(Authority, key)
        assert (row.granted_by, row.revoked_for) == (org.admin.id, "调岗")
        trail = session.scalars(select(AuditEntry.action).where(AuditEntry.row_id == key))
        assert {"insert", "update"} <= set(trail)


def test_who_left_has_no_authority_and_gets_none(office: Office, matter: int) -> None:
    entered(office, matter)
    with office.db.write(office.system) as session:
        members.leave(session, session.actor, office.org.deputy.id)
        found = authority.covers(session, office.org.deputy.id, asked(), DAY)
        assert found is Lacking.NO_ENTRY
        assert authority.holders(session, asked(), DAY) == []
    with pytest.raises(ValidationError):
        entered(office, matter)


# -- at a decision


def held(
    office: Office, amount: Any, *, kind: AuthorityFacts | None, matter: str = "", **more: Any
) -> Callable[[Session], Authority | None]:
    with_kind(office, declared(authority=kind))

    def decide(session: Session) -> Authority | None:
        row = office.draft(session, amount=Decimal(amount), **more)
        asking = question(session, row)
        return authority.require(
            session,
            office.org.deputy.id,
            session.registry.kinds[KIND],
            asking.facts(),
            matter=matter,
            source=clause("D-1"),
        )

    return decide


def test_a_decision_is_held_to_the_register(office: Office, matter: int) -> None:
    now = today()
    term = {"starts_on": now - timedelta(days=1), "ends_on": now + timedelta(days=2)}
    key = entered(office, matter, exclusions=[Sort.SERVICE.value], **term)
    entered(office, matter, member=office.org.general_manager.id, ceiling=None, **term)
    money = AuthorityFacts("purchase", "amount")
    with office.db.write(office.org.salesman.actor) as session:
        entry = held(office, 1000, kind=money)(session)
        assert entry is not None
        assert entry.id == key
        for amount, more, why in (
            (1001, {}, Lacking.OVER),
            (1, {"sort": Sort.SERVICE}, Lacking.EXCLUDED),
        ):
            with pytest.raises(NotAuthorized) as caught:
                held(office, amount, kind=money, **more)(session)
            assert caught.value.why is why
            assert caught.value.rule == "workflow.authority"
            assert "王建国" in str(caught.value)
            assert "D-1" in str(caught.value)
        for facts in (
            AuthorityFacts("purchase", "amount", unit="kg"),
            AuthorityFacts("purchase", "amount", currency="sort"),
            AuthorityFacts("purchase"),
        ):
            with pytest.raises(NotAuthorized) as caught:
                held(office, 1, kind=facts)(session)
            assert caught.value.why is Lacking.UNIT
        with pytest.raises(NotAuthorized) as caught:
            held(office, 1, kind=money, matter="contract")(session)
        assert caught.value.why is Lacking.NO_ENTRY
        assert isinstance(caught.value, Refused)
        # a kind without a matter is not held to anything
        assert held(office, 10**9, kind=None)(session) is None
        with pytest.raises(NotAuthorized):
            held(office, 1, kind=None, matter="purchase")(session)


def test_an_entry_counts_in_what_the_kind_counts(office: Office, matter: int) -> None:
    now = today()
    entered(office, matter, unit="kg", starts_on=now - timedelta(days=1), ends_on=None)
    facts = AuthorityFacts("purchase", "amount", unit="kg")
    with office.db.write(office.org.salesman.actor) as session:
        assert held(office, 1000, kind=facts)(session) is not None
        with pytest.raises(NotAuthorized):
            held(office, 1001, kind=facts)(session)
