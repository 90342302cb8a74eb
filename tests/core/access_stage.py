"""People, papers and grants for the tests of access."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import strategies as st
from sqlalchemy import select

from zhidu import clock
from zhidu.access import check, roles, scope
from zhidu.access.declarations import Permission, Resource, RoleTemplate
from zhidu.access.models import Grant, MemberRole, Role, Scope
from zhidu.actor import Actor
from zhidu.db import Database, Session
from zhidu.db.activation import CompanyAddon, forget_active
from zhidu.errors import law
from zhidu.hookspecs import hookimpl
from zhidu.org import departments, members
from zhidu.org.models import CompanyDay, DayKind, Department, Member
from zhidu.records.models import ReaderReason, Record, RecordReader
from zhidu.registry import Registry
from zhidu.testing.factories import MadeCompany, MadeMember, make_company

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
