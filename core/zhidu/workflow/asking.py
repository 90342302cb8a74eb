"""Ask anew: what a record names has changed hands, so other people are to take its present step.

For services of addons: a seal has a new custodian, an asset a new keeper. What was decided stays.
"""

from __future__ import annotations

from zhidu.actor import Actor
from zhidu.db import Session
from zhidu.records.guarding import engine_writes
from zhidu.records.models import Record
from zhidu.workflow import entering
from zhidu.workflow.definition import Mode, Node
from zhidu.workflow.errors import Waiting
from zhidu.workflow.models import (
    FlowStep,
    InstanceStatus,
    Sign,
    StepStatus,
    Task,
    TaskStatus,
    TrailAction,
)
from zhidu.workflow.run import Run
from zhidu.workflow.standing import lock

ANEW = "anew"
"""Note of the trail's entry."""


def ask_anew(session: Session, actor: Actor, record: Record) -> bool:
    """Ask whom the present steps name now; whoever they do not name any more loses the task.

    :returns: whether other people are asked than before.
    """
    with engine_writes(session):
        instance = lock(session, record)
        if instance is None or instance.status is InstanceStatus.ENDED:
            return False
        run = Run(session, actor, record, instance)
        changed = False
        for step in run.active():
            node = run.node(step.node_id)
            if not _ask(run, node, step):
                continue
            changed = True
            if step.status is StepStatus.ACTIVE:
                run.write(TrailAction.RESUME, actor=actor, node=node, step=step, note=ANEW)
            run.log("ask_anew", node.clause, node=node.id)
        if changed:
            run.settle()
        return changed


def _ask(run: Run, node: Node, step: FlowStep) -> bool:
    """Ask anew at one node; people whom somebody added there stay."""
    pending = [task for task in run.tasks(node.id) if task.sign is Sign.OWN]
    route = run.router.route(run.flow, node)
    if not route.people:
        run.cancel(pending)
        run.wait(node, step, route.reason or Waiting.NOBODY)
        return True
    named = {one.member_id: one for one in route.people}
    asked_first = {task.id: _first_asked(run, task) for task in pending}
    gone = [task for task in pending if asked_first[task.id] not in named]
    asked = {*asked_first.values(), *(task.member_id for task in pending)}
    fresh = [one for key, one in named.items() if key not in asked]
    if not gone and not fresh:
        return False
    lost = {task.id for task in gone}
    run.cancel(one for one in run.tasks(node.id) if {one.id, one.parent_task_id} & lost)
    run.session.flush()
    tasks = entering.seat(run, node, step, fresh)
    left = run.tasks(node.id)
    if node.mode is not Mode.SEQUENTIAL:
        run.open(tasks)
    elif not any(task.status is TaskStatus.OPEN for task in left):
        run.open(left[:1])
    return True


def _first_asked(run: Run, task: Task) -> int:
    """Give whom the flow asked before the task went from hand to hand."""
    while task.parent_task_id is not None:
        task = run.session.get_one(Task, task.parent_task_id)
    return task.member_id
