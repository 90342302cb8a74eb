"""Inspections of seals: due by the clock, settled by a person."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from zhidu.db import (
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
from zhidu.texts import lazy_gettext as _l
from zhidu_seals.models.base import Base
from zhidu_seals.models.seal import Seal
from zhidu_seals.rules.kinds import InspectionResult


class Inspection(CompanyOwned, Base):
    """A look at the seal itself; open until a result is written. A seal has at most one open."""

    __tablename__ = "seals_inspection"
    __title__ = _l("Inspection of a seal")
    __labels__ = {  # noqa: RUF012 -- a ClassVar of the root
        "seal_id": _l("Seal"),
        "due_on": _l("Due on"),
        "result": _l("Result"),
        "inspected_by": _l("Inspected by"),
        "inspected_at": _l("Inspected at"),
    }
    __table_args__ = table_args(
        company_key(),
        owned_by_company(),
        same_company("seal_id", "seals_seal"),
        same_company("inspected_by", "core_member"),
        CheckConstraint("(result IS NULL) = (inspected_at IS NULL)", name="settled"),
        Index(
            "uq_seals_inspection_open",
            "seal_id",
            unique=True,
            sqlite_where=text("result IS NULL"),
            postgresql_where=text("result IS NULL"),
        ),
        Index(None, "company_id", "due_on", "id"),
        Index(None, "company_id", "seal_id", "id"),
        enum_check("result", InspectionResult),
    )

    id: Mapped[pk]
    seal_id: Mapped[ref] = mapped_column()
    due_on: Mapped[date]
    result: Mapped[InspectionResult | None]
    inspected_by: Mapped[ref | None] = mapped_column()
    inspected_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 -- SQLAlchemy's way

    seal: Mapped[Seal] = relationship(foreign_keys=[seal_id])
    inspector: Mapped[Member | None] = relationship(foreign_keys=[inspected_by])
