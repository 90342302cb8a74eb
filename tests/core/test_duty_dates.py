"""A duty falls on one working day of each period, whatever the calendar looks like."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhidu.policy.duty_dates import WEEKDAYS, Every, On, day_in, days_between, period_of


def weekday(day: date) -> bool:
    return day.weekday() < 5


DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))
ONS = st.builds(On, st.none() | st.integers(0, 6), st.integers(0, 12), st.integers(0, 31))


@pytest.mark.parametrize(
    ("every", "on", "within", "falls"),
    [
        (Every.DAY, On(), date(2026, 11, 20), date(2026, 11, 20)),
        (Every.DAY, On(), date(2026, 11, 21), None),
        (Every.WEEK, On(weekday=0), date(2026, 11, 19), date(2026, 11, 16)),
        (Every.WEEK, On(), date(2026, 11, 19), date(2026, 11, 20)),
        (Every.MONTH, On(day=25), date(2026, 11, 1), date(2026, 11, 25)),
        (Every.MONTH, On(day=31), date(2026, 2, 1), date(2026, 2, 27)),
        # a Sunday moves to the Monday behind it
        (Every.MONTH, On(day=1), date(2026, 11, 20), date(2026, 11, 2)),
        (Every.QUARTER, On(month=1, day=10), date(2026, 11, 20), date(2026, 10, 12)),
        (Every.QUARTER, On(), date(2026, 11, 20), date(2026, 12, 31)),
        (Every.HALF_YEAR, On(month=1, day=15), date(2026, 11, 20), date(2026, 7, 15)),
        (Every.YEAR, On(month=3, day=31), date(2026, 11, 20), date(2026, 3, 31)),
        (Every.YEAR, On(), date(2027, 5, 1), date(2027, 12, 31)),
    ],
)
def test_where_a_duty_falls(every: Every, on: On, within: date, falls: date | None) -> None:
    assert day_in(every, on, period_of(every, within), weekday) == falls


def test_what_its_periods_are_called() -> None:
    day = date(2027, 1, 1)
    keys = [period_of(every, day).key for every in Every]
    assert keys == ["2027-01-01", "2026-W53", "2027-01", "2027-Q1", "2027-H1", "2027"]
    assert len(WEEKDAYS) == 7


@given(st.sampled_from(Every), DAYS)
def test_periods_follow_one_another(every: Every, day: date) -> None:
    period = period_of(every, day)
    assert period.starts_on <= day < period.ends_on
    assert period_of(every, period.starts_on) == period
    behind = period_of(every, period.ends_on)
    assert behind.starts_on == period.ends_on
    assert behind.key != period.key


@given(st.sampled_from(Every), ONS, DAYS, st.sets(DAYS, max_size=40))
def test_it_is_a_working_day_of_its_period(
    every: Every, on: On, day: date, free: set[date]
) -> None:
    def works(one: date) -> bool:
        return weekday(one) and one not in free

    period = period_of(every, day)
    found = day_in(every, on, period, works)
    inside = [
        period.starts_on + timedelta(days=n)
        for n in range((period.ends_on - period.starts_on).days)
    ]
    assert (found is None) == (not any(map(works, inside)))
    assert found is None or (found in inside and works(found))


@given(st.sampled_from(Every), ONS, DAYS, st.integers(0, 800))
def test_two_walks_side_by_side_find_what_one_finds(
    every: Every, on: On, first: date, length: int
) -> None:
    last = first + timedelta(days=length)
    middle = first + timedelta(days=length // 2)
    whole = list(days_between(every, on, first, last, weekday))
    halves = [
        *days_between(every, on, first, middle, weekday),
        *days_between(every, on, middle + timedelta(days=1), last, weekday),
    ]
    assert whole == halves
    assert len({period.key for period, _ in whole}) == len(whole)
