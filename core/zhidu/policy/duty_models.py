"""Duties that fell due, and until which day they were looked for."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from zhidu.db import Base, CompanyOwned, owned_by_company, ref, same_company, table_args
from zhidu.records.models import Record
from zhidu.texts import lazy_gettext as _l

KIND = "core.duty"


class Duty(CompanyOwned, Base):
    """One period of a recurring duty; its header is the record of the person who is to do it."""

    __tablename__ = "core_duty"
    __kind__ = KIND
    __title__ = _l("Recurring duty")
    __labels__ = {  # noqa: RUF012 -- a ClassVar of the root
        "duty": _l("Duty"),
        "period": _l("Period"),
        "starts_on": _l("First day of the period"),
        "falls_on": _l("Day"),
        "clause": _l("Clause"),
        "due_at": _l("Due at"),
        "evidence": _l("Evidence"),
        "result": _l("Result"),
        "proof_id": _l("Record that proves it"),
        "done_at": _l("Done at"),
        "done_by": _l("Done by"),
    }
    __table_args__ = table_args(
        PrimaryKeyConstraint("id"),
        owned_by_company(),
        ForeignKeyConstraint(["company_id", "id"], ["core_record.company_id", "core_record.id"]),
        same_company("proof_id", "core_record"),
        same_company("done_by", "core_member"),
        # opened once, whoever looks, and however often
        UniqueConstraint("company_id", "duty", "period"),
        # one record proves a duty once
        UniqueConstraint("company_id", "duty", "proof_id"),
        Index(None, "company_id", "due_at", "id"),
        sqlite_autoincrement=False,
    )

    id: Mapped[ref] = mapped_column(autoincrement=False)
    duty: Mapped[str]
    """Its id in the policy."""
    period: Mapped[str]
    """``2026-01-05``, ``2026-W02``, ``2026-01``, ``2026-Q1``, ``2026-H1`` or ``2026``."""
    starts_on: Mapped[date]
    """First day of the period: what proves it was made from then on."""
    falls_on: Mapped[date]
    clause: Mapped[str]
    due_at: Mapped[datetime]
    evidence: Mapped[str] = mapped_column(default="")
    """``text``, ``file`` or a kind of record; empty: none is demanded."""
    result: Mapped[str] = mapped_column(default="")
    """What the person wrote when it was done."""
    proof_id: Mapped[ref | None] = mapped_column()
    done_at: Mapped[datetime | None]
    done_by: Mapped[ref | None] = mapped_column()

    header: Mapped[Record] = relationship(lazy="joined", innerjoin=True, foreign_keys="Duty.id")
    proof: Mapped[Record | None] = relationship(foreign_keys=[proof_id])


class DutyMark(CompanyOwned, Base):
    """Until which day, itself included, a company's duties were looked for."""

    __tablename__ = "core_duty_mark"
    __audited__ = False
    __table_args__ = table_args(
        PrimaryKeyConstraint("company_id"), owned_by_company(), sqlite_autoincrement=False
    )

    looked_on: Mapped[date]
