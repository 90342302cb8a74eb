"""Read the trail for pages: newest first, page by page. Who may read it is the caller's question."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select

from zhidu.audit.models import AuditEntry
from zhidu.db import Session

PAGE = 50


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of an act; ``before`` or ``after`` is None where there was no value."""

    name: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Act:
    """One line of the trail, as values for a page.

    :param who: the actor's name as it was then.
    :param at: an aware instant.
    """

    id: int
    at: datetime
    who: str
    user_id: int | None
    member_id: int | None
    on_behalf_of: int | None
    source: str
    action: str
    kind: str
    row_id: int | None
    record_id: int | None
    clause: str
    policy_version_id: int | None
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """Some acts, newest first.

    :param older: give it as ``before`` for the next page; None on the last one.
    """

    acts: tuple[Act, ...]
    older: int | None


def for_record(
    session: Session, record_id: int, *, before: int | None = None, limit: int = PAGE
) -> Page:
    """Give what was done to a business document and all that hangs on it."""
    return _page(session, before, limit, AuditEntry.record_id == record_id)


def for_row(
    session: Session, kind: str, row_id: int, *, before: int | None = None, limit: int = PAGE
) -> Page:
    """Give what was done to one row, e.g. of master data."""
    return _page(session, before, limit, AuditEntry.kind == kind, AuditEntry.row_id == row_id)


def for_member(
    session: Session, member_id: int, *, before: int | None = None, limit: int = PAGE
) -> Page:
    """Give what a person did."""
    return _page(session, before, limit, AuditEntry.member_id == member_id)


def newest(session: Session, *, before: int | None = None, limit: int = PAGE) -> Page:
    """Give all acts of the session's company, or those outside any company."""
    return _page(session, before, limit)


_COLUMNS = (
    AuditEntry.id,
    AuditEntry.at,
    AuditEntry.actor_name,
    AuditEntry.user_id,
    AuditEntry.member_id,
    AuditEntry.on_behalf_of,
    AuditEntry.source,
    AuditEntry.action,
    AuditEntry.kind,
    AuditEntry.row_id,
    AuditEntry.record_id,
    AuditEntry.clause,
    AuditEntry.policy_version_id,
    AuditEntry.changes,
)


def _page(session: Session, before: int | None, limit: int, *criteria: ColumnElement[bool]) -> Page:
    statement = select(*_COLUMNS).where(*criteria).order_by(AuditEntry.id.desc()).limit(limit + 1)
    if before is not None:
        statement = statement.where(AuditEntry.id < before)
    rows: list[Any] = list(session.execute(statement))
    values: list[list[Any]] = [[*row[:-1], tuple(fields_of(row[-1]))] for row in rows[:limit]]
    acts = tuple(Act(*row) for row in values)
    return Page(acts, acts[-1].id if len(rows) > limit else None)


def fields_of(changes: str) -> Iterator[FieldChange]:
    """Read the stored changes of an act."""
    for name, value in json.loads(changes).items():
        before, after = value if isinstance(value, list) and len(value) == 2 else (None, value)
        yield FieldChange(name, before, after)
