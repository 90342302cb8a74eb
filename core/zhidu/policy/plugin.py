"""The policy as the core's other parts meet it: answers to hooks, and one job."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from zhidu.access.declarations import Resource
from zhidu.db import Session
from zhidu.events import FlowQuery, SettingAnswer, SettingQuery
from zhidu.health import HealthCheck
from zhidu.hookspecs import hookimpl
from zhidu.jobs import JobType, ScheduleSpec
from zhidu.policy import activation, settings, trial, versions
from zhidu.policy.capabilities import CORE, Capability
from zhidu.policy.models import PolicyVersion
from zhidu.policy.publish import EFFECTIVE_JOB, WITH_TWO
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
    """Switch the addons on the day from which a version holds; tell of a trial's end."""
    return [JobType(EFFECTIVE_JOB, _take_effect), JobType(trial.JOB, trial.tell)]


@hookimpl
def provide_health_checks() -> Iterable[HealthCheck]:
    """Look for trials that ended and still hold."""
    return [HealthCheck("policy", _l("Policies on trial"), trial.check)]


@hookimpl
def provide_schedules() -> Iterable[ScheduleSpec]:
    """Look each morning whether a trial ends."""
    return [ScheduleSpec(trial.JOB, trial.JOB, timedelta(days=1), at_hour=8)]


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
    """Let members with the right read the versions."""
    return [Resource(kind="core.policy", model=PolicyVersion)]


@hookimpl
def resolve_setting(query: SettingQuery) -> SettingAnswer | None:
    """Answer with the policy's word, or the company's own choice."""
    return settings.answer(query.session, query.key, query.policy_version_id)


@hookimpl
def resolve_flow(query: FlowQuery) -> Flow | None:
    """Answer with the flow of the version in question."""
    return versions.flow(query.session, query.kind, query.policy_version_id)


@hookimpl
def resolve_policy_version(query: SettingQuery) -> int | None:
    """Answer with the version in force."""
    version = versions.current(query.session)
    return version.id if version else None
