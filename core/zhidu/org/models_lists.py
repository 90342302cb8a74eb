"""Lists that a company keeps for itself: grades, kinds of contract, sites, business matters.

Policies name an entry by its code; what people read is its name.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from zhidu.db import Base, CompanyOwned, company_key, owned_by_company, pk, table_args


class Listed(CompanyOwned, Base):
    """What each entry has: a code, a name, and its place in the list."""

    __abstract__ = True

    id: Mapped[pk]
    code: Mapped[str]
    name: Mapped[str]
    sort: Mapped[int] = mapped_column(default=100)
    archived_at: Mapped[datetime | None]


class Grade(Listed):
    """A grade of staff (职级); ``sort`` goes from the lowest to the highest."""

    __tablename__ = "core_grade"
    __table_args__ = table_args(
        company_key(), owned_by_company(), UniqueConstraint("company_id", "code")
    )


class ContractType(Listed):
    """A way to be employed (用工形式): permanent, temporary, dispatched, intern."""

    __tablename__ = "core_contract_type"
    __table_args__ = table_args(
        company_key(), owned_by_company(), UniqueConstraint("company_id", "code")
    )


class Site(Listed):
    """A place of work (工作地点): headquarters, a plant, a city."""

    __tablename__ = "core_site"
    __table_args__ = table_args(
        company_key(), owned_by_company(), UniqueConstraint("company_id", "code")
    )


class Matter(Listed):
    """A business matter (业务事项), such as contracts: leaders in charge and authority go by it."""

    __tablename__ = "core_matter"
    __table_args__ = table_args(
        company_key(), owned_by_company(), UniqueConstraint("company_id", "code")
    )


LISTS: tuple[type[Listed], ...] = (Grade, ContractType, Site, Matter)
