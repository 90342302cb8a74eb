"""The header that every business document has, and what hangs on it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, PrimaryKeyConstraint, UniqueConstraint
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
from zhidu.org.models import Department, Member


class Approval(StrEnum):
    """The approval axis; only the approval engine sets it."""

    DRAFT = "draft"
    IN_APPROVAL = "in_approval"
    RETURNED = "returned"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    TERMINATED = "terminated"
    VOIDED = "voided"


class Archive(StrEnum):
    """The archive axis; the core's own."""

    NONE = "none"
    DUE = "due"
    ARCHIVED = "archived"


class Record(CompanyOwned, Base):
    """The header of a business document; the addon's own columns are in its detail row."""

    __tablename__ = "core_record"
    __table_args__ = table_args(
        company_key(),
        owned_by_company(),
        same_company("applicant_id", "core_member"),
        same_company("department_id", "core_department"),
        UniqueConstraint("company_id", "kind", "number"),
        Index(None, "company_id", "kind", "id"),
        Index(None, "company_id", "applicant_id", "created_at", "id"),
        enum_check("approval", Approval),
        enum_check("archive", Archive),
    )

    id: Mapped[pk]
    kind: Mapped[str]
    number: Mapped[str | None]
    """Taken at the first submit."""
    title: Mapped[str]
    summary: Mapped[dict[str, Any] | None]
    """Up to three labelled texts for lists across addons, by the kind: {"days": "2"}."""
    applicant_id: Mapped[ref] = mapped_column()
    department_id: Mapped[ref | None] = mapped_column()
    department_path: Mapped[str] = mapped_column(default="")
    """Keys ``/1/5/`` as at submit, for scopes."""
    department_name: Mapped[str] = mapped_column(default="")
    """Full name as at submit: ``总部 / 行政部``."""
    approval: Mapped[Approval] = mapped_column(default=Approval.DRAFT)
    execution: Mapped[str] = mapped_column(default="none")
    """A state of the kind's own workflow table."""
    archive: Mapped[Archive] = mapped_column(default=Archive.NONE)
    policy_version_id: Mapped[ref | None] = mapped_column(
        ForeignKey("core_policy_version.id", use_alter=True)
    )
    custom: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    """The first submit."""
    ended_at: Mapped[datetime | None]
    touched: Mapped[int] = mapped_column(default=0, info={"unaudited": True})
    """Raised when only the detail row changed, so that ``version`` rises, too."""
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 -- SQLAlchemy's way

    applicant: Mapped[Member] = relationship(foreign_keys=[applicant_id])
    department: Mapped[Department | None] = relationship(foreign_keys=[department_id])


class ReaderReason(StrEnum):
    """Why someone without a grant may read a record."""

    TASK = "task"
    CC = "cc"
    DELEGATION = "delegation"
    MENTION = "mention"


class RecordReader(CompanyOwned, Base):
    """Whoever has or had a task, cc, delegation or mention on a record may read it."""

    __tablename__ = "core_record_reader"
    __table_args__ = table_args(
        PrimaryKeyConstraint("member_id", "record_id"),
        owned_by_company(),
        same_company("record_id", "core_record", ondelete="CASCADE"),
        same_company("member_id", "core_member"),
        enum_check("reason", ReaderReason),
        sqlite_autoincrement=False,
    )

    member_id: Mapped[ref] = mapped_column()
    record_id: Mapped[ref] = mapped_column()
    reason: Mapped[ReaderReason]


class Blob(CompanyOwned, Base):
    """A file's content, once per company: ``files/ab/<sha256>``."""

    __tablename__ = "core_blob"
    __table_args__ = table_args(
        company_key(), owned_by_company(), UniqueConstraint("company_id", "sha256")
    )

    id: Mapped[pk]
    sha256: Mapped[str]
    size: Mapped[int]
    """Bytes."""
    media_type: Mapped[str]
    created_at: Mapped[datetime]


class Attachment(CompanyOwned, Base):
    """A file on a record, under the name its owner gave it."""

    __tablename__ = "core_attachment"
    __table_args__ = table_args(
        company_key(),
        owned_by_company(),
        same_company("record_id", "core_record"),
        same_company("blob_id", "core_blob"),
        same_company("uploaded_by", "core_member"),
        Index(None, "record_id"),
    )

    id: Mapped[pk]
    record_id: Mapped[ref] = mapped_column()
    blob_id: Mapped[ref] = mapped_column()
    name: Mapped[str]
    purpose: Mapped[str] = mapped_column(default="")
    """Empty, or what the kind calls it: ``document`` to be stamped."""
    uploaded_by: Mapped[ref] = mapped_column()
    uploaded_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]

    blob: Mapped[Blob] = relationship(foreign_keys=[blob_id])
    uploader: Mapped[Member] = relationship(foreign_keys=[uploaded_by])


class Comment(CompanyOwned, Base):
    """A remark on a record; a person named in it may read the record from then on."""

    __tablename__ = "core_comment"
    __table_args__ = table_args(
        owned_by_company(),
        same_company("record_id", "core_record"),
        same_company("member_id", "core_member"),
        Index(None, "record_id"),
    )

    id: Mapped[pk]
    record_id: Mapped[ref] = mapped_column()
    member_id: Mapped[ref] = mapped_column()
    text: Mapped[str]
    mentions: Mapped[list[Any]] = mapped_column(default=list)
    """Member ids."""
    created_at: Mapped[datetime]

    member: Mapped[Member] = relationship(foreign_keys=[member_id])
