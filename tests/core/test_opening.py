"""When a form may be submitted: days of the month, advance notice, and what the refusal says."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.workflow_house import Office

from zhidu.actor import Actor
from zhidu.clock import frozen_at
from zhidu.durations import Duration, Unit
from zhidu.org import calendar_company
from zhidu.org.models import DayKind
from zhidu.org.worktime import BeyondTheCalendar, WorkClock, parse_hours
from zhidu.texts import use_locale
from zhidu.workflow.definition import Scope, Window
from zhidu.workflow.opening import NEXT_PERIOD, NotOpen, Opening, Standing, openings, require_open

SHANGHAI = ZoneInfo("Asia/Shanghai")
CLOCK = WorkClock(SHANGHAI, parse_hours("09:00-12:00 13:00-18:00"))
THURSDAY = date(2026, 3, 12)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=SHANGHAI)


def notice(length: str, **more: Any) -> Window:
    return Window("D-9", closes=Duration.parse(length), field="day", **more)


def standing(office: Office, window: Window, when: str, **facts: Any) -> Opening:
    with office.db.read(office.system) as session:
        given_facts = {"day": THURSDAY, **facts}
        [found] = openings(session, [window], given_facts, office.org.salesman.id, at=at(when))
        return found


# -- days of the month


@pytest.mark.parametrize(
    ("opens", "closes", "when", "expected", "span"),
    [
        (1, 5, "03-01 00:00", Standing.OPEN, ("03-01", "03-05")),
        (1, 5, "03-05 23:59", Standing.OPEN, ("03-01", "03-05")),
        (1, 5, "03-06 00:00", Standing.LATE, ("04-01", "03-05")),
        (20, 25, "03-19 23:59", Standing.EARLY, ("03-20", "02-25")),
        (20, 25, "03-31 12:00", Standing.LATE, ("04-20", "03-25")),
        (25, 5, "03-03 12:00", Standing.OPEN, ("02-25", "03-05")),
        (25, 5, "03-26 12:00", Standing.OPEN, ("03-25", "04-05")),
        (25, 5, "03-10 12:00", Standing.LATE, ("03-25", "03-05")),
        (31, 31, "02-28 12:00", Standing.OPEN, ("02-28", "02-28")),
        (31, 31, "02-27 12:00", Standing.EARLY, ("02-28", "01-31")),
        (None, 10, "03-11 12:00", Standing.LATE, ("04-01", "03-10")),
        (10, None, "03-31 12:00", Standing.OPEN, ("03-10", "03-31")),
    ],
)
def test_days_of_the_month(
    office: Office,
    opens: int | None,
    closes: int | None,
    when: str,
    expected: Standing,
    span: tuple[str, str],
) -> None:
    found = standing(office, Window("D-9", opens, closes), when)
    assert found.standing is expected
    assert (f"{found.opens_on:%m-%d}", f"{found.last_day:%m-%d}") == span


# -- before and after a day of the form


@pytest.mark.parametrize(
    ("window", "when", "expected"),
    [
        (notice("3 working days"), "03-09 23:59", Standing.OPEN),  # the Monday
        (notice("3 working days"), "03-10 00:00", Standing.LATE),
        (notice("5 working days"), "03-05 23:59", Standing.OPEN),
        (notice("5 working days"), "03-06 00:00", Standing.LATE),
        (notice("3 days"), "03-09 23:59", Standing.OPEN),
        (notice("3 days"), "03-10 00:00", Standing.LATE),
        (notice("1 month"), "02-12 23:59", Standing.OPEN),
        (notice("1 month"), "02-13 00:00", Standing.LATE),
        (notice("24 hours"), "03-10 23:59", Standing.OPEN),
        (notice("24 hours"), "03-11 00:00", Standing.LATE),
        (notice("4 working hours"), "03-11 13:59", Standing.OPEN),
        (notice("4 working hours"), "03-11 14:00", Standing.LATE),
        (notice("5 days", after=True), "03-17 23:59", Standing.OPEN),
        (notice("5 days", after=True), "03-18 00:00", Standing.LATE),
        (notice("2 hours", after=True), "03-13 01:59", Standing.OPEN),
        (notice("2 hours", after=True), "03-13 02:00", Standing.LATE),
        (notice("1 day", opens=Duration.parse("10 days")), "03-01 23:59", Standing.EARLY),
        (notice("1 day", opens=Duration.parse("10 days")), "03-02 00:00", Standing.OPEN),
    ],
)
def test_so_long_before_or_after_a_day(
    office: Office, window: Window, when: str, expected: Standing
) -> None:
    assert standing(office, window, when).standing is expected


def test_the_companys_calendar_counts(office: Office) -> None:
    with office.db.write(office.system) as session:
        for day in (10, 11):
            calendar_company.set_company_day(
                session, session.actor, date(2026, 3, day), DayKind.REST, "厂庆"
            )
    window = notice("3 working days")
    assert standing(office, window, "03-05 23:59").standing is Standing.OPEN
    late = standing(office, window, "03-06 00:00")
    assert (late.standing, late.last_day) == (Standing.LATE, date(2026, 3, 5))


def test_who_is_meant_and_a_day_that_is_missing(office: Office) -> None:
    sales = Scope(departments=("销售部",))
    windows = [notice("3 days", applies_to=sales), notice("3 days", excepted=sales)]
    with office.db.read(office.system) as session:
        for person, expected in ((office.org.salesman, 0), (office.org.cashier, 1)):
            [found] = openings(session, windows, {"day": THURSDAY}, person.id)
            assert found.window is windows[expected]
        assert openings(session, windows, {"day": None}, office.org.salesman.id) == []
        assert openings(session, [], {}, office.org.salesman.id) == []


# -- at submit


def submitted(office: Office, window: Window, when: str) -> list[Opening]:
    with office.db.read(office.system) as session, frozen_at(at(when)):
        return require_open(session, [window], {"day": THURSDAY}, office.org.salesman.id)


def test_late_is_refused_with_clause_and_day(office: Office) -> None:
    assert submitted(office, notice("3 days"), "03-09 12:00") == []
    with pytest.raises(NotOpen) as caught:
        submitted(office, notice("3 days"), "03-10 12:00")
    assert caught.value.rule == "workflow.window_late"
    with use_locale("en"):
        assert "2026-03-09" in str(caught.value)
        assert "D-9" in str(caught.value)
    with pytest.raises(NotOpen) as caught:
        submitted(office, Window("D-9", 20, 25), "03-10 12:00")
    assert caught.value.rule == "workflow.window_early"
    with use_locale("en"):
        assert "2026-03-20" in str(caught.value)


@pytest.mark.parametrize("late", [NEXT_PERIOD, "director"])
def test_late_may_mean_something_else(office: Office, late: str) -> None:
    window = notice("3 days", late=late)
    [found] = submitted(office, window, "03-10 12:00")
    assert (found.window, found.standing, found.left) == (window, Standing.LATE, None)
    # too early is refused whatever late means
    with pytest.raises(NotOpen):
        submitted(office, Window("D-9", 20, 25, late=late), "03-10 12:00")


def test_the_clock_on_the_form(office: Office) -> None:
    with frozen_at(at("03-09 12:00")):
        assert standing(office, notice("3 days"), "03-09 12:00").left == timedelta(hours=12)


# -- the reckoning below


@given(
    st.dates(date(2026, 1, 1), date(2026, 12, 31)),
    st.integers(1, 30),
    st.sampled_from([Unit.DAYS, Unit.WORKING_DAYS]),
)
def test_a_day_away_is_so_many_days_away(day: date, count: int, unit: Unit) -> None:
    length = Duration(count, unit)
    before = CLOCK.day_away(day, length, before=True)
    after = CLOCK.day_away(day, length, before=False)
    assert before < day < after
    if unit is Unit.DAYS:
        assert after - day == day - before == timedelta(days=count)
    else:
        for first, last in ((before, day - timedelta(days=1)), (day + timedelta(days=1), after)):
            span = [first + timedelta(days=n) for n in range((last - first).days + 1)]
            assert sum(one.weekday() < 5 for one in span) == count


@given(
    st.datetimes(datetime(2026, 1, 10), datetime(2026, 12, 1)).map(  # noqa: DTZ001 -- made aware
        lambda wall: wall.replace(tzinfo=UTC, microsecond=0)
    ),
    st.integers(1, 40),
    st.sampled_from([Unit.MINUTES, Unit.HOURS, Unit.WORKING_HOURS]),
)
def test_subtracting_is_adding_backwards(end: datetime, amount: int, unit: Unit) -> None:
    length = Duration(amount, unit)
    start = CLOCK.subtract(end, length)
    assert CLOCK.add(start, length) <= end
    assert CLOCK.add(start + timedelta(seconds=1), length) > end


def test_what_cannot_be_reckoned() -> None:
    day = Duration(1, Unit.DAYS)
    with pytest.raises(ValueError, match="days"):
        CLOCK.subtract(datetime.now(UTC), day)
    with pytest.raises(ValueError, match="hours"):
        CLOCK.day_away(THURSDAY, Duration(1, Unit.HOURS), before=True)
    with pytest.raises(BeyondTheCalendar):
        CLOCK.day_away(THURSDAY, Duration(99999, Unit.YEARS), before=True)
    assert CLOCK.day_away(date(2026, 3, 31), Duration(1, Unit.MONTHS), before=True) == date(
        2026, 2, 28
    )


def test_the_actor_plays_no_part(office: Office) -> None:
    """Windows are about the applicant: a clerk who files for somebody changes nothing."""
    window = notice("3 days", applies_to=Scope(departments=("销售部",)))
    for actor in (office.org.cashier.actor, Actor.system(office.made.company)):
        with office.db.read(actor) as session:
            assert len(openings(session, [window], {"day": THURSDAY}, office.org.salesman.id)) == 1
