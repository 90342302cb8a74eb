"""The log-in. Flask-Security checks the password; who the person is in a company is a member."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_security.core import UserMixin
from sqlalchemy import ForeignKey, PrimaryKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from zhidu.db import Base, pk, ref, table_args
from zhidu.texts import DEFAULT_LOCALE


class User(UserMixin, Base):
    """A log-in: user name, password hash, language. It may enter several companies."""

    __tablename__ = "core_user"
    __table_args__ = table_args(
        UniqueConstraint("username"), UniqueConstraint("email"), UniqueConstraint("fs_uniquifier")
    )

    id: Mapped[pk]
    username: Mapped[str]
    email: Mapped[str | None]  # type: ignore[assignment]  # many staff have none
    password: Mapped[str] = mapped_column(info={"secret": True})
    fs_uniquifier: Mapped[str] = mapped_column(info={"secret": True})
    active: Mapped[bool] = mapped_column(default=True)
    is_system: Mapped[bool] = mapped_column(default=False)
    """The system administrator: addons, companies, users, jobs; reads no company's rows."""
    locale: Mapped[str] = mapped_column(default=DEFAULT_LOCALE)
    created_at: Mapped[datetime]
    last_company_id: Mapped[ref | None] = mapped_column(ForeignKey("core_company.id"))

    @property
    def roles(self) -> list[Any]:  # type: ignore[override]  # nobody sets it
        """Flask-Security's flat roles are not used: ours belong to a member of a company."""
        return []


class UserCompany(Base):
    """A company that a log-in may enter: kept in step with ``member.user_id``."""

    __tablename__ = "core_user_company"
    __table_args__ = table_args(
        PrimaryKeyConstraint("user_id", "company_id"), sqlite_autoincrement=False
    )

    user_id: Mapped[ref] = mapped_column(ForeignKey("core_user.id"))
    company_id: Mapped[ref] = mapped_column(ForeignKey("core_company.id"))
