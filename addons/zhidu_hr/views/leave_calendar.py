"""The grid of weeks on which days of leave are picked."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from babel.dates import format_date, get_day_names

from zhidu.db import Session
from zhidu.org import calendar
from zhidu.org import queries as org
from zhidu.org.models import DayKind
from zhidu.texts import current_locale, enumerate_texts, localize
from zhidu_hr import queries

WEEKS_BEFORE = 4
WEEKS = 40


def weeks(session: Session, member_id: int, today: date, but: int | None) -> list[dict[str, Any]]:
    """Make rolling weeks from Monday: kind of day, own leave, colleagues away; few queries.

    :param but: the request that is being changed: its own days are no obstacle.
    """
    monday = today - timedelta(days=today.weekday() + 7 * WEEKS_BEFORE)
    last = monday + timedelta(days=7 * WEEKS - 1)
    marks = calendar.day_marks(session, monday, last)
    own = queries.own_days(session, member_id, monday, last, but)
    mine = {day: localize(name) for day, name in own.items()}
    department = org.primary_department(session, member_id)
    near = org.people_of_department(session, department.id) if department else []
    away = queries.away(session, [m for m in near if m != member_id], monday, last)
    locale = current_locale()
    made = []
    for number in range(WEEKS):
        start = monday + timedelta(days=7 * number)
        days = [start + timedelta(days=i) for i in range(7)]
        first = next((d for d in days if d.day == 1), None)
        heads = first or (days[0] if number == 0 else None)
        made.append(
            {
                "month": str(format_date(heads, "LLL", locale)) if heads else None,
                "year": str(heads.year) if heads else None,
                "days": [_day(d, marks, mine, away, today, locale) for d in days],
            }
        )
    return made


def _day(
    day: date, marks: Any, mine: dict[date, str], away: Any, today: date, locale: str
) -> dict[str, Any]:
    mark = marks.get(day)
    kind = "rest" if day.weekday() >= 5 else "work"
    if mark is not None:
        kind = {
            DayKind.WORKDAY: "makeup" if day.weekday() >= 5 else "work",
            DayKind.REST: "rest",
            DayKind.HOLIDAY: "holiday",
        }[mark.kind]
    names = away.get(day, [])
    return {
        "date": day.isoformat(),
        "day": day.day,
        "first": day.day == 1,
        "month": str(format_date(day, "MMM", locale)),
        "kind": kind,
        "name": mark.name if mark is not None and kind == "holiday" else None,
        "aria": str(format_date(day, "full", locale))
        + (f" {mark.name}" if mark is not None and mark.name else ""),
        "mine": mine.get(day),
        "away": len(names) or None,
        "away_names": enumerate_texts(names),
        "today": day == today,
        "off": False,
    }


def day_names() -> list[str]:
    """Name the days of the week, Monday first."""
    names = get_day_names("narrow", locale=current_locale())
    return [str(names[i]) for i in range(7)]
