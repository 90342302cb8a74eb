"""Which fields of which records their steps hide from a reader: for lists, exports and prints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Text, cast, select

from zhidu.actor import Actor
from zhidu.db import Session
from zhidu.records.models import Record
from zhidu.workflow.definition import FieldRight, Flow
from zhidu.workflow.models import Instance, Task, TaskStatus

_PRESENT = frozenset({TaskStatus.OPEN, TaskStatus.WAITING})
_HIDES = f'%"{FieldRight.HIDE.value}"%'
"""Only flows that hide anything are read."""


def hidden_by_field(session: Session, actor: Actor, kind: str) -> dict[str, set[int]]:
    """Give, by field, the keys of the records in which the reader may not see it.

    The same rule as ``fields.rights_of``, for all records of a kind in one statement.
    """
    if actor.member_id is None:
        return {}
    rows = session.execute(
        select(Task.record_id, Task.node_id, Task.status, Instance.flow)
        .join(Instance, Instance.id == Task.instance_id)
        .join(Record, Record.id == Task.record_id)
        .where(
            Task.member_id == actor.member_id,
            Task.kind == kind,
            Record.applicant_id != actor.member_id,
            cast(Instance.flow, Text).like(_HIDES),
        )
        .order_by(Task.record_id, Task.id)
    ).all()
    by_record: dict[int, list[Any]] = {}
    for row in rows:
        by_record.setdefault(row.record_id, []).append(row)
    found: dict[str, set[int]] = {}
    for record_id, tasks in by_record.items():
        for name in _hidden(tasks):
            found.setdefault(name, set()).add(record_id)
    return found


def _hidden(tasks: list[Any]) -> set[str]:
    """Name what all of a person's steps on one record hide; those asked now come first."""
    counting = [one for one in tasks if one.status in _PRESENT] or tasks
    each = [_fields(one.flow, one.node_id) for one in counting]
    names = {name for fields in each for name in fields}
    return {name for name in names if all(f.get(name) is FieldRight.HIDE for f in each)}


def _fields(flow: Mapping[str, Any], node_id: str) -> Mapping[str, FieldRight]:
    nodes = Flow.from_json(flow).every_node()
    return next((node.fields for node in nodes if node.id == node_id), {})
