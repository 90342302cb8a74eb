"""What the addon offers to the core."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from zhidu.access.declarations import Permission, Resource, RoleTemplate
from zhidu.events import StartCardsQuery, TaskFactsQuery
from zhidu.hookspecs import hookimpl
from zhidu.jobs.declarations import JobType, ScheduleSpec
from zhidu.records.kinds import RecordKind
from zhidu.settings import Setting
from zhidu.values import DueItem, Fact, StartCard
from zhidu.web.declarations import View
from zhidu_seals import facts, permissions
from zhidu_seals.services import inspections
from zhidu_seals.settings import SETTINGS
from zhidu_seals.views import VIEWS
from zhidu_seals.workflow import USE_REQUEST

DUE = "seals.inspections_due"


@hookimpl
def provide_permissions() -> Iterable[Permission]:
    return permissions.PERMISSIONS


@hookimpl
def provide_roles() -> Iterable[RoleTemplate]:
    return permissions.ROLES


@hookimpl
def provide_resources() -> Iterable[Resource]:
    return permissions.RESOURCES


@hookimpl
def provide_settings() -> Iterable[Setting]:
    return SETTINGS


@hookimpl
def provide_record_kinds() -> Iterable[RecordKind]:
    return (USE_REQUEST,)


@hookimpl
def provide_jobs() -> Iterable[JobType]:
    return (JobType(DUE, inspections.run_due),)


@hookimpl
def provide_schedules() -> Iterable[ScheduleSpec]:
    return (ScheduleSpec(DUE, DUE, timedelta(days=1), at_hour=8),)


@hookimpl
def provide_views() -> Iterable[View]:
    return VIEWS


@hookimpl
def provide_task_facts(query: TaskFactsQuery) -> Mapping[int, Sequence[Fact]]:
    return facts.task_facts(query)


@hookimpl
def provide_start_cards(query: StartCardsQuery) -> Iterable[StartCard]:
    return facts.start_cards(query)


@hookimpl
def provide_due_items(query: StartCardsQuery) -> Iterable[DueItem]:
    return facts.due_items(query)
