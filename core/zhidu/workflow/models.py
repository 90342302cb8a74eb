"""Running approvals: instances, tasks, copies, and the append-only trail of what people did."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
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


class InstanceStatus(StrEnum):
    """Where a running approval stands."""

    RUNNING = "running"
    WAITING = "waiting"
    """Nobody may act; ``waiting_reason`` says why, administrators are told."""
    RETURNED = "returned"
    ENDED = "ended"


class Instance(CompanyOwned, Base):
    """One record on its way through one flow; a re-submit keeps it and raises ``round``."""

    __tablename__ = "core_flow_instance"
    __table_args__ = table_args(
        company_key(),
        owned_by_company(),
        same_company("record_id", "core_record"),
        UniqueConstraint("record_id"),
        enum_check("status", InstanceStatus),
    )

    id: Mapped[pk]
    record_id: Mapped[ref] = mapped_column()
    kind: Mapped[str]
    policy_version_id: Mapped[ref | None] = mapped_column(ForeignKey("core_policy_version.id"))
    flow: Mapped[dict[str, Any]]
    """``Flow.to_json()`` as at the first submit."""
    round: Mapped[int] = mapped_column(default=1)
    status: Mapped[InstanceStatus] = mapped_column(default=InstanceStatus.RUNNING)
    node_id: Mapped[str] = mapped_column(default="")
    """The node now asked; empty at the end."""
    waiting_reason: Mapped[str] = mapped_column(default="")
    """A code of ``workflow.errors.Waiting``."""
    approved_at: Mapped[datetime | None]
    """When the last approve node was decided: the business effect fired then, exactly once."""
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 -- SQLAlchemy's way

    record: Mapped[Record] = relationship(foreign_keys=[record_id])


class TaskStatus(StrEnum):
    """Where one person's task stands."""

    WAITING = "waiting"
    """Sequential: the turn has not come."""
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


class Task(CompanyOwned, Base):
    """A step that one person is asked to take."""

    __tablename__ = "core_task"
    __table_args__ = table_args(
        company_key(),
        owned_by_company(),
        same_company("instance_id", "core_flow_instance"),
        same_company("record_id", "core_record"),
        same_company("member_id", "core_member"),
        UniqueConstraint("instance_id", "round", "node_id", "member_id"),
        Index(None, "company_id", "member_id", "status", "opened_at", "id"),
        Index(None, "company_id", "member_id", "status", "done_at", "id"),
        Index(None, "company_id", "status", "remind_at"),
        Index(None, "record_id"),
        enum_check("status", TaskStatus),
        enum_check("node_kind", NodeKind),
        enum_check("origin", Origin),
    )

    id: Mapped[pk]
    instance_id: Mapped[ref] = mapped_column()
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
    origin: Mapped[Origin] = mapped_column(default=Origin.RESOLVED)
    status: Mapped[TaskStatus] = mapped_column(default=TaskStatus.OPEN)
    opened_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    remind_at: Mapped[datetime | None]
    reminded: Mapped[int] = mapped_column(default=0)
    clock_left: Mapped[int | None]
    """Seconds that were left until ``remind_at`` when the record's addon was switched off."""
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 -- SQLAlchemy's way

    member: Mapped[Member] = relationship(foreign_keys=[member_id])
    record: Mapped[Record] = relationship(foreign_keys=[record_id])
    instance: Mapped[Instance] = relationship(foreign_keys=[instance_id])


class TrailAction(StrEnum):
    """What happened, in the trail."""

    SUBMIT = "submit"
    RESUBMIT = "resubmit"
    APPROVE = "approve"
    HANDLE = "handle"
    REJECT = "reject"
    RETURN = "return"
    WITHDRAW = "withdraw"
    CC = "cc"
    WAIT = "wait"
    RESUME = "resume"
    """Somebody was found for a step that waited."""
    SKIP = "skip"
    """The node's condition does not hold."""
    TRANSITION = "transition"
    """The execution status changed apart from a task; the note names the transition."""
    END = "end"


DECISIONS = (TrailAction.APPROVE, TrailAction.HANDLE, TrailAction.REJECT, TrailAction.RETURN)


class Trail(CompanyOwned, Base):
    """An act on an approval; append-only. Decisions carry person, time, opinion, clause, version."""

    __tablename__ = "core_trail"
    __table_args__ = table_args(
        owned_by_company(),
        same_company("instance_id", "core_flow_instance"),
        same_company("record_id", "core_record"),
        same_company("task_id", "core_task"),
        same_company("member_id", "core_member"),
        same_company("on_behalf_of", "core_member"),
        Index(None, "record_id", "id"),
        # nobody decides twice on one node between two submits
        Index(
            "uq_core_trail_decision",
            "instance_id",
            "round",
            "node_id",
            "member_id",
            unique=True,
            sqlite_where=text("action IN ('approve', 'handle', 'reject', 'return')"),
            postgresql_where=text("action IN ('approve', 'handle', 'reject', 'return')"),
        ),
        enum_check("action", TrailAction),
        CheckConstraint("round >= 1", name="round"),
    )

    __append_only__ = True

    id: Mapped[pk]
    instance_id: Mapped[ref] = mapped_column()
    record_id: Mapped[ref] = mapped_column()
    task_id: Mapped[ref | None] = mapped_column()
    round: Mapped[int]
    node_id: Mapped[str] = mapped_column(default="")
    node_name: Mapped[str] = mapped_column(default="")
    action: Mapped[TrailAction]
    member_id: Mapped[ref | None] = mapped_column()
    """Empty: the engine itself."""
    on_behalf_of: Mapped[ref | None] = mapped_column()
    at: Mapped[datetime]
    opinion: Mapped[str] = mapped_column(default="")
    clause: Mapped[str] = mapped_column(default="")
    policy_version_id: Mapped[ref | None] = mapped_column(ForeignKey("core_policy_version.id"))
    note: Mapped[str] = mapped_column(default="")
    """A machine-readable remark: of a decision ``passed`` or ``final``, of a wait its reason, of a
    skip the condition, of a transition its name."""

    member: Mapped[Member | None] = relationship(foreign_keys=[member_id])


class Copy(CompanyOwned, Base):
    """A read-only copy (抄送) with its read mark."""

    __tablename__ = "core_copy"
    __table_args__ = table_args(
        owned_by_company(),
        same_company("record_id", "core_record"),
        same_company("member_id", "core_member"),
        UniqueConstraint("record_id", "member_id"),
        Index(None, "company_id", "member_id", "at", "id"),
    )

    id: Mapped[pk]
    record_id: Mapped[ref] = mapped_column()
    kind: Mapped[str]
    member_id: Mapped[ref] = mapped_column()
    at: Mapped[datetime]
    read_at: Mapped[datetime | None]

    record: Mapped[Record] = relationship(foreign_keys=[record_id])
