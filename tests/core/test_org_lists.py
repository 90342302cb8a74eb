"""Grades, contracts, sites, matters, groups, leaders in charge: kept, named by policies, handed on."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.core.org_stage import company, session  # noqa: F401 -- fixtures

from zhidu.audit.models import AuditEntry
from zhidu.db import Database, Session
from zhidu.errors import NotFound, PermissionDenied, ValidationError
from zhidu.org import departments, groups, lists, members, queries
from zhidu.org.models import Department, Member
from zhidu.org.models_groups import Group, InCharge
from zhidu.org.models_lists import LISTS, ContractType, Grade, Listed, Matter, Site
from zhidu.testing.factories import MadeCompany, Org, make_company, make_member, make_org


@pytest.fixture
def org(session: Session) -> Org:
    return make_org(session)


# -- lists


@pytest.mark.parametrize("model", LISTS)
def test_a_list_is_kept(session: Session, model: type[Listed]) -> None:
    actor = session.actor
    high = lists.create_entry(session, actor, model, "P7", "高级", sort=7)
    low = lists.create_entry(session, actor, model, "p1-a", " 初级 ", sort=1)
    assert [entry.name for entry in lists.entries(session, model)] == ["初级", "高级"]
    lists.edit_entry(session, actor, model, low, name="入门", sort=9)
    assert [entry.name for entry in lists.entries(session, model)] == ["高级", "入门"]
    lists.archive_entry(session, actor, model, high.id)
    assert lists.entries(session, model) == [low]
    assert set(lists.entries(session, model, archived=True)) == {low, high}
    with pytest.raises(ValidationError):
        lists.usable(session, model, high, "x")
    lists.restore_entry(session, actor, model, high)
    assert lists.usable(session, model, high.id, "x") is high


@pytest.mark.parametrize("code", ["", " ", "-a", "级", "a b", "a" * 33, "p7", "P7"])
def test_a_code_is_plain_and_taken_once(session: Session, code: str) -> None:
    lists.create_entry(session, session.actor, Grade, "P7", "高级")
    with pytest.raises(ValidationError) as caught:
        lists.create_entry(session, session.actor, Grade, code, "又一个")
    assert "code" in caught.value.fields
    assert lists.create_entry(session, session.actor, Site, "P7", "别的单子").id


def test_only_with_the_right(db: Database, company: MadeCompany) -> None:
    with db.write(company.system) as within:
        clerk = make_member(within, "张三")
        admin = make_member(within, "周静", roles=("staff", "admin"))
    for model in LISTS:
        with db.write(clerk.actor) as within, pytest.raises(PermissionDenied):
            lists.create_entry(within, within.actor, model, "x", "x")
    with db.write(clerk.actor) as within, pytest.raises(PermissionDenied):
        groups.create_group(within, within.actor, "x", "x")
    with db.write(admin.actor) as within:
        entry = lists.create_entry(within, within.actor, Grade, "x", "甲")
        group = groups.create_group(within, within.actor, "x", "乙", [clerk.id])
    verbs: list[Callable[[Session], object]] = [
        lambda s: lists.edit_entry(s, s.actor, Grade, entry.id, name="丙"),
        lambda s: lists.archive_entry(s, s.actor, Grade, entry.id),
        lambda s: lists.restore_entry(s, s.actor, Grade, entry.id),
        lambda s: groups.edit_group(s, s.actor, group.id, name="丙"),
        lambda s: groups.set_group_members(s, s.actor, group.id, []),
        lambda s: groups.archive_group(s, s.actor, group.id),
        lambda s: groups.restore_group(s, s.actor, group.id),
        lambda s: groups.set_in_charge_of(s, s.actor, company.root_id, 1, None),
    ]
    for verb in verbs:
        with db.write(clerk.actor) as within, pytest.raises(PermissionDenied):
            verb(within)


# -- a person's terms


def test_a_person_has_grade_contract_and_site(session: Session, org: Org) -> None:
    actor = session.actor
    grade = lists.create_entry(session, actor, Grade, "P7", "高级")
    contract = lists.create_entry(session, actor, ContractType, "permanent", "正式")
    site = lists.create_entry(session, actor, Site, "sh", "上海")
    members.set_terms(session, actor, org.salesman.id, grade=grade, contract=contract.id, site=site)
    person = session.get_one(Member, org.salesman.id)
    assert (person.grade, person.contract, person.site) == (grade, contract, site)
    held: list[Listed] = [grade, contract, site]
    for entry in held:
        with pytest.raises(ValidationError):
            lists.archive_entry(session, actor, type(entry), entry)
    members.leave(session, actor, org.salesman.id)
    lists.archive_entry(session, actor, Grade, grade)
    members.rejoin(session, actor, org.salesman.id)
    # an archived grade stays with who has it, and is given to nobody
    members.set_terms(session, actor, person, grade=grade, contract=None, site=None)
    assert (person.grade, person.contract_id, person.site_id) == (grade, None, None)
    with pytest.raises(ValidationError) as caught:
        members.set_terms(session, actor, org.team_head.id, grade=grade, contract=None, site=None)
    assert "grade_id" in caught.value.fields


def test_another_companys_entry_is_not_found(db: Database, company: MadeCompany) -> None:
    other = make_company(db, "other")
    with db.write(other.system) as within:
        foreign = lists.create_entry(within, within.actor, Grade, "P7", "高级").id
    with db.write(company.system) as within:
        clerk = make_member(within, "张三")
        with pytest.raises(NotFound):
            members.set_terms(
                within, within.actor, clerk.id, grade=foreign, contract=None, site=None
            )


# -- groups


def test_a_group_keeps_its_order(session: Session, org: Org) -> None:
    actor = session.actor
    people = [org.cashier.id, org.accountant.id, org.deputy.id]
    group = groups.create_group(session, actor, "buyers", "采购小组", people)
    assert queries.people_by_group(session, "buyers") == people
    groups.set_group_members(session, actor, group, [people[2], people[0], people[2]])
    assert queries.people_by_group(session, "buyers") == [people[2], people[0]]
    members.leave(session, actor, org.deputy.id)
    assert queries.people_by_group(session, "buyers") == [org.cashier.id]
    with pytest.raises(ValidationError):
        groups.set_group_members(session, actor, group, [org.deputy.id])
    groups.archive_group(session, actor, group)
    assert queries.people_by_group(session, "buyers") == []
    groups.restore_group(session, actor, group.id)
    assert queries.people_by_group(session, "buyers") == [org.cashier.id]
    assert groups.edit_group(session, actor, group, name=" 小组 ").name == "小组"


@pytest.mark.parametrize("code", ["", "Buyers", "采购", "1a", "a-b", "buyers"])
def test_a_groups_code_is_a_word(session: Session, code: str) -> None:
    groups.create_group(session, session.actor, "buyers", "采购小组")
    with pytest.raises(ValidationError):
        groups.create_group(session, session.actor, code, "又一个")


def test_a_successor_takes_the_place_in_groups_and_charges(
    session: Session,
    org: Org,
) -> None:
    actor = session.actor
    matter = lists.create_entry(session, actor, Matter, "contract", "合同")
    first = groups.create_group(session, actor, "a", "甲", [org.deputy.id, org.cashier.id])
    both = groups.create_group(session, actor, "b", "乙", [org.deputy.id, org.auditor.id])
    groups.set_in_charge_of(session, actor, org.root_id, matter, org.deputy.id)
    members.leave(session, actor, org.deputy.id, org.auditor.id)
    assert queries.people_by_group(session, "a") == [org.auditor.id, org.cashier.id]
    assert queries.people_by_group(session, "b") == [org.auditor.id]
    assert queries.in_charge_of(session, org.root_id, "contract") == [org.auditor.id]
    assert [row.member_id for row in both.members] == [org.auditor.id]
    assert len(first.members) == 2
    members.leave(session, actor, org.auditor.id)
    assert session.query(InCharge).count() == 0


# -- leaders in charge


def test_the_nearest_leader_in_charge_of_the_matter(session: Session, org: Org) -> None:
    actor = session.actor
    team, sales = org.departments["销售一部"], org.departments["销售部"]
    matter = lists.create_entry(session, actor, Matter, "contract", "合同")
    assert queries.in_charge_of(session, team, "contract") == [org.deputy.id]  # general charge
    groups.set_in_charge_of(session, actor, org.root_id, matter, org.general_manager.id)
    assert queries.in_charge_of(session, team, "contract") == [org.general_manager.id]
    assert queries.in_charge_of(session, team, "other") == [org.deputy.id]
    groups.set_in_charge_of(session, actor, sales, matter, org.finance_head.id)
    assert queries.in_charge_of(session, team, "contract") == [org.finance_head.id]
    assert queries.in_charge_of(session, org.root_id, "contract") == [org.general_manager.id]
    groups.set_in_charge_of(session, actor, sales, matter, org.auditor.id)
    assert queries.in_charge_of(session, team, "contract") == [org.auditor.id]
    with pytest.raises(ValidationError):
        lists.archive_entry(session, actor, Matter, matter)
    groups.set_in_charge_of(session, actor, sales, matter, None)
    groups.set_in_charge_of(session, actor, sales, matter, None)
    assert queries.in_charge_of(session, team, "contract") == [org.general_manager.id]
    assert queries.in_charge_of(session, 10**9, "contract") == []


# -- departments by code


def test_a_department_is_named_by_its_code_or_its_name(session: Session, org: Org) -> None:
    actor = session.actor
    sales, finance = org.departments["销售部"], org.departments["财务部"]
    assert queries.departments_named(session, "销售部") == [sales]
    departments.edit_department(session, actor, sales, code="SALES")
    assert queries.departments_named(session, "SALES") == [sales]
    assert queries.departments_named(session, "nowhere") == []
    with pytest.raises(ValidationError) as caught:
        departments.edit_department(session, actor, finance, code="sales")
    assert "code" in caught.value.fields
    departments.edit_department(session, actor, sales, code=" ")
    departments.edit_department(session, actor, finance, code="sales")
    assert queries.departments_named(session, "sales") == [finance]
    same = departments.create_department(session, actor, "销售部", finance, code="fin-sales")
    assert queries.departments_named(session, "销售部") == sorted(
        [sales, same.id], key=lambda key: session.get_one(Department, key).path
    )


def test_all_of_it_is_in_the_trail(db: Database, company: MadeCompany) -> None:
    with db.write(company.system) as within:
        org = make_org(within)
        matter = lists.create_entry(within, within.actor, Matter, "contract", "合同")
        groups.create_group(within, within.actor, "buyers", "采购小组", [org.cashier.id])
        groups.set_in_charge_of(within, within.actor, org.root_id, matter, org.deputy.id)
    with db.read(company.system) as within:
        kinds = {entry.kind for entry in within.query(AuditEntry)}
    assert {"core.matter", Group.__kind__, "core.group_member", "core.in_charge"} <= kinds
