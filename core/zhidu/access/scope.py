"""Which rows and fields the actor may see: put into every query of lists, look-ups and exports."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, case, false, inspect, literal, or_, select, true

from zhidu.access.declarations import Resource
from zhidu.access.models import Scope
from zhidu.access.profile import is_active, profile
from zhidu.access.reach import criterion, reaches, reader_criterion
from zhidu.db import Session
from zhidu.errors import NotFound
from zhidu.records.models import Record


def visible(
    session: Session, kind: str, action: str = "read", entity: Any = None
) -> ColumnElement[bool]:
    """Give the criterion for ``.where()``: rows on which the actor may do ``action``.

    Nothing without a grant; whoever has or had a task, cc, delegation or mention reads that
    record; the rows of open resources are read by every member.

    :param entity: an alias of the resource's model, if the query uses one.
    :raises KeyError: no enabled addon declares the kind.
    """
    resource = session.registry.resources[kind]
    return _visible(session, resource, action, resource.model if entity is None else entity)


def _visible(session: Session, resource: Resource, action: str, entity: Any) -> ColumnElement[bool]:
    me = profile(session)
    if not is_active(session, resource.kind):
        return false()
    if me.everything:
        return true()
    if action == "read" and resource.open_to_members and me.member_id is not None:
        return true()
    scope = me.grants.get(f"{resource.kind}.{action}")
    found = false() if scope is None else criterion(me, resource, scope, entity)
    if action == "read" and resource.is_record and scope is not Scope.COMPANY:
        return or_(found, reader_criterion(me, entity))
    return found


def visible_records(session: Session, entity: Any = Record) -> ColumnElement[bool]:
    """Give the criterion over headers, for lists and search across all kinds of active addons."""
    alike: dict[Scope | None, list[str]] = {}
    me = profile(session)
    by_kind: dict[str, Resource] = {
        kind: resource
        for kind, resource in session.registry.resources.items()
        if resource.is_record and is_active(session, kind)
    }
    for kind in by_kind:
        scope = Scope.COMPANY if me.everything else me.grants.get(f"{kind}.read")
        alike.setdefault(scope, []).append(kind)
    found = [
        and_(
            entity.kind.in_(sorted(kinds)),
            _visible(session, by_kind[kinds[0]], "read", entity),
        )
        for kinds in alike.values()
    ]
    return or_(false(), *found)


def get(session: Session, kind: str, row_id: int, action: str = "read") -> Any:
    """Give one row on which the actor may do ``action``.

    :raises NotFound: there is none, or the actor may not: both look alike.
    """
    model = session.registry.resources[kind].model
    row = session.scalars(
        select(model).where(model.id == row_id, visible(session, kind, action))
    ).one_or_none()
    if row is None:
        raise NotFound
    return row


def hidden_fields(session: Session, kind: str, row: Any = None) -> frozenset[str]:
    """Name the guarded fields that the actor never sees, or does not see on one row.

    Lists, forms, exports, filters and sorting leave out those hidden everywhere, and use
    :func:`masked` for the others.
    """
    resource = session.registry.resources[kind]
    return frozenset(
        name
        for name, permission in resource.guarded.items()
        if not _shows(session, resource, permission, row)
    )


def _shows(session: Session, resource: Resource, permission: str, row: Any) -> bool:
    me = profile(session)
    if me.everything:
        return True
    scope = me.grants.get(permission)
    if scope is None:
        return False
    return row is None or reaches(session, me, resource, scope, row)


def readable_columns(session: Session, kind: str) -> tuple[str, ...]:
    """Name the columns of the resource that the actor may see on some row, secrets never."""
    model = session.registry.resources[kind].model
    hidden = hidden_fields(session, kind)
    return tuple(
        attribute.key
        for attribute in inspect(model).column_attrs
        if attribute.key not in hidden and not attribute.columns[0].info.get("secret")
    )


def masked(session: Session, kind: str, field: str, entity: Any = None) -> ColumnElement[Any]:
    """Give the column as the actor may see it: NULL on rows where its guard is not granted.

    Select, filter, search and sort by this, never by the column itself: an order or a hit would
    tell what the page hides.
    """
    resource = session.registry.resources[kind]
    entity = resource.model if entity is None else entity
    column: ColumnElement[Any] = getattr(entity, field)
    permission = resource.guarded.get(field)
    me = profile(session)
    if permission is None or me.everything:
        return column
    scope = me.grants.get(permission)
    if scope is Scope.COMPANY:
        return column
    nothing = literal(None, column.type)
    if scope is None:
        return nothing
    return case((criterion(me, resource, scope, entity), column), else_=nothing)
