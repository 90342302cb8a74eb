"""What is remembered about who acts: the applicant's choices, whose turn it is, written authority."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint, UniqueConstraint
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
from zhidu.org.models_lists import Matter


class ChosenBy(StrEnum):
    """Who or what chose a person for a node."""

    APPLICANT = "applicant"
    ROTATION = "rotation"


class Choice(CompanyOwned, Base):
    """A person chosen for a node of a record's flow, in their order.

    The applicant's choice is replaced at each submit; a turn of a rotation stays with the record,
    so that the same person hears of it again after a return.
    """

    __tablename__ = "core_choice"
    __table_args__ = table_args(
        owned_by_company(),
        same_company("record_id", "core_record", ondelete="CASCADE"),
        same_company("member_id", "core_member"),
        UniqueConstraint("record_id", "node_id", "by", "member_id"),
        enum_check("by", ChosenBy),
    )

    id: Mapped[pk]
    record_id: Mapped[ref] = mapped_column()
    node_id: Mapped[str]
    member_id: Mapped[ref] = mapped_column()
    sort: Mapped[int] = mapped_column(default=1)
    by: Mapped[ChosenBy] = mapped_column(default=ChosenBy.APPLICANT)


class Turn(CompanyOwned, Base):
    """When somebody had their last turn in a rotation; ``number`` rises from turn to turn."""

    __tablename__ = "core_turn"
    __table_args__ = table_args(
        PrimaryKeyConstraint("company_id", "rotation", "member_id"),
        owned_by_company(),
        same_company("member_id", "core_member"),
        sqlite_autoincrement=False,
    )
    __audited__ = False

    rotation: Mapped[str]
    """What they take turns in: ``group:buyers`` or ``role:finance``."""
    member_id: Mapped[ref] = mapped_column()
    number: Mapped[int]


class Authority(CompanyOwned, Base):
    """An entry of the register of written authority (书面授权): who may decide what, up to where."""

    __tablename__ = "core_authority"
    __table_args__ = table_args(
        company_key(),
        owned_by_company(),
        same_company("member_id", "core_member"),
        same_company("matter_id", "core_matter"),
        same_company("granted_by", "core_member"),
        same_company("record_id", "core_record"),
        Index(None, "company_id", "matter_id", "member_id"),
        CheckConstraint("ceiling IS NULL OR ceiling > 0", name="ceiling"),
        CheckConstraint("ends_on IS NULL OR starts_on < ends_on", name="term"),
    )

    id: Mapped[pk]
    member_id: Mapped[ref] = mapped_column()
    matter_id: Mapped[ref] = mapped_column()
    ceiling: Mapped[Decimal | None]
    """The largest amount of one decision; None has no limit."""
    unit: Mapped[str] = mapped_column(default="")
    """What the ceiling is counted in: a currency (CNY) or a fact's unit; empty without one."""
    exclusions: Mapped[list[Any]] = mapped_column(default=list)
    """Codes that a request may say of itself and that this authority does not cover."""
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    """The first day on which it does not hold any more; None: until it is revoked."""
    document: Mapped[str]
    """Number or place of the signed letter of authority."""
    record_id: Mapped[ref | None] = mapped_column()
    """The record that carries the letter, if one does."""
    note: Mapped[str] = mapped_column(default="")
    granted_by: Mapped[ref | None] = mapped_column()
    """Who entered it; None: the system."""
    revoked_at: Mapped[datetime | None]
    revoked_for: Mapped[str] = mapped_column(default="")

    member: Mapped[Member] = relationship(foreign_keys=[member_id])
    matter: Mapped[Matter] = relationship(foreign_keys=[matter_id])
