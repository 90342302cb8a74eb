"""Ask anew: what a record names has changed hands, so other people are to take its present step.

For services of addons: a seal has a new custodian, an asset a new keeper. What was decided stays.
"""

from __future__ import annotations

from sqlalchemy import select

from zhidu.actor import Actor
from zhidu.db import Session
from zhidu.records import services as records
from zhidu.records.guarding import engine_writes
from zhidu.records.models import ReaderReason, Record
from zhidu.workflow import trail
from zhidu.workflow.definition import Flow, Mode, Node
from zhidu.workflow.models import InstanceStatus, Task, TaskStatus, TrailAction
from zhidu.workflow.routing import Asked
from zhidu.workflow.run import Run, lock

ANEW = "anew"
"""Note of the trail's entry."""

_ALIKE = (
    "instance_id",
    "record_id",
    "kind",
    "round",
    "node_id",
    "node_name",
    "node_kind",
    "clause",
)
"""What all tasks of one node and round have in common."""


def ask_anew(session: Session, actor: Actor, record: Record) -> bool:
    """Ask whom the present step names now; whoever it does not name any more loses the task.

    :returns: whether other people are asked than before.
    """
    with engine_writes(session):
        instance = lock(session, record)
        if instance is None or instance.status is not InstanceStatus.RUNNING:
            return False
        run = Run(session, actor, record, instance, Flow.from_json(instance.flow))
        node = run.node(instance.node_id)
        if not _ask(run, node):
            return False
        trail.write(session, instance, TrailAction.RESUME, actor=actor, node=node, note=ANEW)
        run.log("ask_anew", node.clause, node=node.id)
        return True


def _ask(run: Run, node: Node) -> bool:
    pending = run.tasks(node.id)
    route = run.router.route(run.flow, node)
    if route.reason is not None:
        run.cancel(pending)
        run.wait(node, route.reason)
        return True
    named = {one.member_id: one for one in route.people}
    gone = [task for task in pending if task.member_id not in named]
    asked = {task.member_id for task in pending}
    fresh = [one for key, one in named.items() if key not in asked]
    if not gone and not fresh:
        return False
    run.cancel(gone)
    run.session.flush()
    tasks = _tasks(run, node, fresh)
    left = run.tasks(node.id)
    if node.mode is not Mode.SEQUENTIAL:
        run.open(task for task in tasks)
    elif not any(task.status is TaskStatus.OPEN for task in left):
        run.open(left[:1])
    return True


def _tasks(run: Run, node: Node, fresh: list[Asked]) -> list[Task]:
    """Make tasks for people not asked before; one who was, and has not decided, is asked again."""
    session = run.session
    earlier = {
        task.member_id: task
        for task in session.scalars(
            select(Task)
            .where(
                Task.instance_id == run.instance.id,
                Task.round == run.instance.round,
                Task.node_id == node.id,
            )
            .order_by(Task.id)
        )
    }
    like = next(iter(earlier.values()))
    last = max(task.position for task in earlier.values())
    made = []
    for one in fresh:
        task = earlier.get(one.member_id)
        if task is None:
            last += 1
            task = Task(
                **{name: getattr(like, name) for name in _ALIKE},
                position=last,
                member_id=one.member_id,
                origin=one.origin,
            )
            session.add(task)
        elif task.status is TaskStatus.DONE:
            continue
        task.status, task.done_at = TaskStatus.WAITING, None
        made.append(task)
    session.flush()
    for task in made:
        records.add_reader(session, run.record.id, task.member_id, ReaderReason.TASK)
    return made
