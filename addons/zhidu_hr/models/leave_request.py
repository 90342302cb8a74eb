"""A request for leave, the half days it takes, and corrections when the calendar changed."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    UniqueConstraint,
)
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
from zhidu.records.models import Record
from zhidu.texts import lazy_gettext as _l
from zhidu_hr.models.base import Base
from zhidu_hr.models.leave_type import LeaveType
from zhidu_hr.rules.days import Half, Period


class LeaveRequest(CompanyOwned, Base):
    """The detail of a leave request; its header is the record."""

    __tablename__ = "hr_leave_request"
    __title__ = _l("Leave request")
    __labels__ = {  # noqa: RUF012 -- a ClassVar of the root
        "leave_type_id": _l("Kind of leave"),
        "first_day": _l("From"),
        "first_half": _l("From which half"),
        "last_day": _l("To"),
        "last_half": _l("To which half"),
        "days": _l("Days"),
        "reason": _l("Reason for leave"),
        "provisional": _l("Counted provisionally"),
    }
    __table_args__ = table_args(
        PrimaryKeyConstraint("id"),
        ForeignKeyConstraint(["company_id", "id"], ["core_record.company_id", "core_record.id"]),
        same_company("leave_type_id", "hr_leave_type"),
        CheckConstraint("first_day <= last_day", name="order"),
        enum_check("first_half", Half),
        enum_check("last_half", Half),
        Index(None, "company_id", "first_day", "id"),
        sqlite_autoincrement=False,
    )

    id: Mapped[ref] = mapped_column(autoincrement=False)
    leave_type_id: Mapped[ref] = mapped_column()
    first_day: Mapped[date]
    first_half: Mapped[Half] = mapped_column(default=Half.MORNING)
    """The first half day taken."""
    last_day: Mapped[date]
    last_half: Mapped[Half] = mapped_column(default=Half.AFTERNOON)
    """The last half day taken."""
    days: Mapped[Decimal]
    """Counted days; computed by the calendar, never typed."""
    reason: Mapped[str]
    provisional: Mapped[bool] = mapped_column(default=False)
    """A day lies in a year that is not announced yet: Monday to Friday were counted."""

    header: Mapped[Record] = relationship(lazy="joined", innerjoin=True)
    leave_type: Mapped[LeaveType] = relationship(foreign_keys=[leave_type_id])

    @property
    def period(self) -> Period:
        """Give the half days that it asks for."""
        return Period(self.first_day, self.first_half, self.last_day, self.last_half)


class LeaveSlot(CompanyOwned, Base):
    """A half day that a running or approved request takes: two cannot take the same one.

    The counted half days of a request are its days, in halves.
    """

    __tablename__ = "hr_leave_slot"
    __table_args__ = table_args(
        owned_by_company(),
        same_company("member_id", "core_member"),
        same_company("record_id", "core_record"),
        UniqueConstraint("member_id", "day", "half"),
        Index(None, "company_id", "day"),
        Index(None, "record_id"),
        enum_check("half", Half),
    )
    __audited__ = False

    id: Mapped[pk]
    member_id: Mapped[ref] = mapped_column()
    record_id: Mapped[ref] = mapped_column()
    day: Mapped[date]
    half: Mapped[Half]
    counted: Mapped[bool]
    """The day counts: it is worked, or the kind of leave counts calendar days."""

    member: Mapped[Member] = relationship(foreign_keys=[member_id])


class LeaveCorrection(CompanyOwned, Base):
    """An approved leave whose days changed with the calendar and could not be adjusted by itself."""

    __tablename__ = "hr_leave_correction"
    __title__ = _l("Correction of a leave")
    __labels__ = {  # noqa: RUF012 -- a ClassVar of the root
        "days_before": _l("Days before"),
        "days_after": _l("Days now"),
        "settled_at": _l("Settled at"),
        "settled_by": _l("Settled by"),
    }
    __table_args__ = table_args(
        company_key(),
        owned_by_company(),
        same_company("record_id", "core_record"),
        same_company("settled_by", "core_member"),
        Index(None, "company_id", "settled_at", "id"),
    )

    id: Mapped[pk]
    record_id: Mapped[ref] = mapped_column()
    days_before: Mapped[Decimal]
    days_after: Mapped[Decimal]
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[ref | None] = mapped_column()
    note: Mapped[str] = mapped_column(default="")

    record: Mapped[Record] = relationship(foreign_keys=[record_id])
