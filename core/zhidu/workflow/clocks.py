"""The clocks of open tasks: reminders while the addon is active, a stand-still while it is not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from zhidu import settings
from zhidu.clock import now
from zhidu.db import Session
from zhidu.records.models import Record
from zhidu.records.queries import active_kinds
from zhidu.workflow.models import Task, TaskStatus
from zhidu.workflow.notices import Notices
from zhidu.workflow.run import REMIND_HOURS

BATCH = 200
"""Tasks per run of the job; what is left is due again at the next one."""


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


def stop(session: Session, addon: str) -> None:
    """Let the clocks of an addon's open tasks stand still: keep what was left."""
    for task in _open(session, addon):
        if task.remind_at is not None:
            task.clock_left = int((task.remind_at - now()).total_seconds())
            task.remind_at = None
    session.flush()


def start(session: Session, addon: str) -> None:
    """Let them go on with what was left."""
    for task in _open(session, addon):
        if task.clock_left is not None:
            task.remind_at = now() + timedelta(seconds=task.clock_left)
            task.clock_left = None
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
