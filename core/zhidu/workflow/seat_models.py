"""What is kept about who sits in whose seat: delegations, successions, phrases, signatures."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
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
from zhidu.records.models import Blob


class Delegation(CompanyOwned, Base):
    """代理: new tasks of one person go to another one for a while; the trail says «B for A».

    Half-open: it holds from ``starts_at`` until just before ``ends_at`` or its revocation.
    """

    __tablename__ = "core_delegation"
    __table_args__ = table_args(
        company_key(),
        owned_by_company(),
        same_company("owner_id", "core_member"),
        same_company("delegate_id", "core_member"),
        same_company("granted_by", "core_member"),
        same_company("revoked_by", "core_member"),
        Index(None, "company_id", "owner_id", "ends_at"),
        Index(None, "company_id", "delegate_id", "ends_at"),
        CheckConstraint("owner_id <> delegate_id", name="another"),
        CheckConstraint("starts_at < ends_at", name="period"),
    )

    id: Mapped[pk]
    owner_id: Mapped[ref] = mapped_column()
    """A, whose tasks they are."""
    delegate_id: Mapped[ref] = mapped_column()
    """B, who gets them."""
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    kinds: Mapped[list[Any]] = mapped_column(default=list)
    """Kinds of records; empty: all."""
    reason: Mapped[str] = mapped_column(default="")
    granted_at: Mapped[datetime]
    granted_by: Mapped[ref | None] = mapped_column()
    """Empty: the system itself."""
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[ref | None] = mapped_column()

    owner: Mapped[Member] = relationship(foreign_keys=[owner_id])
    delegate: Mapped[Member] = relationship(foreign_keys=[delegate_id])


class Succession(CompanyOwned, Base):
    """Who stands where a flow names a person who left: flows are immutable, people are not.

    A running request keeps the flow that it began with; this lets it find somebody all the same.
    """

    __tablename__ = "core_succession"
    __table_args__ = table_args(
        owned_by_company(),
        same_company("member_id", "core_member"),
        same_company("successor_id", "core_member"),
        same_company("made_by", "core_member"),
        UniqueConstraint("company_id", "login"),
        CheckConstraint("member_id <> successor_id", name="another"),
    )

    id: Mapped[pk]
    login: Mapped[str]
    """The log-in by which flows name the person; who leaves loses it."""
    member_id: Mapped[ref] = mapped_column()
    successor_id: Mapped[ref] = mapped_column()
    reason: Mapped[str]
    made_at: Mapped[datetime]
    made_by: Mapped[ref | None] = mapped_column()

    member: Mapped[Member] = relationship(foreign_keys=[member_id])
    successor: Mapped[Member] = relationship(foreign_keys=[successor_id])


class PhraseKind(StrEnum):
    """For which act a stock phrase is meant."""

    APPROVE = "approve"
    REJECT = "reject"
    """To reject and to return."""
    HANDLE = "handle"


class Phrase(CompanyOwned, Base):
    """常用语: an opinion that a person writes often."""

    __tablename__ = "core_phrase"
    __table_args__ = table_args(
        owned_by_company(),
        same_company("member_id", "core_member"),
        UniqueConstraint("member_id", "kind", "text"),
        enum_check("kind", PhraseKind),
    )

    id: Mapped[pk]
    member_id: Mapped[ref] = mapped_column()
    kind: Mapped[PhraseKind]
    text: Mapped[str]
    position: Mapped[int]
    """1 is shown first."""


class Signature(CompanyOwned, Base):
    """The picture of a person's own signature; a decision keeps the one that counted then."""

    __tablename__ = "core_signature"
    __table_args__ = table_args(
        owned_by_company(),
        same_company("member_id", "core_member"),
        same_company("blob_id", "core_blob"),
        Index(
            "uq_core_signature_current",
            "member_id",
            unique=True,
            sqlite_where=text("removed_at IS NULL"),
            postgresql_where=text("removed_at IS NULL"),
        ),
    )

    id: Mapped[pk]
    member_id: Mapped[ref] = mapped_column()
    blob_id: Mapped[ref] = mapped_column()
    since: Mapped[datetime]
    removed_at: Mapped[datetime | None]

    blob: Mapped[Blob] = relationship(foreign_keys=[blob_id])
