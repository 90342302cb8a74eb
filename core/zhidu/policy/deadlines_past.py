"""What happened to a record, read from its header and its trail for the clocks that hang on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from zhidu.db import Session
from zhidu.policy.deadlines_stated import Past
from zhidu.records.kinds import RecordKind
from zhidu.records.models import Approval, Record
from zhidu.workflow.definition import Flow, Node, NodeKind
from zhidu.workflow.models import Instance, Purpose, Trail, TrailAction

_OVER = frozenset({Approval.REJECTED, Approval.WITHDRAWN, Approval.TERMINATED, Approval.VOIDED})
_SUBMITS = (TrailAction.SUBMIT, TrailAction.RESUBMIT)

_TELLING = (
    *_SUBMITS,
    TrailAction.RETURN,
    TrailAction.WITHDRAW,
    TrailAction.TERMINATE,
    TrailAction.PASS,
    TrailAction.TRANSITION,
)


def past(session: Session, record: Record, kind: RecordKind, facts: Mapping[str, Any]) -> Past:
    """Read what happened to a record from its header and its trail."""
    instances = {
        one.purpose: one
        for one in session.scalars(select(Instance).where(Instance.record_id == record.id))
    }
    instance = instances.get(Purpose.APPROVAL)
    days = {name: value for name, value in facts.items() if _is_day(value)}
    if instance is None:
        return Past(record.created_at, days=days)
    trail = session.scalars(
        select(Trail)
        .where(Trail.instance_id == instance.id, Trail.action.in_(_TELLING))
        .order_by(Trail.id)
    ).all()
    void = instances.get(Purpose.VOID)
    over = record.ended_at
    if record.approval is Approval.VOIDED:
        over = void.approved_at if void else record.ended_at
    approved = record.approval in {Approval.APPROVED, Approval.VOIDED}
    return Past(
        created_at=record.created_at,
        submits=tuple(one.at for one in trail if one.action in _SUBMITS),
        left=tuple(one.at for one in trail if _leaves(one)),
        approved_at=instance.approved_at,
        ended_at=record.ended_at if approved else None,
        over_at=over if record.approval in _OVER else None,
        steps=performed(kind, Flow.from_json(instance.flow), trail),
        days=days,
    )


def _leaves(entry: Trail) -> bool:
    """Tell whether an entry gave the record back to its applicant; a note names another node."""
    if entry.action is TrailAction.RETURN:
        return not entry.note
    return entry.action in {TrailAction.WITHDRAW, TrailAction.TERMINATE}


def performed(kind: RecordKind, flow: Flow, trail: Iterable[Trail]) -> dict[str, datetime]:
    """Tell when each step of the execution was performed last, by a task or apart from one."""
    nodes = {node.id: node for node in flow.every_node()}
    state, found = kind.execution.initial, dict[str, datetime]()
    for entry in trail:
        name = ""
        if entry.action is TrailAction.TRANSITION:
            name = entry.note
        elif entry.action is TrailAction.PASS and entry.node_id in nodes:
            name = _by_task(kind, nodes[entry.node_id], state)
        step = kind.execution.named(name) if name else None
        if step is not None:
            found[name], state = entry.at, step.target
    return found


def _by_task(kind: RecordKind, node: Node, state: str) -> str:
    """Name the step that passing a handle node performed."""
    if node.kind is not NodeKind.HANDLE:
        return ""
    if node.transition:
        return node.transition
    possible = [step.name for step in kind.execution.from_state(state) if step.by_task]
    return possible[0] if len(possible) == 1 else ""


def _is_day(value: Any) -> bool:
    return isinstance(value, date) and not isinstance(value, datetime)
