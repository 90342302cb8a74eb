"""Entitlements to leave, and the ledger of what became of them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from zhidu.db import CompanyOwned, company_key, owned_by_company, ref, same_company, table_args
from zhidu.db.balance import BalanceMixin, EntryMixin, balance_checks, entry_constraints
from zhidu.org.models import Member
from zhidu.texts import lazy_gettext as _l
from zhidu_hr.models.base import Base
from zhidu_hr.models.leave_type import LeaveType


class LeaveGrant(BalanceMixin, CompanyOwned, Base):
    """An entitlement (额度): days of one kind that a person may take between two days."""

    __tablename__ = "hr_leave_grant"
    __title__ = _l("Entitlement")
    __labels__ = {  # noqa: RUF012 -- a ClassVar of the root
        "leave_type_id": _l("Kind of leave"),
        "starts_on": _l("Usable from"),
        "expires_on": _l("Usable until"),
        "days": _l("Days in all"),
        "available": _l("Remaining"),
        "reserved": _l("Reserved"),
        "used": _l("Used"),
    }
    __table_args__ = table_args(
        company_key(),
        owned_by_company(),
        same_company("member_id", "core_member"),
        same_company("leave_type_id", "hr_leave_type"),
        CheckConstraint("starts_on <= expires_on", name="order"),
        Index(None, "company_id", "member_id", "leave_type_id"),
        *balance_checks(),
    )

    member_id: Mapped[ref] = mapped_column()
    leave_type_id: Mapped[ref] = mapped_column()
    starts_on: Mapped[date]
    expires_on: Mapped[date]
    """The last day on which it may be used."""
    note: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 -- SQLAlchemy's way

    member: Mapped[Member] = relationship(foreign_keys=[member_id])
    leave_type: Mapped[LeaveType] = relationship(foreign_keys=[leave_type_id])

    @property
    def days(self) -> Decimal:
        """Give the whole entitlement: left, reserved and used."""
        return self.available + self.reserved + self.used


class LeaveEntry(EntryMixin, CompanyOwned, Base):
    """One change of an entitlement: granted, reserved, used, given back."""

    __tablename__ = "hr_leave_entry"
    __table_args__ = table_args(
        company_key(),
        owned_by_company(),
        same_company("member_id", "core_member"),
        *entry_constraints("hr_leave_grant"),
    )
