"""Published policy versions: immutable, with the day from which each holds."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
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

    ``content`` is the whole resolved pack as JSON (format, policy, clauses, addons, settings,
    flows) and, as ``company_settings``, what the company itself had chosen, also for small
    versions; ``source`` is the YAML text of a pack version. The table is append-only.
    """

    __append_only__ = True
    __tablename__ = "core_policy_version"
    __table_args__ = table_args(
        owned_by_company(),
        UniqueConstraint("company_id", "number"),
        UniqueConstraint("company_id", "id"),
        same_company("applied_by", "core_member"),
        Index(None, "company_id", "effective_from"),
        enum_check("origin", VersionOrigin),
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
    source: Mapped[str] = mapped_column(default="", deferred=True)
    content: Mapped[dict[str, Any]] = mapped_column(deferred=True)
    """Large and immutable: read it by ``versions.content``, which keeps it by checksum."""
    checksum: Mapped[str]
    """SHA-256 of the canonical content."""
    base_id: Mapped[ref | None] = mapped_column(ForeignKey("core_policy_version.id"))
    applied_by: Mapped[ref | None] = mapped_column()
    applied_name: Mapped[str] = mapped_column(default="")
    applied_at: Mapped[datetime]


class CompanySetting(CompanyOwned, Base):
    """A setting that the company itself chose where the policy states none."""

    __tablename__ = "core_company_setting"
    __table_args__ = table_args(owned_by_company(), UniqueConstraint("company_id", "key"))

    id: Mapped[pk]
    key: Mapped[str]
    value: Mapped[list[Any]]
    """A list of one, so that any JSON value fits."""
