"""Scarce quantities: an append-only ledger with a guarded balance row.

A balance is never checked and then changed: one UPDATE takes the amount only if it is there, and
an entry tells why. The sum of a balance's entries is the balance. An addon declares two tables::

    class LeaveGrant(BalanceMixin, CompanyOwned, Base):
        __table_args__ = table_args(company_key(), owned_by_company(), *balance_checks(), …)

    class LeaveEntry(EntryMixin, CompanyOwned, Base):
        __table_args__ = table_args(owned_by_company(), *entry_constraints("hr_leave_grant"))

Each act names its ``source`` (the document, ``leave:42``) and a ``step`` that tells its acts of
one purpose apart (the round of a re-submit). An act with the same balance, purpose, source and
step is done once, however often it is asked for.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import func, inspect, select, update
from sqlalchemy.orm.attributes import set_committed_value

from zhidu.clock import now
from zhidu.db.balance import (
    AMOUNTS,
    ZERO,
    BalanceMixin,
    EntryMixin,
    NotEnough,
    Purpose,
    SourceReused,
    balance_checks,
    entry_constraints,
)
from zhidu.db.conflict import insert_unless_taken
from zhidu.db.guard import core_allowed
from zhidu.db.session import Session
from zhidu.errors import Conflict, NotFound, ValidationError
from zhidu.texts import lazy_gettext as _l

__all__ = [
    "BalanceMixin",
    "EntryMixin",
    "NotEnough",
    "Purpose",
    "SourceReused",
    "adjust",
    "balance_checks",
    "commit",
    "commit_all",
    "differences",
    "entry_constraints",
    "grant",
    "release",
    "release_all",
    "reserve",
    "reserved_for",
    "restore",
]


def grant(
    session: Session,
    balance: BalanceMixin,
    amount: Decimal,
    entry: type[EntryMixin],
    *,
    source: str,
    step: str = "",
) -> bool:
    """Add to what is available; return False if this act was done before."""
    _positive(amount)
    return _move(session, balance, entry, Purpose.GRANT, source, step, (amount, ZERO, ZERO))


def adjust(
    session: Session,
    balance: BalanceMixin,
    delta: Decimal,
    entry: type[EntryMixin],
    *,
    source: str,
    step: str = "",
) -> bool:
    """Add to or take from what is available; return False if this act was done before.

    :raises NotEnough: less is available than is to be taken.
    """
    return _move(session, balance, entry, Purpose.ADJUST, source, step, (delta, ZERO, ZERO))


def reserve(
    session: Session,
    balance: BalanceMixin,
    amount: Decimal,
    entry: type[EntryMixin],
    *,
    source: str,
    step: str = "",
) -> bool:
    """Set an amount aside; return False if this act was done before.

    :raises NotEnough: less is available.
    """
    _positive(amount)
    return _move(session, balance, entry, Purpose.RESERVE, source, step, (-amount, amount, ZERO))


def commit(
    session: Session,
    balance: BalanceMixin,
    amount: Decimal,
    entry: type[EntryMixin],
    *,
    source: str,
    step: str = "",
) -> bool:
    """Use what this source has reserved; return False if this act was done before.

    :raises NotEnough: the source holds less.
    """
    _positive(amount)
    return _move(session, balance, entry, Purpose.COMMIT, source, step, (ZERO, -amount, amount))


def release(
    session: Session,
    balance: BalanceMixin,
    amount: Decimal,
    entry: type[EntryMixin],
    *,
    source: str,
    step: str = "",
) -> bool:
    """Give back what this source has reserved; return False if this act was done before.

    :raises NotEnough: the source holds less.
    """
    _positive(amount)
    return _move(session, balance, entry, Purpose.RELEASE, source, step, (amount, -amount, ZERO))


def restore(
    session: Session,
    balance: BalanceMixin,
    amount: Decimal,
    entry: type[EntryMixin],
    *,
    source: str,
    step: str = "",
) -> bool:
    """Give back what was used; return False if this act was done before.

    :raises NotEnough: less was used.
    """
    _positive(amount)
    return _move(session, balance, entry, Purpose.RESTORE, source, step, (amount, ZERO, -amount))


def reserved_for(session: Session, entry: type[Any], *, source: str) -> dict[int, Decimal]:
    """Give what a source holds reserved now, by the balance's key."""
    held = func.sum(entry.reserved_delta)
    found = session.execute(
        select(entry.balance_id, held)
        .where(entry.source == source)
        .group_by(entry.balance_id)
        .having(held > 0)
        .order_by(entry.balance_id)
    )
    return {row[0]: row[1] for row in found}


def commit_all(
    session: Session, model: type[Any], entry: type[EntryMixin], *, source: str, step: str = ""
) -> dict[int, Decimal]:
    """Use all that a source has reserved; return the amounts by the balance's key."""
    held = reserved_for(session, entry, source=source)
    for key, amount in held.items():  # in the order of keys: two of these cannot deadlock
        commit(session, session.get_one(model, key), amount, entry, source=source, step=step)
    return held


def release_all(
    session: Session, model: type[Any], entry: type[EntryMixin], *, source: str, step: str = ""
) -> dict[int, Decimal]:
    """Give back all that a source has reserved; return the amounts by the balance's key."""
    held = reserved_for(session, entry, source=source)
    for key, amount in held.items():
        release(session, session.get_one(model, key), amount, entry, source=source, step=step)
    return held


def differences(session: Session, model: type[Any], entry: type[Any]) -> list[int]:
    """Name the balances that are not the sum of their entries; there are none, or rows were forged."""
    sums = {
        key: tuple(amounts)
        for key, *amounts in session.execute(
            select(
                entry.balance_id, *(func.sum(getattr(entry, f"{name}_delta")) for name in AMOUNTS)
            ).group_by(entry.balance_id)
        )
    }
    rows = session.execute(select(model.id, *(getattr(model, name) for name in AMOUNTS)))
    return [key for key, *now_ in rows if tuple(now_) != sums.get(key, (ZERO, ZERO, ZERO))]


def _positive(amount: Decimal) -> None:
    if amount <= 0:
        raise ValidationError(_l("The amount must be more than zero."))


def _move(
    session: Session,
    balance: Any,
    entry: type[Any],
    purpose: Purpose,
    source: str,
    step: str,
    deltas: tuple[Decimal, Decimal, Decimal],
) -> bool:
    """Do one act: take the row's lock with the guarded UPDATE, then write the entry or undo."""
    if inspect(balance).pending:
        session.flush()
    model: type[Any] = type(balance)
    if not _change(session, model, balance, deltas):
        if _done_before(session, balance, entry, purpose, source, step, deltas):
            return False
        raise _too_little(session, model, balance, deltas)
    # the row is locked: nobody else can write an entry of this balance from here on
    holder = purpose in (Purpose.COMMIT, Purpose.RELEASE)
    held = _held(session, balance, entry, source) if holder else ZERO
    if holder and held < -deltas[1]:
        _change(session, model, balance, _opposite(deltas))
        if _done_before(session, balance, entry, purpose, source, step, deltas):
            return False
        raise NotEnough(held, -deltas[1])
    values = {f"{name}_delta": delta for name, delta in zip(AMOUNTS, deltas, strict=True)}
    key = {"balance_id": balance.id, "purpose": purpose, "source": source, "step": step}
    who = {"at": now(), "member_id": session.actor.member_id}
    if insert_unless_taken(session, entry, {**key, **values, **who}, on=tuple(key)) is None:
        _change(session, model, balance, _opposite(deltas))
        _done_before(session, balance, entry, purpose, source, step, deltas)
        return False
    return True


def _opposite(deltas: tuple[Decimal, ...]) -> tuple[Decimal, ...]:
    return tuple(-delta for delta in deltas)


def _change(session: Session, model: type[Any], balance: Any, deltas: tuple[Decimal, ...]) -> bool:
    """Change the amounts if none falls below zero; tell whether it was done."""
    columns = [getattr(model, name) for name in AMOUNTS]
    changes = [pair for pair in zip(columns, deltas, strict=True) if pair[1]]
    guards = [column >= -delta for column, delta in changes if delta < 0]
    statement = (
        update(model)
        .where(model.id == balance.id, *guards)
        .values({column: column + delta for column, delta in changes})
        .returning(*columns)
        .execution_options(synchronize_session=False)
    )
    with core_allowed():  # an entry, not the audit trail, tells of this change
        found = session.execute(statement).one_or_none()
    if found is None:
        return False
    for name, value in zip(AMOUNTS, found, strict=True):
        set_committed_value(balance, name, value)
    return True


def _held(session: Session, balance: Any, entry: type[Any], source: str) -> Decimal:
    held = session.scalar(
        select(func.sum(entry.reserved_delta)).where(
            entry.balance_id == balance.id, entry.source == source
        )
    )
    return held or ZERO


def _done_before(
    session: Session,
    balance: Any,
    entry: type[Any],
    purpose: Purpose,
    source: str,
    step: str,
    deltas: tuple[Decimal, ...],
) -> bool:
    """Look for the entry of this act.

    :raises SourceReused: it is there with other amounts.
    """
    found = session.execute(
        select(*(getattr(entry, f"{name}_delta") for name in AMOUNTS)).where(
            entry.balance_id == balance.id,
            entry.purpose == purpose,
            entry.source == source,
            entry.step == step,
        )
    ).one_or_none()
    if found is not None and tuple(found) != tuple(deltas):
        raise SourceReused(source, step)
    return found is not None


def _too_little(
    session: Session, model: type[Any], balance: Any, deltas: tuple[Decimal, ...]
) -> Conflict | NotFound:
    """Say what is missing, from the row as it is now."""
    columns = [getattr(model, name) for name in AMOUNTS]
    found = session.execute(select(*columns).where(model.id == balance.id)).one_or_none()
    if found is None:
        return NotFound()
    short = [(has, -delta) for has, delta in zip(found, deltas, strict=True) if has < -delta]
    return NotEnough(*short[0]) if short else Conflict(_l("The balance changed meanwhile."))
