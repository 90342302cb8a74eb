"""A year of jobs: each period of each duty is opened once, on a working day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from tests.core.duty_stage import (
    CHECK,
    duties_of,
    open_duties,
    publish,
)
from tests.core.workflow_house import Office

from zhidu.db import Session
from zhidu.org.calendar import is_workday
from zhidu.policy.duty_models import Duty
from zhidu.testing.fixtures import FrozenClock

MONDAY = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
"""Nine in the morning in Shanghai, on a working day."""


@pytest.fixture(autouse=True)
def at_nine(clock: FrozenClock) -> None:
    clock.set(MONDAY)


def one(session: Session) -> Duty:
    return session.scalars(select(Duty)).one()


YEAR = (
    CHECK
    + """\
  - {id: week, title: 周报, every: week, on: fri, who: {role: hr}, clause: D-1}
  - {id: month, title: 月结, every: month, on: 31, by: "17:00", who: {role: finance}, clause: D-1}
  - {id: quarter, title: 季报, every: quarter, on: {month: 1, day: 15}, who: {role: finance},
     within: 2 working days, clause: D-1}
  - {id: half, title: 半年检, every: half-year, who: {role: custodian}, clause: D-1}
  - {id: year, title: 年审, every: year, on: {month: 3, day: 31}, who: {role: auditor}, clause: D-1}
"""
)


def test_a_year_of_jobs(office: Office, clock: FrozenClock) -> None:
    """Each period of each duty is opened once, on a working day, by a runner that sometimes sleeps."""
    clock.set(datetime(2026, 1, 1, 1, 0, tzinfo=UTC))
    publish(office, YEAR)
    day = datetime(2026, 1, 1, 1, 0, tzinfo=UTC)
    asleep = {40, 41, 42, 120, 200, 201, 202, 203, 204, 205, 206, 207}
    for n in range(365):
        clock.set(day + timedelta(days=n))
        if n == 100:  # the daily one costs time; the others last
            publish(office, YEAR.removeprefix(CHECK), version="2")
        if n not in asleep:
            open_duties(office)
            if n % 30 == 0:
                open_duties(office)
    with office.db.read(office.system) as session:
        rows = duties_of(session)
        working = {day for day in _days(2026) if is_workday(session, day)}
        counted: dict[str, int] = {}
        for row in rows:
            counted[row.duty] = counted.get(row.duty, 0) + 1
            assert row.falls_on in working
        weeks = {day.isocalendar()[:2] for day in working}
        daily = {day for day in working if day <= date(2026, 4, 10)}
        assert counted.pop("check") == len(daily)
        assert counted.pop("week") in (len(weeks), len(weeks) - 1)  # the last Friday is 2027's
        assert counted == {"month": 12, "quarter": 4, "half": 2, "year": 1}
        assert len({(row.duty, row.period) for row in rows}) == len(rows)
        numbers = [row.header.number for row in rows]
        assert len(set(numbers)) == len(numbers)
        quarter = next(row for row in rows if row.duty == "quarter" and row.period == "2026-Q2")
        assert quarter.falls_on == date(2026, 4, 15)
        # from nine on the 15th, a Wednesday, two working days: nine on the 17th
        assert quarter.due_at == datetime(2026, 4, 17, 1, 0, tzinfo=UTC)


def _days(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [first + timedelta(days=n) for n in range(365)]
