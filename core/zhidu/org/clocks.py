"""Deadlines and lengths of time as the company counts them: its zone, calendar, working hours.

The reckoning itself is in :mod:`zhidu.org.worktime`; here stands what it needs to know of the
company, read with the same few statements whatever the length.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from zhidu import settings
from zhidu.db import Session
from zhidu.durations import Duration, Unit
from zhidu.org.calendar import day_marks, works
from zhidu.org.models import Company
from zhidu.org.worktime import WorkClock, parse_hours
from zhidu.settings import Setting
from zhidu.texts import lazy_gettext as _l

WORKING_HOURS = "core.working_hours"

WORKING_UNITS = frozenset({Unit.WORKING_HOURS, Unit.WORKING_DAYS})
"""Units for which calendar and working hours count."""

SETTING = Setting(
    WORKING_HOURS,
    str,
    "09:00-12:00 13:00-18:00",
    _l("Working hours"),
    help=_l(
        "Spans of a working day in the company's time zone, with blanks between them, e.g."
        " 09:00-12:00 13:00-18:00."
    ),
    check=parse_hours,
)

_LAST = date(9999, 12, 31)


def add(
    session: Session,
    start: datetime,
    duration: Duration,
    policy_version_id: int | None = None,
) -> datetime:
    """Give the instant, in UTC, at which a time that began at ``start`` is over.

    See :meth:`zhidu.org.worktime.WorkClock.add` for what each unit means. Days of a year whose
    holidays are not announced yet count by Monday to Friday (``calendar.announced`` tells).

    :param policy_version_id: whose working hours count; default: the policy in force.
    :raises NoWorkingDay: the calendar has none within a year.
    :raises BeyondTheCalendar: the end is later than calendars go.
    """
    working = duration.unit in WORKING_UNITS
    clock = _clock(session, start, _LAST if working else None, policy_version_id)
    return clock.add(start, duration)


def between(
    session: Session,
    start: datetime,
    end: datetime,
    unit: Unit,
    policy_version_id: int | None = None,
) -> Decimal:
    """Tell how much of a unit lies between two instants, with four places; the inverse of `add`."""
    near, far = sorted((start, end))
    last = (far + timedelta(days=1)).date() if unit in WORKING_UNITS else None
    return _clock(session, near, last, policy_version_id).between(start, end, unit)


def work_clock(
    session: Session, earliest: datetime, policy_version_id: int | None = None
) -> WorkClock:
    """Give the company's clock for many questions in a row, none of them about before ``earliest``.

    For a list or a report: three statements for all its rows.
    """
    return _clock(session, earliest, _LAST, policy_version_id)


def _clock(
    session: Session, earliest: datetime, last: date | None, policy_version_id: int | None
) -> WorkClock:
    """Read the zone, and with a last day also calendar and hours.

    Years to come are announced one by one, so «all marks from here on» are a few dozen rows.
    """
    zone = ZoneInfo(session.get_one(Company, session.company).timezone)
    if last is None:
        return WorkClock(zone)
    hours = parse_hours(settings.get(session, WORKING_HOURS, policy_version_id))
    marks = day_marks(session, earliest.astimezone(zone).date(), last)
    return WorkClock(zone, hours, lambda day: works(day, marks[day].kind if day in marks else None))
