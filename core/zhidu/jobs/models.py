"""Jobs, schedules and leases; not company-filtered: the worker serves all companies."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, PrimaryKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from zhidu.db import Base, enum_check, pk, ref, table_args


class JobStatus(StrEnum):
    """Where a job stands."""

    DUE = "due"
    DONE = "done"
    DEAD = "dead"
    """Tried too often; waits for the system administrator."""


class Job(Base):
    """Work to be done once, inserted in the transaction that causes it."""

    __tablename__ = "core_job"
    __audited__ = False
    __table_args__ = table_args(
        UniqueConstraint("dedupe"),
        Index(None, "status", "run_at", "id"),
        enum_check("status", JobStatus),
    )

    id: Mapped[pk]
    name: Mapped[str]
    """A declared ``JobType``."""
    company_id: Mapped[ref | None] = mapped_column(ForeignKey("core_company.id"))
    user_id: Mapped[ref | None] = mapped_column()
    member_id: Mapped[ref | None] = mapped_column()
    actor_name: Mapped[str] = mapped_column(default="")
    locale: Mapped[str]
    request_id: Mapped[str] = mapped_column(default="")
    args: Mapped[dict[str, Any]]
    dedupe: Mapped[str | None]
    run_at: Mapped[datetime]
    status: Mapped[JobStatus] = mapped_column(default=JobStatus.DUE)
    tries: Mapped[int] = mapped_column(default=0)
    max_tries: Mapped[int] = mapped_column(default=8)
    lease_until: Mapped[datetime | None]
    lease_token: Mapped[str | None]
    published_at: Mapped[datetime | None]
    """When the relay handed it to Celery."""
    error: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]


class Schedule(Base):
    """When a declared schedule fires next, per company or once for all."""

    __tablename__ = "core_schedule"
    __audited__ = False
    __table_args__ = table_args(UniqueConstraint("name", "company_id"))

    id: Mapped[pk]
    name: Mapped[str]
    company_id: Mapped[ref | None] = mapped_column(ForeignKey("core_company.id"))
    next_at: Mapped[datetime]
    last_at: Mapped[datetime | None]


class Lease(Base):
    """A named lock with an end, so that one of many workers fires the schedules."""

    __tablename__ = "core_lease"
    __audited__ = False
    __table_args__ = table_args(PrimaryKeyConstraint("name"), sqlite_autoincrement=False)

    name: Mapped[str]
    holder: Mapped[str]
    until: Mapped[datetime]
