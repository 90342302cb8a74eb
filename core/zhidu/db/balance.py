"""The tables of a ledger: a guarded balance row and its append-only entries; see ``ledger``."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, event, inspect
from sqlalchemy.orm import Mapped, ORMExecuteState, UOWTransaction, mapped_column

from zhidu.db.base import enum_check, pk, ref, same_company
from zhidu.db.guard import Closed
from zhidu.db.session import Session
from zhidu.errors import Conflict
from zhidu.texts import lazy_gettext as _l
from zhidu.texts import show_number

ZERO = Decimal(0)
AMOUNTS = ("available", "reserved", "used")


class Purpose(StrEnum):
    """What an entry does to its balance."""

    GRANT = "grant"
    """Available grows."""
    ADJUST = "adjust"
    """Available grows or shrinks: a correction, an expiry."""
    RESERVE = "reserve"
    """Available becomes reserved."""
    COMMIT = "commit"
    """Reserved becomes used."""
    RELEASE = "release"
    """Reserved becomes available again."""
    RESTORE = "restore"
    """Used becomes available again."""


class BalanceMixin:
    """The guarded row; its amounts change through this module only."""

    id: Mapped[pk]
    available: Mapped[Decimal] = mapped_column(default=ZERO)
    reserved: Mapped[Decimal] = mapped_column(default=ZERO)
    used: Mapped[Decimal] = mapped_column(default=ZERO)


class EntryMixin:
    """One change of a balance; never altered, never deleted."""

    __audited__: ClassVar[bool] = False
    __append_only__: ClassVar[bool] = True

    id: Mapped[pk]
    balance_id: Mapped[ref] = mapped_column()
    purpose: Mapped[Purpose]
    source: Mapped[str]
    step: Mapped[str] = mapped_column(default="")
    available_delta: Mapped[Decimal]
    reserved_delta: Mapped[Decimal]
    used_delta: Mapped[Decimal]
    at: Mapped[datetime]
    member_id: Mapped[ref | None] = mapped_column()
    """Who acted; none for the system."""


def balance_checks() -> tuple[CheckConstraint, ...]:
    """Give the constraints of a balance table: no amount is ever negative."""
    return tuple(CheckConstraint(f"{name} >= 0", name=name) for name in AMOUNTS)


def entry_constraints(balance_table: str) -> tuple[Any, ...]:
    """Give the constraints of an entry table: its balance, and each act once."""
    return (
        same_company("balance_id", balance_table),
        UniqueConstraint("balance_id", "purpose", "source", "step"),
        Index(None, "company_id", "source"),
        enum_check("purpose", Purpose),
    )


class NotEnough(Conflict):
    """The balance does not hold the amount.

    :param available: what may be had, in the balance's unit.
    """

    def __init__(self, available: Decimal, wanted: Decimal) -> None:
        super().__init__(
            _l(
                "%(wanted)s is wanted, but only %(available)s is there.",
                wanted=show_number(wanted),
                available=show_number(available),
            )
        )
        self.available = available
        self.wanted = wanted


class SourceReused(Conflict):
    """The same source and step asked for another amount before."""

    def __init__(self, source: str, step: str) -> None:
        super().__init__(
            _l("“%(source)s” was already booked with another amount.", source=f"{source} {step}")
        )


@event.listens_for(Session, "before_flush")
def _hold_amounts(session: Session, _context: UOWTransaction, _objects: Any) -> None:
    """Refuse balances and entries that are written past this module."""
    for row in session.new:
        if isinstance(row, EntryMixin):
            raise Closed("ledger entries are written by zhidu.db.ledger")
        if isinstance(row, BalanceMixin) and any(getattr(row, name) for name in AMOUNTS):
            raise Closed("a balance begins empty: use zhidu.db.ledger.grant")
    for row in (*session.dirty, *session.deleted):
        if isinstance(row, EntryMixin):
            raise Closed("ledger entries are never changed")
        if isinstance(row, BalanceMixin):
            history = inspect(row).attrs
            if any(history[name].history.has_changes() for name in AMOUNTS):
                raise Closed("a balance's amounts change by zhidu.db.ledger")


@event.listens_for(Session, "do_orm_execute")
def _hold_statements(state: ORMExecuteState) -> None:
    """Refuse UPDATE and DELETE of entries."""
    mapper = state.bind_mapper if state.is_update or state.is_delete else None
    if mapper is not None and issubclass(mapper.class_, EntryMixin):
        raise Closed("ledger entries are never changed")
