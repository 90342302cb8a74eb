"""People by name and by place: every way, its order, its argument, and who stands in."""

from __future__ import annotations

from typing import Any

import pytest
from tests.core.find_stage import found, wrong
from tests.core.workflow_house import DemoRequest, Office

from zhidu.access.users import create_user
from zhidu.db import Session
from zhidu.org import groups, lists, members
from zhidu.org.departments import create_department, edit_department, set_leaders
from zhidu.org.models_lists import Matter
from zhidu.texts import use_locale
from zhidu.workflow import find
from zhidu.workflow.definition import Approver
from zhidu.workflow.find_people import read
from zhidu.workflow.resolvers import Named


def draft(office: Office, session: Session, **values: Any) -> DemoRequest:
    return office.draft(session, **values)


@pytest.mark.parametrize(
    ("way", "names"),
    [
        ({"role": "finance"}, ["finance_head", "accountant", "cashier"]),
        ({"post": "cashier"}, ["cashier"]),
        ({"dept_member": {"department": "财务部"}}, ["finance_head", "accountant", "cashier"]),
        ({"dept_member": {"department": "财务部", "post": "accountant"}}, ["accountant"]),
        ({"dept_member": {"department": "财务部", "role": "leader"}}, ["finance_head"]),
        ({"dept_member": {"department": "销售部"}}, ["sales_head"]),
        (
            {"dept_member": {"department": "销售部", "lower": True}},
            ["sales_head", "team_head", "salesman", "other_salesman"],
        ),
        ({"dept_member": {"of": "applicant"}}, ["team_head", "salesman", "other_salesman"]),
        ({"dept_member": {"department": "nowhere"}}, []),
        ({"dept_leader": {"level": 1}}, ["team_head"]),
        ({"dept_leader": {"level": 3}}, ["general_manager"]),
        ({"dept_leader": {"level": 4}}, []),
        ({"dept_leader": {"level": 1, "of": "keeper"}}, ["finance_head"]),
        ({"leaders": {"to": 1}}, ["team_head"]),
        ({"leaders": {"to": 2}}, ["team_head", "sales_head"]),
        ({"leaders": {"to": "top"}}, ["team_head", "sales_head", "general_manager"]),
        ({"leaders": {"to": 9, "of": "keeper"}}, ["finance_head", "general_manager"]),
        ({"leaders": {"to": {"post": "general_manager"}}}, "leaders"),
        ({"superior": True}, ["team_head"]),
        ({"superior": {"level": 2}}, ["sales_head"]),
        ({"superior": {"level": 9}}, []),
        ({"superior": {"of": "keeper"}}, ["finance_head"]),
        ({"superiors": {"to": 2}}, ["team_head", "sales_head"]),
        (
            {"superiors": {"to": "top"}},
            ["team_head", "sales_head", "deputy", "general_manager"],
        ),
        (
            {"superiors": {"to": {"post": "deputy_manager"}}},
            ["team_head", "sales_head", "deputy"],
        ),
        ({"in_charge": True}, ["deputy"]),
        ({"in_charge": {"of": "keeper"}}, []),
        ({"field": "keeper"}, ["cashier"]),
        ({"field": "header.applicant"}, ["salesman"]),
    ],
)
def test_who_is_found(office: Office, way: Any, names: Any) -> None:
    org = office.org
    if names == "leaders":
        names = ["team_head", "sales_head", "general_manager"]
    with office.db.write(org.salesman.actor) as session:
        row = draft(office, session, keeper_id=org.cashier.id)
        assert found(session, row, way) == [getattr(org, name).id for name in names]
    assert wrong(office, way) == []


def test_a_leaders_own_request_begins_above(office: Office) -> None:
    """Successive leaders leave out the applicant: the next level decides."""
    with office.db.write(office.org.team_head.actor) as session:
        row = draft(office, session)
        ids = [office.org.sales_head.id, office.org.general_manager.id]
        assert found(session, row, {"leaders": {"to": "top"}}) == ids
        assert found(session, row, {"leaders": {"to": 2}}) == ids[:1]
        assert found(session, row, {"leaders": {"to": 1}}) == []


def test_of_several_leaders_the_first_who_is_there_counts(office: Office) -> None:
    org = office.org
    with office.db.write(office.system) as session:
        place = org.departments["销售一部"]
        set_leaders(session, session.actor, place, [org.team_head.id, org.other_salesman.id])
    with office.db.write(org.salesman.actor) as session:
        row = draft(office, session)
        level = {"leaders": {"to": 1}}
        assert found(session, row, level) == [org.team_head.id]
        assert found(session, row, level, away=[org.team_head.id]) == [org.other_salesman.id]
        both = [org.team_head.id, org.other_salesman.id]
        assert found(session, row, {"dept_leader": {"level": 1}}) == both
        assert found(session, row, level, away=both) == []


def test_a_department_without_leaders_is_passed_over_but_counts(office: Office) -> None:
    org = office.org
    with office.db.write(office.system) as session:
        team = create_department(session, session.actor, "二组", org.departments["销售一部"]).id
        members.set_departments(session, session.actor, org.salesman.id, team)
    with office.db.write(org.salesman.actor) as session:
        row = draft(office, session)
        assert found(session, row, {"leaders": {"to": 1}}) == []
        assert found(session, row, {"leaders": {"to": 2}}) == [org.team_head.id]


def test_a_person_by_log_in(office: Office) -> None:
    org = office.org
    with office.db.write(office.system) as session:
        user = create_user(session, session.actor, "sunli", "zhidu test 2026")
        members.link_user(session, session.actor, org.cashier.id, user)
    with office.db.write(org.salesman.actor) as session:
        row = draft(office, session)
        assert found(session, row, {"user": "sunli"}) == [org.cashier.id]
        assert found(session, row, {"user": "nobody"}) == []


def test_a_group_in_its_order_and_the_leader_in_charge_of_a_matter(office: Office) -> None:
    org = office.org
    people = [org.cashier.id, org.auditor.id, org.accountant.id]
    with office.db.write(office.system) as session:
        groups.create_group(session, session.actor, "buyers", "采购小组", people)
        matter = lists.create_entry(session, session.actor, Matter, "contract", "合同")
        groups.set_in_charge_of(session, session.actor, org.root_id, matter, org.hr_head.id)
    with office.db.write(org.salesman.actor) as session:
        row = draft(office, session)
        assert found(session, row, {"group": "buyers"}) == people
        assert found(session, row, {"group": "sellers"}) == []
        assert found(session, row, {"in_charge": {"matter": "contract"}}) == [org.hr_head.id]
        assert found(session, row, {"in_charge": {"matter": "other"}}) == [org.deputy.id]


def test_a_department_by_its_code(office: Office) -> None:
    org = office.org
    with office.db.write(office.system) as session:
        edit_department(session, session.actor, org.departments["人事部"], code="hr")
    with office.db.write(org.salesman.actor) as session:
        row = draft(office, session)
        assert found(session, row, {"dept_member": {"department": "hr"}}) == [org.hr_head.id]


def test_who_left_is_never_found(office: Office) -> None:
    org = office.org
    with office.db.write(office.system) as session:
        members.leave(session, session.actor, org.cashier.id)
    with office.db.write(org.salesman.actor) as session:
        row = draft(office, session, keeper_id=org.cashier.id)
        for way in ({"field": "keeper"}, {"role": "finance"}, {"post": "cashier"}):
            assert org.cashier.id not in found(session, row, way)


def test_an_unsaved_form_is_asked_like_a_saved_one(office: Office) -> None:
    org = office.org
    with office.db.write(org.salesman.actor) as session:
        row = draft(office, session)
        row.keeper_id = org.cashier.id
        assert found(session, row, {"superior": {"of": "keeper"}}) == [org.finance_head.id]


# -- who stands in


def test_the_next_is_asked_where_nobody_is_there(office: Office) -> None:
    org = office.org
    chain = {
        "post": "nobody_holds_it",
        "else": [{"post": "cashier"}, {"post": "accountant"}, {"role": "no_such_role"}],
    }
    with office.db.write(org.salesman.actor) as session:
        row = draft(office, session)
        cashier, accountant = org.cashier.id, org.accountant.id
        assert found(session, row, chain) == [cashier]
        assert found(session, row, chain, away=[cashier]) == [accountant]
        assert found(session, row, chain, away=[cashier, accountant]) == []
        nested = {"post": "x", "else": [{"post": "y", "else": [{"post": "accountant"}]}]}
        assert found(session, row, nested) == [accountant]


def test_a_deputy_decides_the_heads_own_request(office: Office) -> None:
    """The applicant may not act, so the stand-in is asked; without one the engine sees the head."""
    org = office.org
    way = {"post": "general_manager", "else": [{"post": "deputy_manager"}]}
    with office.db.write(org.general_manager.actor) as session:
        row = draft(office, session)
        assert found(session, row, way) == [org.deputy.id]
        assert found(session, row, way, away=[org.deputy.id]) == [org.general_manager.id]
        assert found(session, row, {"post": "general_manager"}) == [org.general_manager.id]


def test_a_way_whose_addon_is_gone_finds_nobody(office: Office) -> None:
    with office.db.write(office.org.salesman.actor) as session:
        row = draft(office, session)
        gone = Approver("gone", None, (Approver("post", "cashier"),))
        assert found(session, row, Approver("gone")) == []
        assert found(session, row, gone) == [office.org.cashier.id]
    assert wrong(office, {"gone": 1})


# -- arguments


@pytest.mark.parametrize(
    ("way", "said"),
    [
        ({"role": ""}, "code"),
        ({"group": 3}, "code"),
        ({"user": []}, "log-in"),
        ({"field": "Keeper"}, "name of a field"),
        ({"field": "custodian"}, "no field"),
        ({"dept_member": "hr"}, "words of their own"),
        ({"dept_member": {"role": "hr"}}, "one of these"),
        ({"dept_member": {"department": "a", "of": "keeper"}}, "one of these"),
        ({"dept_member": {"department": "a", "low": True}}, "low"),
        ({"dept_member": {"department": "a", "lower": 1}}, "true or false"),
        ({"dept_leader": {"level": 0}}, "level"),
        ({"dept_leader": {"level": True}}, "level"),
        ({"dept_leader": {"levl": 1}}, "levl"),
        ({"dept_leader": {"of": "custodian"}}, "no field"),
        ({"leaders": {}}, "missing"),
        ({"leaders": True}, "to: top"),
        ({"leaders": {"to": "bottom"}}, "top"),
        ({"leaders": {"to": 10}}, "from 1 to 9"),
        ({"leaders": {"to": {"post": ""}}}, "code"),
        ({"superior": 2}, "words"),
        ({"superiors": {"to": 2, "of": "custodian"}}, "no field"),
        ({"in_charge": "contract"}, "words"),
        ({"in_charge": {"matter": 1}}, "code"),
        ({"role": "hr", "else": [{"superior": 2}]}, "words"),
    ],
)
def test_a_wrong_argument_is_named(office: Office, way: Any, said: str) -> None:
    with use_locale("en"):
        [text] = wrong(office, way)
    assert said in text


def test_what_an_argument_names_of_the_company(office: Office) -> None:
    way = read(
        {
            "dept_member": {"department": "财务部", "post": "cashier"},
            "else": [
                {"leaders": {"to": {"post": "director"}}},
                {"in_charge": {"matter": "contract"}},
                {"group": "buyers", "else": [{"user": "sunli"}]},
            ],
        }
    )
    assert way is not None
    assert list(find.references(office.db.registry.resolvers, way)) == [
        (Named.DEPARTMENT, "财务部"),
        (Named.POST, "cashier"),
        (Named.POST, "director"),
        (Named.MATTER, "contract"),
        (Named.GROUP, "buyers"),
        (Named.USER, "sunli"),
    ]


@pytest.mark.parametrize("data", [None, "hr", {}, {"role": "a", "post": "b"}, {"else": []}])
def test_what_is_no_approver(data: Any) -> None:
    assert read(data) is None
