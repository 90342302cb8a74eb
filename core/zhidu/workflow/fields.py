"""What a person may do with the fields of a form while a record is on its way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from zhidu.actor import Actor
from zhidu.db import Session
from zhidu.records.models import Record
from zhidu.records.queries import is_applicant
from zhidu.workflow.definition import FieldRight, Flow
from zhidu.workflow.models import Instance, Task, TaskStatus

_ORDER = (FieldRight.EDIT, FieldRight.READ, FieldRight.HIDE)


def watched(flow: Flow, detail: Any) -> dict[str, Any]:
    """Read the fields of the form whose change makes everybody be asked again."""
    return {name: _plain(getattr(detail, name, None)) for name in flow.watched}


def _plain(value: Any) -> Any:
    """Write a value so that it can be kept and compared, whatever wrote it."""
    if value is None or isinstance(value, bool | int):
        return value
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


def rights_of(session: Session, actor: Actor, record: Record) -> Mapping[str, FieldRight]:
    """Give what the actor may do with fields of a record that are not simply read.

    Who is asked now has the rights of those nodes; who was asked before, what those nodes let
    them see. Of several nodes the larger right counts. The applicant and people who read the
    record for another reason than a task see everything that they may see.
    """
    if actor.member_id is None or is_applicant(actor, record):
        return {}
    tasks = session.scalars(
        select(Task)
        .where(Task.record_id == record.id, Task.member_id == actor.member_id)
        .order_by(Task.id)
    ).all()
    present = [task for task in tasks if task.status in {TaskStatus.OPEN, TaskStatus.WAITING}]
    rights = [_of(session, task) for task in present or tasks]
    found: dict[str, FieldRight] = {}
    for name in {name for each in rights for name in each}:
        given = {each.get(name, FieldRight.READ) for each in rights}
        right = next(one for one in _ORDER if one in given)
        if right is FieldRight.EDIT and not any(task.status is TaskStatus.OPEN for task in present):
            right = FieldRight.READ
        if right is not FieldRight.READ:
            found[name] = right
    return found


def _of(session: Session, task: Task) -> Mapping[str, FieldRight]:
    """Give the rights of a task's node."""
    flow = Flow.from_json(session.get_one(Instance, task.instance_id).flow)
    return next((node.fields for node in flow.every_node() if node.id == task.node_id), {})


def visible(session: Session, actor: Actor, record: Record, names: Iterable[str]) -> list[str]:
    """Keep the fields of a form that a reader may see."""
    rights = rights_of(session, actor, record)
    return [name for name in names if rights.get(name) is not FieldRight.HIDE]
