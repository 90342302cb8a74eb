"""Clocks of records: what runs, what was stopped, what was missed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, PrimaryKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from zhidu.db import Base, CompanyOwned, owned_by_company, pk, ref, same_company, table_args
from zhidu.org.models import Member
from zhidu.records.models import Record


class Deadline(CompanyOwned, Base):
    """One run of a deadline's clock on a record; reckoned from the record, so never its own truth."""

    __tablename__ = "core_deadline"
    __audited__ = False
    __table_args__ = table_args(
        owned_by_company(),
        same_company("record_id", "core_record", ondelete="CASCADE"),
        same_company("member_id", "core_member"),
        UniqueConstraint("record_id", "deadline", "turn"),
        Index(None, "company_id", "next_at", "id"),
        Index(None, "company_id", "missed", "due_at", "id"),
    )

    id: Mapped[pk]
    record_id: Mapped[ref] = mapped_column()
    kind: Mapped[str]
    """Of the record: the clock of an addon that is not active tells nobody."""
    member_id: Mapped[ref] = mapped_column()
    """Whose record it is."""
    deadline: Mapped[str]
    """Its id in the policy."""
    turn: Mapped[int] = mapped_column(default=1)
    """The how manieth run: a submit after a return begins another one."""
    title: Mapped[str]
    clause: Mapped[str]
    policy_version_id: Mapped[ref | None] = mapped_column(ForeignKey("core_policy_version.id"))
    started_at: Mapped[datetime]
    due_at: Mapped[datetime]
    stopped_at: Mapped[datetime | None]
    missed: Mapped[bool] = mapped_column(default=False)
    """It was due before it stopped; of a running one the job notes it within minutes."""
    next_at: Mapped[datetime | None]
    """When somebody is told next; empty: nobody will be."""
    next_index: Mapped[int] = mapped_column(default=0)
    """Which of the policy's clocks that is, from 0; -1 is the deadline itself."""
    next_count: Mapped[int] = mapped_column(default=0)
    """The how manieth time."""

    record: Mapped[Record] = relationship(foreign_keys=[record_id])
    member: Mapped[Member] = relationship(foreign_keys=[member_id])


class DeadlineMark(CompanyOwned, Base):
    """Which state of a record its clocks were last reckoned from."""

    __tablename__ = "core_deadline_mark"
    __audited__ = False
    __table_args__ = table_args(
        PrimaryKeyConstraint("record_id"),
        owned_by_company(),
        same_company("record_id", "core_record", ondelete="CASCADE"),
        sqlite_autoincrement=False,
    )

    record_id: Mapped[ref] = mapped_column(autoincrement=False)
    version: Mapped[int]
    """``Record.version``."""
