"""Months, as people count them: the same day, or the last one of a shorter month."""

from __future__ import annotations

from calendar import monthrange
from datetime import date


def add_months(day: date, months: int) -> date:
    """Give the day so many months later: 31 January and one month is the last of February.

    :raises ValueError: the year lies beyond 9999.
    """
    count = day.year * 12 + day.month - 1 + months
    year, month = divmod(count, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def next_inspection(last: date, every: int) -> date:
    """Give the day on which the next inspection falls due.

    :param last: the last inspection, or the day on which the seal was entered.
    :param every: months between two inspections.
    """
    return add_months(last, every)
