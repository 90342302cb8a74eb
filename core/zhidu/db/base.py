"""The declarative bases of core and addons: naming, owner of a table, company ownership."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum, StrEnum
from typing import Annotated, Any, ClassVar

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKeyConstraint,
    MetaData,
    String,
    UniqueConstraint,
)
from sqlalchemy import Enum as EnumType
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

from zhidu.db.types import Fixed, JSONText, Key, UTCDateTime
from zhidu.texts import Text

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

metadata = MetaData(naming_convention=NAMING)

pk = Annotated[int, mapped_column(Key, primary_key=True)]
"""The key of a table that numbers its own rows."""
ref = Annotated[int, mapped_column(Key)]
"""A key of another table's row."""


class Base(DeclarativeBase):
    """The root of all models. An addon declares ``class Base(zhidu.db.Base): __addon__ = "hr"``."""

    metadata = metadata
    __abstract__ = True
    __addon__: ClassVar[str] = "core"
    __kind__: ClassVar[str] = ""
    """The model's public name, e.g. ``hr.leave_type``; derived from the table when empty."""
    __audited__: ClassVar[bool] = True
    """False only for ledgers and for tables listed in ``zhidu.audit.models.UNAUDITED``."""
    __title__: ClassVar[Text | None] = None
    """What one row is called on pages of the audit trail; the core's stand in ``audit.labels``."""
    __labels__: ClassVar[Mapping[str, Text]] = {}
    """What the columns are called, wherever a page names them; see ``audit.labels``."""
    __append_only__: ClassVar[bool] = False
    """True: triggers, which the migration makes, refuse UPDATE, DELETE and TRUNCATE."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {
        int: Key,
        Decimal: Fixed,
        datetime: UTCDateTime,
        date: Date,
        dict[str, Any]: JSONText,
        list[Any]: JSONText,
        str: String(),
        # kept as the member's value in a plain text column; the table's enum_check holds it
        Enum: EnumType(
            Enum,
            native_enum=False,
            create_constraint=False,
            length=32,
            values_callable=lambda choices: [choice.value for choice in choices],
        ),
    }

    @declared_attr.directive
    def __table_args__(cls) -> Any:  # noqa: N805 -- declared_attr passes the class
        """Give every table its owner and keys that are never reused."""
        return table_args()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        table = cls.__dict__.get("__table__")
        if table is not None:
            table.info.setdefault("addon", cls.__addon__)
            if cls.__append_only__:
                table.info["append_only"] = True
            if not cls.__kind__:
                prefix, _, noun = cls.__tablename__.partition("_")
                cls.__kind__ = f"{prefix}.{noun}"


def table_args(*constraints: Any, **options: Any) -> Any:
    """Join a table's constraints with what every table has."""
    return (*constraints, {"sqlite_autoincrement": True, **options})


class CompanyFiltered:
    """The root of both mix-ins below: what the session filters by its company."""

    company_id: Mapped[Any] = mapped_column(Key)


class CompanyOwned(CompanyFiltered):
    """Mix-in of every table whose rows belong to one company; the session filters by it."""

    company_id: Mapped[int] = mapped_column(Key, nullable=False)


class CompanyOrGlobal(CompanyFiltered):
    """Mix-in of a table whose rows belong to one company or to none.

    A session sees the rows of its own company; a session without one sees the rows of none.
    """

    company_id: Mapped[int | None] = mapped_column(Key, nullable=True)


def owned_by_company() -> ForeignKeyConstraint:
    """Tie ``company_id`` to the company, by table name: the data layer knows no such class."""
    return ForeignKeyConstraint(["company_id"], ["core_company.id"])


def same_company(column: str, table: str, **options: Any) -> ForeignKeyConstraint:
    """Point at a row of the same company: the database itself refuses another company's id.

    The relationship over it must say ``foreign_keys=[that column]``.
    """
    return ForeignKeyConstraint(
        ["company_id", column], [f"{table}.company_id", f"{table}.id"], **options
    )


def company_key() -> UniqueConstraint:
    """Let other tables point at this one by ``same_company``."""
    return UniqueConstraint("company_id", "id")


def enum_check(column: str, choices: type[StrEnum]) -> Any:
    """Hold a text column to the values of an enum in the database, too."""
    values = ", ".join(f"'{choice.value}'" for choice in choices)
    return CheckConstraint(f"{column} IN ({values})", name=column)
