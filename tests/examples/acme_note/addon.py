"""What the addon offers: hooks only; the work is done elsewhere."""

from __future__ import annotations

from collections.abc import Iterable

from acme_note import permissions, services, views, workflow
from zhidu import (
    Permission,
    RecordEvent,
    RecordKind,
    Resource,
    RoleTemplate,
    Setting,
    StartCard,
    StartCardsQuery,
    View,
    check,
    hookimpl,
)
from zhidu import lazy_gettext as _l


@hookimpl
def provide_permissions() -> Iterable[Permission]:
    return permissions.PERMISSIONS


@hookimpl
def provide_resources() -> Iterable[Resource]:
    return permissions.RESOURCES


@hookimpl
def provide_roles() -> Iterable[RoleTemplate]:
    return permissions.ROLES


@hookimpl
def provide_settings() -> Iterable[Setting]:
    return (Setting(services.LONGEST, int, 500, _l("Longest note"), minimum=1, maximum=5000),)


@hookimpl
def provide_record_kinds() -> Iterable[RecordKind]:
    return (workflow.NOTE,)


@hookimpl
def provide_views() -> Iterable[View]:
    return views.VIEWS


@hookimpl
def provide_start_cards(query: StartCardsQuery) -> Iterable[StartCard]:
    if check.can(query.session, "note.note.create"):
        yield StartCard(
            "note.note", _l("Note to colleagues"), "note_note.new_view", "comment", _l("Office")
        )


@hookimpl
def before_submit(event: RecordEvent) -> None:
    if event.record.kind == services.KIND:
        services.refuse_long(event)
