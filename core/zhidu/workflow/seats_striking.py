"""What a clock does when a person did not decide in time: reminds, asks others, or decides.

Each stroke is written into the trail with the clause that demands it, also one that could do
nothing: then its note says why. The engine never approves what has to do with money or seals.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from zhidu.clock import now
from zhidu.db import Session
from zhidu.org import queries as org
from zhidu.records.guarding import engine_writes
from zhidu.records.models import Record
from zhidu.records.queries import kind_is_active
from zhidu.texts import gettext
from zhidu.workflow import deciding, needs, seats, seats_notices, timeouts
from zhidu.workflow.decisions import Action
from zhidu.workflow.definition import Node, OnTimeout, Timeout
from zhidu.workflow.guards import Given
from zhidu.workflow.models import (
    FlowStep,
    Instance,
    InstanceStatus,
    Origin,
    Sign,
    Task,
    TaskStatus,
    TrailAction,
)
from zhidu.workflow.routing import Asked
from zhidu.workflow.run import Run
from zhidu.workflow.seats_rules import PENDING
from zhidu.workflow.standing import lock

NOBODY = "nobody"
"""Note behind what a clock should have done: nobody could be asked."""

GUARDED = "guarded"
"""Likewise: money and seals are never approved by a clock."""

PERSON = "person"
"""Likewise: what is to be done here, only a person can do."""


def strike(session: Session, args: Mapping[str, Any]) -> None:
    """Carry out what is due on one task; nothing where it was decided, moved or stopped meanwhile.

    :param args: ``{"task": key}``.
    """
    task = session.get(Task, int(args["task"]))
    if task is None or not kind_is_active(session, task.kind):
        return
    with engine_writes(session):
        lock(session, session.get_one(Record, task.record_id))
        session.refresh(task)
        instance = session.get_one(Instance, task.instance_id, populate_existing=True)
        going = instance.status in {InstanceStatus.RUNNING, InstanceStatus.WAITING}
        if task.status is not TaskStatus.OPEN or not going:
            return
        run = Run(session, session.actor, task.record, instance)
        node, step = run.node(task.node_id), run.live.get(task.node_id)
        if step is None or step.id != task.step_id:
            return
        if task.due_at is None or task.due_at > now() or task.due_index >= len(node.timeouts):
            return
        _strike(run, node, step, task, node.timeouts[task.due_index])


def _strike(run: Run, node: Node, step: FlowStep, task: Task, timeout: Timeout) -> None:
    timeouts.carried_out(run.session, node, task, run.record.policy_version_id)
    match timeout.action:
        case OnTimeout.REMIND:
            task.reminded += 1
            _note(run, node, task, timeout)
            run.session.flush()
            run.notices.reminded(task)
        case OnTimeout.ESCALATE:
            _escalate(run, node, step, task, timeout)
        case OnTimeout.MANAGER:
            _to_manager(run, node, step, task, timeout)
        case OnTimeout.APPROVE:
            _decide(run, node, step, task, timeout, Action.APPROVE)
        case OnTimeout.REJECT:
            _decide(run, node, step, task, timeout, Action.REJECT)


def _note(
    run: Run, node: Node, task: Task, timeout: Timeout, more: str = "", other: int | None = None
) -> None:
    """Write the stroke down, with the clause of the clock where it has one of its own."""
    note = timeout.action.value + (f":{more}" if more else "")
    entry = run.write(
        TrailAction.TIMEOUT, node=node, task=task, note=note, other=other or task.member_id
    )
    clause = timeout.clause or node.clause
    entry.clause = clause
    run.log(f"timeout_{timeout.action.value}", clause, task=task.id, node=node.id, note=more)


def _escalate(run: Run, node: Node, step: FlowStep, task: Task, timeout: Timeout) -> None:
    """Ask the nearest superior who is not asked yet, as well: the first of the two decides."""
    asked = _first(run, node, step, org.superiors(run.session, task.member_id), Origin.ESCALATED)
    if asked is None:
        _note(run, node, task, timeout, NOBODY)
        return
    _note(run, node, task, timeout, other=asked.member_id)
    twin = seats.put(run, node, step, asked, sign=Sign.INSTEAD, position=task.position, parent=task)
    run.open([twin])
    seats_notices.escalated(run, task, asked.member_id)


def _to_manager(run: Run, node: Node, step: FlowStep, task: Task, timeout: Timeout) -> None:
    """Hand the task to the flow's manager."""
    managers = run.router.find(run.flow.manager)
    asked = None
    if task.member_id not in managers:
        asked = _first(run, node, step, managers, Origin.MANAGER)
    if asked is None:
        _note(run, node, task, timeout, NOBODY)
        return
    _note(run, node, task, timeout, other=asked.member_id)
    seats.pass_on(run, node, step, task, asked)
    seats_notices.taken_away(run, task)


def _first(
    run: Run, node: Node, step: FlowStep, people: Iterable[int], origin: Origin
) -> Asked | None:
    """Give the first of these people who may be asked at this step and is not, or who stands in."""
    taken = {one.member_id for one in run.seats(step) if one.status in PENDING}
    taken |= {one.member_id for one in run.seats(step) if one.status is TaskStatus.DONE}
    for one in run.router.able(people):
        helper = run.router.presence.stand_in(one)
        if (
            helper is not None
            and helper not in taken
            and run.router.may_decide(run.flow, node, helper)
        ):
            return Asked(helper, origin, one)
        here = not run.router.presence.is_away(one)
        if here and one not in taken and run.router.may_decide(run.flow, node, one):
            return Asked(one, origin)
    return None


def _decide(
    run: Run, node: Node, step: FlowStep, task: Task, timeout: Timeout, action: Action
) -> None:
    """Decide in the person's place, where that is nobody's own to do."""
    guarded = run.kind.guarded and action is Action.APPROVE
    if guarded or action not in needs.actions(node):
        _note(run, node, task, timeout, GUARDED if guarded else PERSON)
        run.session.flush()
        run.notices.reminded(task)
        return
    _note(run, node, task, timeout)
    opinion = gettext("Not decided in time.")
    run.write(TrailAction.AUTO, node=node, step=step, task=task, opinion=opinion, note=action.value)
    task.status, task.decision, task.done_at = TaskStatus.DONE, action.value, now()
    run.session.flush()
    deciding.follow(run, node, step, task, deciding.Decision(action, Given(opinion)))
    seats_notices.taken_away(run, task)
