"""Running approvals: instances, the visits of their nodes, and the tasks of people."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from zhidu.db import (
    Base,
    CompanyOwned,
    company_key,
    enum_check,
    owned_by_company,
    pk,
    ref,
    same_company,
    table_args,
)
from zhidu.org.models import Member
from zhidu.records.models import Record
from zhidu.workflow.definition import NodeKind
from zhidu.workflow.models_trail import DECISIONS, Copy, Trail, TrailAction
from zhidu.workflow.movement import Mark

__all__ = [
    "DECISIONS",
    "Copy",
    "FlowStep",
    "Instance",
    "InstanceStatus",
    "Origin",
    "Purpose",
    "Sign",
    "StepStatus",
    "Task",
    "TaskStatus",
    "Trail",
    "TrailAction",
]


class InstanceStatus(StrEnum):
    """Where a running approval stands."""

    RUNNING = "running"
    WAITING = "waiting"
    """No step is active; the waiting ones say why."""
    RETURNED = "returned"
    ENDED = "ended"


class Purpose(StrEnum):
    """What a flow is run for."""

    APPROVAL = "approval"
    VOID = "void"
    """作废: to take a finished document out of force."""


class Instance(CompanyOwned, Base):
    """One record on its way through one flow; a re-submit keeps it and raises ``round``.

    A record has one instance for its approval and, once somebody asks for it, one for voiding it.
    """

    __tablename__ = "core_flow_instance"
    __table_args__ = table_args(
        company_key(),
        owned_by_company(),
        same_company("record_id", "core_record"),
        UniqueConstraint("record_id", "purpose"),
        Index(None, "company_id", "status", "id"),
        enum_check("status", InstanceStatus),
        enum_check("purpose", Purpose),
    )

    id: Mapped[pk]
    record_id: Mapped[ref] = mapped_column()
    purpose: Mapped[Purpose] = mapped_column(default=Purpose.APPROVAL)
    kind: Mapped[str]
    policy_version_id: Mapped[ref | None] = mapped_column(ForeignKey("core_policy_version.id"))
    flow: Mapped[dict[str, Any]]
    """``Flow.to_json()`` as at the first submit, shaped for this request."""
    round: Mapped[int] = mapped_column(default=1)
    status: Mapped[InstanceStatus] = mapped_column(default=InstanceStatus.RUNNING)
    entry: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """How the last submit came in: see ``entry``. Holds the whole flow where ``flow`` is a part."""
    watched: Mapped[dict[str, Any] | None]
    """The watched fields as at the last submit: a change of them makes everybody be asked again."""
    approved_at: Mapped[datetime | None]
    """When the last approving node was passed: the business effect fired then, exactly once."""
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 -- SQLAlchemy's way

    record: Mapped[Record] = relationship(foreign_keys=[record_id])


class StepStatus(StrEnum):
    """What became of one visit of a node."""

    ACTIVE = "active"
    WAITING = "waiting"
    """Nobody is asked; ``waiting_reason`` says why."""
    PASSED = "passed"
    SKIPPED = "skipped"
    CLEARED = "cleared"
    """A return, a jump or a new submit made it void; the next visit is another row."""

    @property
    def mark(self) -> Mark | None:
        """Give what it means for the flow; a cleared visit means nothing."""
        return None if self is StepStatus.CLEARED else Mark(self.value)


class FlowStep(CompanyOwned, Base):
    """One visit of a node, or the choice of a branch; the live row of a node is its mark."""

    __tablename__ = "core_flow_step"
    __table_args__ = table_args(
        company_key(),
        owned_by_company(),
        same_company("instance_id", "core_flow_instance"),
        same_company("record_id", "core_record"),
        UniqueConstraint("instance_id", "node_id", "visit"),
        # a node has one live visit at most
        Index(
            "uq_core_flow_step_live",
            "instance_id",
            "node_id",
            unique=True,
            sqlite_where=text("status <> 'cleared'"),
            postgresql_where=text("status <> 'cleared'"),
        ),
        Index(None, "company_id", "status", "due_at"),
        Index(None, "record_id"),
        enum_check("status", StepStatus),
    )

    id: Mapped[pk]
    instance_id: Mapped[ref] = mapped_column()
    record_id: Mapped[ref] = mapped_column()
    round: Mapped[int]
    node_id: Mapped[str]
    """Of a choice: the id of the branch. Empty: the flow as a whole, which waits at its end."""
    visit: Mapped[int] = mapped_column(default=1)
    status: Mapped[StepStatus] = mapped_column(default=StepStatus.ACTIVE)
    waiting_reason: Mapped[str] = mapped_column(default="")
    """A code of ``workflow.errors.Waiting``."""
    note: Mapped[str] = mapped_column(default="")
    """Of a choice: the ids of the paths taken, with commas. Of a node to which a record was
    returned: ``back``, where it goes straight to the one who returned it afterwards."""
    due_at: Mapped[datetime | None]
    """Of a published record: when its window ends."""
    entered_at: Mapped[datetime]
    left_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 -- SQLAlchemy's way


class TaskStatus(StrEnum):
    """Where one person's task stands."""

    WAITING = "waiting"
    """The turn has not come: sequential, or somebody asked is to answer first."""
    OPEN = "open"
    DONE = "done"
    CANCELLED = "cancelled"
    """Another decided, or the record was returned, rejected or withdrawn."""


class Origin(StrEnum):
    """Why this person was asked."""

    RESOLVED = "resolved"
    SUPERIOR = "superior"
    """Nobody was found, or the one found was the applicant: the superior decides."""
    MANAGER = "manager"
    """Not even a superior: the flow's manager decides."""
    STAND_IN = "stand_in"
    """Nobody was found: the person whom the policy names for that."""
    DELEGATED = "delegated"
    """The owner has delegated for a while: “B for A”."""
    TRANSFERRED = "transferred"
    ADDED = "added"
    """Somebody who was asked asked for this person as well."""
    ESCALATED = "escalated"
    """The one asked did not decide in time."""
    HANDED_OVER = "handed_over"
    """By the flow's manager, or because the one asked has left or is absent."""
    SUCCESSOR = "successor"
    """Who follows the one asked in what the record names: a new custodian."""
    OBJECTIONS = "objections"
    """The record was published and met objections."""


class Sign(StrEnum):
    """In what place beside the others a person is asked (加签)."""

    OWN = "own"
    """The flow itself asks."""
    BEFORE = "before"
    """Asked by another one, before whose decision this one stands (前加签)."""
    AFTER = "after"
    """Asked by another one, after whose decision this one stands (后加签)."""
    BESIDE = "beside"
    """One more of those who decide (并加签)."""
    CONSULT = "consult"
    """For an opinion that goes back to the one who asked (征求意见)."""
    INSTEAD = "instead"
    """As well as another one, who did not decide in time: the first of the two decides for both."""


class Task(CompanyOwned, Base):
    """A step that one person is asked to take."""

    __tablename__ = "core_task"
    __table_args__ = table_args(
        company_key(),
        owned_by_company(),
        same_company("instance_id", "core_flow_instance"),
        same_company("record_id", "core_record"),
        same_company("step_id", "core_flow_step"),
        same_company("parent_task_id", "core_task"),
        same_company("member_id", "core_member"),
        same_company("owner_id", "core_member"),
        UniqueConstraint("step_id", "member_id", "sign"),
        Index(None, "company_id", "member_id", "status", "opened_at", "id"),
        Index(None, "company_id", "member_id", "status", "done_at", "id"),
        Index(None, "company_id", "status", "remind_at"),
        Index(None, "company_id", "status", "due_at"),
        Index(None, "instance_id", "status"),
        Index(None, "record_id"),
        enum_check("status", TaskStatus),
        enum_check("node_kind", NodeKind),
        enum_check("origin", Origin),
        enum_check("sign", Sign),
    )

    id: Mapped[pk]
    instance_id: Mapped[ref] = mapped_column()
    step_id: Mapped[ref] = mapped_column()
    parent_task_id: Mapped[ref | None] = mapped_column()
    """Whose holder asked for this one, or from whom it went on to this person."""
    record_id: Mapped[ref] = mapped_column()
    kind: Mapped[str]
    """The record's kind: a task of an addon that is not active is hidden and its clock stands."""
    round: Mapped[int]
    node_id: Mapped[str]
    node_name: Mapped[str]
    node_kind: Mapped[NodeKind]
    clause: Mapped[str]
    position: Mapped[int] = mapped_column(default=1)
    """The turn within a sequential node."""
    member_id: Mapped[ref] = mapped_column()
    owner_id: Mapped[ref | None] = mapped_column()
    """On whose behalf the person acts; empty: on their own."""
    sign: Mapped[Sign] = mapped_column(default=Sign.OWN)
    origin: Mapped[Origin] = mapped_column(default=Origin.RESOLVED)
    status: Mapped[TaskStatus] = mapped_column(default=TaskStatus.OPEN)
    decision: Mapped[str] = mapped_column(default="")
    """``approve``, ``handle``, ``reject`` or ``return``; empty while it is not done."""
    turn: Mapped[int] = mapped_column(default=1)
    """2 after the person took the own decision back, and so on."""
    opened_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    remind_at: Mapped[datetime | None]
    reminded: Mapped[int] = mapped_column(default=0)
    clock_from: Mapped[datetime | None]
    """From when the node's clocks count: when it was opened, and later by as long as they stood."""
    due_at: Mapped[datetime | None]
    """When the next clock of the node strikes."""
    due_index: Mapped[int] = mapped_column(default=0)
    """Which of the node's timeouts that is, from 0."""
    due_count: Mapped[int] = mapped_column(default=0)
    """How often this one has struck."""
    urged_at: Mapped[datetime | None]
    clock_left: Mapped[int | None]
    """Seconds that were left until ``remind_at`` when the record's addon was switched off."""
    due_left: Mapped[int | None]
    """The same of ``due_at``."""
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 -- SQLAlchemy's way

    member: Mapped[Member] = relationship(foreign_keys=[member_id])
    record: Mapped[Record] = relationship(foreign_keys=[record_id])
    instance: Mapped[Instance] = relationship(foreign_keys=[instance_id])
