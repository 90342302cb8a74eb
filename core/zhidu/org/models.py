"""Companies, departments, posts and members: who belongs where, who leads whom."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, PrimaryKeyConstraint, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from zhidu.clock import DEFAULT_ZONE
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
from zhidu.org.models_lists import ContractType, Grade, Site
from zhidu.texts import DEFAULT_LOCALE
from zhidu.texts import lazy_gettext as _l


class Company(Base):
    """A legal person or branch that keeps its own rows. ``code`` is ASCII: it stands in addresses."""

    __tablename__ = "core_company"
    __table_args__ = table_args(UniqueConstraint("code"))

    id: Mapped[pk]
    code: Mapped[str]
    name: Mapped[str]
    parent_id: Mapped[ref | None] = mapped_column(ForeignKey("core_company.id"))
    locale: Mapped[str] = mapped_column(default=DEFAULT_LOCALE)
    timezone: Mapped[str] = mapped_column(default=DEFAULT_ZONE)
    currency: Mapped[str] = mapped_column(default="CNY")
    is_demo: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]


class Department(CompanyOwned, Base):
    """A node of the department tree.

    ``path`` is ``/1/5/9/`` (keys from the root, own key last): a subtree is a prefix.
    """

    __tablename__ = "core_department"
    __table_args__ = table_args(
        company_key(),
        owned_by_company(),
        same_company("parent_id", "core_department"),
        same_company("in_charge_id", "core_member", use_alter=True),
        UniqueConstraint("company_id", "code"),
        Index(None, "company_id", "path"),
    )

    id: Mapped[pk]
    parent_id: Mapped[ref | None] = mapped_column()
    code: Mapped[str | None]
    """By which policies name it, whatever it is called; none: they name it by its name."""
    name: Mapped[str]
    path: Mapped[str] = mapped_column(default="/")
    sort: Mapped[int] = mapped_column(default=100)
    in_charge_id: Mapped[ref | None] = mapped_column()
    """The leader in charge (分管领导): a senior who oversees without leading."""
    archived_at: Mapped[datetime | None]

    parent: Mapped[Department | None] = relationship(
        foreign_keys=[parent_id], remote_side="Department.id"
    )
    in_charge: Mapped[Member | None] = relationship(foreign_keys=[in_charge_id], post_update=True)
    leaders: Mapped[list[DepartmentLeader]] = relationship(
        order_by="DepartmentLeader.sort",
        foreign_keys="DepartmentLeader.department_id",
        back_populates="department",
        cascade="all, delete-orphan",
    )


class DepartmentLeader(CompanyOwned, Base):
    """One of the leaders of a department, in their order."""

    __tablename__ = "core_department_leader"
    __table_args__ = table_args(
        PrimaryKeyConstraint("department_id", "member_id"),
        owned_by_company(),
        same_company("department_id", "core_department"),
        same_company("member_id", "core_member"),
        sqlite_autoincrement=False,
    )

    department_id: Mapped[ref] = mapped_column()
    member_id: Mapped[ref] = mapped_column()
    sort: Mapped[int] = mapped_column(default=1)

    department: Mapped[Department] = relationship(
        foreign_keys=[department_id], back_populates="leaders"
    )
    member: Mapped[Member] = relationship(foreign_keys=[member_id])


class Post(CompanyOwned, Base):
    """A post (岗位) such as cashier or general manager; several people may hold it."""

    __tablename__ = "core_post"
    __table_args__ = table_args(
        company_key(), owned_by_company(), UniqueConstraint("company_id", "code")
    )

    id: Mapped[pk]
    code: Mapped[str]
    name: Mapped[str]
    archived_at: Mapped[datetime | None]


class MemberStatus(StrEnum):
    """Whether a person works here now."""

    ACTIVE = "active"
    LEFT = "left"


class Member(CompanyOwned, Base):
    """A person in a company, with or without a log-in; every business table names people by it."""

    __tablename__ = "core_member"
    __labels__ = {"number": _l("Staff number")}  # noqa: RUF012 -- a ClassVar of the root
    __table_args__ = table_args(
        company_key(),
        owned_by_company(),
        same_company("superior_id", "core_member"),
        same_company("grade_id", "core_grade"),
        same_company("contract_id", "core_contract_type"),
        same_company("site_id", "core_site"),
        UniqueConstraint("company_id", "user_id"),
        UniqueConstraint("company_id", "number"),
        Index(None, "company_id", "name_key", "id"),
        enum_check("status", MemberStatus),
    )

    id: Mapped[pk]
    user_id: Mapped[ref | None] = mapped_column(ForeignKey("core_user.id"))
    number: Mapped[str | None]
    """The staff number (工号)."""
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(default="")
    """Pinyin in full and initials, for order and search: ``zhangsan zs``."""
    superior_id: Mapped[ref | None] = mapped_column()
    grade_id: Mapped[ref | None] = mapped_column()
    contract_id: Mapped[ref | None] = mapped_column()
    site_id: Mapped[ref | None] = mapped_column()
    status: Mapped[MemberStatus] = mapped_column(default=MemberStatus.ACTIVE)
    created_at: Mapped[datetime]
    left_at: Mapped[datetime | None]

    superior: Mapped[Member | None] = relationship(
        foreign_keys=[superior_id], remote_side="Member.id"
    )
    grade: Mapped[Grade | None] = relationship(foreign_keys=[grade_id])
    contract: Mapped[ContractType | None] = relationship(foreign_keys=[contract_id])
    site: Mapped[Site | None] = relationship(foreign_keys=[site_id])
    departments: Mapped[list[MemberDepartment]] = relationship(
        foreign_keys="MemberDepartment.member_id",
        order_by="MemberDepartment.is_primary.desc()",
        back_populates="member",
        cascade="all, delete-orphan",
    )
    posts: Mapped[list[MemberPost]] = relationship(
        foreign_keys="MemberPost.member_id", back_populates="member", cascade="all, delete-orphan"
    )


class MemberDepartment(CompanyOwned, Base):
    """A person's department; exactly one is the primary one."""

    __tablename__ = "core_member_department"
    __table_args__ = table_args(
        PrimaryKeyConstraint("member_id", "department_id"),
        owned_by_company(),
        same_company("member_id", "core_member"),
        same_company("department_id", "core_department"),
        Index(None, "department_id"),
        Index(
            "ix_core_member_department_primary",
            "member_id",
            unique=True,
            sqlite_where=text("is_primary"),
            postgresql_where=text("is_primary"),
        ),
        sqlite_autoincrement=False,
    )

    member_id: Mapped[ref] = mapped_column()
    department_id: Mapped[ref] = mapped_column()
    is_primary: Mapped[bool] = mapped_column(default=False)

    member: Mapped[Member] = relationship(foreign_keys=[member_id], back_populates="departments")
    department: Mapped[Department] = relationship(foreign_keys=[department_id])


class MemberPost(CompanyOwned, Base):
    """A post that a person holds."""

    __tablename__ = "core_member_post"
    __table_args__ = table_args(
        PrimaryKeyConstraint("member_id", "post_id"),
        owned_by_company(),
        same_company("member_id", "core_member"),
        same_company("post_id", "core_post"),
        sqlite_autoincrement=False,
    )

    member_id: Mapped[ref] = mapped_column()
    post_id: Mapped[ref] = mapped_column()

    member: Mapped[Member] = relationship(foreign_keys=[member_id], back_populates="posts")
    post: Mapped[Post] = relationship(foreign_keys=[post_id])


class DayKind(StrEnum):
    """What a day is, apart from the plain rhythm of the week."""

    WORKDAY = "workday"
    """A make-up working day (调休上班)."""
    REST = "rest"
    HOLIDAY = "holiday"


class StatutoryDay(Base):
    """A day that the state declares; shared by all companies."""

    __tablename__ = "core_statutory_day"
    __table_args__ = table_args(
        PrimaryKeyConstraint("day"), enum_check("kind", DayKind), sqlite_autoincrement=False
    )

    day: Mapped[date]
    kind: Mapped[DayKind]
    name: Mapped[dict[str, Any]]
    """By locale, e.g. {"zh_Hans_CN": "春节"}."""


class CalendarYear(Base):
    """A year whose holidays have been announced; others count Monday to Friday."""

    __tablename__ = "core_calendar_year"
    __labels__ = {"source": _l("Source")}  # noqa: RUF012 -- a ClassVar of the root
    __table_args__ = table_args(PrimaryKeyConstraint("year"), sqlite_autoincrement=False)

    year: Mapped[int]
    source: Mapped[str]
    loaded_at: Mapped[datetime]


class CompanyDay(CompanyOwned, Base):
    """A company's own working or free day, on top of the statutory ones."""

    __tablename__ = "core_company_day"
    __table_args__ = table_args(
        owned_by_company(), UniqueConstraint("company_id", "day"), enum_check("kind", DayKind)
    )

    id: Mapped[pk]
    day: Mapped[date]
    kind: Mapped[DayKind]
    name: Mapped[str] = mapped_column(default="")
