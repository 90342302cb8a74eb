"""What happens when a node begins: people are asked, or the engine acts by itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sqlalchemy import select

from zhidu import hooks
from zhidu.clock import now
from zhidu.org import clocks
from zhidu.records import services as records
from zhidu.records.models import Approval, ReaderReason
from zhidu.workflow import copying, fields, movement, needs, scopes
from zhidu.workflow.decisions import Action, Seat, Verdict, decide
from zhidu.workflow.definition import Merge, Mode, Node, NodeKind, Verb
from zhidu.workflow.errors import Waiting
from zhidu.workflow.models import (
    FlowStep,
    InstanceStatus,
    Sign,
    Task,
    TaskStatus,
    Trail,
    TrailAction,
)
from zhidu.workflow.routing import Asked

if TYPE_CHECKING:
    from zhidu.workflow.run import Run

PASSED = "passed"
"""Why the engine passed a node: nobody was found, and the policy says so. No reason to wait has
this word, so that a note tells by itself which it is."""


def begin(run: Run, node: Node, step: FlowStep) -> None:
    """Let a node do what its kind does."""
    match node.kind:
        case NodeKind.AUTO:
            auto(run, node, step)
        case NodeKind.NOTIFY:
            copying.send(run, run.router.find(node.approver, node, run.flow), node)
            run.passed(node, step)
        case NodeKind.PUBLISH:
            publish(run, node, step)
        case _:
            ask(run, node, step)


def auto(run: Run, node: Node, step: FlowStep) -> None:
    """Let the engine decide, and say why."""
    rejects = node.result == Action.REJECT.value
    note = Action.REJECT.value if rejects else Action.APPROVE.value
    run.write(TrailAction.AUTO, node=node, step=step, opinion=node.reason, note=note)
    run.log(f"auto_{note}", node.clause, node=node.id, reason=node.reason)
    if rejects:
        reject(run, node.reason)
    else:
        run.passed(node, step)


def reject(run: Run, opinion: str) -> None:
    """Come to the end: rejected."""
    run.stop(Approval.REJECTED, InstanceStatus.ENDED)
    if not run.voids:
        if run.kind.on_rejected is not None:
            run.kind.on_rejected(run.event)
        hooks.after_rejected(run.session, run.event)
    run.notices.rejected(run.actor.member_id, opinion)


def publish(run: Run, node: Node, step: FlowStep) -> None:
    """Show the record to those concerned; without a time for objections it is passed at once."""
    copying.send(run, scopes.people(run.session, node.audience), node)
    if node.window is None:
        run.passed(node, step)
        return
    step.due_at = clocks.add(run.session, now(), node.window, run.record.policy_version_id)
    run.wait(node, step, Waiting.WINDOW)


def ask(run: Run, node: Node, step: FlowStep) -> None:
    """Ask the people of a node; or wait, or pass it where the policy says so."""
    route = run.router.route(run.flow, node)
    if route.passes:
        run.write(TrailAction.AUTO, node=node, step=step, opinion=PASSED, note=Action.APPROVE.value)
        run.log("auto_approve", node.clause, node=node.id, reason=PASSED)
        run.passed(node, step)
        return
    if route.reason is not None:
        run.wait(node, step, route.reason)
        return
    seated = seat(run, node, step, route.people)
    if merge(run, node, step, seated):
        run.passed(node, step)
        return
    left = [task for task in seated if task.status is not TaskStatus.DONE]
    first = min(task.position for task in left)
    run.open(task for task in left if node.mode is not Mode.SEQUENTIAL or task.position == first)


def seat(run: Run, node: Node, step: FlowStep, people: Iterable[Asked]) -> list[Task]:
    """Make the tasks of people at a node, whose turn has not come yet.

    One who was asked on this visit before, and has not decided, gets the same task again.
    """
    earlier = {task.member_id: task for task in run.seats(step) if task.sign is Sign.OWN}
    last = max((task.position for task in earlier.values()), default=0)
    made = []
    for one in people:
        task = earlier.get(one.member_id)
        if task is None:
            last += 1
            task = make(run, node, step, one, position=last)
        elif task.status is TaskStatus.DONE:
            continue
        task.status, task.done_at = TaskStatus.WAITING, None
        made.append(task)
    run.session.flush()
    for task in made:
        welcome(run, task)
    return made


def welcome(run: Run, task: Task) -> None:
    """Let the person of a task read the record, and the one in whose place the person sits."""
    records.add_reader(run.session, run.record.id, task.member_id, ReaderReason.TASK)
    if task.owner_id is not None:
        records.add_reader(run.session, run.record.id, task.owner_id, ReaderReason.DELEGATION)


def make(
    run: Run,
    node: Node,
    step: FlowStep,
    one: Asked,
    *,
    position: int = 1,
    sign: Sign = Sign.OWN,
    parent: Task | None = None,
) -> Task:
    """Write a task whose turn has not come."""
    task = Task(
        instance_id=run.instance.id,
        step_id=step.id,
        parent_task_id=parent.id if parent else None,
        record_id=run.record.id,
        kind=run.record.kind,
        round=run.instance.round,
        node_id=node.id,
        node_name=node.name,
        node_kind=node.kind,
        clause=node.clause,
        position=position,
        member_id=one.member_id,
        owner_id=one.owner_id,
        origin=one.origin,
        sign=sign,
        status=TaskStatus.WAITING,
    )
    run.session.add(task)
    return task


# -- who approved the step before is not asked again


def merge(run: Run, node: Node, step: FlowStep, seated: list[Task]) -> bool:
    """Count those in who approved the step directly before; tell whether the node is passed so.

    Never where agreeing takes more than a click, and not after a return or a change of the
    watched fields: then everybody looks again.
    """
    before = _just_approved(run, node)
    if not before:
        return False
    for task in seated:
        if task.member_id not in before or (
            node.mode is Mode.SEQUENTIAL
            and any(_pending(one) for one in seated[: seated.index(task)])
        ):
            continue
        task.status, task.decision, task.done_at = TaskStatus.DONE, Action.APPROVE.value, now()
        run.write(
            TrailAction.MERGE,
            node=node,
            step=step,
            task=task,
            other=task.member_id,
            note=before[task.member_id],
        )
        run.log("merge", node.clause, task=task.id, node=node.id)
        run.session.flush()
        others = [as_seat(one) for one in seated if one.id != task.id]
        outcome = decide(node.mode, Action.APPROVE, others, node.quota)
        if outcome.verdict is Verdict.PASSES:
            run.cancel(one for one in seated if one.id in outcome.cancel)
            return True
    return False


def _just_approved(run: Run, node: Node) -> dict[int, str]:
    """Give who approved the step directly before, with its id."""
    rule = run.flow.merge is Merge.ADJACENT and node.kind is NodeKind.APPROVE
    if not rule or needs.by_hand(node) or looked_anew(run):
        return {}
    found: dict[int, str] = {}
    for earlier in movement.preceding(run.flow.nodes, run.state, node.id):
        if earlier.kind is not NodeKind.APPROVE or earlier.verb is Verb.OPINION:
            continue
        for task in run.seats(run.live[earlier.id]):
            if task.status is TaskStatus.DONE and task.decision == Action.APPROVE.value:
                found[task.member_id] = earlier.id
    return found


def looked_anew(run: Run) -> bool:
    """Tell whether everybody is to look again: after a return, or a change of watched fields."""
    if run.instance.round > 1 or fields.watched(run.flow, run.detail) != (
        run.instance.watched or {}
    ):
        return True
    anew = (TrailAction.RETURN, TrailAction.REJECT, TrailAction.TAKE_BACK, TrailAction.JUMP)
    return (
        run.session.scalar(
            select(Trail.id)
            .where(
                Trail.record_id == run.record.id,  # by which the trail is indexed
                Trail.instance_id == run.instance.id,
                Trail.action.in_(anew),
            )
            .limit(1)
        )
        is not None
    )


def as_seat(task: Task) -> Seat:
    """See a task as the pure rules do."""
    agreed = task.decision != Action.REJECT.value
    return Seat(task.id, task.status, task.position, agreed)


def _pending(task: Task) -> bool:
    return task.status in {TaskStatus.OPEN, TaskStatus.WAITING}
