"""The clocks of open tasks go by jobs: what is due is found here, and stands still without its addon.

Reminders are a matter of the task alone. Whatever moves a record is a job of its own for each task:
its effect, under the record's lock, and the mark that it is done are one transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from zhidu import settings
from zhidu.clock import now
from zhidu.db import Session
from zhidu.jobs import enqueue
from zhidu.records.models import Record
from zhidu.records.queries import active_kinds
from zhidu.workflow import timeouts
from zhidu.workflow.models import Task, TaskStatus
from zhidu.workflow.notices import Notices
from zhidu.workflow.timeouts import REMIND_HOURS

BATCH = 200
"""Tasks per run of the job; what is left is due again at the next one."""

STRIKE = "core.strike_task"


def remind(session: Session, _args: Mapping[str, Any]) -> None:
    """Bring open tasks to mind whose time has come, and set the next time."""
    due = session.scalars(
        select(Task)
        .where(
            Task.status == TaskStatus.OPEN,
            Task.remind_at <= now(),
            Task.kind.in_(active_kinds(session)),
        )
        .order_by(Task.remind_at, Task.id)
        .limit(BATCH)
        # another worker's, or one that is being decided just now, is left alone
        .with_for_update(skip_locked=True)
    ).all()
    for task in due:
        record = session.get_one(Record, task.record_id)
        hours = settings.get(session, REMIND_HOURS, record.policy_version_id)
        task.reminded += 1
        task.remind_at = now() + timedelta(hours=hours)
        session.flush()
        Notices(session, record).reminded(task)


def find_due(session: Session, _args: Mapping[str, Any]) -> None:
    """Have each stroke that is due carried out by a job of its own, once."""
    due = session.execute(
        select(Task.id, Task.due_at)
        .where(
            Task.status == TaskStatus.OPEN,
            Task.due_at <= now(),
            Task.kind.in_(active_kinds(session)),
        )
        .order_by(Task.due_at, Task.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    for key, at in due:
        enqueue(session, STRIKE, {"task": key}, dedupe=f"strike:{key}:{at}")


def stop(session: Session, addon: str) -> None:
    """Let the clocks of an addon's open tasks stand still: keep what was left."""
    for task in _open(session, addon):
        timeouts.pause(task)
    session.flush()


def start(session: Session, addon: str) -> None:
    """Let them go on with what was left."""
    for task in _open(session, addon):
        timeouts.resume(task)
    session.flush()


def _open(session: Session, addon: str) -> list[Task]:
    registry = session.registry
    kinds = sorted(kind for kind in registry.kinds if registry.owner(kind) == addon)
    return list(
        session.scalars(
            select(Task)
            .where(Task.status == TaskStatus.OPEN, Task.kind.in_(kinds))
            .order_by(Task.id)
        )
    )
