"""The register of the policy's duties: reckoned from the version in force and from what was opened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from flask import request, url_for
from sqlalchemy import case, func, select

from zhidu.access import scope
from zhidu.access.declarations import Resource
from zhidu.access.profile import profile
from zhidu.access.reach import criterion
from zhidu.clock import now
from zhidu.db import Session
from zhidu.org.clocks import work_clock
from zhidu.org.models import Department, Member, MemberDepartment
from zhidu.policy import duties, versions
from zhidu.policy.duties_stated import StatedDuty
from zhidu.policy.duty_dates import days_between
from zhidu.policy.duty_models import KIND, Duty
from zhidu.records.models import Record
from zhidu.texts import Text, enumerate_texts, gettext
from zhidu.texts import lazy_gettext as _l
from zhidu.web import context, filters, present
from zhidu.web.listing import CSS_KINDS, Filter, Query
from zhidu.web.pages import duties_words as words
from zhidu.web.pages.core_view import names_of

AHEAD = timedelta(days=800)
"""Within which the next day of a duty lies, whatever its rhythm."""


class Head(NamedTuple):
    """A column."""

    label: Text
    kind: str = "text"
    phone: str = ""


COLUMNS = (
    Head(_l("Duty"), "link", "title"),
    Head(_l("Clause"), "code"),
    Head(_l("How often")),
    Head(_l("Next day"), "date"),
    Head(_l("People")),
    Head(_l("Evidence"), "text", "hide"),
    Head(_l("Last done"), "time"),
    Head(_l("Not done yet"), "number"),
    Head(_l("Overdue"), "number"),
)

FILTERS = (
    Filter(
        "department",
        _l("Department"),
        None,
        "choice",
        lambda: [(str(key), name) for key, name in names_of(context.session(), Department)],
    ),
    Filter(
        "person",
        _l("Person"),
        None,
        "person",
        lookup=lambda: url_for("people.lookup_view"),
        who=lambda session, key: getattr(session.get(Member, key), "name", ""),
    ),
    Filter(
        "state",
        _l("Status"),
        None,
        "choice",
        lambda: [("open", gettext("Not done yet")), ("late", gettext("Overdue"))],
    ),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One duty of the policy.

    :param next_on: the next day on which it will be opened.
    :param people: whom it is for now: keys.
    """

    stated: StatedDuty
    next_on: date | None
    people: tuple[int, ...]
    names: tuple[str, ...]
    evidence: str
    last_done: datetime | None
    open: int
    overdue: int


def query_of(base: str) -> Query:
    """Read what is wanted out of the address."""
    return Query(request.args, request.args.getlist, base)


def rows(session: Session, query: Query) -> list[Row]:
    """List the duties in force that the person may see, as the filters say."""
    version = versions.current(session)
    if version is None:
        return []
    stated = versions.content(version).duties
    asked = {one.id: tuple(duties.people(session, version, one)) for one in stated.values()}
    seen = _seen(session, {key for people in asked.values() for key in people})
    wanted = _wanted(session, query)
    found = [
        one
        for one in stated.values()
        if (seen is None or not seen.isdisjoint(asked[one.id]))
        and (wanted is None or not wanted.isdisjoint(asked[one.id]))
    ]
    state = query.get("state")
    made = _made(session, found, asked)
    if state == "open":
        return [row for row in made if row.open]
    return [row for row in made if row.overdue] if state == "late" else made


def _seen(session: Session, people: set[int]) -> set[int] | None:
    """Give whose duties the person may see; None: everybody's."""
    me = profile(session)
    granted = me.grants.get(f"{KIND}.read")
    if me.everything:
        return None
    if granted is None:
        return set()
    whose = Resource(KIND, Member, owner="id")
    found = select(Member.id).where(criterion(me, whose, granted, Member))
    if granted.value == "company":
        return None
    return set(session.scalars(found.where(Member.id.in_(people))))


def _wanted(session: Session, query: Query) -> set[int] | None:
    """Give whose duties the filters ask for; None: they do not ask."""
    found: set[int] | None = None
    if (person := query.get("person")).isdecimal():
        found = {int(person)}
    if (department := query.get("department")).isdecimal():
        row = session.get(Department, int(department))
        path = row.path if row is not None else "?"
        below = (
            select(MemberDepartment.member_id)
            .join(Department, Department.id == MemberDepartment.department_id)
            .where(Department.path.startswith(path, autoescape=True))
        )
        inside = set(session.scalars(below))
        found = inside if found is None else found & inside
    return found


def _made(
    session: Session,
    found: Sequence[StatedDuty],
    asked: dict[str, tuple[int, ...]],
) -> list[Row]:
    ids = [one.id for one in found]
    is_open = Record.ended_at.is_(None)
    late = is_open & (Duty.due_at < now())
    counted = {
        row.duty: row
        for row in session.execute(
            select(
                Duty.duty,
                func.max(Duty.done_at).label("last"),
                func.sum(case((is_open, 1), else_=0)).label("open"),
                func.sum(case((late, 1), else_=0)).label("late"),
            )
            .join(Record, Record.id == Duty.id)
            .where(Duty.duty.in_(ids), scope.visible(session, KIND))
            .group_by(Duty.duty)
        )
    }
    everybody = {key for one in found for key in asked[one.id]}
    names = {
        row.id: row.name
        for row in session.execute(
            select(Member.id, Member.name).where(Member.id.in_(sorted(everybody)))
        )
    }
    coming = _next_days(session, found)
    made = []
    for one in found:
        row = counted.get(one.id)
        people = asked[one.id]
        made.append(
            Row(
                one,
                coming[one.id],
                people,
                tuple(names[key] for key in people),
                words.evidence_title(session, one.evidence),
                row.last if row else None,
                int(row.open) if row else 0,
                int(row.late) if row else 0,
            )
        )
    return made


def _next_days(session: Session, found: Sequence[StatedDuty]) -> dict[str, date | None]:
    """Give the next day of each duty that is not opened yet, today included."""
    today = versions.today(session)
    clock = work_clock(session, datetime(today.year - 1, 1, 1, tzinfo=UTC))
    known = {
        (row.duty, row.period)
        for row in session.execute(
            select(Duty.duty, Duty.period).where(Duty.falls_on >= today - timedelta(days=1))
        )
    }
    return {
        one.id: next(
            (
                day
                for period, day in days_between(
                    one.every, one.on, today, today + AHEAD, clock.works
                )
                if (one.id, period.key) not in known
            ),
            None,
        )
        for one in found
    }


def page(session: Session, query: Query, found: Sequence[Row]) -> dict[str, Any]:
    """Give what list.html draws."""
    zone = context.here().timezone
    return {
        "primary": None,
        "more": [],
        "tabs": [],
        "action": query.base,
        "hidden": [],
        "search": None,
        "filters": filters.shown(FILTERS, session, query),
        "active": filters.active(FILTERS, session, query),
        "clear_url": query.url(filters.names(FILTERS)),
        "columns": [
            {
                "key": str(n),
                "label": str(one.label),
                "kind": CSS_KINDS.get(one.kind, one.kind),
                "phone": one.phone,
            }
            for n, one in enumerate(COLUMNS)
        ],
        "rows": [_drawn(row, zone) for row in found],
        "bulk": [],
        "exports": [],
        "pager": None,
        "next": query.url(),
        "empty": {
            "icon": "check",
            "title": gettext("The policy demands nothing here."),
            "text": gettext("Its duties stand here as soon as a version with some is in force."),
            "action": None,
        },
    }


def _drawn(row: Row, zone: str) -> dict[str, Any]:
    last = present.when(row.last_done, zone)
    return {
        "id": row.stated.id,
        "url": url_for("duties.index_view", q=row.stated.title, tab="all"),
        "tone": "bad" if row.overdue else "",
        "cells": [
            row.stated.title,
            row.stated.clause,
            words.every_title(row.stated.every),
            present.day(row.next_on),
            enumerate_texts(row.names) or gettext("nobody"),
            row.evidence,
            last["text"] if last else None,
            str(row.open),
            str(row.overdue),
        ],
    }


def exported(row: Row) -> list[Any]:
    """Give a row for a file."""
    return [
        row.stated.title,
        row.stated.clause,
        words.every_title(row.stated.every),
        row.next_on,
        enumerate_texts(row.names),
        row.evidence,
        row.last_done,
        row.open,
        row.overdue,
    ]
