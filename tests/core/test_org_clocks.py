"""Deadlines: every unit, long holidays, clocks that are put forward, and the company's own days."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.org_stage import company, session  # noqa: F401 -- fixtures

from zhidu.actor import Actor
from zhidu.db import Database, Session
from zhidu.durations import Duration, Unit
from zhidu.org import calendar_company, calendar_statutory, clocks
from zhidu.org.calendar import NoWorkingDay
from zhidu.org.companies import edit_company
from zhidu.org.models import DayKind
from zhidu.org.worktime import BadWorkingHours, BeyondTheCalendar, WorkClock, parse_hours
from zhidu.policy.settings import set_setting
from zhidu.testing.counting import QueryCounter
from zhidu.testing.factories import MadeCompany, make_company

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
"""Clocks are put forward on 2026-03-29 at 02:00, and back on 2026-10-25 at 03:00."""
HOURS = parse_hours("09:00-12:00 13:00-18:00")
FESTIVAL = {date(2026, 2, day) for day in range(16, 24)}
MAKE_UP = {date(2026, 2, 14), date(2026, 2, 28)}
"""Saturdays that are worked."""


def worked(day: date) -> bool:
    return day in MAKE_UP or (day.weekday() < 5 and day not in FESTIVAL)


SHOP = WorkClock(SHANGHAI, HOURS, worked)
ABROAD = WorkClock(BERLIN, HOURS, worked)


def at(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def shown(instant: datetime, zone: ZoneInfo = SHANGHAI) -> str:
    assert instant.tzinfo is UTC
    return instant.astimezone(zone).strftime("%m-%d %H:%M")


@pytest.mark.parametrize(
    ("start", "length", "end"),
    [
        ("2026-03-02 10:30", "90 minutes", "03-02 12:00"),
        ("2026-03-06 20:00", "24 hours", "03-07 20:00"),
        ("2026-03-06 20:00", "3 days", "03-09 20:00"),
        ("2026-01-31 10:00", "1 month", "02-28 10:00"),
        ("2028-02-29 10:00", "1 year", "02-28 10:00"),
        ("2025-12-15 10:00", "2 months", "02-15 10:00"),
        # the same time of day, two working days on
        ("2026-03-02 10:30", "2 working days", "03-04 10:30"),
        ("2026-03-05 17:59", "2 working days", "03-09 17:59"),
        # outside of work it begins with the next working moment
        ("2026-03-05 18:00", "2 working days", "03-10 09:00"),
        ("2026-03-05 03:00", "1 working day", "03-06 09:00"),
        ("2026-03-05 12:30", "1 working day", "03-06 13:00"),
        ("2026-03-07 11:00", "1 working day", "03-10 09:00"),
        # eight days of festival; the Saturdays before and after are worked
        ("2026-02-13 16:00", "1 working day", "02-14 16:00"),
        ("2026-02-13 16:00", "2 working days", "02-24 16:00"),
        ("2026-02-18 12:00", "5 working days", "03-02 09:00"),
        # working hours
        ("2026-03-02 10:00", "2 working hours", "03-02 12:00"),
        ("2026-03-02 10:00", "3 working hours", "03-02 14:00"),
        ("2026-03-02 17:00", "1 working hour", "03-02 18:00"),
        ("2026-03-02 17:00", "2 working hours", "03-03 10:00"),
        ("2026-03-06 17:30", "8 working hours", "03-09 17:30"),
        ("2026-03-07 11:00", "4 working hours", "03-09 14:00"),
        ("2026-02-14 17:00", "4 working hours", "02-24 12:00"),
    ],
)
def test_when_a_time_is_over(start: str, length: str, end: str) -> None:
    assert shown(SHOP.add(at(start), Duration.parse(length))) == end


def test_where_the_clocks_are_put_forward() -> None:
    skipped = ABROAD.add(at("2026-03-28 02:30", BERLIN), Duration.parse("1 day"))
    assert skipped == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)  # the moment of the change: 03:00
    assert shown(skipped, BERLIN) == "03-29 03:00"
    day = ABROAD.add(at("2026-03-28 12:00", BERLIN), Duration.parse("1 day"))
    assert day - at("2026-03-28 12:00", BERLIN).astimezone(UTC) == timedelta(hours=23)
    hours = ABROAD.add(at("2026-03-28 12:00", BERLIN), Duration.parse("24 hours"))
    assert shown(hours, BERLIN) == "03-29 13:00"
    monday = ABROAD.add(at("2026-03-27 10:00", BERLIN), Duration.parse("1 working day"))
    assert shown(monday, BERLIN) == "03-30 10:00"
    again = ABROAD.add(at("2026-10-24 02:30", BERLIN), Duration.parse("1 day"))
    assert again == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # the first of two half past two


def test_work_around_the_clock_on_the_day_of_the_change() -> None:
    always = WorkClock(BERLIN, parse_hours("00:00-24:00"), lambda _day: True)
    start = at("2026-03-28 22:00", BERLIN)
    assert always.add(start, Duration.parse("10 working hours")) - start.astimezone(UTC) == (
        timedelta(hours=10)
    )
    assert always.between(start, start + timedelta(days=2), Unit.WORKING_HOURS) == 47


instants = st.datetimes(datetime(2025, 12, 20), datetime(2026, 11, 10)).map(  # noqa: DTZ001 -- made aware behind it
    lambda wall: wall.replace(tzinfo=UTC)
)
near = st.builds(
    datetime.combine,
    st.sampled_from(
        [date(2026, 3, day) for day in (27, 28, 29, 30)]
        + [date(2026, 10, day) for day in (23, 24, 25, 26)]
        + [date(2026, 2, day) for day in (13, 14, 15, 23, 28)]
    ),
    st.times(),
).map(lambda wall: wall.replace(tzinfo=UTC))
moments = st.one_of(instants, near)
durations = st.builds(Duration, st.integers(1, 40), st.sampled_from(Unit))
firms = st.sampled_from([SHOP, ABROAD])


@given(firms, moments, moments, durations)
def test_who_begins_later_is_not_over_before(
    firm: WorkClock, one: datetime, other: datetime, length: Duration
) -> None:
    one, other = sorted((one, other))
    by_the_wall = length.unit not in (Unit.MINUTES, Unit.HOURS, Unit.WORKING_HOURS)
    if firm is ABROAD and by_the_wall and one.date() == date(2026, 10, 25) and one.hour < 2:
        return  # an hour that the clock on the wall shows twice
    assert firm.add(one, length) <= firm.add(other, length)


@given(firms, moments, durations)
def test_time_goes_forward_and_longer_takes_longer(
    firm: WorkClock, start: datetime, length: Duration
) -> None:
    end = firm.add(start, length)
    assert end > start
    assert firm.add(start, Duration(length.amount + 1, length.unit)) > end


ADDITIVE = [Unit.MINUTES, Unit.HOURS, Unit.DAYS, Unit.WORKING_DAYS, Unit.WORKING_HOURS]


@given(moments, st.integers(1, 20), st.integers(1, 20), st.sampled_from(ADDITIVE))
def test_one_after_the_other_is_both_together(
    start: datetime, first: int, then: int, unit: Unit
) -> None:
    halfway = SHOP.add(start, Duration(first, unit))
    assert SHOP.add(halfway, Duration(then, unit)) == SHOP.add(start, Duration(first + then, unit))


@given(moments, durations)
def test_a_deadline_of_working_time_is_in_working_time(start: datetime, length: Duration) -> None:
    end = SHOP.add(start, length).astimezone(SHANGHAI)
    if length.unit in clocks.WORKING_UNITS:
        assert worked(end.date())
        minute = end.hour * 60 + end.minute + (end.second + end.microsecond / 1e6) / 60
        assert any(opens <= minute <= closes for opens, closes in HOURS)
    if length.unit in (Unit.DAYS, Unit.MONTHS, Unit.YEARS):
        assert end.timetz().replace(tzinfo=None) == start.astimezone(SHANGHAI).time()


@given(firms, moments, durations)
def test_how_long_is_the_inverse_of_when(
    firm: WorkClock, start: datetime, length: Duration
) -> None:
    end = firm.add(start, length)
    change = {date(2026, 3, 29), date(2026, 10, 25)}
    if firm is ABROAD and {t.astimezone(BERLIN).date() for t in (start, end)} & change:
        return  # of a day of 23 or 25 hours a wall clock shows no part
    assert firm.between(start, end, length.unit) == length.amount
    assert firm.between(end, start, length.unit) == -length.amount


@given(moments, moments, moments, st.sampled_from(ADDITIVE))
def test_parts_of_a_time_make_the_whole(
    one: datetime, other: datetime, last: datetime, unit: Unit
) -> None:
    a, b, c = sorted((one, other, last))
    parts = SHOP.between(a, b, unit) + SHOP.between(b, c, unit)
    assert abs(parts - SHOP.between(a, c, unit)) <= Decimal("0.0002")  # each is rounded


@pytest.mark.parametrize(
    ("start", "end", "unit", "length"),
    [
        ("2026-03-02 09:00", "2026-03-02 18:00", Unit.WORKING_HOURS, "8"),
        ("2026-03-02 09:00", "2026-03-02 13:00", Unit.WORKING_DAYS, "0.375"),
        ("2026-03-06 18:00", "2026-03-09 09:00", Unit.WORKING_DAYS, "0"),
        ("2026-02-13 09:00", "2026-02-24 18:00", Unit.WORKING_DAYS, "3"),
        ("2026-03-01 00:00", "2026-03-16 12:00", Unit.MONTHS, "0.5"),
        ("2026-01-31 00:00", "2026-02-28 00:00", Unit.MONTHS, "1"),
        ("2026-01-01 00:00", "2027-07-02 12:00", Unit.YEARS, "1.5"),
    ],
)
def test_how_long_it_took(start: str, end: str, unit: Unit, length: str) -> None:
    assert SHOP.between(at(start), at(end), unit) == Decimal(length)


def test_the_next_working_moment() -> None:
    assert SHOP.next_moment(at("2026-03-06 10:00")) == at("2026-03-06 10:00")
    assert SHOP.is_working(at("2026-03-06 10:00"))
    assert not SHOP.is_working(at("2026-03-06 18:00"))
    assert shown(SHOP.next_moment(at("2026-03-06 18:00"))) == "03-09 09:00"


@pytest.mark.parametrize(
    "text",
    [
        *("", "9-18", "09:00-09:00", "18:00-09:00", "09:00-12:00 11:00-18:00", "09:60-10:00", "a"),
        *("13:00-18:00 09:00-12:00", "09:00-25:00", "09:00-24:01", "09:00–18:00"),
    ],
)
def test_hours_that_are_none(text: str) -> None:
    with pytest.raises(BadWorkingHours):
        parse_hours(text)


def test_hours_are_read() -> None:
    assert parse_hours(" 8:30-12:00  13:00-24:00") == ((510, 720), (780, 1440))


def test_what_has_no_end() -> None:
    never = WorkClock(SHANGHAI, HOURS, lambda _day: False)
    for unit in clocks.WORKING_UNITS:
        with pytest.raises(NoWorkingDay):
            never.add(at("2026-03-02 10:00"), Duration(1, unit))
    for unit in (Unit.DAYS, Unit.YEARS, Unit.MONTHS):
        with pytest.raises(BeyondTheCalendar):
            SHOP.add(at("9990-03-02 10:00"), Duration(9999, unit))
    with pytest.raises(TypeError):
        SHOP.add(datetime(2026, 3, 2), Duration(1, Unit.HOURS))  # noqa: DTZ001 -- that is the fault


# -- a company's own time


def test_the_companys_own_days_count(
    db: Database,
    company: MadeCompany,
) -> None:
    with db.write(Actor.system()) as site:
        calendar_statutory.load_statutory(site, site.actor, 2026)
    with db.write(company.system) as within:
        eve = at("2026-02-13 16:00")
        two = Duration(2, Unit.WORKING_DAYS)
        assert shown(clocks.add(within, eve, two)) == "02-24 16:00"
        calendar_company.set_company_day(
            within, within.actor, date(2026, 2, 24), DayKind.REST, "厂庆"
        )
        assert shown(clocks.add(within, eve, two)) == "02-25 16:00"
        calendar_company.set_company_day(
            within, within.actor, date(2026, 2, 15), DayKind.WORKDAY, "盘点"
        )
        assert shown(clocks.add(within, eve, two)) == "02-15 16:00"
        assert clocks.between(within, eve, at("2026-02-15 16:00"), Unit.WORKING_DAYS) == 2
        within.rollback()


def test_a_year_not_announced_goes_by_the_week(session: Session) -> None:
    start = at("2031-09-30 10:00")  # a Tuesday before National Day
    assert shown(clocks.add(session, start, Duration(3, Unit.WORKING_DAYS))) == "10-03 10:00"


def test_zone_and_hours_are_the_companys(db: Database) -> None:
    abroad = make_company(db, "abroad")
    with db.write(Actor.system()) as site:
        edit_company(site, site.actor, abroad.id, timezone="Europe/Berlin")
    with db.write(abroad.system) as within:
        start = at("2026-03-27 10:00", BERLIN)
        assert shown(clocks.add(within, start, Duration(1, Unit.DAYS)), BERLIN) == "03-28 10:00"
        hours = Duration(4, Unit.WORKING_HOURS)
        assert shown(clocks.add(within, start, hours), BERLIN) == "03-27 15:00"
        set_setting(within, within.actor, clocks.WORKING_HOURS, "10:00-12:00")
        assert shown(clocks.add(within, start, hours), BERLIN) == "03-30 12:00"


def test_one_clock_answers_for_a_whole_list(session: Session) -> None:
    clock = clocks.work_clock(session, at("2026-03-02 00:00"))
    start = at("2026-03-06 17:30")
    for unit in Unit:
        assert clock.add(start, Duration(5, unit)) == clocks.add(session, start, Duration(5, unit))


def test_a_long_time_costs_no_more_statements(
    db: Database,
    company: MadeCompany,
) -> None:
    counted = []
    start = datetime.combine(date(2026, 3, 2), time(2), UTC)
    for length in ("1 working day", "900 working days", "5000 working hours"):
        with db.read(company.system) as within, QueryCounter(db.engine) as sent:
            clocks.add(within, start, Duration.parse(length))
        counted.append(sent.count)
    assert len(set(counted)) == 1
    assert counted[0] <= 9  # the company, its calendar twice, and what answers for a setting
