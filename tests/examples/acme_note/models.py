"""The note: one row beside the header that every business document has."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from sqlalchemy import ForeignKeyConstraint, PrimaryKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from zhidu import Base as Root
from zhidu import CompanyOwned, Record, ref, table_args
from zhidu import lazy_gettext as _l


class Base(Root):
    """Marks the tables as the addon's own."""

    __abstract__ = True
    __addon__: ClassVar[str] = "note"


class Note(CompanyOwned, Base):
    """A note; number, applicant, department and the three status axes stand in the header."""

    __tablename__ = "note_note"
    __title__ = _l("Note")
    __labels__ = {"last_day": _l("Show until")}  # noqa: RUF012 -- a ClassVar of the root
    __table_args__ = table_args(
        PrimaryKeyConstraint("id"),
        ForeignKeyConstraint(["company_id", "id"], ["core_record.company_id", "core_record.id"]),
        sqlite_autoincrement=False,
    )

    id: Mapped[ref] = mapped_column(autoincrement=False)
    text: Mapped[str]
    last_day: Mapped[date | None]

    header: Mapped[Record] = relationship(lazy="joined", innerjoin=True)
