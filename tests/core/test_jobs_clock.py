"""Schedules: in each company's time zone, once for what was missed, not where the addon is off."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from tests.core.jobs_stage import leave_a_mark, offering, switch

from zhidu.actor import Actor
from zhidu.db import Database
from zhidu.jobs import JobType, ScheduleSpec
from zhidu.jobs.models import Job
from zhidu.jobs.schedule import fire_due, following, hold
from zhidu.org.companies import archive_company, create_company
from zhidu.testing.factories import MadeCompany
from zhidu.testing.fixtures import FrozenClock

JOB = JobType("tools.mark", leave_a_mark)
HOURLY = ScheduleSpec("tools.hourly", "tools.mark", timedelta(hours=1))
DAILY = ScheduleSpec("tools.daily", "tools.mark", timedelta(days=1), at_hour=7)
ONCE_FOR_ALL = ScheduleSpec("tools.all", "tools.mark", timedelta(hours=1), per_company=False)


def jobs(db: Database) -> list[Job]:
    with db.read(Actor.system()) as session:
        return list(session.scalars(select(Job).where(Job.name == "tools.mark").order_by(Job.id)))


def second_company(db: Database, zone: str) -> int:
    with db.write(Actor.system()) as session:
        made = create_company(
            session, session.actor, "second", "二号公司", timezone=zone, locale="en"
        )
        return made.id


def test_a_schedule_fires_one_period_after_it_is_known(
    db: Database, company: MadeCompany, clock: FrozenClock
) -> None:
    db = offering(db, JOB, schedules=[HOURLY])
    switch(db, company.id, "tools", active=True)
    assert fire_due(db, "a") == 0
    clock.tick(minutes=59)
    assert fire_due(db, "a") == 0
    clock.tick(minutes=1)
    assert fire_due(db, "a") == 1
    assert fire_due(db, "a") == 0
    (made,) = jobs(db)
    assert (made.company_id, made.user_id, made.member_id) == (company.id, None, None)


def test_one_that_starts_at_once_does(
    db: Database, company: MadeCompany, clock: FrozenClock
) -> None:
    at_once = ScheduleSpec("tools.now", "tools.mark", timedelta(hours=1), at_start=True)
    db = offering(db, JOB, schedules=[at_once])
    switch(db, company.id, "tools", active=True)
    assert [fire_due(db, "a"), fire_due(db, "a")] == [1, 0]


def test_what_was_missed_fires_once_and_keeps_its_rhythm(
    db: Database, company: MadeCompany, clock: FrozenClock
) -> None:
    db = offering(db, JOB, schedules=[HOURLY])
    switch(db, company.id, "tools", active=True)
    fire_due(db, "a")
    clock.tick(hours=5, minutes=30)
    assert [fire_due(db, "a"), fire_due(db, "a")] == [1, 0]
    clock.tick(minutes=29)
    assert fire_due(db, "a") == 0
    clock.tick(minutes=1)
    assert fire_due(db, "a") == 1


def test_each_company_has_its_own_morning_and_language(
    db: Database, company: MadeCompany, clock: FrozenClock
) -> None:
    db = offering(db, JOB, schedules=[DAILY])
    other = second_company(db, "Europe/Paris")
    for company_id in (company.id, other):
        switch(db, company_id, "tools", active=True)
    clock.set(datetime(2026, 1, 5, 12, tzinfo=UTC))  # 20:00 in Shanghai, 13:00 in Paris
    fire_due(db, "a")
    fired: list[tuple[int, int | None]] = []
    for _ in range(24):
        clock.tick(hours=1)
        fire_due(db, "a")
        fired += [(clock.now.hour, made.company_id) for made in jobs(db)[len(fired) :]]
    assert fired == [(23, company.id), (6, other)]
    assert [made.locale for made in jobs(db)] == ["zh_Hans_CN", "en"]


def test_once_for_all_means_once_and_in_no_company(
    db: Database, company: MadeCompany, clock: FrozenClock
) -> None:
    db = offering(db, JOB, schedules=[ONCE_FOR_ALL])
    second_company(db, "Asia/Tokyo")
    fire_due(db, "a")
    clock.tick(hours=1)
    assert fire_due(db, "a") == 1
    assert [made.company_id for made in jobs(db)] == [None]


def test_nothing_fires_where_the_addon_is_not_active_or_the_company_closed(
    db: Database, company: MadeCompany, clock: FrozenClock
) -> None:
    db = offering(db, JOB, schedules=[HOURLY])
    fire_due(db, "a")
    clock.tick(hours=2)
    assert fire_due(db, "a") == 0
    switch(db, company.id, "tools", active=True)
    fire_due(db, "a")
    switch(db, company.id, "tools", active=False)
    clock.tick(hours=5)
    assert fire_due(db, "a") == 0
    switch(db, company.id, "tools", active=True)
    assert fire_due(db, "a") == 1
    with db.write(Actor.system()) as session:
        archive_company(session, session.actor, company.id)
    clock.tick(hours=5)
    assert fire_due(db, "a") == 0


def test_a_schedule_that_is_gone_fires_no_more(
    db: Database, company: MadeCompany, clock: FrozenClock
) -> None:
    offered = offering(db, JOB, schedules=[ONCE_FOR_ALL])
    fire_due(offered, "a")
    clock.tick(hours=2)
    assert fire_due(offering(db, JOB), "a") == 0
    assert fire_due(offered, "a") == 1


def test_only_the_holder_of_the_lease_fires(
    db: Database, company: MadeCompany, clock: FrozenClock
) -> None:
    db = offering(db, JOB, schedules=[ONCE_FOR_ALL])
    fire_due(db, "a")
    clock.tick(hours=1)
    with db.write(Actor.system()) as session:
        assert hold(session, "schedules", "a", timedelta(seconds=60))
    assert fire_due(db, "b") == 0
    clock.tick(seconds=61)
    assert fire_due(db, "b") == 1
    with db.write(Actor.system()) as session:
        assert not hold(session, "schedules", "a", timedelta(seconds=60))
        assert hold(session, "schedules", "b", timedelta(seconds=60))


ZONES = st.sampled_from(["Asia/Shanghai", "Europe/Paris", "America/New_York", "Australia/Sydney"])
INSTANTS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)).map(  # noqa: DTZ001 -- made aware here
    lambda value: value.replace(tzinfo=UTC)
)


@given(INSTANTS, st.timedeltas(timedelta(0), timedelta(days=40)), ZONES, st.integers(0, 23))
def test_a_daily_one_fires_at_its_hour_once_a_day(
    due: datetime, late: timedelta, zone: str, hour: int
) -> None:
    spec = ScheduleSpec("tools.daily", "tools.mark", timedelta(days=1), at_hour=hour)
    now = due + late
    at = following(spec, due, now, zone)
    assert at > now
    assert at - now <= timedelta(hours=26)  # a day, and what a change of summer time moves
    local = at.astimezone(ZoneInfo(zone))
    # the hour that summer time skips is told as the next one
    assert local.hour in {hour, (hour + 1) % 24}
    assert following(spec, at, at, zone) - at >= timedelta(hours=22)


@given(INSTANTS, st.timedeltas(timedelta(0), timedelta(days=400)), st.integers(1, 100_000))
def test_a_periodic_one_keeps_its_rhythm(due: datetime, late: timedelta, minutes: int) -> None:
    spec = ScheduleSpec("tools.often", "tools.mark", timedelta(minutes=minutes))
    at = following(spec, due, due + late, "Asia/Shanghai")
    assert due + late < at <= due + late + spec.every
    assert (at - due) % spec.every == timedelta(0)
