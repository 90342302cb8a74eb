"""What the tests of background work share: jobs that leave a trace, an addon that owns some."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from zhidu.actor import Actor
from zhidu.db import Database, Session
from zhidu.db.activation import CompanyAddon
from zhidu.hookspecs import hookimpl
from zhidu.jobs import JobType, ScheduleSpec
from zhidu.jobs.models import Job, Schedule
from zhidu.registry import Registry

Run = Callable[[Session, Mapping[str, Any]], None]
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


class Plugin:
    """Declares these jobs and schedules."""

    def __init__(self, jobs: Iterable[JobType], schedules: Iterable[ScheduleSpec] = ()) -> None:
        self.jobs = list(jobs)
        self.schedules = list(schedules)

    @hookimpl
    def provide_jobs(self) -> Iterable[JobType]:
        """Declare the jobs."""
        return self.jobs

    @hookimpl
    def provide_schedules(self) -> Iterable[ScheduleSpec]:
        """Declare the schedules."""
        return self.schedules


def offering(
    db: Database, *jobs: JobType, schedules: Iterable[ScheduleSpec] = (), addon: str = "tools"
) -> Database:
    """Give the database with the organisation and one addon that declares these, no others."""
    plugins = {addon: Plugin(jobs, schedules)}
    return db.with_registry(Registry.of(plugins, core_plugins=["zhidu.org.plugin"]))


def leave_a_mark(session: Session, args: Mapping[str, Any]) -> None:
    """Leave one row for each run, in a table that would hold it twice."""
    session.add(Schedule(name=f"mark {args.get('n', '')}", next_at=EPOCH, last_at=None))


def marks(db: Database) -> list[str]:
    """List the traces in order."""
    with db.read(Actor.system()) as session:
        found = session.scalars(select(Schedule.name).where(Schedule.next_at == EPOCH))
        return sorted(name.removeprefix("mark ") for name in found)


def job(db: Database, job_id: int) -> Job:
    """Read a job."""
    with db.read(Actor.system()) as session:
        return session.get_one(Job, job_id)


def switch(db: Database, company_id: int, addon: str, active: bool) -> None:
    """Switch an addon on or off in a company, without the policy's paper work."""
    with db.write(Actor.system(company_id)) as session:
        row = session.get(CompanyAddon, (company_id, addon))
        if row is None:
            session.add(CompanyAddon(addon=addon, active=active, changed_at=EPOCH))
        else:
            row.active = active
