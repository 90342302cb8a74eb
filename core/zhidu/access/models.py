"""Roles of a company, what they grant, and who has them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, PrimaryKeyConstraint, UniqueConstraint
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


class Scope(StrEnum):
    """Whose rows a grant reaches, from narrow to wide."""

    OWN = "own"
    DEPARTMENT = "department"
    DEPARTMENT_TREE = "department_tree"
    COMPANY = "company"


class Role(CompanyOwned, Base):
    """A named set of grants, e.g. ``hr``; also an approver in flows."""

    __tablename__ = "core_role"
    __table_args__ = table_args(
        company_key(), owned_by_company(), UniqueConstraint("company_id", "code")
    )

    id: Mapped[pk]
    code: Mapped[str]
    name: Mapped[dict[str, Any]]
    """By locale."""
    offered: Mapped[list[Any]] = mapped_column(default=list)
    """Permissions that templates have given once: a company that took one away is not asked again."""
    archived_at: Mapped[datetime | None]
    grants: Mapped[list[Grant]] = relationship(
        foreign_keys="Grant.role_id", back_populates="role", cascade="all, delete-orphan"
    )


class Grant(CompanyOwned, Base):
    """A permission that a role gives, over the rows of a scope."""

    __tablename__ = "core_grant"
    __table_args__ = table_args(
        owned_by_company(),
        same_company("role_id", "core_role"),
        UniqueConstraint("role_id", "permission"),
        enum_check("scope", Scope),
    )

    id: Mapped[pk]
    role_id: Mapped[ref] = mapped_column()
    permission: Mapped[str]
    scope: Mapped[Scope] = mapped_column(default=Scope.OWN)

    role: Mapped[Role] = relationship(foreign_keys=[role_id], back_populates="grants")


class MemberRole(CompanyOwned, Base):
    """A role that a person has."""

    __tablename__ = "core_member_role"
    __table_args__ = table_args(
        PrimaryKeyConstraint("member_id", "role_id"),
        owned_by_company(),
        same_company("member_id", "core_member"),
        same_company("role_id", "core_role"),
        Index(None, "role_id"),
        sqlite_autoincrement=False,
    )

    member_id: Mapped[ref] = mapped_column()
    role_id: Mapped[ref] = mapped_column()

    role: Mapped[Role] = relationship(foreign_keys=[role_id])


class DutyPair(CompanyOwned, Base):
    """Two permissions that one person may not have together, as the company's policy states."""

    __tablename__ = "core_duty_pair"
    __table_args__ = table_args(
        owned_by_company(), UniqueConstraint("company_id", "first", "second")
    )

    id: Mapped[pk]
    first: Mapped[str]
    """A permission; sorts before ``second``."""
    second: Mapped[str]
    clause: Mapped[str] = mapped_column(default="")
    """The clause that says so."""
