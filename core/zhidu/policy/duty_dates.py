"""On which day a recurring duty falls: one day in each period, moved off rest days.

A duty that names no day falls on the last working day of its period. A named day that is none of
work moves to the next working day; where that lies in the next period, to the last working day
before. A daily duty falls on every working day.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_DAY = timedelta(days=1)


class Every(StrEnum):
    """How often a duty returns."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    HALF_YEAR = "half-year"
    YEAR = "year"

    @property
    def months(self) -> int:
        """Give its length in months; 0 for days and weeks."""
        return {"month": 1, "quarter": 3, "half-year": 6, "year": 12}.get(self.value, 0)


@dataclass(frozen=True, slots=True)
class On:
    """The day within a period.

    :param weekday: 0 is Monday; of a weekly duty.
    :param month: which month of the period, 1 is its first; 0 is its last.
    :param day: of that month; 31 is the last; 0 is none named.
    """

    weekday: int | None = None
    month: int = 0
    day: int = 0


@dataclass(frozen=True, slots=True)
class Period:
    """A half-open stretch of days with the name that its duties carry, e.g. ``2026-Q1``."""

    key: str
    starts_on: date
    ends_on: date
    """The first day that is outside."""


def period_of(every: Every, day: date) -> Period:
    """Give the period in which a day lies."""
    match every:
        case Every.DAY:
            return Period(day.isoformat(), day, day + _DAY)
        case Every.WEEK:
            year, week, weekday = day.isocalendar()
            monday = day - timedelta(days=weekday - 1)
            return Period(f"{year}-W{week:02d}", monday, monday + 7 * _DAY)
    length = every.months
    index = (day.month - 1) // length
    first = date(day.year, index * length + 1, 1)
    after = index * length + length
    ends = date(day.year + after // 12, after % 12 + 1, 1)
    name = {
        Every.MONTH: f"{day.year}-{day.month:02d}",
        Every.QUARTER: f"{day.year}-Q{index + 1}",
        Every.HALF_YEAR: f"{day.year}-H{index + 1}",
        Every.YEAR: f"{day.year}",
    }[every]
    return Period(name, first, ends)


def day_in(every: Every, on: On, period: Period, works: Callable[[date], bool]) -> date | None:
    """Give the day on which the duty falls in a period; none where nobody works in it.

    :param works: tells whether the company works on a day.
    """
    if every is Every.DAY:
        return period.starts_on if works(period.starts_on) else None
    wanted = _wanted(every, on, period)
    later = (wanted + n * _DAY for n in range((period.ends_on - wanted).days))
    earlier = (wanted - n * _DAY for n in range(1, (wanted - period.starts_on).days + 1))
    return next((day for days in (later, earlier) for day in days if works(day)), None)


def days_between(
    every: Every, on: On, first: date, last: date, works: Callable[[date], bool]
) -> Iterator[tuple[Period, date]]:
    """Walk the days on which a duty falls, ``first`` and ``last`` included, each with its period."""
    at = first
    while at <= last:
        period = period_of(every, at)
        day = day_in(every, on, period, works)
        if day is not None and first <= day <= last:
            yield period, day
        at = period.ends_on


def _wanted(every: Every, on: On, period: Period) -> date:
    """Give the day that the duty names, a working day or not."""
    if every is Every.WEEK:
        return period.starts_on + timedelta(days=6 if on.weekday is None else on.weekday)
    months = every.months
    number = on.month if 0 < on.month <= months else months
    at = period.starts_on.month + number - 1
    year, month = period.starts_on.year + (at - 1) // 12, (at - 1) % 12 + 1
    last = monthrange(year, month)[1]
    return date(year, month, min(on.day or 31, last))
