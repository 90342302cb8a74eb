"""Working days: whose word counts, what is known of a year, and who hears of a change."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import chinese_calendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from zhidu import hooks
from zhidu.actor import Actor
from zhidu.db import Database, Session
from zhidu.errors import NotFound, PermissionDenied, Refused, ValidationError
from zhidu.events import CalendarEvent
from zhidu.hookspecs import hookimpl
from zhidu.jobs.models import Job
from zhidu.org import calendar, calendar_company, calendar_rows, calendar_statutory
from zhidu.org.models import CalendarYear, CompanyDay, DayKind, StatutoryDay
from zhidu.registry import Registry
from zhidu.testing.factories import MadeCompany, make_company, make_member
from zhidu.texts import use_locale

DAYS = st.dates(date(2025, 12, 1), date(2026, 3, 31))
KINDS = st.sampled_from(DayKind)


class Listener:
    """An addon's ear: which days changed, in which company."""

    def __init__(self) -> None:
        self.heard: list[tuple[int, date, date]] = []

    @hookimpl
    def after_calendar_changed(self, event: CalendarEvent) -> None:
        self.heard.append((event.session.company, event.first, event.last))


@pytest.fixture
def ear() -> Listener:
    return Listener()


@pytest.fixture
def house(db: Database, ear: Listener) -> Database:
    parts = ("zhidu.jobs.plugin", "zhidu.org.plugin", "zhidu.access.plugin")
    return db.with_registry(Registry.of({"core": ear}, core_plugins=parts))


@pytest.fixture
def company(house: Database) -> MadeCompany:
    return make_company(house)


@pytest.fixture
def session(house: Database, company: MadeCompany) -> Iterator[Session]:
    with house.write(company.system) as opened:
        yield opened


def load(house: Database, year: int) -> int:
    with house.write(Actor.system()) as session:
        return calendar_statutory.load_statutory(session, session.actor, year)


# -- counting


def test_every_day_has_the_word_of_the_nearest(house: Database, company: MadeCompany) -> None:
    """Company day before statutory day before Monday to Friday, for any marks."""

    @settings(max_examples=30)
    @given(st.dictionaries(DAYS, KINDS, max_size=8), st.dictionaries(DAYS, KINDS, max_size=8))
    def check(statutory: dict[date, DayKind], own: dict[date, DayKind]) -> None:
        with house.write(company.system) as session:
            for day, kind in statutory.items():
                session.add(StatutoryDay(day=day, kind=kind, name={"zh_Hans_CN": "节"}))
            for day, kind in own.items():
                session.add(CompanyDay(day=day, kind=kind, name="厂庆"))
            session.flush()
            first, last = date(2025, 12, 1), date(2026, 3, 31)
            worked = calendar.working_days(session, first, last)
            marks = calendar.day_marks(session, first, last)
            assert list(marks) == sorted(statutory.keys() | own.keys())
            for day in calendar.days(first, last):
                said = own.get(day, statutory.get(day))
                expected = day.weekday() < 5 if said is None else said is DayKind.WORKDAY
                assert (day in worked) == expected
                if day in marks:
                    source = "company" if day in own else "statutory"
                    assert (marks[day].kind, marks[day].source) == (said, source)
            session.rollback()

    check()


def test_counting_is_additive_and_half_open(house: Database, company: MadeCompany) -> None:
    load(house, 2026)

    @settings(max_examples=50)
    @given(st.lists(DAYS, min_size=3, max_size=3).map(sorted))
    def check(days: list[date]) -> None:
        a, b, c = days
        with house.read(company.system) as session:
            count = calendar.count_working_days
            assert count(session, a, b) + count(session, b, c) == count(session, a, c)
            assert count(session, a, a) == 0
            tomorrow = a + timedelta(days=1)
            assert count(session, a, tomorrow) == calendar.is_workday(session, a)
            assert count(session, c, a) == (0 if a <= c else count(session, c, a))

    check()


def test_adding_days_is_the_inverse_of_counting(house: Database, company: MadeCompany) -> None:
    load(house, 2026)

    @settings(max_examples=50)
    @given(DAYS, st.integers(1, 30))
    def check(day: date, count: int) -> None:
        with house.read(company.system) as session:
            later = calendar.add_working_days(session, day, count)
            after = timedelta(days=1)
            assert calendar.is_workday(session, later)
            assert calendar.count_working_days(session, day + after, later + after) == count
            earlier = calendar.add_working_days(session, day, -count)
            assert calendar.is_workday(session, earlier)
            assert calendar.count_working_days(session, earlier, day) == count
            nearest = calendar.add_working_days(session, day, 0)
            assert nearest >= day
            assert calendar.working_days(session, day, nearest) == [nearest]

    check()


def test_a_year_without_work_is_said(session: Session) -> None:
    start = date(2030, 1, 1)
    for day in calendar.days(start, start + timedelta(days=800)):
        session.add(CompanyDay(day=day, kind=DayKind.REST, name=""))
    session.flush()
    with pytest.raises(calendar.NoWorkingDay):
        calendar.add_working_days(session, start, 1)
    assert calendar.add_working_days(session, date(2029, 12, 31), -1) == date(2029, 12, 28)


# -- what the state declares


@pytest.mark.parametrize("year", [2015, 2024, 2025, 2026])
def test_a_loaded_year_is_that_of_the_package(
    house: Database, company: MadeCompany, year: int
) -> None:
    assert load(house, year) > 20
    with house.read(company.system) as session:
        assert calendar.announced(session, year)
        assert not calendar.announced(session, year + 1)
        first, last = date(year, 1, 1), date(year, 12, 31)
        assert calendar.working_days(session, first, last) == [
            day for day in calendar.days(first, last) if chinese_calendar.is_workday(day)
        ]
        marks = calendar.day_marks(session, first, last).values()
        assert all(mark.name for mark in marks)


def test_festivals_have_names_in_each_language(house: Database, company: MadeCompany) -> None:
    load(house, 2026)
    found = {}
    with house.read(company.system) as session:
        for locale in ("zh_Hans_CN", "zh_Hant_TW", "en"):
            with use_locale(locale):
                day = date(2026, 10, 1)
                found[locale] = calendar.day_marks(session, day, day)[day].name
    assert found == {"zh_Hans_CN": "国庆节", "zh_Hant_TW": "國慶節", "en": "National Day"}
    chinese = {str(holiday.chinese) for holiday in chinese_calendar.Holiday}
    assert chinese == set(calendar_statutory.NAMES)


def test_a_year_not_announced_is_refused_and_counts_by_the_week(
    house: Database, company: MadeCompany
) -> None:
    with pytest.raises(calendar_statutory.YearNotAnnounced):
        load(house, 2103)
    with house.read(company.system) as session:
        assert not calendar.announced(session, 2103)
        assert calendar.is_workday(session, date(2103, 10, 1))


def test_loading_again_corrects_and_changes_nothing_else(
    house: Database, company: MadeCompany
) -> None:
    load(house, 2026)
    assert load(house, 2026) == 0
    with house.write(Actor.system()) as session:
        actor = session.actor
        calendar_statutory.set_statutory_day(
            session, actor, date(2026, 7, 1), DayKind.HOLIDAY, {"en": "Extra"}
        )
        calendar_statutory.remove_statutory_day(session, actor, date(2026, 10, 1))
        with pytest.raises(NotFound):
            calendar_statutory.remove_statutory_day(session, actor, date(2026, 7, 2))
    assert load(house, 2026) == 2


def test_an_imported_year_counts_as_announced(house: Database, company: MadeCompany) -> None:
    rows: list[dict[str, Any]] = [
        {"day": "2027-01-01", "kind": "holiday", "name": "元旦"},
        {"day": date(2027, 1, 3), "kind": DayKind.WORKDAY},
    ]
    with house.write(Actor.system()) as session:
        done = calendar_statutory.import_statutory(session, session.actor, rows, "国办发明电")
        assert done == 2
    with house.read(company.system) as session:
        assert calendar.announced(session, 2027)
        assert session.get_one(CalendarYear, 2027).source == "国办发明电"
        assert calendar.is_workday(session, date(2027, 1, 3))


def test_every_company_hears_of_a_statutory_change(
    house: Database, company: MadeCompany, ear: Listener
) -> None:
    other = make_company(house, "other")
    load(house, 2026)
    with house.read(Actor.system()) as session:
        jobs = session.scalars(select(Job).where(Job.name == calendar_statutory.JOB)).all()
    assert [job.company_id for job in jobs] == [company.id, other.id]
    assert ear.heard == []
    for job in jobs:
        assert job.company_id is not None
        with house.write(Actor.system(job.company_id)) as session:
            args: dict[str, Any] = json.loads(json.dumps(job.args))
            session.registry.jobs[job.name].run(session, args)
            assert not hooks.failures(session)
    span = (date(2026, 1, 1), date(2026, 12, 31))
    assert ear.heard == [(company.id, *span), (other.id, *span)]


# -- what a company decides


def test_a_companys_day_is_told_with_its_span(session: Session, ear: Listener) -> None:
    actor, company_id = session.actor, session.company
    day = date(2026, 5, 9)
    calendar_company.set_company_day(session, actor, day, DayKind.WORKDAY, " 赶 工 ")
    calendar_company.set_company_day(session, actor, day, DayKind.WORKDAY, "赶 工")
    assert ear.heard == [(company_id, day, day)]
    assert calendar.is_workday(session, day)
    calendar_company.remove_company_day(session, actor, day)
    assert not calendar.is_workday(session, day)
    assert len(ear.heard) == 2
    with pytest.raises(NotFound):
        calendar_company.remove_company_day(session, actor, day)
    rows = [{"day": f"2026-06-{n:02}", "kind": "rest"} for n in (20, 3, 11)]
    assert calendar_company.import_company_days(session, actor, rows) == 3
    assert calendar_company.import_company_days(session, actor, rows) == 0
    assert ear.heard[2:] == [(company_id, date(2026, 6, 3), date(2026, 6, 20))]


def test_wrong_rows_are_named_all_at_once_and_nothing_is_saved(
    session: Session, ear: Listener
) -> None:
    rows: list[dict[str, Any]] = [
        {"day": "2026-06-01", "kind": "rest"},
        {"day": "2026-13-01", "kind": "rest"},
        {"day": "2026-06-02", "kind": "perhaps"},
        {"day": "2026-06-01", "kind": "rest"},
        {"day": "0026-06-01", "kind": "rest"},
        {"day": None, "kind": None},
        {"day": "2026-06-03", "kind": "rest", "name": "x" * 101},
    ]
    with pytest.raises(ValidationError) as caught:
        calendar_company.import_company_days(session, session.actor, rows)
    assert list(caught.value.fields) == ["2", "3", "4", "5", "6", "7"]
    assert session.scalars(select(CompanyDay)).all() == []
    assert ear.heard == []


@pytest.mark.parametrize("kind", DayKind)
def test_a_kind_may_be_written_as_it_is_shown(kind: DayKind) -> None:
    for locale in ("zh_Hans_CN", "zh_Hant_TW", "en"):
        with use_locale(locale):
            label = str(calendar.kind_label(kind))
        [row] = calendar_rows.parse_rows([{"day": "2026-06-01", "kind": label.upper()}])
        assert row.kind is kind


def test_days_belong_to_one_company(house: Database, company: MadeCompany) -> None:
    other = make_company(house, "other")
    day = date(2026, 6, 1)
    with house.write(company.system) as session:
        calendar_company.set_company_day(session, session.actor, day, DayKind.REST)
    with house.write(other.system) as session:
        assert calendar.is_workday(session, day)
        assert calendar.day_marks(session, day, day) == {}
        with pytest.raises(NotFound):
            calendar_company.remove_company_day(session, session.actor, day)


def test_who_may_change_which_days(house: Database, company: MadeCompany) -> None:
    day = date(2026, 6, 1)
    with house.write(company.system) as session:
        staff = make_member(session, "张三")
        admin = make_member(session, "周静", roles=("admin",), user=True)
    with house.write(staff.actor) as session, pytest.raises(PermissionDenied):
        calendar_company.set_company_day(session, session.actor, day, DayKind.REST)
    with house.write(admin.actor) as session:
        calendar_company.set_company_day(session, session.actor, day, DayKind.REST)
        for act in (
            lambda: calendar_statutory.load_statutory(session, session.actor, 2026),
            lambda: calendar_statutory.remove_statutory_day(session, session.actor, day),
            lambda: calendar_statutory.import_statutory(session, session.actor, [], ""),
        ):
            with pytest.raises(Refused) as caught:
                act()
            assert caught.value.rule == "access.system_administrator"
