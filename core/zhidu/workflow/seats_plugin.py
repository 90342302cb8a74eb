"""What the seats of the approval engine offer: settings, the clocks' jobs, leaving with hand-over."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from zhidu.events import LeavingEvent
from zhidu.hookspecs import hookimpl
from zhidu.jobs.declarations import JobType, ScheduleSpec
from zhidu.settings import Setting
from zhidu.workflow import absence, clocks, handover, phrases, seats_striking

FIND_DUE = "core.find_due_tasks"


@hookimpl
def provide_settings() -> Iterable[Setting]:
    """Say who is asked in the place of absent people, and which opinions are offered."""
    return (absence.SETTING, *phrases.SETTINGS)


@hookimpl
def provide_jobs() -> Iterable[JobType]:
    """Carry out what the clocks of open tasks demand."""
    return (
        JobType(FIND_DUE, clocks.find_due),
        JobType(clocks.STRIKE, seats_striking.strike),
    )


@hookimpl
def provide_schedules() -> Iterable[ScheduleSpec]:
    """Look at the clocks several times an hour, in each company."""
    return (ScheduleSpec(FIND_DUE, FIND_DUE, timedelta(minutes=5)),)


@hookimpl
def before_member_leaves(event: LeavingEvent) -> None:
    """Hand over what the person holds in approvals, or stop the leaving."""
    handover.before_leaving(event)
