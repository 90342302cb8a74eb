"""Published policy versions, which are immutable, and the drafts that become one."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

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


class VersionOrigin(StrEnum):
    """How a version came to be."""

    PACK = "pack"
    """``zhidu policy apply``."""
    ACTIVATION = "activation"
    """An addon was switched on or off by hand: a small version on top."""
    SETTING = "setting"


class PolicyVersion(CompanyOwned, Base):
    """One immutable version of a company's policy. A company without any has version 0.

    ``content`` is the whole resolved pack as JSON and, as ``company_settings``, what the company
    itself had chosen, also for small versions; ``source`` is the YAML text of a pack version. The
    table is append-only: what was published is only ever superseded.
    """

    __append_only__ = True
    __tablename__ = "core_policy_version"
    __table_args__ = table_args(
        owned_by_company(),
        UniqueConstraint("company_id", "number"),
        UniqueConstraint("company_id", "id"),
        same_company("applied_by", "core_member"),
        same_company("confirmed_by", "core_member"),
        Index(None, "company_id", "effective_from"),
        enum_check("origin", VersionOrigin),
        CheckConstraint("confirmed_by <> applied_by", name="two_people"),
    )

    id: Mapped[pk]
    number: Mapped[int]
    """1, 2, 3 … within the company."""
    pack_id: Mapped[str]
    pack_version: Mapped[str]
    title: Mapped[str]
    origin: Mapped[VersionOrigin]
    note: Mapped[str] = mapped_column(default="")
    effective_from: Mapped[date]
    """First day, in the company's time zone."""
    effective_until: Mapped[date | None]
    """Last day of a trial, as the policy says; it holds on until another version does."""
    source: Mapped[str] = mapped_column(default="", deferred=True)
    content: Mapped[dict[str, Any]] = mapped_column(deferred=True)
    """Large and immutable: read it by ``versions.content``, which keeps it by checksum."""
    checksum: Mapped[str]
    """SHA-256 of the canonical content."""
    base_id: Mapped[ref | None] = mapped_column(ForeignKey("core_policy_version.id"))
    applied_by: Mapped[ref | None] = mapped_column()
    applied_name: Mapped[str] = mapped_column(default="")
    applied_at: Mapped[datetime]
    confirmed_by: Mapped[ref | None] = mapped_column()
    """The second person, where the company demands two."""
    confirmed_name: Mapped[str] = mapped_column(default="")
    confirmed_at: Mapped[datetime | None]
    acceptances: Mapped[list[Any]] = mapped_column(default=list)
    """Findings with which it was published: ``code, path, line, message, by, name, at``."""


class DraftStatus(StrEnum):
    """Where a draft of a version stands."""

    DRAFT = "draft"
    """Is being written."""
    PROPOSED = "proposed"
    """Waits for the second person."""
    PUBLISHED = "published"
    DECLINED = "declined"
    """The second person said no, with a reason."""
    WITHDRAWN = "withdrawn"


class PolicyDraft(CompanyOwned, Base):
    """A policy that is written but does not hold yet; a published one names its version."""

    __tablename__ = "core_policy_draft"
    __table_args__ = table_args(
        owned_by_company(),
        same_company("made_by", "core_member"),
        same_company("proposed_by", "core_member"),
        same_company("decided_by", "core_member"),
        same_company("version_id", "core_policy_version"),
        same_company("base_id", "core_policy_version"),
        Index(None, "company_id", "status", "changed_at"),
        enum_check("status", DraftStatus),
    )

    id: Mapped[pk]
    status: Mapped[DraftStatus] = mapped_column(default=DraftStatus.DRAFT)
    title: Mapped[str] = mapped_column(default="")
    filename: Mapped[str] = mapped_column(default="")
    source: Mapped[str] = mapped_column(deferred=True)
    effective: Mapped[date | None]
    """The first day that is wished for; empty: the policy's own, or the day of publishing."""
    checksum: Mapped[str] = mapped_column(default="")
    """Of what the source says, as proposed: exactly this is confirmed."""
    hides_tasks: Mapped[bool] = mapped_column(default=False)
    """Open tasks of addons that it switches off may be hidden."""
    acceptances: Mapped[list[Any]] = mapped_column(default=list)
    base_id: Mapped[ref | None] = mapped_column()
    """What held when it was proposed; a newer version makes it out of date."""
    made_by: Mapped[ref | None] = mapped_column()
    made_name: Mapped[str] = mapped_column(default="")
    changed_at: Mapped[datetime]
    proposed_by: Mapped[ref | None] = mapped_column()
    proposed_name: Mapped[str] = mapped_column(default="")
    proposed_at: Mapped[datetime | None]
    decided_by: Mapped[ref | None] = mapped_column()
    decided_name: Mapped[str] = mapped_column(default="")
    decided_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="")
    version_id: Mapped[ref | None] = mapped_column()
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 -- SQLAlchemy's way


class CompanySetting(CompanyOwned, Base):
    """A setting that the company itself chose where the policy states none."""

    __tablename__ = "core_company_setting"
    __table_args__ = table_args(owned_by_company(), UniqueConstraint("company_id", "key"))

    id: Mapped[pk]
    key: Mapped[str]
    value: Mapped[list[Any]]
    """A list of one, so that any JSON value fits."""
