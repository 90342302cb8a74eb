"""What is written down of an approval: the append-only trail of acts, and read-only copies."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from zhidu.db import (
    Base,
    CompanyOwned,
    enum_check,
    owned_by_company,
    pk,
    ref,
    same_company,
    table_args,
)
from zhidu.org.models import Member
from zhidu.records.models import Record


class TrailAction(StrEnum):
    """What happened, in the trail."""

    SUBMIT = "submit"
    RESUBMIT = "resubmit"
    LATE = "late"
    """A window was closed at the submit; the note says what that means."""
    HURRY = "hurry"
    """Done first, written up after: reason and consent in the opinion, by whom in ``other``; the
    note says whether the paper came late."""
    ENTER = "enter"
    """A node begins."""
    PASS = "pass"  # noqa: S105 -- no password
    """A node is passed; ``final`` in the note: that was the approval."""
    APPROVE = "approve"
    HANDLE = "handle"
    REJECT = "reject"
    RETURN = "return"
    """The note names the node; empty: to the applicant."""
    CLEAR = "clear"
    """What a return, a jump or a new submit made void; the note lists nodes and branches."""
    WITHDRAW = "withdraw"
    TAKE_BACK = "take_back"
    TRANSFER = "transfer"
    ADD = "add"
    REMOVE = "remove"
    CONSULT = "consult"
    ANSWER = "answer"
    CC = "cc"
    READ = "read"
    URGE = "urge"
    EDIT = "edit"
    """A person of a node changed fields of the form; the note names them."""
    OBJECT = "object"
    """Somebody objected to what was published."""
    AUTO = "auto"
    """The engine decided, for the reason of the opinion; the note is the result."""
    TIMEOUT = "timeout"
    JUMP = "jump"
    TERMINATE = "terminate"
    HAND_OVER = "hand_over"
    WAIT = "wait"
    RESUME = "resume"
    """Somebody was found for a step that waited."""
    SKIP = "skip"
    """The node's condition does not hold."""
    CHOOSE = "choose"
    """Which paths of a branch are taken."""
    MERGE = "merge"
    """Not asked again: the person has just approved the step before."""
    VOID = "void"
    """Somebody asks for the finished document to be voided."""
    TRANSITION = "transition"
    """The execution status changed apart from a task; the note names the transition."""
    END = "end"
    """The note is the approval status in which it ended."""


DECISIONS = (TrailAction.APPROVE, TrailAction.HANDLE, TrailAction.REJECT, TrailAction.RETURN)


class Trail(CompanyOwned, Base):
    """An act on an approval; append-only. Decisions carry person, time, opinion, clause, version."""

    __tablename__ = "core_trail"
    __table_args__ = table_args(
        owned_by_company(),
        same_company("instance_id", "core_flow_instance"),
        same_company("record_id", "core_record"),
        same_company("step_id", "core_flow_step"),
        same_company("task_id", "core_task"),
        same_company("member_id", "core_member"),
        same_company("on_behalf_of", "core_member"),
        same_company("other_id", "core_member"),
        same_company("signature_id", "core_blob"),
        Index(None, "record_id", "id"),
        Index(None, "step_id"),
        # the pages of a policy count the requests in which a clause was applied
        Index(None, "company_id", "clause", "record_id"),
        # nobody decides twice on one visit of a node, unless they took the first decision back
        Index(
            "uq_core_trail_decision",
            "step_id",
            "member_id",
            "turn",
            unique=True,
            sqlite_where=text("action IN ('approve', 'handle', 'reject', 'return')"),
            postgresql_where=text("action IN ('approve', 'handle', 'reject', 'return')"),
        ),
        # what was sent twice is done once
        Index(
            "uq_core_trail_request",
            "company_id",
            "request_key",
            unique=True,
            sqlite_where=text("request_key <> ''"),
            postgresql_where=text("request_key <> ''"),
        ),
        enum_check("action", TrailAction),
        CheckConstraint("round >= 1", name="round"),
    )

    __append_only__ = True

    id: Mapped[pk]
    instance_id: Mapped[ref] = mapped_column()
    record_id: Mapped[ref] = mapped_column()
    step_id: Mapped[ref | None] = mapped_column()
    task_id: Mapped[ref | None] = mapped_column()
    round: Mapped[int]
    node_id: Mapped[str] = mapped_column(default="")
    node_name: Mapped[str] = mapped_column(default="")
    action: Mapped[TrailAction]
    member_id: Mapped[ref | None] = mapped_column()
    """Empty: the engine itself."""
    on_behalf_of: Mapped[ref | None] = mapped_column()
    other_id: Mapped[ref | None] = mapped_column()
    """The other person of the act: to whom it went, who was asked, whose task it was."""
    turn: Mapped[int] = mapped_column(default=1)
    """``Task.turn`` of a decision."""
    at: Mapped[datetime]
    opinion: Mapped[str] = mapped_column(default="")
    clause: Mapped[str] = mapped_column(default="")
    policy_version_id: Mapped[ref | None] = mapped_column(ForeignKey("core_policy_version.id"))
    note: Mapped[str] = mapped_column(default="")
    """A machine-readable remark: of a pass ``final``, of a wait its reason, of a skip the
    condition, of a choice its paths, of a transition its name."""
    attachments: Mapped[list[Any]] = mapped_column(default=list)
    """Keys of files on the record that belong to this act."""
    signature_id: Mapped[ref | None] = mapped_column()
    """The content of the image with which a decision was signed."""
    request_key: Mapped[str] = mapped_column(default="")
    """What the form carried, so that a second click does nothing."""

    member: Mapped[Member | None] = relationship(foreign_keys=[member_id])


class Copy(CompanyOwned, Base):
    """A read-only copy (抄送) with its read mark; one who reads may add an opinion (传阅)."""

    __tablename__ = "core_copy"
    __table_args__ = table_args(
        owned_by_company(),
        same_company("record_id", "core_record"),
        same_company("member_id", "core_member"),
        same_company("sent_by", "core_member"),
        UniqueConstraint("record_id", "member_id"),
        Index(None, "company_id", "member_id", "at", "id"),
    )

    id: Mapped[pk]
    record_id: Mapped[ref] = mapped_column()
    kind: Mapped[str]
    member_id: Mapped[ref] = mapped_column()
    sent_by: Mapped[ref | None] = mapped_column()
    """Empty: the flow itself."""
    node_id: Mapped[str] = mapped_column(default="")
    clause: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    opinion: Mapped[str] = mapped_column(default="")
    opinion_at: Mapped[datetime | None]

    record: Mapped[Record] = relationship(foreign_keys=[record_id])
