"""A small house for tests of records and approvals: an addon with one document, real people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from types import SimpleNamespace
from typing import Any

import pytest
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import ForeignKeyConstraint, MetaData, PrimaryKeyConstraint, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from zhidu import db as data
from zhidu.access.declarations import Permission, Resource
from zhidu.access.models import Grant, Role, Scope
from zhidu.actor import Actor
from zhidu.clock import now
from zhidu.db import CompanyOwned, Database, Session, ref, table_args
from zhidu.db.activation import CompanyAddon
from zhidu.db.base import NAMING
from zhidu.db.guard import core_allowed
from zhidu.errors import Refused, ValidationError
from zhidu.events import FlowQuery, RecordEvent
from zhidu.expressions import FactType
from zhidu.hookspecs import hookimpl
from zhidu.migrations.helpers import append_only
from zhidu.org.models import Company, Member
from zhidu.records import services as records
from zhidu.records.kinds import Execution, RecordKind, Transition
from zhidu.records.models import Record
from zhidu.registry import CORE_PLUGINS, Registry, import_core_models
from zhidu.testing.factories import MadeMember, Org, make_company, make_org
from zhidu.texts import lazy_gettext as _l
from zhidu.workflow import engine
from zhidu.workflow.definition import Approver, Flow, Mode, Node, NodeKind, Step
from zhidu.workflow.models import (
    FlowStep,
    Instance,
    Purpose,
    StepStatus,
    Task,
    TaskStatus,
    Trail,
)

KIND = "demo.request"


class Base(data.Base):
    """Its own metadata: the tables of a test are no part of the product's migrations."""

    __abstract__ = True
    __addon__ = "demo"
    metadata = MetaData(naming_convention=NAMING)


class Sort(StrEnum):
    """What is asked for."""

    THING = "thing"
    SERVICE = "服务"


class DemoRequest(CompanyOwned, Base):
    """The detail of a demo request; ``effects`` counts how often its effect fired."""

    __tablename__ = "demo_request"
    __kind__ = KIND
    __labels__ = {"amount": _l("Amount")}  # noqa: RUF012 -- a ClassVar of the root
    __table_args__ = table_args(
        PrimaryKeyConstraint("id"),
        ForeignKeyConstraint(["company_id", "id"], [Record.company_id, Record.id]),
        ForeignKeyConstraint(["company_id", "keeper_id"], [Member.company_id, Member.id]),
        sqlite_autoincrement=False,
    )

    id: Mapped[ref] = mapped_column(autoincrement=False)
    amount: Mapped[Decimal] = mapped_column(default=Decimal(1))
    sort: Mapped[Sort] = mapped_column(default=Sort.THING)
    note: Mapped[str] = mapped_column(default="")
    keeper_id: Mapped[ref | None] = mapped_column()
    held: Mapped[int] = mapped_column(default=0)
    """What a submit takes and a return, reject or withdrawal gives back."""
    effects: Mapped[int] = mapped_column(default=0)

    header: Mapped[Record] = relationship(lazy="joined", innerjoin=True)
    keeper: Mapped[Member | None] = relationship(foreign_keys=[keeper_id])


def node(
    name: str,
    approver: Approver | str,
    *,
    mode: Mode = Mode.ANY,
    kind: NodeKind = NodeKind.APPROVE,
    **parts: Any,
) -> Node:
    """Make a node; a text is a role."""
    found = approver if isinstance(approver, Approver) else Approver("role", approver)
    return Node(name, name, f"D-{name}", found, kind, mode=mode, **parts)


def flow(*nodes: Step, manager: Approver | None = None, **parts: Any) -> Flow:
    """Make a flow; the administrators manage it."""
    return Flow(KIND, manager or Approver("role", "admin"), nodes, **parts)


LEADER = Approver("dept_leader", {"level": 1})
LEADER_THEN_HR = flow(
    node("lead", LEADER), node("file", "hr", kind=NodeKind.HANDLE, transition="file")
)


@dataclass
class House:
    """The addon ``demo`` in one registry: its flow can be changed, what it heard is kept."""

    registry: Registry = field(init=False)
    flow: Flow | None = LEADER_THEN_HR
    heard: list[str] = field(default_factory=list)
    veto: Callable[[str], None] = lambda _hook: None
    segregated: Callable[[Session, Actor, Any, str], None] | None = None

    def __post_init__(self) -> None:
        self.registry = Registry.of({"demo": self._plugin()}, core_plugins=CORE_PLUGINS)

    def _kind(self) -> RecordKind:
        def effect(name: str, held: int, effects: int = 0) -> Callable[[RecordEvent], None]:
            def fire(event: RecordEvent) -> None:
                self.veto(name)
                row = event.session.get_one(DemoRequest, event.record.id)
                row.held += held
                row.effects += effects
                self.heard.append(name)

            return fire

        def check(session: Session, actor: Actor, row: Any, kind: str) -> None:
            if self.segregated is not None:
                self.segregated(session, actor, row, kind)

        return RecordKind(
            name=KIND,
            title="Demo request",
            model=DemoRequest,
            series="DM-{yyyymm}-{seq:03d}",
            facts={
                "amount": FactType.number("Amount"),
                "sort": FactType.choice(Sort, "Sort"),
                "keeper": FactType.number("Keeper", nullable=True),
            },
            read_facts=lambda _session, row: {
                "amount": row.amount,
                "sort": row.sort,
                "keeper": row.keeper_id,
            },
            endpoint="demo_request",
            summarize=lambda _session, row: {"amount": f"{row.amount.normalize():f}"},
            execution=EXECUTION,
            on_submit=effect("on_submit", 1),
            on_approved=effect("on_approved", 0, 1),
            on_returned=effect("on_returned", -1),
            on_rejected=effect("on_rejected", -1),
            on_withdrawn=effect("on_withdrawn", -1),
            on_voided=effect("on_voided", -1, -1),
            on_delete=lambda _event: self.heard.append("on_delete"),
            check_actor=check,
        )

    def _plugin(self) -> SimpleNamespace:
        def listener(name: str) -> Any:
            def hear(event: Any) -> None:
                self.veto(name)
                self.heard.append(name)

            hear.__name__ = name
            return hookimpl(hear)

        @hookimpl
        def provide_record_kinds() -> Iterable[RecordKind]:
            return [self._kind()]

        @hookimpl
        def provide_resources() -> Iterable[Resource]:
            return [Resource(KIND, DemoRequest, is_record=True)]

        @hookimpl
        def provide_permissions() -> Iterable[Permission]:
            return [Permission(f"{KIND}.{verb}", verb) for verb in ("create", "read", "close")]

        @hookimpl
        def resolve_flow(query: FlowQuery) -> Flow | None:
            return self.flow if query.kind == KIND else None

        names = (
            "before_submit", "after_submit", "before_decision", "after_decision", "after_approved",
            "after_returned", "after_rejected", "after_withdrawn", "after_transition",
            "after_comment",
        )  # fmt: skip
        return SimpleNamespace(
            provide_record_kinds=provide_record_kinds,
            provide_resources=provide_resources,
            provide_permissions=provide_permissions,
            resolve_flow=resolve_flow,
            **{name: listener(name) for name in names},
        )


def _guard(_session: Session, _actor: Actor, _row: Any, values: Mapping[str, Any]) -> None:
    if values.get("copies", 0) > 3:
        raise ValidationError("too many copies", fields={"copies": "too many"})


def _file(_session: Session, _actor: Actor, row: Any, values: Mapping[str, Any]) -> None:
    row.note = f"filed {values.get('copies', 0)}"


EXECUTION = Execution(
    initial="none",
    states={"none": "Not filed", "filed": "Filed", "closed": "Closed"},
    transitions=(
        Transition("file", "File", ("none",), "filed", f"{KIND}.file", True, _guard, _file),
        Transition("close", "Close", ("filed",), "closed", f"{KIND}.close"),
    ),
)


@dataclass(frozen=True)
class Made:
    """What the template database holds, as plain values."""

    company: int
    org: Org


def fill(database: Database) -> Made:
    """Make tables, a company with people, and switch the addon on."""
    import_core_models()
    with core_allowed(), database.engine.begin() as connection:
        Company.metadata.create_all(connection, _core_tables())
        Base.metadata.create_all(connection)
        operations = Operations(MigrationContext.configure(connection))
        append_only(operations, "core_audit")
        append_only(operations, "core_trail")
    made = make_company(database)
    with database.write(made.system) as session:
        org = make_org(session)
        session.add(CompanyAddon(addon="demo", active=True, changed_at=now()))
        staff = session.scalars(select(Role).where(Role.code == "staff")).one()
        session.add(Grant(role_id=staff.id, permission=f"{KIND}.create", scope=Scope.OWN))
        session.add(Grant(role_id=staff.id, permission=f"{KIND}.read", scope=Scope.OWN))
        hr = session.scalars(select(Role).where(Role.code == "hr")).one()
        session.add(Grant(role_id=hr.id, permission=f"{KIND}.close", scope=Scope.COMPANY))
    return Made(made.id, org)


def _core_tables() -> list[Any]:
    tables = Company.metadata.sorted_tables
    return [table for table in tables if table.info.get("addon") == "core"]


@dataclass
class Office:
    """The opened database with its people; verbs here open a unit of work of their own."""

    db: Database
    house: House
    made: Made

    @property
    def org(self) -> Org:
        """Give the people."""
        return self.made.org

    @property
    def system(self) -> Actor:
        """Give the company's system actor."""
        return Actor.system(self.made.company)

    def draft(self, session: Session, **values: Any) -> DemoRequest:
        """Write a draft of the session's actor."""
        row: DemoRequest = records.create(session, session.actor, KIND, values, "一件事")
        return row


def header(session: Session, record_id: int) -> Record:
    """Load a header."""
    return session.get_one(Record, record_id)


def instance_of(session: Session, record_id: int, purpose: Purpose = Purpose.APPROVAL) -> Instance:
    """Load a record's instance."""
    return session.scalars(
        select(Instance).where(Instance.record_id == record_id, Instance.purpose == purpose)
    ).one()


def steps_of(session: Session, record_id: int, *statuses: StepStatus) -> list[FlowStep]:
    """List the visits of a record's flow, those that are asked or wait by default."""
    wanted = statuses or (StepStatus.ACTIVE, StepStatus.WAITING)
    found = select(FlowStep).where(FlowStep.record_id == record_id, FlowStep.status.in_(wanted))
    return list(session.scalars(found.order_by(FlowStep.id)))


def at(session: Session, record_id: int) -> str:
    """Name the nodes at which a record stands, with commas; empty where it stands at none."""
    return ",".join(step.node_id for step in steps_of(session, record_id))


def waits_for(session: Session, record_id: int) -> str:
    """Give the code of why a record waits; empty where it does not."""
    waiting = steps_of(session, record_id, StepStatus.WAITING)
    return waiting[0].waiting_reason if waiting else ""


def tasks_of(session: Session, record_id: int, *statuses: TaskStatus) -> list[Task]:
    """List a record's tasks in their order, the open ones by default."""
    found = select(Task).where(
        Task.record_id == record_id, Task.status.in_(statuses or (TaskStatus.OPEN,))
    )
    return list(session.scalars(found.order_by(Task.id)))


def own_task(session: Session, record_id: int) -> Task:
    """Give the open task of the session's actor."""
    return next(
        task for task in tasks_of(session, record_id) if task.member_id == session.actor.member_id
    )


class Apart(Refused):
    """The demo's own separation of duties."""

    def __init__(self) -> None:
        super().__init__("kept apart", rule="demo.apart")


def submitted(office: Office, by: MadeMember | None = None, **values: Any) -> int:
    """Submit a request of the salesman, or of someone else."""
    with office.db.write((by or office.org.salesman).actor) as session:
        row = office.draft(session, **values)
        engine.submit(session, session.actor, row.header)
        return row.id


def picture(office: Office, record_id: int) -> tuple[Any, ...]:
    """Give all that a refused act must leave as it is."""
    with office.db.read(office.system) as session:
        record = header(session, record_id)
        trail = session.scalars(select(Trail.id).where(Trail.record_id == record_id)).all()
        tasks = session.execute(
            select(Task.id, Task.status, Task.version).where(Task.record_id == record_id)
        ).all()
        return record.approval, record.execution, record.version, trail, tasks


def refused(
    office: Office, actor: Actor, record_id: int, verb: Callable[[Session], None]
) -> Refused:
    """Try an act that is refused by a rule; nothing may change."""
    before = picture(office, record_id)
    with pytest.raises(Refused) as caught, office.db.write(actor) as session:
        verb(session)
    assert picture(office, record_id) == before
    assert str(caught.value.message)
    return caught.value
