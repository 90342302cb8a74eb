"""The inbox."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from zhidu.db import (
    Base,
    CompanyOwned,
    owned_by_company,
    pk,
    ref,
    same_company,
    table_args,
)


class Notice(CompanyOwned, Base):
    """A message to one person; its text is a msgid with values, shown in the reader's language."""

    __tablename__ = "core_notice"
    __audited__ = False
    __table_args__ = table_args(
        owned_by_company(),
        same_company("member_id", "core_member"),
        # a notice about a draft goes with the draft
        same_company("record_id", "core_record", ondelete="CASCADE"),
        UniqueConstraint("company_id", "dedupe"),
        Index(None, "company_id", "member_id", "id"),
        Index(
            "ix_core_notice_unread",
            "company_id",
            "member_id",
            "id",
            sqlite_where=text("read_at IS NULL"),
            postgresql_where=text("read_at IS NULL"),
        ),
        Index(None, "record_id"),
    )

    id: Mapped[pk]
    member_id: Mapped[ref] = mapped_column()
    record_id: Mapped[ref | None] = mapped_column()
    message: Mapped[str]
    """English msgid with ``%(name)s`` places."""
    values: Mapped[dict[str, Any]]
    dedupe: Mapped[str | None]
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
