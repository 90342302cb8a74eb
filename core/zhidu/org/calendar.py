"""Working days: a company's own day counts before a statutory one, that before Monday to Friday.

In a year whose holidays the state has not announced yet, Monday to Friday count;
:func:`announced` tells, so that a page can say that a result is provisional.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from sqlalchemy import BindParameter, bindparam, select

from zhidu.db import Session
from zhidu.errors import ValidationError
from zhidu.org.models import CalendarYear, CompanyDay, DayKind, StatutoryDay
from zhidu.texts import Text, localize
from zhidu.texts import lazy_gettext as _l

_ONE_DAY = timedelta(days=1)

LONGEST_WAIT = 366
"""Days without a working day after which a search gives up."""

_FIRST: BindParameter[date] = bindparam("first")
_LAST: BindParameter[date] = bindparam("last")
_STATUTORY = select(StatutoryDay.day, StatutoryDay.kind, StatutoryDay.name).where(
    StatutoryDay.day.between(_FIRST, _LAST)
)
_OWN = select(CompanyDay.day, CompanyDay.kind, CompanyDay.name).where(
    CompanyDay.day.between(_FIRST, _LAST)
)


class MarkSource(StrEnum):
    """Who made a day what it is."""

    STATUTORY = "statutory"
    COMPANY = "company"


@dataclass(frozen=True, slots=True)
class DayMark:
    """What makes a day differ from the rhythm of the week.

    :param name: in the reader's language, e.g. 春节; may be empty.
    """

    kind: DayKind
    name: str
    source: MarkSource


class NoWorkingDay(ValidationError):
    """The calendar holds no working day for a whole year."""

    def __init__(self, start: date) -> None:
        super().__init__(
            _l("The calendar has no working day within a year of %(day)s.", day=start.isoformat()),
            cure=_l("Ask your company's administrator to correct the working calendar."),
        )


def kind_label(kind: DayKind) -> Text:
    """Name a kind of day for people."""
    match kind:
        case DayKind.WORKDAY:
            return _l("working day")
        case DayKind.REST:
            return _l("rest day")
        case DayKind.HOLIDAY:
            return _l("holiday")


def works(day: date, kind: DayKind | None) -> bool:
    """Tell whether a day is worked, given its mark or none: then Monday to Friday are."""
    return day.weekday() < 5 if kind is None else kind is DayKind.WORKDAY


def days(first: date, last: date) -> Iterator[date]:
    """Go through the days, both ends included."""
    while first <= last:
        yield first
        first += _ONE_DAY


def day_marks(session: Session, first: date, last: date) -> dict[date, DayMark]:
    """Give the marked days between two days, both included, in their order."""
    span = {"first": first, "last": last}
    found = {
        day: DayMark(kind, localize(name), MarkSource.STATUTORY)
        for day, kind, name in session.execute(_STATUTORY, span)
    }
    if session.company_id is not None:
        found |= {
            day: DayMark(kind, name, MarkSource.COMPANY)
            for day, kind, name in session.execute(_OWN, span)
        }
    return dict(sorted(found.items()))


def _kind(marks: Mapping[date, DayMark], day: date) -> DayKind | None:
    mark = marks.get(day)
    return mark.kind if mark else None


def working_days(session: Session, first: date, last: date) -> list[date]:
    """List the working days between two days, both included, in their order."""
    marks = day_marks(session, first, last)
    return [day for day in days(first, last) if works(day, _kind(marks, day))]


def count_working_days(session: Session, start: date, end: date) -> int:
    """Count the working days from ``start`` up to, but without, ``end``."""
    return len(working_days(session, start, end - _ONE_DAY))


def is_workday(session: Session, day: date) -> bool:
    """Tell whether the company works on a day."""
    return works(day, _kind(day_marks(session, day, day), day))


def add_working_days(session: Session, day: date, count: int) -> date:
    """Give the ``count``-th working day after ``day`` (before it, if negative).

    With 0: the day itself if it is worked, else the next working day.

    :raises NoWorkingDay: none is found within a year of the last one.
    """
    step = -_ONE_DAY if count < 0 else _ONE_DAY
    wanted = abs(count)
    if count == 0:
        day, wanted = day - _ONE_DAY, 1
    reached = day
    while wanted:
        near, far = sorted((day + step, day + step * LONGEST_WAIT))
        marks = day_marks(session, near, far)
        before = wanted
        for n in range(1, LONGEST_WAIT + 1):
            reached = day + step * n
            if works(reached, _kind(marks, reached)):
                wanted -= 1
                if not wanted:
                    return reached
        if wanted == before:
            raise NoWorkingDay(day)
        day = reached
    return reached


def announced(session: Session, year: int) -> bool:
    """Tell whether the year's statutory holidays are known here."""
    return session.get(CalendarYear, year) is not None
