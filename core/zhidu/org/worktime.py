"""Reckoning with a company's time: pure, so that it can be tried with any calendar.

All questions are about instants (aware datetimes); inside, a day is what people in the company's
time zone call one, and a minute of the day is counted from its midnight on the wall clock.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import islice
from zoneinfo import ZoneInfo

from zhidu.durations import Duration, Unit
from zhidu.errors import ValidationError
from zhidu.org.calendar import LONGEST_WAIT, NoWorkingDay
from zhidu.texts import lazy_gettext as _l

DAY_MINUTES = 24 * 60
_ONE_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
_EXACT = Decimal("0.0001")
_SPAN = re.compile(r"([0-9]{1,2}):([0-9]{2})-([0-9]{1,2}):([0-9]{2})")

WorkingHours = tuple[tuple[int, int], ...]
"""Spans of a working day in minutes from midnight, half-open, in order: ``((540, 720), …)``."""


class BadWorkingHours(ValidationError):
    """A text that states no working hours."""

    def __init__(self, text: str) -> None:
        super().__init__(
            _l("“%(text)s” states no working hours.", text=text),
            cure=_l(
                "Write spans of one day in their order, e.g. 09:00-12:00 13:00-18:00; an end may be"
                " 24:00."
            ),
        )


class BeyondTheCalendar(ValidationError):
    """A duration that ends after the year 9998."""

    def __init__(self, duration: Duration) -> None:
        super().__init__(
            _l("“%(duration)s” ends beyond all calendars.", duration=str(duration)),
            cure=_l("Choose a shorter time."),
        )


def parse_hours(text: str) -> WorkingHours:
    """Read ``09:00-12:00 13:00-18:00``.

    :raises BadWorkingHours: it is written in another way, is empty, or the spans are out of order.
    """
    spans: list[tuple[int, int]] = []
    for part in text.split():
        found = _SPAN.fullmatch(part)
        if found is None:
            raise BadWorkingHours(text)
        hour, minute, to_hour, to_minute = (int(number) for number in found.groups())
        opens, closes = hour * 60 + minute, to_hour * 60 + to_minute
        after = spans[-1][1] if spans else 0
        if minute > 59 or to_minute > 59 or not after <= opens < closes <= DAY_MINUTES:
            raise BadWorkingHours(text)
        spans.append((opens, closes))
    if not spans:
        raise BadWorkingHours(text)
    return tuple(spans)


@dataclass(frozen=True, slots=True)
class WorkClock:
    """A company's time zone, working hours and working days.

    :param works: tells whether a day is worked; asked for days near the question only.
    """

    zone: ZoneInfo
    hours: WorkingHours = ()
    works: Callable[[date], bool] = field(default=lambda day: day.weekday() < 5)

    def add(self, start: datetime, duration: Duration) -> datetime:
        """Give the instant, in UTC, at which a time that began at ``start`` is over.

        - minutes and hours run through;
        - days, months and years end at the same time of day; a month that lacks the day ends on
          its last one (Civil Code of the PRC, art. 202);
        - working days end at the same time of day so many working days on;
        - working hours run within the working hours only.

        The last two begin with the next working moment if the start is outside of work. A time of
        day that the clocks skip is the moment at which they are put forward.

        :raises NoWorkingDay: the calendar has none within a year.
        :raises BeyondTheCalendar: the end is later than calendars go.
        """
        amount = duration.amount
        try:
            match duration.unit:
                case Unit.MINUTES:
                    return _utc(start) + timedelta(minutes=amount)
                case Unit.HOURS:
                    return _utc(start) + timedelta(hours=amount)
                case Unit.DAYS:
                    return self._instant(self._wall(start) + timedelta(days=amount))
                case Unit.MONTHS:
                    return self._add_months(start, amount)
                case Unit.YEARS:
                    return self._add_months(start, amount * 12)
                case Unit.WORKING_DAYS:
                    return self._add_working_days(start, amount)
                case Unit.WORKING_HOURS:
                    return self._add_working_hours(start, timedelta(hours=amount))
        except (OverflowError, ValueError) as error:
            raise BeyondTheCalendar(duration) from error

    def subtract(self, end: datetime, duration: Duration) -> datetime:
        """Give the last instant from which minutes, hours or working hours are over by ``end``.

        :raises ValueError: the unit is a day or longer: see :meth:`day_away`.
        :raises NoWorkingDay: the calendar has none within a year.
        """
        match duration.unit:
            case Unit.MINUTES:
                return _utc(end) - timedelta(minutes=duration.amount)
            case Unit.HOURS:
                return _utc(end) - timedelta(hours=duration.amount)
            case Unit.WORKING_HOURS:
                left = timedelta(hours=duration.amount)
                for begins, ends in self._spans_back(end):
                    if left <= ends - begins:
                        return ends - left
                    left -= ends - begins
        raise ValueError(duration.unit)

    def day_away(self, day: date, duration: Duration, *, before: bool) -> date:
        """Give the day that lies so many whole days, working days, months or years from a day.

        Three working days before a Thursday is the Monday; the day itself need not be worked.

        :raises ValueError: the unit is shorter than a day.
        :raises NoWorkingDay: the calendar has none within a year.
        :raises BeyondTheCalendar: it is earlier or later than calendars go.
        """
        sign = -1 if before else 1
        try:
            match duration.unit:
                case Unit.DAYS:
                    return day + timedelta(days=sign * duration.amount)
                case Unit.MONTHS:
                    return _months_from(day, sign * duration.amount)
                case Unit.YEARS:
                    return _months_from(day, sign * duration.amount * 12)
                case Unit.WORKING_DAYS:
                    days = self._working_days_from(day + sign * _ONE_DAY, sign)
                    return next(islice(days, duration.amount - 1, None))
        except (OverflowError, ValueError) as error:
            raise BeyondTheCalendar(duration) from error
        raise ValueError(duration.unit)

    def midnight(self, day: date) -> datetime:
        """Give the instant, in UTC, at which a day begins."""
        return self._instant(datetime.combine(day, time()))

    def between(self, start: datetime, end: datetime, unit: Unit) -> Decimal:
        """Tell how much of a unit lies between two instants; negative if they are in wrong order.

        It is the inverse of :meth:`add`. A part of a working day is the part of its working
        hours, a part of a month the part of the days up to its end.

        :return: with four places.
        """
        if end < start:
            return -self.between(end, start, unit)
        match unit:
            case Unit.MINUTES:
                return _ratio(_utc(end) - _utc(start), _MINUTE)
            case Unit.HOURS:
                return _ratio(_utc(end) - _utc(start), timedelta(hours=1))
            case Unit.DAYS:
                return _ratio(self._wall(end) - self._wall(start), _ONE_DAY)
            case Unit.MONTHS:
                return self._months_between(start, end, 1)
            case Unit.YEARS:
                return self._months_between(start, end, 12)
            case Unit.WORKING_DAYS:
                return self._working_days_between(start, end)
            case Unit.WORKING_HOURS:
                return _ratio(self._worked_between(start, end), timedelta(hours=1))

    def moment(self, day: date, minutes: int) -> datetime:
        """Give the instant, in UTC, of a time of day, in minutes; 1440 is the day's end."""
        wall = datetime.combine(day, time()) + timedelta(minutes=minutes)
        return self._instant(wall)

    def is_working(self, instant: datetime) -> bool:
        """Tell whether people work at this instant."""
        return self._next_moment(self._wall(instant)) == self._wall(instant)

    def next_moment(self, instant: datetime) -> datetime:
        """Give the instant itself if people work then, else the next one at which they do."""
        wall = self._wall(instant)
        found = self._next_moment(wall)
        return _utc(instant) if found == wall else self._instant(found)

    def _wall(self, instant: datetime) -> datetime:
        """Give what a clock on the company's wall shows, without a zone."""
        return instant.astimezone(self.zone).replace(tzinfo=None, fold=0)

    def _instant(self, wall: datetime) -> datetime:
        """Give the first instant at which the clock on the wall shows this, or has passed it."""
        before = wall.replace(tzinfo=self.zone, fold=0).astimezone(UTC)
        if self._wall(before) == wall:
            return before
        # skipped: the clocks were put forward somewhere between the two readings
        after = wall.replace(tzinfo=self.zone, fold=1).astimezone(UTC)
        while before - after > timedelta(seconds=1):
            middle = after + (before - after) // 2
            if self._wall(middle) < wall:
                after = middle
            else:
                before = middle
        return before.replace(microsecond=0)

    def _add_months(self, start: datetime, months: int) -> datetime:
        wall = self._wall(start)
        return self._instant(datetime.combine(_months_from(wall.date(), months), wall.time()))

    def _months_between(self, start: datetime, end: datetime, step: int) -> Decimal:
        first, last = self._wall(start), self._wall(end)
        whole = ((last.year - first.year) * 12 + last.month - first.month) // step
        while whole and self._add_months(start, whole * step) > end:
            whole -= 1
        reached = self._add_months(start, whole * step) if whole else _utc(start)
        ahead = self._add_months(start, (whole + 1) * step)
        return whole + _ratio(_utc(end) - reached, ahead - reached)

    def _working_days_from(self, day: date, sign: int = 1) -> Iterator[date]:
        """Give the working days from a day on, itself included, without end.

        :param sign: -1 goes back.
        :raises NoWorkingDay: none comes for a year.
        """
        idle = 0
        while idle <= LONGEST_WAIT:
            if self.works(day):
                idle = 0
                yield day
            idle += 1
            day += sign * _ONE_DAY
        raise NoWorkingDay(day - sign * idle * _ONE_DAY)

    def _next_moment(self, wall: datetime) -> datetime:
        """Give this wall time if people work then, else the next one at which they do."""
        day = next(self._working_days_from(wall.date()))
        if day > wall.date():
            return _at(day, self.hours[0][0])
        for opens, closes in self.hours:
            if wall < _at(day, closes):
                return max(wall, _at(day, opens))
        return _at(next(self._working_days_from(day + _ONE_DAY)), self.hours[0][0])

    def _add_working_days(self, start: datetime, count: int) -> datetime:
        begin = self._next_moment(self._wall(start))
        days = self._working_days_from(begin.date() + _ONE_DAY)
        for _ in range(count - 1):
            next(days)
        return self._instant(datetime.combine(next(days), begin.time()))

    def _spans(self, start: datetime, day: date) -> Iterator[tuple[datetime, datetime]]:
        """Give the working spans from an instant on, as instants, without end."""
        start = _utc(start)
        for worked in self._working_days_from(day):
            for opens, closes in self.hours:
                begins = self._instant(_at(worked, opens))
                ends = self._instant(_at(worked, closes))
                if ends > start:
                    yield max(begins, start), ends

    def _spans_back(self, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Give the working spans before an instant, the last one first, without end."""
        end = _utc(end)
        for worked in self._working_days_from(self._wall(end).date(), -1):
            for opens, closes in reversed(self.hours):
                begins = self._instant(_at(worked, opens))
                ends = self._instant(_at(worked, closes))
                if begins < end:
                    yield begins, min(ends, end)

    def _add_working_hours(self, start: datetime, left: timedelta) -> datetime:
        for begins, ends in self._spans(start, self._wall(start).date()):
            if left <= ends - begins:
                return begins + left
            left -= ends - begins
        raise AssertionError  # pragma: no cover -- the spans have no end

    def _worked_between(self, start: datetime, end: datetime) -> timedelta:
        worked = timedelta()
        last = self._wall(end).date()
        day = self._wall(start).date()
        while day <= last:
            if self.works(day):
                for opens, closes in self.hours:
                    begins = max(self._instant(_at(day, opens)), _utc(start))
                    ends = min(self._instant(_at(day, closes)), _utc(end))
                    worked += max(ends - begins, timedelta())
            day += _ONE_DAY
        return worked

    def _working_days_between(self, start: datetime, end: datetime) -> Decimal:
        first, last = self._wall(start), self._wall(end)
        whole, day = 0, first.date()
        while day < last.date():
            whole += self.works(day)
            day += _ONE_DAY
        return whole + self._part_of_day(last) - self._part_of_day(first)

    def _part_of_day(self, wall: datetime) -> Decimal:
        """Tell which part of the day's working hours is over; nothing is on a free day."""
        if not self.works(wall.date()):
            return Decimal(0)
        passed = timedelta()
        for opens, closes in self.hours:
            until = min(max(wall, _at(wall.date(), opens)), _at(wall.date(), closes))
            passed += until - _at(wall.date(), opens)
        return _ratio(passed, sum(closes - opens for opens, closes in self.hours) * _MINUTE)


def _months_from(day: date, months: int) -> date:
    """Give the same day of another month, or its last one."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _at(day: date, minute: int) -> datetime:
    return datetime.combine(day, time()) + timedelta(minutes=minute)


def _utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise TypeError("an aware datetime is wanted")
    return instant.astimezone(UTC)


def _ratio(part: timedelta, whole: timedelta) -> Decimal:
    micro = timedelta(microseconds=1)
    return (Decimal(part // micro) / Decimal(whole // micro)).quantize(_EXACT, ROUND_HALF_UP)
