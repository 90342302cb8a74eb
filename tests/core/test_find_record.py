"""People by what the record says: expressions, the register of authority, a parent company's post."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from tests.core.find_stage import declared, found, with_kind, wrong
from tests.core.workflow_house import Office, Sort

from zhidu.access.users import create_user
from zhidu.actor import Actor
from zhidu.db import CompanyOwned
from zhidu.org import lists, members, wall
from zhidu.org.departments import create_post
from zhidu.org.models import Company, Department, Post
from zhidu.org.models_lists import Matter
from zhidu.records.kinds import AuthorityFacts
from zhidu.testing.factories import make_company
from zhidu.texts import use_locale
from zhidu.workflow import authority, find
from zhidu.workflow.find_people import read
from zhidu.workflow.resolvers import Named

BY_AMOUNT = {
    "expression": {
        "if": "amount > 1000",
        "then": {"post": "general_manager"},
        "else": {"role": "no_such_role", "else": [{"post": "cashier"}]},
    }
}
BY_SORT = {
    "expression": {
        "by": "sort",
        "cases": {"thing": {"post": "cashier"}, "服务": {"expression": BY_AMOUNT["expression"]}},
    }
}


@pytest.mark.parametrize(
    ("way", "values", "names"),
    [
        (BY_AMOUNT, {"amount": Decimal(1001)}, ["general_manager"]),
        (BY_AMOUNT, {"amount": Decimal(1000)}, ["cashier"]),
        (BY_SORT, {"sort": Sort.THING}, ["cashier"]),
        (BY_SORT, {"sort": Sort.SERVICE, "amount": Decimal(9999)}, ["general_manager"]),
        ({"expression": {"by": "sort", "as": "group"}}, {}, []),
    ],
)
def test_the_record_says_who(office: Office, way: Any, values: Any, names: list[str]) -> None:
    with office.db.write(office.org.salesman.actor) as session:
        row = office.draft(session, **values)
        assert found(session, row, way) == [getattr(office.org, name).id for name in names]
    assert wrong(office, way) == []


def test_a_code_that_stands_in_a_fact(office: Office) -> None:
    with office.db.write(office.system) as session:
        post = create_post(session, session.actor, "thing", "物品管理")
        members.set_posts(session, session.actor, office.org.custodian.id, [post])
    with office.db.write(office.org.salesman.actor) as session:
        row = office.draft(session)
        way = {"expression": {"by": "sort", "as": "post"}}
        assert found(session, row, way) == [office.org.custodian.id]


@pytest.mark.parametrize(
    ("argument", "said"),
    [
        ("amount > 3", "if, then, else"),
        ({"if": "amount > 3", "then": {"post": "a"}}, "missing"),
        ({"if": "amount > 3", "then": "cashier", "else": {"post": "a"}}, "An approver"),
        ({"if": "amont > 3", "then": {"post": "a"}, "else": {"post": "a"}}, "amont"),
        ({"if": "amount > 3", "then": {"superior": 2}, "else": {"post": "a"}}, "words"),
        ({"by": "sort", "cases": {}}, "by value"),
        ({"by": "sort", "cases": {"thing": {"post": "a"}}}, "else:"),
        ({"by": "sort", "cases": {"thng": {"post": "a"}}, "else": {"post": "a"}}, "no value"),
        ({"by": "amount", "cases": {"1": {"post": "a"}}, "else": {"post": "b"}}, "no fact"),
        ({"by": "sort", "as": "department"}, "stand for"),
        ({"by": "sort", "cases": {"thing": {"gone": 1}}, "else": {"post": "b"}}, "gone"),
    ],
)
def test_a_wrong_expression_is_named(office: Office, argument: Any, said: str) -> None:
    with use_locale("en"):
        texts = wrong(office, {"expression": argument})
    assert len(texts) == 1
    assert said in texts[0]


def test_what_an_expression_names_of_the_company(office: Office) -> None:
    way = read(BY_SORT)
    assert way is not None
    assert set(find.references(office.db.registry.resolvers, way)) == {
        (Named.POST, "cashier"),
        (Named.POST, "general_manager"),
        (Named.ROLE, "no_such_role"),
    }


# -- whoever has written authority


def test_the_register_says_who(office: Office) -> None:
    org = office.org
    with_kind(office, declared(authority=AuthorityFacts("purchase", "amount")))
    with office.db.write(office.system) as session:
        matter = lists.create_entry(session, session.actor, Matter, "purchase", "采购")
        for person, ceiling in (
            (org.general_manager, None),
            (org.deputy, 5000),
            (org.hr_head, 900),
        ):
            authority.grant(
                session,
                session.actor,
                person.id,
                matter,
                document="授权书 1",
                starts_on=date(2020, 1, 1),
                ceiling=None if ceiling is None else Decimal(ceiling),
                unit="CNY",
            )
    with office.db.write(org.salesman.actor) as session:
        for amount, people in (
            (900, [org.hr_head, org.deputy, org.general_manager]),
            (901, [org.deputy, org.general_manager]),
            (5001, [org.general_manager]),
        ):
            row = office.draft(session, amount=Decimal(amount))
            ids = [person.id for person in people]
            assert found(session, row, {"authorized": True}) == ids
            assert found(session, row, {"authorized": {"matter": "purchase"}}) == ids
        assert found(session, row, {"authorized": {"matter": "other"}}) == []
    assert wrong(office, {"authorized": True}) == []
    assert wrong(office, {"authorized": "purchase"})
    with_kind(office, declared(authority=None))
    assert wrong(office, {"authorized": True})
    assert wrong(office, {"authorized": {"matter": "x"}}) == []


# -- a parent company's post


@pytest.fixture
def group(office: Office) -> int:
    """Make a company above the office, with a director; give the director's log-in."""
    head = make_company(office.db, "group", "某某集团")
    with office.db.write(Actor.system()) as session:
        session.get_one(Company, office.made.company).parent_id = head.id
    with office.db.write(head.system) as session:
        user = create_user(session, session.actor, "director", "zhidu test 2026")
        root = session.scalars(select(Department.id)).one()
        post = create_post(session, session.actor, "director", "董事长")
        members.create_member(session, session.actor, "董大", None, root, [post], None, user)
        return user.id


ABOVE = {"company_post": {"company": "group", "post": "director"}}


def test_who_is_a_member_here_too_is_found(office: Office, group: int) -> None:
    org = office.org
    with office.db.write(org.salesman.actor) as session:
        row = office.draft(session)
        assert found(session, row, ABOVE) == []
        assert wall.without_membership(session, "group", "director") == ["director"]
    with office.db.write(office.system) as session:
        members.link_user(session, session.actor, org.deputy.id, group)
    with office.db.read(org.salesman.actor) as session:
        row = session.get_one(type(row), row.id)
        assert found(session, row, ABOVE) == [org.deputy.id]
        assert wall.without_membership(session, "group", "director") == []
        other = {"company_post": {"company": "group", "post": "other"}}
        assert found(session, row, other) == []
        assert wall.without_membership(session, "group", "other") == []
        # nothing of the other company came along
        assert {one.company_id for one in session.scalars(select(Post))} == {office.made.company}
        owned = [one for one in session.identity_map.values() if isinstance(one, CompanyOwned)]
        assert {one.company_id for one in owned} == {office.made.company}


def test_only_companies_above_are_asked(office: Office, group: int) -> None:
    stranger = make_company(office.db, "stranger")
    with office.db.write(stranger.system) as session:
        root = session.scalars(select(Department.id)).one()
        post = create_post(session, session.actor, "director", "董事")
        members.create_member(session, session.actor, "外人", None, root, [post], None, group)
    with office.db.write(office.system) as session:
        members.link_user(session, session.actor, office.org.deputy.id, group)
    with office.db.write(office.org.salesman.actor) as session:
        row = office.draft(session)
        for company in ("stranger", "nowhere", "acme"):
            way = {"company_post": {"company": company, "post": "director"}}
            assert found(session, row, way) == []
            assert wall.without_membership(session, company, "director") == []
        assert found(session, row, ABOVE) == [office.org.deputy.id]
    with office.db.write(Actor.system()) as session:
        above = session.scalars(select(Company).where(Company.code == "group")).one()
        above.archived_at = above.created_at
    with office.db.write(office.org.salesman.actor) as session:
        assert found(session, office.draft(session), ABOVE) == []


def test_what_the_wall_costs(office: Office, group: int) -> None:
    """The other session uses the same transaction: nothing is committed or closed by it."""
    with office.db.write(office.org.salesman.actor) as session:
        row = office.draft(session)
        found(session, row, ABOVE)
        assert session.in_transaction()
        row.note = "goes on"
        session.flush()
        key = row.id
    with office.db.read(office.org.salesman.actor) as session:
        assert session.get_one(type(row), key).note == "goes on"


@pytest.mark.parametrize(
    "argument", [None, "group", {"company": "group"}, {"company": "g", "post": ""}]
)
def test_a_wrong_post_above_is_named(office: Office, argument: Any) -> None:
    assert len(wrong(office, {"company_post": argument})) == 1
