"""What the addon offers to the core."""

from __future__ import annotations

from collections.abc import Iterable

from zhidu.events import CompanyEvent
from zhidu.hookspecs import hookimpl
from zhidu.jobs.declarations import JobType
from zhidu.policy.capabilities import Capability
from zhidu.records.kinds import RecordKind
from zhidu.web.declarations import View
from zhidu_hr import permissions, workbench
from zhidu_hr.capabilities import CAPABILITIES
from zhidu_hr.services import effects, leave_types, recount
from zhidu_hr.workflow import LEAVE_REQUEST

provide_permissions = hookimpl(permissions.provide_permissions)
provide_roles = hookimpl(permissions.provide_roles)
provide_resources = hookimpl(permissions.provide_resources)
provide_task_facts = hookimpl(workbench.provide_task_facts)
provide_start_cards = hookimpl(workbench.provide_start_cards)
provide_due_items = hookimpl(workbench.provide_due_items)
provide_absences = hookimpl(workbench.provide_absences)


@hookimpl
def provide_record_kinds() -> Iterable[RecordKind]:
    return (effects.with_effects(LEAVE_REQUEST),)


@hookimpl
def provide_capabilities() -> Iterable[Capability]:
    return CAPABILITIES


@hookimpl
def provide_jobs() -> Iterable[JobType]:
    return (JobType(recount.JOB, recount.run),)


@hookimpl
def provide_views() -> Iterable[View]:
    from zhidu_hr.views import VIEWS  # the web is loaded by who serves it

    return VIEWS


@hookimpl
def after_activated(event: CompanyEvent) -> None:
    if event.addon == "hr":
        leave_types.ensure_types(event.session)


after_calendar_changed = hookimpl(recount.enqueue_recount)
