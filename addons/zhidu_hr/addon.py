"""What the addon offers to the core."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from zhidu.access.declarations import Permission, Resource, RoleTemplate
from zhidu.events import CalendarEvent, CompanyEvent, StartCardsQuery, TaskFactsQuery
from zhidu.hookspecs import hookimpl
from zhidu.records.kinds import RecordKind
from zhidu.values import DueItem, Fact, StartCard
from zhidu.web.declarations import View
from zhidu_hr import facts, permissions
from zhidu_hr.services import calendar_changes, leave_types
from zhidu_hr.views import VIEWS
from zhidu_hr.workflow import LEAVE_REQUEST


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
def provide_record_kinds() -> Iterable[RecordKind]:
    return (LEAVE_REQUEST,)


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


@hookimpl
def after_activated(event: CompanyEvent) -> None:
    if event.addon == "hr":
        leave_types.ensure_types(event.session)


@hookimpl
def after_calendar_changed(event: CalendarEvent) -> None:
    calendar_changes.recount(event)
