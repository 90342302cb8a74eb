"""What the approval engine offers: resolvers, its setting, its jobs, and the clocks' switch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from zhidu.db import Session
from zhidu.events import CommentEvent, CompanyEvent
from zhidu.hookspecs import hookimpl
from zhidu.jobs.declarations import JobType, ScheduleSpec
from zhidu.settings import Setting
from zhidu.texts import lazy_gettext as _l
from zhidu.workflow import clocks, engine, find, publishing
from zhidu.workflow.notices import Notices
from zhidu.workflow.resolvers import Resolver
from zhidu.workflow.timeouts import REMIND_HOURS

RETRY = "core.retry_waiting"
REMIND = "core.remind_tasks"


@hookimpl
def provide_resolvers() -> Iterable[Resolver]:
    """Offer the ways to find an approver."""
    return find.RESOLVERS


@hookimpl
def provide_settings() -> Iterable[Setting]:
    """Say after how long an open task is brought to mind."""
    return (
        Setting(
            REMIND_HOURS,
            int,
            24,
            _l("Hours until an open task is brought to mind"),
            unit=_l("hours"),
            minimum=1,
            maximum=24 * 30,
        ),
    )


@hookimpl
def provide_jobs() -> Iterable[JobType]:
    """Look again for people where requests wait; remind of open tasks; end times for objections."""
    return (
        JobType(RETRY, _retry),
        JobType(REMIND, clocks.remind),
        JobType(publishing.JOB, publishing.end_windows),
    )


@hookimpl
def provide_schedules() -> Iterable[ScheduleSpec]:
    """Do each several times an hour, in each company."""
    return (
        ScheduleSpec(RETRY, RETRY, timedelta(minutes=15)),
        ScheduleSpec(REMIND, REMIND, timedelta(minutes=10)),
        ScheduleSpec(publishing.JOB, publishing.JOB, timedelta(minutes=10)),
    )


@hookimpl
def after_comment(event: CommentEvent) -> None:
    """Tell who is named, and the applicant."""
    Notices(event.session, event.record).commented(event.comment)


@hookimpl
def after_deactivated(event: CompanyEvent) -> None:
    """Stop the clocks of the addon's open tasks."""
    clocks.stop(event.session, event.addon)


@hookimpl
def after_activated(event: CompanyEvent) -> None:
    """Let them go on."""
    clocks.start(event.session, event.addon)


def _retry(session: Session, _args: Mapping[str, Any]) -> None:
    engine.retry_waiting(session)
