"""What every flush must respect: versions rise with the detail, statuses belong to the engine."""

from __future__ import annotations

from typing import Any

from sqlalchemy import event, inspect
from sqlalchemy.orm import Mapper, ORMExecuteState, UOWTransaction

from zhidu.db import Base, Session
from zhidu.records.guarding import (
    EDITABLE,
    RecordIsFixed,
    StatusIsTheEngines,
    engine_is_writing,
)
from zhidu.records.models import Approval, Archive, Record

GUARDED = (
    "approval",
    "execution",
    "archive",
    "kind",
    "number",
    "applicant_id",
    "policy_version_id",
    "submitted_at",
    "ended_at",
    "department_path",
    "department_name",
)
"""Columns of the header that only the engine sets."""

_BEGINNING: dict[str, Any] = {"approval": Approval.DRAFT, "archive": Archive.NONE}
"""What a new record may say by itself."""

_details: dict[type[Any], bool] = {}


def is_detail(model: type[Any]) -> bool:
    """Tell whether a mapped class is the detail of a record: its ``header`` is a ``Record``."""
    found = _details.get(model)
    if found is None:
        mapper: Mapper[Any] = inspect(model)
        header = mapper.relationships.get("header")
        found = _details[model] = header is not None and header.mapper.class_ is Record
    return found


@event.listens_for(Session, "before_flush")
def guard_records(session: Session, _context: UOWTransaction, _objects: Any) -> None:
    """Touch the header of every changed detail; refuse what only the engine may do.

    SQLAlchemy raises the version of a row that itself changed: without the touch, two people
    who change only the addon's own row would overwrite each other in silence.
    """
    for row in list(session.dirty):
        if is_detail(type(row)) and session.is_modified(row):
            header: Record = row.header
            header.touched += 1
    if engine_is_writing():
        return
    for row in session.new:
        if isinstance(row, Record):
            _check_new(row)
    for row in session.dirty:
        if isinstance(row, Record) and session.is_modified(row):
            _check_changed(row)
    for row in session.deleted:
        if isinstance(row, Record) or is_detail(type(row)):
            raise RecordIsFixed(row if isinstance(row, Record) else row.header)


def _check_new(record: Record) -> None:
    for field in ("approval", "archive", "number", "submitted_at", "ended_at", "policy_version_id"):
        value = getattr(record, field)
        if value is not None and value != _BEGINNING.get(field):
            raise StatusIsTheEngines(field)


def _check_changed(record: Record) -> None:
    state = inspect(record)
    for field in GUARDED:
        if state.attrs[field].history.has_changes():
            raise StatusIsTheEngines(field)
    if record.approval not in EDITABLE:
        raise RecordIsFixed(record)


@event.listens_for(Session, "do_orm_execute")
def guard_bulk(state: ORMExecuteState) -> None:
    """Refuse UPDATE and DELETE statements over records: no listener would see their rows."""
    if not (state.is_update or state.is_delete) or engine_is_writing():
        return
    mapper = state.bind_mapper
    if mapper is None:
        return
    model: type[Base] = mapper.class_
    if model is Record or is_detail(model):
        raise StatusIsTheEngines(model.__tablename__)
