"""Fire jobs by the clock: rows that say when each schedule is due, in each company's time zone.

Firing writes the job and the next instant in one transaction, guarded by the instant that was read:
two workers cannot fire the same one. A named lease keeps the others from trying. What was missed
while nothing ran fires once, not once for each time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select, update

from zhidu import clock, hooks
from zhidu.actor import Actor, Via
from zhidu.clock import DEFAULT_ZONE
from zhidu.db import Database, Session
from zhidu.db.activation import CompanyAddon
from zhidu.db.conflict import insert_unless_taken
from zhidu.events import CompaniesQuery, WorkingCompany
from zhidu.jobs.declarations import ScheduleSpec
from zhidu.jobs.lease import REASON, WORKER
from zhidu.jobs.models import Lease, Schedule
from zhidu.jobs.queue import put

LEASE_NAME = "schedules"
LEASE_LENGTH = timedelta(seconds=60)

Place = tuple[str, int | None]
"""A schedule's name and the company it fires for, or None for one that fires once for all."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    spec: ScheduleSpec
    company: WorkingCompany | None

    def first(self, now: datetime) -> datetime:
        return now if self.spec.at_start else following(self.spec, now, now, self._zone)

    def next(self, due: datetime, now: datetime) -> datetime:
        return following(self.spec, due, now, self._zone)

    @property
    def _zone(self) -> str:
        return self.company.timezone if self.company else DEFAULT_ZONE

    @property
    def actor(self) -> Actor:
        if self.company is None:
            return Actor.system(source=Via.JOB)
        system = Actor.system(self.company.id, source=Via.JOB)
        return replace(system, locale=self.company.locale)


def following(spec: ScheduleSpec, due: datetime, now: datetime, zone: str) -> datetime:
    """Give the first instant after ``now`` at which a schedule fires.

    :param due: the instant at which it was to fire, which gives the rhythm.
    :param zone: the company's time zone; ``at_hour`` is counted in it.
    """
    if spec.at_hour is None:
        steps = max((now - due) // spec.every + 1, 1)
        return due + steps * spec.every
    here = ZoneInfo(zone)
    day = due.astimezone(here).date()
    step = max(spec.every.days, 1)
    while (at := datetime.combine(day, time(spec.at_hour), here)) <= now:
        day += timedelta(days=step)
    return at


def fire_due(db: Database, holder: str) -> int:
    """Fire what is due, once; return how many jobs were made.

    :param holder: names this worker on the lease.
    """
    if not db.registry.schedules:
        return 0
    with db.all_companies(WORKER, REASON) as session:
        wanted, rows = _wanted(session), _rows(session)
        now = clock.now()
        idle = wanted.keys() <= rows.keys() and not any(
            row.next_at <= now for place, row in rows.items() if place in wanted
        )
    if idle:
        return 0
    with db.all_companies(WORKER, REASON, readonly=False) as session:
        if not hold(session, LEASE_NAME, holder, LEASE_LENGTH):
            return 0
        wanted, rows = _wanted(session), _rows(session)
        for place, one in wanted.items():
            if place not in rows:
                row = Schedule(
                    name=place[0], company_id=place[1], next_at=one.first(now), last_at=None
                )
                session.add(row)
                rows[place] = row
        session.flush()
        return sum(_fire(session, rows[place], one, now) for place, one in wanted.items())


def _fire(session: Session, row: Schedule, one: _Wanted, now: datetime) -> bool:
    due = row.next_at
    if due > now:
        return False
    moved = session.scalar(
        update(Schedule)
        .where(Schedule.id == row.id, Schedule.next_at == due)
        .values(next_at=one.next(due, now), last_at=now)
        .returning(Schedule.id)
    )
    if moved is None:  # another worker was faster
        return False
    put(session, one.actor, one.spec.job, dedupe=f"schedule:{row.id}:{due.isoformat()}")
    return True


def _rows(session: Session) -> dict[Place, Schedule]:
    return {(row.name, row.company_id): row for row in session.scalars(select(Schedule))}


def _wanted(session: Session) -> Mapping[Place, _Wanted]:
    """Say which schedules run where: an addon that is not active in a company fires nothing."""
    companies = hooks.resolve_companies(session, CompaniesQuery(session))
    active = {
        (addon, company_id)
        for addon, company_id in session.execute(
            select(CompanyAddon.addon, CompanyAddon.company_id).where(CompanyAddon.active)
        )
    }
    wanted: dict[Place, _Wanted] = {}
    for name, spec in session.registry.schedules.items():
        if not spec.per_company:
            wanted[name, None] = _Wanted(spec, None)
            continue
        for company in _where_active(session.registry.owner(name), companies, active):
            wanted[name, company.id] = _Wanted(spec, company)
    return wanted


def _where_active(
    addon: str, companies: Sequence[WorkingCompany], active: set[tuple[str, int]]
) -> Sequence[WorkingCompany]:
    if addon == "core":
        return companies
    return [company for company in companies if (addon, company.id) in active]


def hold(session: Session, name: str, holder: str, length: timedelta) -> bool:
    """Take or keep a named lease until ``length`` from now; tell whether it is ours."""
    now = clock.now()
    values = {"name": name, "holder": holder, "until": now + length}
    if insert_unless_taken(session, Lease, values, on=["name"]) is not None:
        return True
    mine = session.scalar(
        update(Lease)
        .where(Lease.name == name, or_(Lease.holder == holder, Lease.until < now))
        .values(holder=holder, until=now + length)
        .returning(Lease.name)
    )
    return mine is not None
