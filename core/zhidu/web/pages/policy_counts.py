"""What runs under a policy now: open tasks by step, records by clause; one statement each.

Only records are counted that the reader may open, so that every number is the length of the list
behind it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Row, exists, func, select

from zhidu.access import scope
from zhidu.db import Session
from zhidu.org.models import Member
from zhidu.records.models import Record
from zhidu.web.flow_svg import Count
from zhidu.workflow.models import FlowStep, StepStatus, Task, TaskStatus, Trail, TrailAction

Counts = dict[str, dict[str, Count]]
"""By kind of record and step."""

TOLD = (
    TrailAction.APPROVE,
    TrailAction.HANDLE,
    TrailAction.REJECT,
    TrailAction.RETURN,
)
"""What of the trail is a decision of somebody."""


@dataclass(frozen=True, slots=True)
class Cited:
    """A decision that named a clause."""

    record_id: int
    kind: str
    title: str
    number: str
    step: str
    action: TrailAction
    who: str
    at: datetime


def steps(session: Session, version_id: int | None = None) -> Counts:
    """Count what stands at each step of every kind.

    :param version_id: only records bound to this version; default: all that run.
    """
    found: Counts = {}
    for kind, node, open_tasks in _open_tasks(session, version_id):
        found.setdefault(kind, {})[node] = Count(open=open_tasks)
    for kind, node, waiting in _waiting(session, version_id):
        nodes = found.setdefault(kind, {})
        nodes[node] = Count(nodes.get(node, Count()).open, waiting)
    return found


def _open_tasks(session: Session, version_id: int | None) -> Sequence[Row[str, str, int]]:
    statement = (
        select(Task.kind, Task.node_id, func.count())
        .join(Record, Record.id == Task.record_id)
        .where(Task.status == TaskStatus.OPEN, scope.visible_records(session))
        .group_by(Task.kind, Task.node_id)
    )
    if version_id is not None:
        statement = statement.where(Record.policy_version_id == version_id)
    return session.execute(statement).all()


def _waiting(session: Session, version_id: int | None) -> Sequence[Row[str, str, int]]:
    statement = (
        select(Record.kind, FlowStep.node_id, func.count())
        .join(Record, Record.id == FlowStep.record_id)
        .where(FlowStep.status == StepStatus.WAITING, scope.visible_records(session))
        .group_by(Record.kind, FlowStep.node_id)
    )
    if version_id is not None:
        statement = statement.where(Record.policy_version_id == version_id)
    return session.execute(statement).all()


def at_step(node: str) -> ColumnElement[bool]:
    """Give the criterion over headers: somebody is asked at this step, or it waits there."""
    asked = exists().where(
        Task.record_id == Record.id, Task.node_id == node, Task.status == TaskStatus.OPEN
    )
    waits = exists().where(
        FlowStep.record_id == Record.id,
        FlowStep.node_id == node,
        FlowStep.status == StepStatus.WAITING,
    )
    return asked | waits


def cites(clause: str) -> ColumnElement[bool]:
    """Give the criterion over headers: something in the record's story names the clause."""
    return exists().where(Trail.record_id == Record.id, Trail.clause == clause)


def governed(session: Session) -> dict[str, int]:
    """Count the records whose story names each clause."""
    found = (
        select(Trail.clause, func.count(Trail.record_id.distinct()))
        .join(Record, Record.id == Trail.record_id)
        .where(Trail.clause != "", scope.visible_records(session))
        .group_by(Trail.clause)
    )
    return dict(iter(session.execute(found)))


def governed_by(session: Session, clause: str) -> int:
    """Count the records whose story names one clause."""
    found = (
        select(func.count(Trail.record_id.distinct()))
        .join(Record, Record.id == Trail.record_id)
        .where(Trail.clause == clause, scope.visible_records(session))
    )
    return session.scalar(found) or 0


def last_decisions(session: Session, clause: str, limit: int = 10) -> list[Cited]:
    """List the last decisions that named a clause, the newest first."""
    found = (
        select(
            Trail.record_id,
            Record.kind,
            Record.title,
            Record.number,
            Trail.node_name,
            Trail.action,
            Member.name,
            Trail.at,
        )
        .join(Record, Record.id == Trail.record_id)
        .outerjoin(Member, Member.id == Trail.member_id)
        .where(Trail.clause == clause, Trail.action.in_(TOLD), scope.visible_records(session))
        .order_by(Trail.id.desc())
        .limit(limit)
    )
    return [
        Cited(
            row.record_id,
            row.kind,
            row.title,
            row.number or "",
            row.node_name,
            TrailAction(row.action),
            row.name or "",
            row.at,
        )
        for row in session.execute(found)
    ]
