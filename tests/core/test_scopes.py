"""Whom a rule is for: each part, several parts, exceptions, words that nobody knows."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from tests.core.workflow_house import Office

from zhidu.access.users import create_user
from zhidu.db import Session
from zhidu.org import lists, members
from zhidu.org.departments import create_department, edit_department
from zhidu.org.models import Member, MemberStatus
from zhidu.org.models_lists import ContractType, Grade, Site
from zhidu.testing.counting import QueryCounter
from zhidu.workflow import scopes
from zhidu.workflow.definition import Scope

WORDS: dict[str, tuple[str, ...]] = {
    "departments": ("销售部", "fin", "财务部", "总经办", "nowhere"),
    "posts": ("cashier", "general_manager", "nothing"),
    "grades": ("P1", "P7", "P9"),
    "contracts": ("permanent", "intern"),
    "sites": ("sh", "bj"),
    "people": ("sunli", "nobody"),
    "roles": ("finance", "hr", "leader", "nothing"),
}


@pytest.fixture
def staffed(office: Office) -> Office:
    org = office.org
    with office.db.write(office.system) as session:
        actor = session.actor
        low, high = (lists.create_entry(session, actor, Grade, code, code) for code in ("P1", "P7"))
        permanent = lists.create_entry(session, actor, ContractType, "permanent", "正式")
        intern = lists.create_entry(session, actor, ContractType, "intern", "实习")
        here = lists.create_entry(session, actor, Site, "sh", "上海")
        for person, grade, contract, site in (
            (org.salesman, low, intern, here),
            (org.other_salesman, low, permanent, None),
            (org.cashier, high, permanent, here),
            (org.finance_head, high, None, None),
        ):
            members.set_terms(session, actor, person.id, grade=grade, contract=contract, site=site)
        edit_department(session, actor, org.departments["财务部"], code="fin")
        user = create_user(session, actor, "sunli", "zhidu test 2026")
        members.link_user(session, actor, org.cashier.id, user)
    return office


def reached(
    office: Office, session: Session, scope: Scope, excepted: Scope = scopes.EVERYBODY
) -> set[str]:
    """Name who is reached, asked both ways."""
    org = office.org
    names = {
        getattr(org, one.name).id: one.name
        for one in fields(org)
        if hasattr(getattr(org, one.name), "actor")
    }
    found = scopes.people(session, scope, excepted)
    assert found == sorted(set(found))
    for key in names:
        assert scopes.covers(session, key, scope, excepted) == (key in found)
    return {names[key] for key in found}


FINANCE = {"finance_head", "accountant", "cashier"}
SALES = {"sales_head", "team_head", "salesman", "other_salesman"}


@pytest.mark.parametrize(
    ("scope", "people"),
    [
        ({"departments": ("销售部",)}, SALES),
        ({"departments": ("销售一部",)}, SALES - {"sales_head"}),
        ({"departments": ("fin",)}, FINANCE),
        ({"departments": ("财务部", "销售部")}, FINANCE | SALES),
        ({"departments": ("nowhere",)}, set()),
        ({"posts": ("cashier", "accountant")}, {"cashier", "accountant"}),
        ({"grades": ("P1",)}, {"salesman", "other_salesman"}),
        ({"contracts": ("permanent",)}, {"other_salesman", "cashier"}),
        ({"sites": ("sh",)}, {"salesman", "cashier"}),
        ({"people": ("sunli", "nobody")}, {"cashier"}),
        ({"roles": ("hr",)}, {"hr_head"}),
        ({"roles": ("finance",), "grades": ("P7",)}, {"finance_head", "cashier"}),
        ({"departments": ("销售部",), "sites": ("sh",), "contracts": ("intern",)}, {"salesman"}),
        ({"departments": ("销售部",), "roles": ("finance",)}, set()),
    ],
)
def test_whom_a_scope_reaches(staffed: Office, scope: dict[str, Any], people: set[str]) -> None:
    with staffed.db.read(staffed.system) as session:
        assert reached(staffed, session, Scope(**scope)) == people


def test_exceptions_are_taken_out_again(staffed: Office) -> None:
    with staffed.db.read(staffed.system) as session:
        everybody = reached(staffed, session, Scope())
        assert len(everybody) == 13
        without = reached(staffed, session, Scope(), Scope(grades=("P1",)))
        assert without == everybody - {"salesman", "other_salesman"}
        # who has no grade at all is not excepted by one
        assert reached(
            staffed, session, Scope(departments=("销售部",)), Scope(grades=("P1",), sites=("sh",))
        ) == SALES - {"salesman"}
        assert reached(staffed, session, Scope(), Scope(sites=("nowhere",))) == everybody


def test_who_left_and_sub_departments(staffed: Office) -> None:
    org = staffed.org
    with staffed.db.write(staffed.system) as session:
        lower = create_department(session, session.actor, "出纳组", org.departments["财务部"])
        members.set_departments(session, session.actor, org.cashier.id, lower)
        assert reached(staffed, session, Scope(departments=("fin",))) == FINANCE
        members.set_departments(
            session, session.actor, org.cashier.id, org.departments["总经办"], [lower]
        )
        assert reached(staffed, session, Scope(departments=("fin",))) == FINANCE
        members.leave(session, session.actor, org.accountant.id)
        assert scopes.people(session, Scope(departments=("fin",))) == sorted(
            [org.finance_head.id, org.cashier.id]
        )


def test_a_code_goes_before_a_name(staffed: Office) -> None:
    """A department that is called as another one's code is not meant by it."""
    org = staffed.org
    with staffed.db.write(staffed.system) as session:
        other = create_department(session, session.actor, "fin", org.root_id)
        members.set_departments(session, session.actor, org.hr_head.id, other)
        assert reached(staffed, session, Scope(departments=("fin",))) == FINANCE


def test_who_is_left_out(staffed: Office) -> None:
    with staffed.db.read(staffed.system) as session:
        rules = [
            (Scope(departments=("销售部",)), Scope(grades=("P1",))),
            (Scope(grades=("P1",)), Scope()),
        ]
        both = set(scopes.people(session, Scope())) - set(
            scopes.people(session, Scope(departments=("销售部",)))
        )
        assert set(scopes.left_out(session, rules)) == both
        assert scopes.left_out(session, [(Scope(), Scope())]) == []
        assert len(scopes.left_out(session, [])) == 13


def test_words_that_the_company_does_not_know(staffed: Office) -> None:
    scope = Scope(**WORDS)
    with staffed.db.read(staffed.system) as session:
        assert scopes.unknown(session, scope) == [
            ("departments", "nowhere"),
            ("posts", "nothing"),
            ("grades", "P9"),
            ("sites", "bj"),
            ("roles", "nothing"),
            ("people", "nobody"),
        ]
        assert scopes.unknown(session, Scope()) == []


some = st.builds(
    Scope,
    **{
        part: st.lists(st.sampled_from(words), max_size=2).map(tuple)
        for part, words in WORDS.items()
    },
)


def test_scopes_obey_the_rules_of_sets(staffed: Office) -> None:
    @settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
    @given(some, some)
    def check(scope: Scope, excepted: Scope) -> None:
        everybody = set(scopes.people(session, Scope()))
        inside = set(scopes.people(session, scope))
        out = set(scopes.people(session, excepted)) if excepted != Scope() else set()
        assert set(scopes.people(session, scope, excepted)) == inside - out
        assert set(scopes.left_out(session, [(scope, excepted)])) == everybody - (inside - out)
        # every part narrows; within a part every word widens
        for part in WORDS:
            alone = Scope(**{part: getattr(scope, part)})
            assert inside <= set(scopes.people(session, alone))
            words = getattr(scope, part)
            if len(words) == 2:
                both = set(scopes.people(session, alone))
                single = [set(scopes.people(session, Scope(**{part: (word,)}))) for word in words]
                assert both == single[0] | single[1]

    with staffed.db.read(staffed.system) as session:
        check()


def test_a_question_costs_two_statements_at_most(staffed: Office) -> None:
    with staffed.db.read(staffed.system) as session, QueryCounter(staffed.db.engine) as sent:
        scopes.covers(session, staffed.org.cashier.id, Scope())
        assert sent.count == 0
        scopes.covers(session, staffed.org.cashier.id, Scope(**WORDS))
        assert sent.count <= 2, sent


def test_everybody_is_everybody_who_works_here(staffed: Office) -> None:
    with staffed.db.read(staffed.system) as session:
        here = session.scalars(select(Member.id).where(Member.status == MemberStatus.ACTIVE))
        assert scopes.people(session, Scope()) == sorted(here)
