"""What the addon offers to the core."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from zhidu.hookspecs import hookimpl
from zhidu.jobs.declarations import JobType, ScheduleSpec
from zhidu.policy.capabilities import Capability
from zhidu.records.kinds import RecordKind
from zhidu.settings import Setting
from zhidu.web.declarations import View
from zhidu_seals import permissions, workbench
from zhidu_seals.capabilities import CAPABILITIES
from zhidu_seals.services import effects, inspections
from zhidu_seals.settings import SETTINGS
from zhidu_seals.workflow import USE_REQUEST

DUE = "seals.inspections_due"

provide_permissions = hookimpl(permissions.provide_permissions)
provide_roles = hookimpl(permissions.provide_roles)
provide_resources = hookimpl(permissions.provide_resources)
provide_task_facts = hookimpl(workbench.provide_task_facts)
provide_start_cards = hookimpl(workbench.provide_start_cards)
provide_due_items = hookimpl(workbench.provide_due_items)


@hookimpl
def provide_settings() -> Iterable[Setting]:
    return SETTINGS


@hookimpl
def provide_record_kinds() -> Iterable[RecordKind]:
    return (effects.with_effects(USE_REQUEST),)


@hookimpl
def provide_capabilities() -> Iterable[Capability]:
    return CAPABILITIES


@hookimpl
def provide_jobs() -> Iterable[JobType]:
    return (JobType(DUE, inspections.run_due),)


@hookimpl
def provide_schedules() -> Iterable[ScheduleSpec]:
    return (ScheduleSpec(DUE, DUE, timedelta(days=1), at_hour=8),)


@hookimpl
def provide_views() -> Iterable[View]:
    from zhidu_seals.views import VIEWS  # the web is loaded by who serves it

    return VIEWS
