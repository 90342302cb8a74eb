"""Groups of people that no department is, and who is in charge of which matter where."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, PrimaryKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from zhidu.db import (
    Base,
    CompanyOwned,
    company_key,
    owned_by_company,
    pk,
    ref,
    same_company,
    table_args,
)
from zhidu.org.models import Department, Member
from zhidu.org.models_lists import Matter


class Group(CompanyOwned, Base):
    """A named group of people, such as a purchasing committee; policies name it by its code."""

    __tablename__ = "core_group"
    __table_args__ = table_args(
        company_key(), owned_by_company(), UniqueConstraint("company_id", "code")
    )

    id: Mapped[pk]
    code: Mapped[str]
    name: Mapped[str]
    archived_at: Mapped[datetime | None]

    members: Mapped[list[GroupMember]] = relationship(
        order_by="GroupMember.sort",
        foreign_keys="GroupMember.group_id",
        back_populates="group",
        cascade="all, delete-orphan",
    )


class GroupMember(CompanyOwned, Base):
    """One of a group, in their order."""

    __tablename__ = "core_group_member"
    __table_args__ = table_args(
        PrimaryKeyConstraint("group_id", "member_id"),
        owned_by_company(),
        same_company("group_id", "core_group"),
        same_company("member_id", "core_member"),
        Index(None, "member_id"),
        sqlite_autoincrement=False,
    )

    group_id: Mapped[ref] = mapped_column()
    member_id: Mapped[ref] = mapped_column()
    sort: Mapped[int] = mapped_column(default=1)

    group: Mapped[Group] = relationship(foreign_keys=[group_id], back_populates="members")
    member: Mapped[Member] = relationship(foreign_keys=[member_id])


class InCharge(CompanyOwned, Base):
    """The leader in charge (分管领导) of a matter in a department and those below it.

    The department's own ``in_charge_id`` has charge of all other matters.
    """

    __tablename__ = "core_in_charge"
    __table_args__ = table_args(
        owned_by_company(),
        same_company("department_id", "core_department"),
        same_company("matter_id", "core_matter"),
        same_company("member_id", "core_member"),
        UniqueConstraint("company_id", "department_id", "matter_id"),
        Index(None, "member_id"),
    )

    id: Mapped[pk]
    department_id: Mapped[ref] = mapped_column()
    matter_id: Mapped[ref] = mapped_column()
    member_id: Mapped[ref] = mapped_column()

    department: Mapped[Department] = relationship(foreign_keys=[department_id])
    matter: Mapped[Matter] = relationship(foreign_keys=[matter_id])
    member: Mapped[Member] = relationship(foreign_keys=[member_id])
