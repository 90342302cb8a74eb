"""Access: nothing without a grant, the same answer from SQL and from a loaded row, duties apart."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from zhidu import clock
from zhidu.access import administrators, check, duties, profile, roles, scope
from zhidu.access.declarations import Permission, Resource, RoleTemplate
from zhidu.access.models import DutyPair, Grant, MemberRole, Role, Scope
from zhidu.access.users import create_user
from zhidu.actor import Actor
from zhidu.db import Database, Session
from zhidu.db.activation import CompanyAddon, forget_active
from zhidu.errors import NotFound, PermissionDenied, ValidationError, law
from zhidu.hookspecs import hookimpl
from zhidu.org import departments, members
from zhidu.org.companies import inside
from zhidu.org.models import CompanyDay, DayKind, Department, Member
from zhidu.records.models import ReaderReason, Record, RecordReader
from zhidu.registry import Registry
from zhidu.testing.factories import MadeCompany, MadeMember, make_company, make_member, make_org

PARTS = ("zhidu.jobs.plugin", "zhidu.org.plugin", "zhidu.access.plugin")
LAW = law("会计法 35")


class Probe:
    """An addon that reaches the core's tables as its own: a record, owned and shared rows."""

    @hookimpl
    def provide_permissions(self) -> list[Permission]:
        names = [
            f"probe.{kind}.{verb}"
            for kind in ("paper", "person", "place", "day")
            for verb in ("read", "edit")
        ]
        return [
            *(Permission(name, name) for name in names),
            Permission("probe.paper.secret", "secret"),
            Permission("probe.person.private", "private"),
            Permission("probe.money.pay", "Pay", apart={"probe.money.book": LAW}),
            Permission("probe.money.book", "Book"),
        ]

    @hookimpl
    def provide_resources(self) -> list[Resource]:
        secret, private = "probe.paper.secret", "probe.person.private"
        return [
            Resource("probe.paper", Record, is_record=True, guarded={"title": secret}),
            Resource("probe.person", Member, owner="id", guarded={"number": private}),
            Resource("probe.place", Department, department="path"),
            Resource("probe.day", CompanyDay),
        ]

    @hookimpl
    def provide_roles(self) -> list[RoleTemplate]:
        return [
            RoleTemplate("staff", {}, {"probe.paper.read": Scope.OWN}),
            RoleTemplate("clerk", {"en": "Clerk"}, {"probe.paper.read": Scope.COMPANY}),
        ]


@pytest.fixture
def house(db: Database) -> Database:
    """Serve the core and the addon ``probe``."""
    return db.with_registry(Registry.of({"probe": Probe()}, core_plugins=PARTS))


@pytest.fixture
def company(house: Database) -> MadeCompany:
    made = make_company(house)
    with house.write(made.system) as session:
        switch(session, on=True)
        roles.ensure_roles(session, session.actor)
    return made


def switch(session: Session, *, on: bool) -> None:
    row = session.get(CompanyAddon, (session.company, "probe"))
    if row is None:
        row = CompanyAddon(addon="probe", active=on, changed_at=clock.now())
        session.add(row)
    row.active = on
    session.flush()
    forget_active(session)


@contextmanager
def acting(session: Session, member_id: int) -> Iterator[Session]:
    """Give a session of a person on the same transaction, so that examples can be rolled back."""
    session.flush()
    actor = Actor(member_id=member_id, company_id=session.company)
    with Session(session.connection(), actor, session.registry) as own:  # type: ignore[arg-type]  # SQLAlchemy's own Session takes a connection, too
        yield own


def paper(session: Session, member: MadeMember | Member, department_id: int | None) -> Record:
    department = session.get(Department, department_id) if department_id else None
    row = Record(
        kind="probe.paper",
        title="a title",
        applicant_id=member.id,
        department_id=department_id,
        department_path=department.path if department else "",
        created_at=clock.now(),
    )
    session.add(row)
    session.flush()
    return row


def role_with(session: Session, member_id: int, **grants: Scope) -> Role:
    """Give a person a new role; ``paper__read`` stands for ``probe.paper.read``."""
    number = len(session.scalars(select(Role.id)).all())
    role = Role(code=f"r{number}", name={"en": "R"}, offered=[])
    for name, reach in grants.items():
        role.grants.append(Grant(permission=f"probe.{name.replace('__', '.')}", scope=reach))
    session.add(role)
    session.flush()
    session.add(MemberRole(member_id=member_id, role_id=role.id))
    session.flush()
    return role


# -- both ways of saying whose row a row is


def draw_org(data: st.DataObject, session: Session, root_id: int) -> list[Member]:
    """Make departments anywhere, people in them, leaders and leaders in charge, then move one."""
    actor = session.actor
    places = [session.get_one(Department, root_id)]
    for n in range(data.draw(st.integers(1, 4))):
        above = data.draw(st.sampled_from([None, *places]))
        places.append(departments.create_department(session, actor, f"部{n}", above))
    some = st.lists(st.sampled_from(places), max_size=1)
    people = [
        members.create_member(
            session,
            actor,
            f"人{n}",
            data.draw(st.sampled_from(["", f"n{n}"])),
            data.draw(st.sampled_from(places)),
            departments=data.draw(some),
        )
        for n in range(data.draw(st.integers(2, 4)))
    ]
    for row in data.draw(some):
        departments.set_leaders(session, actor, row, [data.draw(st.sampled_from(people))])
    for row in data.draw(some):
        departments.set_in_charge(session, actor, row, data.draw(st.sampled_from(people)))
    for _ in range(data.draw(st.integers(0, 5))):
        place = data.draw(st.sampled_from([None, *places]))
        record = paper(session, data.draw(st.sampled_from(people)), place.id if place else None)
        for reader in data.draw(st.lists(st.sampled_from(people), max_size=1)):
            session.add(
                RecordReader(member_id=reader.id, record_id=record.id, reason=ReaderReason.CC)
            )
    session.add(CompanyDay(day=clock.today(), kind=DayKind.REST, name=""))
    moved, target = data.draw(st.sampled_from(places)), data.draw(st.sampled_from(places))
    if not target.path.startswith(moved.path):
        departments.move_department(session, actor, moved, target)
    return people


KINDS = ("paper", "person", "place", "day")


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


def hold_together(own: Session) -> None:
    """Compare what SQL lists and shows with what is said of each loaded row."""
    for kind in KINDS:
        model: Any = own.registry.resources[f"probe.{kind}"].model
        everyone = own.scalars(select(model)).all()
        for action in ("read", "edit"):
            visible = scope.visible(own, f"probe.{kind}", action)
            name = f"probe.{kind}.{action}"
            listed = set(own.scalars(select(model.id).where(visible)))
            assert listed == {row.id for row in everyone if check.can(own, name, row)}, name
            if name not in check.grants(own) and kind != "paper":
                assert listed == set()
    for kind, field in (("probe.paper", "title"), ("probe.person", "number")):
        masked: Any = own.registry.resources[kind].model
        for row, value in own.execute(select(masked, scope.masked(own, kind, field))):
            hidden = field in scope.hidden_fields(own, kind, row)
            assert value == (None if hidden else getattr(row, field))
    across = set(own.scalars(select(Record.id).where(scope.visible_records(own))))
    assert across == set(own.scalars(select(Record.id).where(scope.visible(own, "probe.paper"))))


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


# -- roles


def test_templates_fill_roles_once(house: Database, company: MadeCompany) -> None:
    with house.write(company.system) as session:
        actor = session.actor
        assert {role.code for role in session.scalars(select(Role))} == {
            *("staff", "leader", "hr", "custodian", "finance", "manager", "admin", "auditor"),
            "clerk",
        }
        staff = roles.find_role(session, "staff")
        assert {grant.permission for grant in staff.grants} == {
            "core.policy.read",
            "probe.paper.read",
        }
        roles.revoke(session, actor, staff, "probe.paper.read")
        roles.grant(session, actor, "clerk", "probe.paper.read", Scope.OWN)
        roles.grant(session, actor, "clerk", "probe.paper.edit", Scope.OWN)
        roles.edit_role(session, actor, staff, name={"zh_Hans_CN": "同事"})
        roles.archive_role(session, actor, "auditor")
        roles.ensure_roles(session, actor)
        roles.ensure_roles(session, actor)
        assert [grant.permission for grant in staff.grants] == ["core.policy.read"]
        assert staff.name["zh_Hans_CN"] == "同事"
        clerk = {row.permission: row.scope for row in roles.find_role(session, "clerk").grants}
        assert clerk == {"probe.paper.read": Scope.OWN, "probe.paper.edit": Scope.OWN}
        assert roles.find_role(session, "auditor").archived_at is not None


def test_an_archived_role_grants_nothing(house: Database, company: MadeCompany) -> None:
    with house.write(company.system) as session:
        actor = session.actor
        person = make_member(session, "张三", roles=("clerk",))
        with pytest.raises(ValidationError):
            roles.archive_role(session, actor, "clerk")
        clerk = roles.find_role(session, "clerk")
        clerk.archived_at = clock.now()  # as it may come from another system
        with acting(session, person.id) as own:
            assert not check.can(own, "probe.paper.edit")
            assert check.grants(own) == {}
        roles.take_role(session, actor, person.id, "clerk")
        roles.archive_role(session, actor, "clerk")
        with pytest.raises(ValidationError):
            roles.give_role(session, actor, person.id, "clerk")
        with pytest.raises(ValidationError):
            roles.archive_role(session, actor, "admin")
        with pytest.raises(ValidationError):
            roles.revoke(session, actor, "admin", "core.role.edit")
        with pytest.raises(ValidationError):
            roles.grant(session, actor, "admin", "core.role.edit", Scope.OWN)
        with pytest.raises(ValidationError):
            roles.grant(session, actor, "staff", "probe.paper.fly", Scope.OWN)
        for code, name in (("clerk", {"en": "C"}), ("Bad", {"en": "B"}), ("empty", {"en": " "})):
            with pytest.raises(ValidationError):
                roles.create_role(session, actor, code, name)


def test_rights_follow_at_once(house: Database, company: MadeCompany) -> None:
    with house.write(company.system) as session:
        admin = make_member(session, "周静", roles=("admin",))
        other = make_member(session, "张三")
    with house.write(admin.actor) as session:
        actor = session.actor
        assert not check.can(session, "probe.paper.edit")
        roles.create_role(session, actor, "editor", {"zh_Hans_CN": "编辑"})
        roles.grant(session, actor, "editor", "probe.paper.edit", Scope.DEPARTMENT)
        roles.give_role(session, actor, admin.id, "editor")
        roles.give_role(session, actor, admin.id, "editor")
        assert check.grants(session)["probe.paper.edit"] is Scope.DEPARTMENT
        roles.grant(session, actor, "editor", "probe.paper.edit", Scope.COMPANY)
        assert check.grants(session)["probe.paper.edit"] is Scope.COMPANY
        roles.take_role(session, actor, admin.id, "editor")
        assert not check.can(session, "probe.paper.edit")
        with pytest.raises(ValidationError):
            roles.take_role(session, actor, admin.id, "admin")
        with pytest.raises(ValidationError):
            members.leave(session, actor, admin.id)
        roles.give_role(session, actor, other.id, "admin")
        roles.take_role(session, actor, admin.id, "admin")
        with pytest.raises(PermissionDenied):
            roles.take_role(session, actor, other.id, "admin")


def test_the_widest_of_several_grants_counts(house: Database, company: MadeCompany) -> None:
    @settings(max_examples=20)
    @given(st.lists(st.sampled_from(Scope), min_size=1, max_size=3))
    def widest(scopes: list[Scope]) -> None:
        with house.write(company.system) as session:
            person = make_member(session, "张三", roles=())
            for reach in scopes:
                role_with(session, person.id, paper__edit=reach)
            with acting(session, person.id) as own:
                found = check.grants(own)["probe.paper.edit"]
                assert found is max(scopes, key=list(Scope).index)
            session.rollback()

    widest()


# -- the first administrator


def test_a_company_gets_one_administrator_from_outside(
    house: Database, company: MadeCompany
) -> None:
    with house.write(Actor.system()) as session:
        actor = session.actor
        user = create_user(session, actor, "周静", "a good secret")
        member_id = administrators.appoint_admin(session, actor, "acme", user, "周 静")
        with pytest.raises(ValidationError):
            administrators.appoint_admin(session, actor, company.id, user)
        with inside(session, company.id) as within:
            member = within.get_one(Member, member_id)
            assert (member.name, member.user_id) == ("周 静", user.id)
    actor = Actor(user_id=user.id, member_id=member_id, company_id=company.id)
    with house.write(actor) as session:
        assert check.can(session, "core.role.edit")
        with pytest.raises(check.NotSystemAdministrator):
            administrators.appoint_admin(session, session.actor, company.id, user)


# -- duties


def test_two_duties_are_never_given_to_one_hand(house: Database, company: MadeCompany) -> None:
    with house.write(company.system) as session:
        actor = session.actor
        person = make_member(session, "钱进")
        for code, permission in (("payer", "pay"), ("booker", "book")):
            roles.create_role(session, actor, code, {"en": code})
            roles.grant(session, actor, code, f"probe.money.{permission}", Scope.COMPANY)
        roles.give_role(session, actor, person.id, "payer")
        for act in (
            lambda: roles.give_role(session, actor, person.id, "booker"),
            lambda: roles.grant(session, actor, "staff", "probe.money.book", Scope.OWN),
            lambda: roles.grant(session, actor, "payer", "probe.money.book", Scope.OWN),
        ):
            with pytest.raises(duties.DutiesClash) as caught:
                act()
            assert caught.value.rule == "access.segregation"
            assert caught.value.source == LAW
        assert duties.violations(session) == []
        roles.take_role(session, actor, person.id, "payer")
        roles.give_role(session, actor, person.id, "booker")


def test_duties_that_a_new_policy_parts_are_not_used(house: Database, company: MadeCompany) -> None:
    with house.write(company.system) as session:
        person = make_member(session, "钱进", roles=("clerk",))
        role_with(session, person.id, paper__edit=Scope.COMPANY)
        paper(session, person, None)
        with acting(session, person.id) as own:
            assert check.can(own, "probe.paper.edit")
        duties.state_pairs(
            session, session.actor, {("probe.paper.read", "probe.paper.edit"): "PN-5.1"}
        )
        [violation] = duties.violations(session)
        assert violation.member.id == person.id
        with acting(session, person.id) as own:
            assert not check.can(own, "probe.paper.edit")
            assert own.scalars(select(Record).where(scope.visible(own, "probe.paper"))).all() == []
            with pytest.raises(duties.DutiesClash) as caught:
                check.require(own, "probe.paper.read")
            assert "PN-5.1" in str(caught.value)
        duties.state_pairs(session, session.actor, {})
        assert session.scalars(select(DutyPair)).all() == []
        with acting(session, person.id) as own:
            assert check.can(own, "probe.paper.edit")


def test_a_profile_is_read_once(house: Database, company: MadeCompany) -> None:
    with house.write(company.system) as session:
        person = make_member(session, "张三")
    with house.read(person.actor) as session:
        assert profile.profile(session) is profile.profile(session)
        profile.forget(session)
        assert profile.profile(session).member_id == person.id
