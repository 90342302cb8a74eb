"""Which rows a scope reaches, said twice: as a criterion of SQL and about one loaded row.

Both say the same (a property test holds them together). A department is known by its key: a
record keeps the path that it had when it was submitted, whose last key is its department and
whose other keys are those above; so a leader keeps the old records of a department that moved.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, exists, false, or_, select, true
from sqlalchemy.orm import aliased

from zhidu.access.declarations import Resource
from zhidu.access.models import Scope
from zhidu.access.profile import Profile
from zhidu.db import Session
from zhidu.org.models import Department, MemberDepartment
from zhidu.records.models import Record, RecordReader

# names of their own: the query around them may join the header itself
_HEADER = aliased(Record)
_READER = aliased(RecordReader)
_PLACE = aliased(MemberDepartment)
_TREE = aliased(Department)


def criterion(me: Profile, resource: Resource, scope: Scope, entity: Any) -> ColumnElement[bool]:
    """Say which rows of ``entity`` (the resource's model, the header, or an alias) are reached."""
    if scope is Scope.COMPANY:
        return true()
    if me.member_id is None:
        return false()
    if resource.is_record:
        return _record_criterion(me, scope, entity)
    found: list[ColumnElement[bool]] = []
    owner = getattr(entity, resource.owner) if resource.owner else None
    if owner is not None:
        found.append(owner == me.member_id)
    if scope is not Scope.OWN and me.places:
        if resource.department:
            found.append(_in_places(me, scope, getattr(entity, resource.department)))
        elif owner is not None:
            found.append(owner.in_(_owners(me, scope)))
    return or_(false(), *found)


def _record_criterion(me: Profile, scope: Scope, entity: Any) -> ColumnElement[bool]:
    # a person's own rows are few and found by an index; a department's are tested one by one
    own: ColumnElement[bool] = entity.id.in_(
        select(_HEADER.id).where(_HEADER.applicant_id == me.member_id)
    )
    if scope is Scope.OWN or not me.places:
        return own
    in_department = (
        _HEADER.department_id.in_(sorted(me.places))
        if scope is Scope.DEPARTMENT
        else _in_places(me, scope, _HEADER.department_path)
    )
    return or_(own, exists().where(_HEADER.id == entity.id, in_department))


def _in_places(me: Profile, scope: Scope, path: Any) -> ColumnElement[bool]:
    """Compare a path column: ends with a key (the department itself), or holds it (the tree)."""
    tail = "" if scope is Scope.DEPARTMENT else "%"
    return or_(*(path.like(f"%/{key}/{tail}") for key in sorted(me.places)))


def _owners(me: Profile, scope: Scope) -> Select[int]:
    """Select the members whose primary department is reached."""
    people = select(_PLACE.member_id).where(_PLACE.is_primary)
    if scope is Scope.DEPARTMENT:
        return people.where(_PLACE.department_id.in_(sorted(me.places)))
    return people.join(_TREE, _TREE.id == _PLACE.department_id).where(
        _in_places(me, scope, _TREE.path)
    )


def reader_criterion(me: Profile, entity: Any) -> ColumnElement[bool]:
    """Say which records the person may read because of a task, cc, delegation or mention."""
    if me.member_id is None:
        return false()
    return entity.id.in_(select(_READER.record_id).where(_READER.member_id == me.member_id))  # type: ignore[no-any-return]  # entity is Any


def reaches(session: Session, me: Profile, resource: Resource, scope: Scope, row: Any) -> bool:
    """Tell whether one loaded row (detail, header or master row) is reached."""
    if scope is Scope.COMPANY:
        return True
    if me.member_id is None:
        return False
    if resource.is_record:
        header: Record = row if isinstance(row, Record) else row.header
        if header.applicant_id == me.member_id:
            return True
        if scope is Scope.DEPARTMENT:
            return header.department_id in me.places
        return scope is Scope.DEPARTMENT_TREE and _path_in_places(me, scope, header.department_path)
    owner = getattr(row, resource.owner) if resource.owner else None
    if owner is not None and owner == me.member_id:
        return True
    if scope is Scope.OWN:
        return False
    if resource.department:
        return _path_in_places(me, scope, getattr(row, resource.department))
    if owner is None or not me.places:
        return False
    return session.scalar(_owners(me, scope).where(_PLACE.member_id == owner)) is not None


def _path_in_places(me: Profile, scope: Scope, path: str | None) -> bool:
    keys = [int(key) for key in (path or "").split("/") if key]
    return not me.places.isdisjoint(keys[-1:] if scope is Scope.DEPARTMENT else keys)


def may_read_by_task(session: Session, me: Profile, record_id: int) -> bool:
    """Tell whether the person has or had a task, cc, delegation or mention on the record."""
    return me.member_id is not None and (
        session.get(RecordReader, (me.member_id, record_id)) is not None
    )
