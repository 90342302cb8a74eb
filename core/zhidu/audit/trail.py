"""Write the audit trail: listeners on every flush, and ``log`` for acts that change no row.

Rows are written in the transaction of the act: a rollback leaves none. What is noted is what the
flush really writes, keys that relationships fill in and orphans included. A row that the database
itself deletes by cascade follows the audited row that took it along.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, event, insert, inspect, select
from sqlalchemy.orm import (
    Mapper,
    ORMExecuteState,
    SessionTransaction,
    UOWTransaction,
    object_session,
)
from sqlalchemy.orm.base import NO_VALUE

from zhidu.audit.changes import plain, shape_of
from zhidu.audit.models import AuditEntry
from zhidu.clock import now
from zhidu.db import Base, Closed, Session, canonical
from zhidu.db.base import CompanyFiltered
from zhidu.db.guard import ReadOnly, core_allowed, is_open

_OLD = "audit_old"
_DELETED = "audit_deleted"
_CAUSE = "audit_cause"


def log(
    session: Session,
    action: str,
    kind: str,
    row_id: int | None,
    *,
    changes: Mapping[str, Any] | None = None,
    record_id: int | None = None,
    clause: str = "",
    policy_version_id: int | None = None,
) -> None:
    """Note an act that is no change of a row: log-in, export, a transition, a permission used.

    :param action: one lower-case word such as ``export`` or ``login_failed``.
    :param kind: what it was done to, e.g. ``core.user``.
    :param changes: a field's ``[before, after]``, or a value.
    :raises ReadOnly: the session only reads; such acts are POST requests.
    """
    if session.readonly:
        raise ReadOnly("an act that is audited needs a writing session")
    row = entry(session, action, kind, row_id, record_id, plain(changes or {}))
    if clause or policy_version_id is not None:
        row.update(clause=clause, policy_version_id=policy_version_id)
    write(session, [row])


@contextmanager
def because(
    session: Session, *, clause: str = "", policy_version_id: int | None = None
) -> Iterator[None]:
    """Name the clause and policy version for all changes inside the block; they are flushed."""
    session.flush()
    before = session.info.get(_CAUSE)
    session.info[_CAUSE] = (clause, policy_version_id)
    try:
        yield
        session.flush()
    finally:
        session.info[_CAUSE] = before


def entry(
    session: Session,
    action: str,
    kind: str,
    row_id: int | None,
    record_id: int | None,
    changes: Mapping[str, Any],
    company_id: int | None = None,
) -> dict[str, Any]:
    """Make the values of one row of the trail; ``changes`` are plain already."""
    actor = session.actor
    clause, policy_version_id = session.info.get(_CAUSE) or ("", None)
    return {
        "company_id": session.company_id if company_id is None else company_id,
        "at": now(),
        "user_id": actor.user_id,
        "member_id": actor.member_id,
        "actor_name": actor.name,
        "on_behalf_of": actor.on_behalf_of,
        "source": actor.source.value,
        "action": action,
        "kind": kind,
        "row_id": row_id,
        "record_id": record_id,
        "changes": canonical(changes),
        "request_id": actor.request_id,
        "policy_version_id": policy_version_id,
        "clause": clause,
    }


def write(session: Session, rows: list[dict[str, Any]]) -> None:
    """Write rows of the trail in one statement; only the audit's own modules call this."""
    if rows:
        with core_allowed():
            session.connection().execute(insert(AuditEntry.__table__), rows)  # type: ignore[arg-type]  # a Table


def stored(row: Any) -> dict[str, Any]:
    """Give the values of a row as the database holds them, read anew if the object forgot some."""
    state = inspect(row)
    names = shape_of(state.mapper).secret
    values = {
        name: state.committed_state.get(name, state.dict.get(name, NO_VALUE)) for name in names
    }
    if any(value is NO_VALUE for value in values.values()):
        mapper = state.mapper
        columns = [mapper.column_attrs[name].columns[0] for name in names]
        key = zip(mapper.primary_key, state.identity, strict=True)
        session = object_session(row)
        with core_allowed():
            found = session.connection().execute(  # type: ignore[union-attr]  # it is being flushed
                select(*columns).where(*(column == value for column, value in key))
            )
            values = dict(zip(names, found.one(), strict=True))
    return values


def _before_update(_mapper: Mapper[Any], _connection: Connection, row: Any) -> None:
    """Keep the old values of an object that was changed without having been read."""
    if not row.__audited__:
        return
    state = inspect(row)
    names = shape_of(state.mapper).secret
    if any(name not in state.dict or state.committed_state.get(name) is NO_VALUE for name in names):
        object_session(row).info.setdefault(_OLD, {})[state] = stored(row)  # type: ignore[union-attr]


def _before_delete(_mapper: Mapper[Any], _connection: Connection, row: Any) -> None:
    """Keep the values of a row that goes, however it came to go."""
    if row.__audited__:
        session = object_session(row)
        session.info.setdefault(_DELETED, {})[inspect(row)] = stored(row)  # type: ignore[union-attr]


# on the root of all models, so that classes of addons loaded later are heard, too
event.listen(Base, "before_update", _before_update, propagate=True)
event.listen(Base, "before_delete", _before_delete, propagate=True)


@event.listens_for(Session, "after_flush")
def _after_flush(session: Session, _context: UOWTransaction) -> None:
    """Write one row for each row that the flush inserted, changed or deleted."""
    old = session.info.pop(_OLD, {})
    deleted = session.info.pop(_DELETED, {})
    rows = [_inserted(session, row) for row in session.new if row.__audited__]
    for row in session.dirty:
        state = inspect(row)
        if row.__audited__ and state not in deleted:
            changes = _changed(state, old.get(state, {}))
            if changes:
                rows.append(_entry_of(session, "update", row, changes))
    for state, values in deleted.items():
        shape = shape_of(state.mapper)
        changes = {n: shape.pair(n, v, None) for n, v in values.items() if v is not None}
        rows.append(_entry_of(session, "delete", state.obj(), changes))
    write(session, rows)


def _inserted(session: Session, row: Any) -> dict[str, Any]:
    state = inspect(row)
    shape = shape_of(state.mapper)
    values = ((name, state.dict.get(name)) for name in shape.secret)
    changes = {name: shape.pair(name, None, value) for name, value in values if value is not None}
    return _entry_of(session, "insert", row, changes)


def _changed(state: Any, old: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Give what differs, and the key where ``row_id`` cannot hold it."""
    shape = shape_of(state.mapper)
    changes: dict[str, list[Any]] = {}
    for name in shape.secret:
        if name not in state.committed_state:
            continue
        history = state.attrs[name].history
        if not history.has_changes():
            continue
        before = history.deleted[0] if history.deleted else old.get(name)
        after = history.added[0] if history.added else None
        if before != after:
            changes[name] = shape.pair(name, before, after)
    if changes:
        for name in shape.named:
            value = state.dict.get(name)
            changes.setdefault(name, shape.pair(name, value, value))
    return changes


def _entry_of(
    session: Session, action: str, row: Any, changes: Mapping[str, Any]
) -> dict[str, Any]:
    values = inspect(row).dict
    shape = shape_of(inspect(row).mapper)
    return entry(
        session,
        action,
        row.__kind__,
        values.get(shape.row_key) if shape.row_key else None,
        values.get(shape.record_key) if shape.record_key else None,
        changes,
        values.get("company_id") if isinstance(row, CompanyFiltered) else None,
    )


@event.listens_for(Session, "after_begin")
def _across_companies(
    session: Session, transaction: SessionTransaction, _connection: Connection
) -> None:
    """Note why someone may write in all companies, before the first statement."""
    if session.everywhere and not session.readonly and not transaction.nested:
        reason = session.info.get("all_companies", "")
        row = entry(session, "all_companies", "core.company", None, None, {"reason": reason})
        with core_allowed():
            _connection.execute(insert(AuditEntry.__table__), [row])  # type: ignore[arg-type]


@event.listens_for(Session, "do_orm_execute")
def _no_silent_statement(state: ORMExecuteState) -> None:
    """Refuse UPDATE and DELETE statements over audited tables: no flush would note them."""
    if (state.is_update or state.is_delete) and not is_open():
        mapper = state.bind_mapper
        if mapper is not None and getattr(mapper.class_, "__audited__", False):
            raise Closed(f"{mapper.class_.__name__} is audited: use zhidu.audit.bulk")
