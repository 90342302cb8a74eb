"""How many days a leave takes: half days between two ends, counted by the calendar."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from zhidu.texts import Text
from zhidu.texts import lazy_gettext as _l

HALF_DAY = Decimal("0.5")

LONGEST = 400
"""Days between the ends of one request; more is a typing error."""


class Half(StrEnum):
    """A half of a day."""

    MORNING = "am"
    AFTERNOON = "pm"

    @property
    def label(self) -> Text:
        """Name it for people."""
        return _l("Morning") if self is Half.MORNING else _l("Afternoon")


HALVES = (Half.MORNING, Half.AFTERNOON)


@dataclass(frozen=True, slots=True)
class Period:
    """The half days from the first to the last, both included."""

    first_day: date
    first_half: Half
    last_day: date
    last_half: Half

    @property
    def slots(self) -> list[tuple[date, Half]]:
        """List the half days in order; none when the end lies before the start."""
        return list(half_days(self.first_day, self.first_half, self.last_day, self.last_half))

    def overlaps(self, other: Period) -> bool:
        """Tell whether the two share a half day: a morning and an afternoon of one day do not."""
        return not set(self.slots).isdisjoint(other.slots)


def half_days(
    first_day: date, first_half: Half, last_day: date, last_half: Half
) -> Iterator[tuple[date, Half]]:
    """List every half day from the first to the last, both included, in order.

    Empty when the end lies before the start.
    """
    day = first_day
    while day <= last_day:
        for half in HALVES:
            after_start = day > first_day or HALVES.index(half) >= HALVES.index(first_half)
            before_end = day < last_day or HALVES.index(half) <= HALVES.index(last_half)
            if after_start and before_end:
                yield day, half
        day += timedelta(days=1)


def count_days(period: Period, counts: Callable[[date], bool]) -> dict[date, Decimal]:
    """Give the counted days of a leave, each as 0.5 or 1; days that do not count are left out.

    :param counts: tells whether a day counts (a working day, or every day).
    """
    days: dict[date, Decimal] = {}
    for day, _half in period.slots:
        if counts(day):
            days[day] = days.get(day, Decimal(0)) + HALF_DAY
    return days
