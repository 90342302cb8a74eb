"""A company's own working and free days, kept by its administrator."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import select

from zhidu import hooks
from zhidu.access import check
from zhidu.actor import Actor
from zhidu.db import Session
from zhidu.errors import NotFound
from zhidu.events import CalendarEvent
from zhidu.org.calendar_rows import DayRow, parse_rows
from zhidu.org.models import CompanyDay, DayKind

EDIT = "core.calendar.edit"


def set_company_day(
    session: Session, actor: Actor, day: date, kind: DayKind, name: str = ""
) -> CompanyDay:
    """Say what a day is for this company, whatever the state says.

    :raises ValidationError: the day or the name breaks a rule.
    """
    check.require(session, EDIT)
    [row] = parse_rows([{"day": day, "kind": kind, "name": name}])
    if _put(session, row):
        session.flush()
        _tell(session, actor, [day])
    return session.scalars(select(CompanyDay).where(CompanyDay.day == day)).one()


def remove_company_day(session: Session, actor: Actor, day: date) -> None:
    """Let a day be again what the state and the week make of it.

    :raises NotFound: the company has no such day.
    """
    check.require(session, EDIT)
    found = session.scalar(select(CompanyDay).where(CompanyDay.day == day))
    if found is None:
        raise NotFound
    session.delete(found)
    session.flush()
    _tell(session, actor, [day])


def import_company_days(session: Session, actor: Actor, rows: Iterable[Mapping[str, Any]]) -> int:
    """Set many days at once, all or none; return how many differ from before.

    :param rows: see :func:`zhidu.org.calendar_rows.parse_rows`.
    :raises ValidationError: some rows are wrong; ``fields`` names each by its place.
    """
    check.require(session, EDIT)
    changed = [row.day for row in parse_rows(rows) if _put(session, row)]
    if changed:
        session.flush()
        _tell(session, actor, changed)
    return len(changed)


def _put(session: Session, row: DayRow) -> bool:
    """Write one day; tell whether anything differs from before."""
    found = session.scalar(select(CompanyDay).where(CompanyDay.day == row.day))
    if found is None:
        session.add(CompanyDay(day=row.day, kind=row.kind, name=row.name))
        return True
    if (found.kind, found.name) == (row.kind, row.name):
        return False
    found.kind, found.name = row.kind, row.name
    return True


def _tell(session: Session, actor: Actor, changed: list[date]) -> None:
    hooks.after_calendar_changed(session, CalendarEvent(session, actor, min(changed), max(changed)))
