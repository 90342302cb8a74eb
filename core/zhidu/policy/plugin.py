"""The policy as the core's other parts meet it: answers to hooks, and one job."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from zhidu.access.declarations import Permission, Resource
from zhidu.db import Session
from zhidu.events import (
    DecisionEvent,
    ExecutionEvent,
    FlowQuery,
    RecordEvent,
    SettingAnswer,
    SettingQuery,
)
from zhidu.health import HealthCheck
from zhidu.hookspecs import hookimpl
from zhidu.jobs import JobType, ScheduleSpec
from zhidu.policy import (
    activation,
    deadlines,
    deadlines_watch,
    duties,
    duties_kind,
    settings,
    trial,
    versions,
)
from zhidu.policy.capabilities import CORE, Capability
from zhidu.policy.deadline_models import Deadline
from zhidu.policy.duty_models import KIND as DUTY
from zhidu.policy.duty_models import Duty
from zhidu.policy.models import PolicyVersion
from zhidu.policy.publish import EFFECTIVE_JOB, WITH_TWO
from zhidu.records.kinds import RecordKind
from zhidu.settings import Setting
from zhidu.texts import lazy_gettext as _l
from zhidu.workflow.definition import Flow


def _take_effect(session: Session, _args: Mapping[str, Any]) -> None:
    """Let the addons follow, on the first day of a version that was applied before it."""
    activation.bring_into_force(session, session.actor)


@hookimpl
def provide_capabilities() -> Iterable[Capability]:
    """Name what the core carries out of a policy."""
    return CORE


@hookimpl
def provide_jobs() -> Iterable[JobType]:
    """Switch the addons on the day from which a version holds; mind trials, duties, deadlines."""
    return [
        JobType(EFFECTIVE_JOB, _take_effect),
        JobType(trial.JOB, trial.tell),
        JobType(duties.JOB, duties.open_due),
        JobType(deadlines_watch.JOB, deadlines_watch.watch),
    ]


@hookimpl
def provide_health_checks() -> Iterable[HealthCheck]:
    """Look for trials that ended and still hold."""
    return [HealthCheck("policy", _l("Policies on trial"), trial.check)]


@hookimpl
def provide_schedules() -> Iterable[ScheduleSpec]:
    """Look each morning whether a trial ends, each hour for duties, and often at the clocks."""
    return [
        ScheduleSpec(trial.JOB, trial.JOB, timedelta(days=1), at_hour=8),
        ScheduleSpec(duties.JOB, duties.JOB, timedelta(hours=1), at_start=True),
        ScheduleSpec(deadlines_watch.JOB, deadlines_watch.JOB, timedelta(minutes=5)),
    ]


@hookimpl
def provide_settings() -> Iterable[Setting]:
    """Let a company demand that two people publish its policy."""
    return [
        Setting(
            WITH_TWO,
            bool,
            False,
            _l("Two people publish the policy"),
            _l("One person proposes a version, another one confirms it."),
        )
    ]


@hookimpl
def provide_resources() -> Iterable[Resource]:
    """Let members with the right read the versions, and what the policy sets going."""
    return [
        Resource(kind="core.policy", model=PolicyVersion),
        Resource(kind=DUTY, model=Duty, is_record=True),
        Resource(kind="core.deadline", model=Deadline, owner="member_id"),
    ]


@hookimpl
def provide_permissions() -> Iterable[Permission]:
    """Declare who reads and exports duties and missed deadlines."""
    return [
        Permission("core.duty.read", _l("Read recurring duties")),
        Permission("core.duty.export", _l("Export recurring duties")),
        Permission("core.deadline.read", _l("Read missed deadlines")),
        Permission("core.deadline.export", _l("Export missed deadlines")),
    ]


@hookimpl
def provide_record_kinds() -> Iterable[RecordKind]:
    """Declare the record that a duty becomes."""
    return [duties_kind.RECORD]


@hookimpl
def after_submit(event: RecordEvent) -> None:
    """Start and stop the clocks that count from a submit, or until it."""
    deadlines.refresh(event.session, event.record)


@hookimpl
def after_decision(event: DecisionEvent) -> None:
    """Bring the clocks in line with what was decided."""
    deadlines.refresh(event.session, event.record)


@hookimpl
def after_approved(event: RecordEvent) -> None:
    """Start the clocks that count from the approval, also where no person decided."""
    deadlines.refresh(event.session, event.record)


@hookimpl
def after_returned(event: RecordEvent) -> None:
    """Stop the clocks that wait for others than the applicant."""
    deadlines.refresh(event.session, event.record)


@hookimpl
def after_rejected(event: RecordEvent) -> None:
    """Stop the clocks: there is nothing to wait for."""
    deadlines.refresh(event.session, event.record)


@hookimpl
def after_withdrawn(event: RecordEvent) -> None:
    """Stop the clocks: there is nothing to wait for."""
    deadlines.refresh(event.session, event.record)


@hookimpl
def after_transition(event: ExecutionEvent) -> None:
    """Start and stop the clocks that count from a step, or until it."""
    deadlines.refresh(event.session, event.record)


@hookimpl
def resolve_setting(query: SettingQuery) -> SettingAnswer | None:
    """Answer with the policy's word, or the company's own choice."""
    return settings.answer(query.session, query.key, query.policy_version_id)


@hookimpl
def resolve_flow(query: FlowQuery) -> Flow | None:
    """Answer with the flow of the version in question; a duty has one of its own."""
    if query.kind == DUTY:
        return duties.flow_of(query.session, query.record) if query.record else None
    return versions.flow(query.session, query.kind, query.policy_version_id)


@hookimpl
def resolve_policy_version(query: SettingQuery) -> int | None:
    """Answer with the version in force."""
    version = versions.current(query.session)
    return version.id if version else None
