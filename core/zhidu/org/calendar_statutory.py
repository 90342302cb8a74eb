"""The state's working calendar, shared by all companies and kept by the system administrator.

A change concerns every company: each hears of it in a job of its own, with its own session.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from importlib.metadata import version
from typing import Any

import chinese_calendar
from sqlalchemy import extract, select

from zhidu import clock, hooks
from zhidu.access import check
from zhidu.actor import Actor, Via
from zhidu.db import Session
from zhidu.errors import NotFound, ValidationError
from zhidu.events import CalendarEvent
from zhidu.jobs.queue import put
from zhidu.org.calendar_rows import parse_rows
from zhidu.org.models import CalendarYear, Company, DayKind, StatutoryDay
from zhidu.texts import lazy_gettext as _l

JOB = "core.calendar_changed"

Days = dict[date, tuple[DayKind, dict[str, str]]]

NAMES = {
    "元旦": ("元旦", "New Year's Day"),
    "春节": ("春節", "Spring Festival"),
    "清明": ("清明節", "Qingming Festival"),
    "劳动节": ("勞動節", "Labour Day"),
    "端午": ("端午節", "Dragon Boat Festival"),
    "国庆节": ("國慶節", "National Day"),
    "中秋": ("中秋節", "Mid-Autumn Festival"),
    "中国人民抗日战争暨世界反法西斯战争胜利70周年纪念日": (
        "抗戰勝利70周年紀念日",
        "70th Victory Day",
    ),
}
"""The source's names, in traditional characters and English."""

_FULL = {"清明": "清明节", "端午": "端午节", "中秋": "中秋节"}
"""The legal names where the source shortens them."""


class YearNotAnnounced(ValidationError):
    """The installed data do not hold the year's holidays yet."""

    def __init__(self, year: int) -> None:
        super().__init__(
            _l("The holidays of %(year)s are not in the installed data.", year=year),
            cure=_l(
                "Update the package chinesecalendar after the State Council's notice, or import"
                " the days from a table."
            ),
        )


def load_statutory(session: Session, actor: Actor, year: int) -> int:
    """Take the year's holidays and make-up working days from the package chinesecalendar.

    They replace what stood there for the year; return how many days differ from before. A day
    off in exchange for a worked weekend is a rest day, the other days of a festival are holidays.

    :raises YearNotAnnounced: the package does not hold the year.
    """
    check.require_system(session)
    found = _package_days(year)
    gone = set(_rows(session, year)) - set(found)
    return _change(session, actor, found, gone, {year: _package()})


def set_statutory_day(
    session: Session, actor: Actor, day: date, kind: DayKind, name: Mapping[str, str]
) -> None:
    """Correct or add one day.

    :param name: by locale.
    :raises ValidationError: the day breaks a rule.
    """
    check.require_system(session)
    [row] = parse_rows([{"day": day, "kind": kind}])
    _change(session, actor, {row.day: (row.kind, dict(name))}, set(), {})


def remove_statutory_day(session: Session, actor: Actor, day: date) -> None:
    """Let a day be again what the week makes of it.

    :raises NotFound: it is not marked.
    """
    check.require_system(session)
    if session.get(StatutoryDay, day) is None:
        raise NotFound
    _change(session, actor, {}, {day}, {})


def import_statutory(
    session: Session, actor: Actor, rows: Iterable[Mapping[str, Any]], source: str
) -> int:
    """Set many days at once, all or none; their years count as announced from then on.

    :param rows: see :func:`zhidu.org.calendar_rows.parse_rows`; the name is in the actor's
        language.
    :param source: the notice or file, for people who ask where the days are from.
    :raises ValidationError: some rows are wrong; ``fields`` names each by its place.
    """
    check.require_system(session)
    checked = parse_rows(rows)
    days: Days = {
        row.day: (row.kind, {actor.locale: row.name} if row.name else {}) for row in checked
    }
    return _change(session, actor, days, set(), {row.day.year: source for row in checked})


def calendar_changed_companies(
    session: Session, actor: Actor, first: date, last: date
) -> list[int]:
    """Have every working company hear, in a job of its own, that days between two changed."""
    companies = list(
        session.scalars(
            select(Company.id).where(Company.archived_at.is_(None)).order_by(Company.id)
        )
    )
    args = {"first": first.isoformat(), "last": last.isoformat()}
    for company_id in companies:
        put(session, Actor.system(company_id, source=Via.JOB, name=actor.name), JOB, args)
    return companies


def run_changed(session: Session, args: Mapping[str, Any]) -> None:
    """Tell the addons of one company: the job that :func:`calendar_changed_companies` makes."""
    first, last = date.fromisoformat(args["first"]), date.fromisoformat(args["last"])
    hooks.after_calendar_changed(session, CalendarEvent(session, session.actor, first, last))


def _package_days(year: int) -> Days:
    # National Day is the year's last festival: a year without it is not whole yet
    if date(year, 10, 1) not in chinese_calendar.holidays:
        raise YearNotAnnounced(year)
    found: Days = {}
    for day, english in chinese_calendar.workdays.items():
        if day.year == year:
            found[day] = (DayKind.WORKDAY, _names(english))
    for day, english in chinese_calendar.holidays.items():
        if day.year == year:
            rest = day in chinese_calendar.in_lieu_days
            found[day] = (DayKind.REST if rest else DayKind.HOLIDAY, _names(english))
    return found


def _names(english: str) -> dict[str, str]:
    chinese = str(chinese_calendar.Holiday(english).chinese)
    traditional, ours = NAMES.get(chinese, (chinese, english))
    simplified = _FULL.get(chinese, chinese)
    return {"zh_Hans_CN": simplified, "zh_Hant_TW": traditional, "en": ours}


def _package() -> str:
    return f"chinesecalendar {version('chinesecalendar')}"


def _rows(session: Session, year: int) -> dict[date, StatutoryDay]:
    return {
        row.day: row
        for row in session.scalars(
            select(StatutoryDay).where(extract("year", StatutoryDay.day) == year)
        )
    }


def _change(
    session: Session, actor: Actor, days: Days, gone: set[date], years: Mapping[int, str]
) -> int:
    """Write what differs, note where the years are from, and tell the companies of the span."""
    changed, span = set(gone), set(gone)
    for day in sorted(gone):
        session.delete(session.get_one(StatutoryDay, day))
    for day, (kind, name) in sorted(days.items()):
        row = session.get(StatutoryDay, day)
        if row is None:
            session.add(StatutoryDay(day=day, kind=kind, name=name))
        elif (row.kind, row.name) == (kind, name):
            continue
        else:
            row.kind, row.name = kind, name
        changed.add(day)
    for year, source in years.items():
        known = session.get(CalendarYear, year)
        if known is None:
            # Monday to Friday until now: whoever waits for the notice must hear of it
            span |= {date(year, 1, 1), date(year, 12, 31)}
            session.add(CalendarYear(year=year, source=source, loaded_at=clock.now()))
        else:
            known.source, known.loaded_at = source, clock.now()
    session.flush()
    span |= changed
    if span:
        calendar_changed_companies(session, actor, min(span), max(span))
    return len(changed)
