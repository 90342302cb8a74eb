"""The staff file: what HR keeps about a member."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from sqlalchemy import PrimaryKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from zhidu.db import CompanyOwned, enum_check, owned_by_company, ref, same_company, table_args
from zhidu.org.models import Member
from zhidu.texts import Text
from zhidu.texts import lazy_gettext as _l
from zhidu_hr.models.base import Base


class EmploymentType(StrEnum):
    """How a person is employed."""

    REGULAR = "regular"
    PROBATION = "probation"
    INTERN = "intern"
    DISPATCHED = "dispatched"
    PART_TIME = "part_time"

    @property
    def label(self) -> Text:
        """Name the employment."""
        match self:
            case EmploymentType.REGULAR:
                return _l("Regular")
            case EmploymentType.PROBATION:
                return _l("On probation")
            case EmploymentType.INTERN:
                return _l("Intern")
            case EmploymentType.DISPATCHED:
                return _l("Dispatched")
            case EmploymentType.PART_TIME:
                return _l("Part time")


class Employee(CompanyOwned, Base):
    """The file of one member; its key is the member's."""

    __tablename__ = "hr_employee"
    __title__ = _l("Staff file")
    __labels__ = {  # noqa: RUF012 -- a ClassVar of the root
        "employment": _l("Employment"),
        "hired_on": _l("Hired on"),
        "career_start_on": _l("Career began on"),
        "phone": _l("Phone"),
        "id_number": _l("Identity number"),
        "birthday": _l("Birthday"),
        "emergency_contact": _l("Emergency contact"),
    }
    __table_args__ = table_args(
        PrimaryKeyConstraint("id"),
        owned_by_company(),
        same_company("id", "core_member"),
        enum_check("employment", EmploymentType),
        sqlite_autoincrement=False,
    )

    id: Mapped[ref] = mapped_column(autoincrement=False)
    employment: Mapped[EmploymentType] = mapped_column(default=EmploymentType.REGULAR)
    hired_on: Mapped[date | None]
    career_start_on: Mapped[date | None]
    """First day of work anywhere: statutory annual leave counts the whole career."""
    phone: Mapped[str] = mapped_column(default="")
    id_number: Mapped[str] = mapped_column(default="")
    """Identity card number; shown with ``hr.employee.read_private`` only."""
    birthday: Mapped[date | None]
    emergency_contact: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 -- SQLAlchemy's way

    member: Mapped[Member] = relationship(foreign_keys="Employee.id")
