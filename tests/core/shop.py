"""A small addon for tests of the data layer: orders of a company with lines, points to spend, tags."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKeyConstraint, MetaData, PrimaryKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from zhidu import db
from zhidu.db import CompanyOwned, company_key, enum_check, pk, ref, same_company, table_args
from zhidu.db.base import NAMING
from zhidu.db.ledger import BalanceMixin, EntryMixin, balance_checks, entry_constraints


class Base(db.Base):
    """Its own metadata: the tables of a test are no part of the product's migrations."""

    __abstract__ = True
    __addon__ = "shop"
    metadata = MetaData(naming_convention=NAMING)


class State(StrEnum):
    """Where an order is."""

    OPEN = "open"
    DONE = "done"


class ShopOrder(CompanyOwned, Base):
    """An order."""

    __tablename__ = "shop_order"
    __table_args__ = table_args(company_key(), enum_check("state", State))

    id: Mapped[pk]
    name: Mapped[str]
    amount: Mapped[Decimal] = mapped_column(default=Decimal(0))
    state: Mapped[State] = mapped_column(default=State.OPEN)
    pin: Mapped[str | None] = mapped_column(info={"secret": True})
    note: Mapped[str | None] = mapped_column(deferred=True)
    custom: Mapped[dict[str, Any] | None]
    made_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 -- SQLAlchemy's way

    lines: Mapped[list[ShopLine]] = relationship(
        foreign_keys="ShopLine.order_id",
        back_populates="order",
        cascade="all, delete-orphan",
        order_by="ShopLine.id",
    )


class ShopLine(CompanyOwned, Base):
    """A line of an order, and the line it replaces."""

    __tablename__ = "shop_line"
    __table_args__ = table_args(
        company_key(),
        same_company("order_id", "shop_order"),
        same_company("before_id", "shop_line"),
    )

    id: Mapped[pk]
    order_id: Mapped[ref] = mapped_column()
    before_id: Mapped[ref | None] = mapped_column()
    name: Mapped[str]

    order: Mapped[ShopOrder] = relationship(foreign_keys=[order_id], back_populates="lines")
    before: Mapped[ShopLine | None] = relationship(
        foreign_keys=[before_id], remote_side="ShopLine.id", post_update=True
    )


class ShopLabel(CompanyOwned, Base):
    """A word on an order; its key has two columns."""

    __tablename__ = "shop_label"
    __table_args__ = table_args(
        PrimaryKeyConstraint("order_id", "word"),
        same_company("order_id", "shop_order"),
        sqlite_autoincrement=False,
    )

    order_id: Mapped[ref] = mapped_column()
    word: Mapped[str]
    color: Mapped[str]


class ShopTag(Base):
    """Something that all companies share."""

    __tablename__ = "shop_tag"
    __table_args__ = table_args(UniqueConstraint("name"))

    id: Mapped[pk]
    name: Mapped[str]
    order_id: Mapped[ref | None] = mapped_column()


class ShopHeader(CompanyOwned, Base):
    """Stands for the header of business documents."""

    __tablename__ = "core_record"
    __table_args__ = table_args(company_key())

    id: Mapped[pk]
    title: Mapped[str]
    touched: Mapped[int] = mapped_column(default=0, info={"unaudited": True})


class ShopDetail(CompanyOwned, Base):
    """Stands for an addon's part of a document: its key is the header's."""

    __tablename__ = "shop_request"
    __table_args__ = table_args(
        ForeignKeyConstraint(["company_id", "id"], ["core_record.company_id", "core_record.id"]),
        sqlite_autoincrement=False,
    )

    id: Mapped[ref] = mapped_column(primary_key=True, autoincrement=False)
    days: Mapped[Decimal]

    header: Mapped[ShopHeader] = relationship(lazy="joined", innerjoin=True)


class ShopRemark(CompanyOwned, Base):
    """Stands for what hangs on a document."""

    __tablename__ = "shop_remark"
    __table_args__ = table_args(same_company("record_id", "core_record"))

    id: Mapped[pk]
    record_id: Mapped[ref] = mapped_column()
    text: Mapped[str]


class ShopPoints(BalanceMixin, CompanyOwned, Base):
    """A customer's points."""

    __tablename__ = "shop_points"
    __table_args__ = table_args(company_key(), *balance_checks())

    owner: Mapped[str]


class ShopPointsEntry(EntryMixin, CompanyOwned, Base):
    """A change of points."""

    __tablename__ = "shop_points_entry"
    __table_args__ = table_args(*entry_constraints("shop_points"))
