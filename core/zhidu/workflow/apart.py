"""Who has decided one of two steps that the policy keeps apart is let off the other one.

Where both are asked side by side, whoever decides one first loses the task at the other: it goes
to somebody else, so that nothing waits for a person who may not decide it any more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhidu.workflow import entering
from zhidu.workflow.definition import Mode, Node
from zhidu.workflow.errors import Waiting
from zhidu.workflow.models import FlowStep, InstanceStatus, Task, TaskStatus

if TYPE_CHECKING:
    from zhidu.workflow.run import Run


def let_off(run: Run) -> None:
    """Take tasks from people whom a decision now keeps from them, and ask others."""
    if run.instance.status not in {InstanceStatus.RUNNING, InstanceStatus.WAITING}:
        return
    run.router.forget()
    changed = False
    for step in run.active():
        node = run.node(step.node_id)
        lost = [task for task in run.tasks(node.id) if _is_kept_apart(run, node, task)]
        if lost:
            run.cancel(lost)
            run.session.flush()
            _ask_others(run, node, step)
            changed = True
    if changed:
        run.settle()


def _is_kept_apart(run: Run, node: Node, task: Task) -> bool:
    people = {task.member_id, task.owner_id} - {None}
    return any(run.router.kept_apart(run.flow, node, one) for one in people if one is not None)


def _ask_others(run: Run, node: Node, step: FlowStep) -> None:
    """Let the others go on, or find somebody where nobody is left."""
    left = run.tasks(node.id)
    if left:
        if node.mode is Mode.SEQUENTIAL and not any(t.status is TaskStatus.OPEN for t in left):
            run.open(left[:1])
        return
    sat = {task.member_id for task in run.seats(step)}
    route = run.router.route(run.flow, node)
    fresh = [one for one in route.people if one.member_id not in sat]
    fresh = fresh or [one for one in run.router.instead(run.flow, node) if one.member_id not in sat]
    if not fresh:
        run.wait(node, step, route.reason or Waiting.SEGREGATED)
        return
    run.open(entering.seat(run, node, step, fresh))
