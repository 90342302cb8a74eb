"""Changing the form of a record that is on its way: who is asked may, where the node says so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zhidu.actor import Actor
from zhidu.db import Session
from zhidu.records import services as records
from zhidu.records.guarding import RecordIsFixed, engine_writes
from zhidu.records.models import Approval, Record
from zhidu.records.queries import is_applicant
from zhidu.workflow.definition import FieldRight
from zhidu.workflow.errors import FieldLocked
from zhidu.workflow.fields import rights_of
from zhidu.workflow.models import Task, TaskStatus, TrailAction
from zhidu.workflow.run import Run
from zhidu.workflow.standing import lock


def edit(
    session: Session,
    actor: Actor,
    row: Any,
    values: Mapping[str, Any],
    version: int,
    **more: Any,
) -> None:
    """Save what was typed into a form: by the applicant, or by who is asked at a node that lets them.

    A change by a person of a node is written into the trail. A change of watched fields makes
    everybody behind be asked, also those who would otherwise be counted in.

    :param more: as for ``records.services.edit``.
    :raises FieldLocked: the node does not let the person change a field.
    """
    record: Record = row.header
    if record.approval is not Approval.IN_APPROVAL or is_applicant(actor, record):
        records.edit(session, actor, row, values, version, **more)
        return
    with engine_writes(session):
        instance = lock(session, record)
        if instance is None:
            raise RecordIsFixed(record)
        run = Run(session, actor, record, instance)
        tasks = _asked(run)
        if not tasks:
            raise RecordIsFixed(record)
        rights = rights_of(session, actor, record)
        changed = [name for name, value in values.items() if _differs(row, name, value)]
        for name in changed:
            if rights.get(name) is not FieldRight.EDIT:
                raise FieldLocked(name, run.node(tasks[0].node_id).name)
        if more.get("title") not in {None, record.title} or more.get("department_id"):
            raise RecordIsFixed(record)
        given = {name: values[name] for name in changed}
        records.edit(session, actor, row, given, version, granted=frozenset(changed), **more)
        if not changed:
            return
        node = run.node(tasks[0].node_id)
        run.write(
            TrailAction.EDIT, actor=actor, node=node, task=tasks[0], note=",".join(sorted(changed))
        )
        run.router.forget()
        if run.kind.on_edited is not None:
            run.kind.on_edited(run.event)


def _asked(run: Run) -> list[Task]:
    """List the actor's own open tasks."""
    me = run.actor.member_id
    return [
        task
        for task in run.tasks()
        if me is not None and task.member_id == me and task.status is TaskStatus.OPEN
    ]


def _differs(row: Any, name: str, value: Any) -> bool:
    return bool(getattr(row, name, None) != value)
