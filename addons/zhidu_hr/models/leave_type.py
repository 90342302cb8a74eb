"""Kinds of leave."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from zhidu.db import (
    CompanyOwned,
    Translated,
    company_key,
    enum_check,
    owned_by_company,
    pk,
    table_args,
)
from zhidu.texts import Text
from zhidu.texts import lazy_gettext as _l
from zhidu_hr.models.base import Base


class DayCount(StrEnum):
    """Which days of a leave count."""

    WORKING = "working"
    CALENDAR = "calendar"

    @property
    def label(self) -> Text:
        """Name the days."""
        return _l("Working days") if self is DayCount.WORKING else _l("Calendar days")


class LeaveType(CompanyOwned, Base):
    """A kind of leave. A limited one needs a balance; an unlimited one has no balance rows."""

    __tablename__ = "hr_leave_type"
    __title__ = _l("Kind of leave")
    __labels__ = {  # noqa: RUF012 -- a ClassVar of the root
        "limited": _l("Needs a balance"),
        "counts": _l("Which days count"),
        "reason": _l("Preset reason"),
        "reason_typed": _l("The applicant must write a reason"),
    }
    __table_args__ = table_args(
        company_key(),
        owned_by_company(),
        UniqueConstraint("company_id", "code"),
        enum_check("counts", DayCount),
    )

    id: Mapped[pk]
    code: Mapped[str]
    name: Mapped[dict[str, Any]] = mapped_column(Translated)
    limited: Mapped[bool] = mapped_column(default=False)
    counts: Mapped[DayCount] = mapped_column(default=DayCount.WORKING)
    reason: Mapped[dict[str, Any]] = mapped_column(Translated, default=dict)
    """The phrase that a request's reason begins with; the applicant may edit it."""
    reason_typed: Mapped[bool] = mapped_column(default=False)
    """The applicant must write a reason of his own: the phrase alone is not enough."""
    sort: Mapped[int] = mapped_column(default=100)
    archived_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 -- SQLAlchemy's way
