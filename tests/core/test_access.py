"""Access: nothing without a grant, the same answer from SQL and from a loaded row, duties apart."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from tests.core.access_stage import (  # noqa: F401 -- fixtures
    KINDS,
    acting,
    company,
    draw_org,
    hold_together,
    house,
    paper,
    role_with,
    switch,
)

from zhidu.access import check, roles, scope
from zhidu.access.models import Scope
from zhidu.actor import Actor
from zhidu.db import Database
from zhidu.errors import NotFound, PermissionDenied
from zhidu.org import departments, members
from zhidu.org.models import Department, Member
from zhidu.records.models import ReaderReason, Record, RecordReader
from zhidu.testing.factories import MadeCompany, make_company, make_member, make_org


def test_sql_and_a_loaded_row_agree(house: Database, company: MadeCompany) -> None:
    """Over random organisations and readers, for every scope: lists, rows, masked fields."""

    @settings(max_examples=25)
    @given(data=st.data())
    def agree(data: st.DataObject) -> None:
        with house.write(company.system) as session:
            people = draw_org(data, session, company.root_id)
            me = data.draw(st.sampled_from(people))
            with acting(session, me.id) as own:
                hold_together(own)
            names = [f"{kind}__{verb}" for kind in KINDS for verb in ("read", "edit")]
            names += ["paper__secret", "person__private"]
            role = role_with(session, me.id, **dict.fromkeys(names, Scope.OWN))
            for reach in Scope:
                for grant in role.grants:
                    grant.scope = reach
                with acting(session, me.id) as own:
                    hold_together(own)
            session.rollback()

    agree()


def test_each_scope_reaches_what_it_says(house: Database, company: MadeCompany) -> None:
    with house.write(company.system) as session:
        org = make_org(session)
        team, sales = org.departments["销售一部"], org.departments["销售部"]
        papers = {
            paper(session, org.sales_head, None).id: "own",
            paper(session, org.deputy, sales).id: "department",
            paper(session, org.salesman, team).id: "tree",
            paper(session, org.cashier, org.departments["财务部"]).id: "company",
        }
        # a second department does not put a person under its leader
        members.set_departments(
            session, session.actor, org.cashier.id, org.departments["财务部"], [sales]
        )
        role = role_with(session, org.sales_head.id, paper__edit=Scope.OWN, person__edit=Scope.OWN)
        found = []
        for reach in Scope:
            for grant in role.grants:
                grant.scope = reach
            with acting(session, org.sales_head.id) as own:
                ids = own.scalars(
                    select(Record.id).where(scope.visible(own, "probe.paper", "edit"))
                )
                people = own.scalars(
                    select(Member.id).where(scope.visible(own, "probe.person", "edit"))
                )
                found.append(({papers[key] for key in ids}, len(people.all())))
    assert found == [
        ({"own"}, 1),
        ({"own", "department"}, 1),
        ({"own", "department", "tree"}, 4),
        ({"own", "department", "tree", "company"}, 13),
    ]


def test_a_detail_is_judged_by_its_header(house: Database, company: MadeCompany) -> None:
    with house.write(company.system) as session:
        one, two = make_member(session, "一"), make_member(session, "二")
        details = [SimpleNamespace(id=0, header=paper(session, who, None)) for who in (one, two)]
        with acting(session, one.id) as own:
            found = [check.can(own, "probe.paper.read", detail) for detail in details]
    assert found == [True, False]


def test_a_leader_keeps_the_records_of_a_department_that_moved(
    house: Database, company: MadeCompany
) -> None:
    with house.write(company.system) as session:
        org = make_org(session)
        sales = org.departments["销售部"]
        record = paper(session, org.salesman, org.departments["销售一部"])
        role_with(session, org.sales_head.id, paper__read=Scope.DEPARTMENT_TREE)
        role_with(session, org.admin.id, paper__read=Scope.DEPARTMENT_TREE)
        departments.move_department(session, session.actor, sales, org.departments["行政部"])
        with acting(session, org.sales_head.id) as own:
            assert scope.get(own, "probe.paper", record.id).id == record.id
        with acting(session, org.admin.id) as own, pytest.raises(NotFound):
            scope.get(own, "probe.paper", record.id)  # the path is that of the submit


# -- default deny


def test_nobody_is_somebody_without_a_member(house: Database, company: MadeCompany) -> None:
    with house.write(company.system) as session:
        person = make_member(session, "张三", roles=("staff", "admin"), user=True)
        boss = make_member(session, "李四", roles=("admin",))
        record = paper(session, person, None)
        record_id = record.id
        session.add(
            RecordReader(member_id=person.id, record_id=record_id, reason=ReaderReason.TASK)
        )
    nobodies = (
        Actor(user_id=person.user_id, company_id=company.id),
        Actor(member_id=9_999_999, company_id=company.id),
        Actor(user_id=person.user_id, member_id=person.id),
    )
    with house.read(person.actor) as session:
        assert scope.get(session, "probe.paper", record_id)
    with house.write(boss.actor) as session:
        members.leave(session, session.actor, person.id)
    for actor in (*nobodies, person.actor):
        with house.read(actor) as session:
            assert check.grants(session) == {}
            assert not check.can(session, "core.member.edit")
            for kind in session.registry.resources:
                model: Any = session.registry.resources[kind].model
                assert (
                    session.scalars(select(model).where(scope.visible(session, kind))).all() == []
                )
            assert session.scalars(select(Record).where(scope.visible_records(session))).all() == []
            with pytest.raises(PermissionDenied):
                check.require(session, "core.member.edit")


def test_a_task_reads_one_record_and_nothing_more(house: Database, company: MadeCompany) -> None:
    with house.write(company.system) as session:
        one, two = make_member(session, "一"), make_member(session, "二", roles=())
        mine, other = paper(session, one, None), paper(session, one, None)
        session.add(RecordReader(member_id=two.id, record_id=mine.id, reason=ReaderReason.TASK))
        with acting(session, two.id) as own:
            readable = own.scalars(select(Record).where(scope.visible(own, "probe.paper"))).all()
            assert [row.id for row in readable] == [mine.id]
            assert check.can(own, "probe.paper.read", readable[0])
            assert not check.can(own, "probe.paper.edit", readable[0])
            assert not check.can(own, "probe.paper.read")
            assert scope.hidden_fields(own, "probe.paper", readable[0]) == {"title"}
            for record_id, action in ((other.id, "read"), (mine.id, "edit")):
                with pytest.raises(NotFound):
                    scope.get(own, "probe.paper", record_id, action)


def test_open_resources_are_every_members(house: Database, company: MadeCompany) -> None:
    with house.write(company.system) as session:
        person = make_member(session, "张三", roles=())
    with house.read(person.actor) as session:
        assert scope.get(session, "core.department", company.root_id)
        row = session.get_one(Department, company.root_id)
        assert not check.can(session, "core.department.edit", row)
        with pytest.raises(NotFound):
            scope.get(session, "core.department", company.root_id, "edit")


def test_an_addon_that_is_not_active_grants_nothing(house: Database, company: MadeCompany) -> None:
    with house.write(company.system) as session:
        person = make_member(session, "张三", roles=("clerk",))
        paper(session, person, None)
        switch(session, on=False)
        assert (
            session.scalars(select(Record).where(scope.visible(session, "probe.paper"))).all() == []
        )
        with acting(session, person.id) as own:
            assert not check.can(own, "probe.paper.read")
            assert own.scalars(select(Record).where(scope.visible(own, "probe.paper"))).all() == []


def test_a_slip_of_the_pen_is_an_error_for_everyone(house: Database, company: MadeCompany) -> None:
    with house.read(company.system) as session:
        with pytest.raises(KeyError):
            check.require(session, "core.member.edlt")
        with pytest.raises(KeyError):
            scope.visible(session, "core.membr")


def test_fields_hidden_everywhere_are_no_columns(house: Database, company: MadeCompany) -> None:
    with house.write(company.system) as session:
        one, two = make_member(session, "一", number="n1"), make_member(session, "二")
        role_with(session, two.id, person__private=Scope.OWN)
        with acting(session, one.id) as own:
            assert "number" not in scope.readable_columns(own, "probe.person")
        with acting(session, two.id) as own:
            assert "number" in scope.readable_columns(own, "probe.person")
            guarded = scope.masked(own, "probe.person", "number")
            names = own.scalars(select(scope.masked(own, "probe.person", "name"))).all()
            assert sorted(names) == ["一", "二"]
            assert own.scalars(select(Member.id).where(guarded == "n1")).all() == []


def test_another_companys_rows_stay_there(house: Database, company: MadeCompany) -> None:
    with house.write(company.system) as session:
        person = make_member(session, "张三", roles=("clerk",))
        record = paper(session, person, None)
        record_id = record.id
    alien = make_company(house, "alien")
    with house.write(alien.system) as session:
        switch(session, on=True)
        roles.ensure_roles(session, session.actor)
        clerk = make_member(session, "外人", roles=("clerk",))
        assert not check.can(session, "probe.paper.read", record)
    for actor in (alien.system, clerk.actor):
        with house.write(actor) as session:
            assert session.scalars(select(Record).where(scope.visible_records(session))).all() == []
            with pytest.raises(NotFound):
                scope.get(session, "probe.paper", record_id)
            with pytest.raises(NotFound):
                scope.get(session, "core.member", person.id)
    with house.write(alien.system) as session:
        actor = session.actor
        assert roles.roles_of(session, person.id) == []
        with pytest.raises(NotFound):
            roles.give_role(session, actor, person.id, "clerk")
        with pytest.raises(NotFound):
            roles.take_role(session, actor, person.id, "clerk")
