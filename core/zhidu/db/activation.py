"""Which addons are enabled in this database, and active in which company."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import PrimaryKeyConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from zhidu.db.base import Base, CompanyOwned, owned_by_company, table_args


class EnabledAddon(Base):
    """An addon that is on in this database. ``revision`` of the whole set: ``core_addon_state``."""

    __tablename__ = "core_addon"

    name: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[str]
    enabled_at: Mapped[datetime]


class AddonState(Base):
    """How often what is enabled has changed: one row, by which other processes notice."""

    __tablename__ = "core_addon_state"
    __table_args__ = table_args(PrimaryKeyConstraint("id"), sqlite_autoincrement=False)

    id: Mapped[int] = mapped_column(autoincrement=False)
    revision: Mapped[int]


class CompanyAddon(CompanyOwned, Base):
    """An addon that was active in a company at least once."""

    __tablename__ = "core_company_addon"
    __table_args__ = table_args(
        PrimaryKeyConstraint("company_id", "addon"), owned_by_company(), sqlite_autoincrement=False
    )

    addon: Mapped[str]
    active: Mapped[bool]
    changed_at: Mapped[datetime]


ACTIVE = select(CompanyAddon.addon).where(CompanyAddon.active)


def active_addons(session: Session) -> frozenset[str]:
    """Name the addons that are active in the session's company, read once per unit of work."""
    found = session.info.get("active_addons")
    if found is None:
        found = session.info["active_addons"] = frozenset(session.scalars(ACTIVE))
    return found


def forget_active(session: Session) -> None:
    """Read again at the next question: an addon was switched in this unit of work."""
    session.info.pop("active_addons", None)
