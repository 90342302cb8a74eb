"""Back: to the applicant or to an earlier node by who decides, and one's own decision taken back."""

from __future__ import annotations

from sqlalchemy import select

from zhidu import hooks
from zhidu.actor import Actor
from zhidu.db import Session
from zhidu.records.guarding import engine_writes
from zhidu.records.models import Approval
from zhidu.records.queries import kind_of
from zhidu.texts import lazy_gettext as _l
from zhidu.workflow import guards, movement, needs, seats, trail
from zhidu.workflow.decisions import Action
from zhidu.workflow.definition import Act, Mode, Node, Resume
from zhidu.workflow.errors import (
    NotAllowedHere,
    NotAPlaceToReturn,
    NotYourTask,
    ResumeIsSet,
    TooLateToTakeBack,
    WrongState,
)
from zhidu.workflow.models import (
    FlowStep,
    Instance,
    InstanceStatus,
    StepStatus,
    Task,
    TaskStatus,
    Trail,
    TrailAction,
)
from zhidu.workflow.movement import Mark
from zhidu.workflow.notices import name_of
from zhidu.workflow.run import BACK, Run
from zhidu.workflow.standing import lock


def places(run: Run, node: Node) -> list[Node]:
    """List the nodes to which a record may be returned from a node, in their order.

    Those serially before it at which people were asked and which were passed.
    """
    marks = run.state.marks
    return [
        one
        for one in movement.before(run.flow.nodes, node.id)
        if one.kind in needs.BY_PEOPLE and marks.get(one.id) is Mark.PASSED
    ]


def require(run: Run, node: Node, target: str, back: bool | None) -> bool:
    """Refuse a return to a place that is not offered; tell whether it goes straight back.

    :param back: what the person chose; None: nothing.
    :raises NotAPlaceToReturn: the node was not passed, or stands on another path.
    :raises ResumeIsSet: the person chose where the policy has decided.
    """
    if target and target not in {one.id for one in places(run, node)}:
        raise NotAPlaceToReturn
    if node.resume is Resume.CHOICE:
        return bool(back)
    straight = node.resume is Resume.BACK
    if back is not None and back is not straight:
        raise ResumeIsSet
    return straight


def to_applicant(run: Run, *, back: bool) -> None:
    """Give the record to the applicant, who may change it.

    :param back: what was decided stays; after the next submit those who were asked now are asked.
    """
    if not back:
        run.clear(list(run.live))
    run.stop(Approval.RETURNED, InstanceStatus.RETURNED)
    if run.voids:
        return
    if run.kind.on_returned is not None:
        run.kind.on_returned(run.event)
    hooks.after_returned(run.session, run.event)


def to_node(run: Run, target: str, *, back: bool) -> None:
    """Go back to a node that was passed, and ask its people anew.

    :param back: what was decided between stays; afterwards it goes straight to those who are
        asked now.
    """
    behind = movement.behind(run.flow.nodes, target)
    if back:
        open_ones = {row.node_id for row in (*run.active(), *run.waiting())}
        behind = (target, *(name for name in behind if name in open_ones))
    run.clear(behind)
    run.enter(run.node(target), BACK if back else "")
    run.advance()


# -- taking back


def take_back(session: Session, actor: Actor, task: Task, reason: str = "", key: str = "") -> None:
    """Take an own approval back, while nobody after the person has acted (拿回).

    The person is asked again, and so are those whose task the decision took away.

    :raises NotYourTask: another person decided it.
    :raises TooLateToTakeBack: somebody after the person has acted, or it was the approval.
    :raises NotAllowedHere: the policy does not allow it at this node.
    """
    record = task.record
    kind_of(session, record.kind)
    with engine_writes(session):
        lock(session, record)
        if trail.known(session, actor, record, key):
            return
        session.refresh(task)
        instance = session.get_one(Instance, task.instance_id, populate_existing=True)
        run = Run(session, actor, record, instance)
        node = require_take_back(run, task)
        _undo(run, node, run.live[task.node_id], task, reason, key)


def require_take_back(run: Run, task: Task) -> Node:
    """Refuse whoever may not take this decision back now; gives its node."""
    member_id = guards.require_person(run.session, run.actor)
    if task.member_id != member_id:
        raise NotYourTask(name_of(run.session, task.member_id))
    if not run.has(task.node_id):
        raise TooLateToTakeBack
    node = run.node(task.node_id)
    if not needs.allows(node, Act.TAKE_BACK):
        raise NotAllowedHere(node.name)
    if task.decision != Action.APPROVE.value:
        raise WrongState(_l("Only an own approval can be taken back."))
    step = run.live.get(task.node_id)
    going = run.instance.status in {InstanceStatus.RUNNING, InstanceStatus.WAITING}
    counts = step is not None and step.id == task.step_id
    if not going or not counts or run.instance.approved_at is not None:
        raise TooLateToTakeBack
    if _acted_after(run, node, task):
        raise TooLateToTakeBack
    return node


def _acted_after(run: Run, node: Node, task: Task) -> bool:
    """Tell whether somebody behind the task has decided: later nodes, or the next in turn."""
    behind = set(movement.behind(run.flow.nodes, node.id)) - {node.id}
    steps = [run.live[name].id for name in behind if name in run.live]
    found = select(Task.id).where(Task.step_id.in_(steps), Task.status == TaskStatus.DONE)
    if run.session.scalar(found.limit(1)) is not None:
        return True
    own = run.live[node.id]
    if seats.acted_behind(run, own, task):
        return True
    if node.mode is not Mode.SEQUENTIAL:
        return False
    return any(
        one.status is TaskStatus.DONE and one.position > task.position for one in run.seats(own)
    )


def _undo(run: Run, node: Node, step: FlowStep, task: Task, reason: str, key: str) -> None:
    run.clear(name for name in movement.behind(run.flow.nodes, node.id) if name != node.id)
    step.status, step.left_at = StepStatus.ACTIVE, None
    run.write(
        TrailAction.TAKE_BACK,
        actor=run.actor,
        node=node,
        step=step,
        task=task,
        opinion=reason.strip(),
        key=key,
    )
    seats.rewind(run, node, step, task)
    run.settle()
    run.log("take_back", node.clause, task=task.id, node=node.id, reason=reason.strip())


def own_decision(session: Session, actor: Actor, instance_id: int) -> Task | None:
    """Give the actor's newest approval in an instance that still counts."""
    return session.scalars(
        select(Task)
        .join(FlowStep, FlowStep.id == Task.step_id)
        .join(Trail, Trail.task_id == Task.id)
        .where(
            Task.instance_id == instance_id,
            Task.member_id == actor.member_id,
            Task.status == TaskStatus.DONE,
            Trail.action == TrailAction.APPROVE,
            FlowStep.status.in_((StepStatus.ACTIVE, StepStatus.PASSED)),
        )
        .order_by(Trail.id.desc())
        .limit(1)
    ).one_or_none()
