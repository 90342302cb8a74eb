"""What only the manager of a flow may do: lead a request to another step, end it, hand a task over.

Each with a reason, in the trail, and never with an own request.
"""

from __future__ import annotations

from zhidu.actor import Actor
from zhidu.db import Session
from zhidu.org.models import Member
from zhidu.records.guarding import engine_writes
from zhidu.records.models import Approval, Record
from zhidu.records.queries import kind_of
from zhidu.texts import lazy_gettext as _l
from zhidu.workflow import guards, movement, needs, seats, standing, trail
from zhidu.workflow.deciding import run_of
from zhidu.workflow.definition import Node
from zhidu.workflow.errors import JumpTooFar, NoPlace, NotTheManager, SelfApproval, WrongState
from zhidu.workflow.models import InstanceStatus, Origin, StepStatus, Task, TrailAction
from zhidu.workflow.run import Run
from zhidu.workflow.seats_rules import PENDING
from zhidu.workflow.standing import JUMPED, lock

_GOING = frozenset({InstanceStatus.RUNNING, InstanceStatus.WAITING})


def is_manager(run: Run) -> bool:
    """Tell whether the actor manages the flow, and the request is not the actor's own."""
    me = run.actor.member_id
    return (
        me is not None and me != run.record.applicant_id and me in run.router.find(run.flow.manager)
    )


def require_manager(run: Run) -> None:
    """Refuse whoever does not manage the flow.

    :raises SelfApproval: it is the manager's own request.
    """
    member_id = guards.require_person(run.session, run.actor)
    if member_id not in run.router.find(run.flow.manager):
        raise NotTheManager
    if member_id == run.record.applicant_id:
        raise SelfApproval


def jump_places(session: Session, actor: Actor, record: Record) -> list[Node]:
    """List the nodes to which the flow's manager may lead a request now; none for others."""
    instance = standing.instance_of(session, record.id)
    if instance is None or instance.status not in _GOING:
        return []
    run = Run(session, actor, record, instance)
    if not is_manager(run):
        return []
    return [node for node in run.flow.every_node() if _fault(run, node) is None]


def jump(
    session: Session, actor: Actor, record: Record, node_id: str, reason: str, key: str = ""
) -> None:
    """Lead a request to another step, forwards or back (任意跳转).

    What is left out is skipped, what is behind is done again; the branch that leads there is
    taken. Nothing is approved by a jump: an approving step must be left.

    :raises NotTheManager: the actor does not manage the flow.
    :raises NoPlace: there is no such step, or it is asked now.
    :raises JumpTooFar: no approving step would be left.
    """
    with engine_writes(session):
        run = _managed(session, actor, record, key)
        if run is None:
            return
        reason = seats.reason_of(reason)
        if run.instance.status not in _GOING or not run.has(node_id):
            raise NoPlace
        node = run.node(node_id)
        fault = _fault(run, node)
        if fault is not None:
            raise fault
        _leap(run, node, reason, key)


def _fault(run: Run, node: Node) -> NoPlace | JumpTooFar | None:
    """Say why nobody can jump to a node now, if so."""
    if node.kind not in needs.BY_PEOPLE or node.id in {one.node_id for one in run.active()}:
        return NoPlace()
    if run.instance.approved_at is not None:
        return NoPlace() if needs.decides(node.kind) else None
    leap = movement.leap(run.flow.nodes, run.state, node.id)
    landed = leap.landed(run.state, node.id)
    left = movement.still(run.flow.nodes, landed, run.router.applies)
    return None if any(run.can_approve(one) for one in left) else JumpTooFar()


def _leap(run: Run, node: Node, reason: str, key: str) -> None:
    leap = movement.leap(run.flow.nodes, run.state, node.id)
    run.write(TrailAction.JUMP, actor=run.actor, node=node, opinion=reason, key=key)
    run.clear(leap.cleared)
    for left_out in leap.skipped:
        run.visit(left_out, StepStatus.SKIPPED, note=JUMPED)
        run.write(TrailAction.SKIP, node=left_out, note=JUMPED)
    for branch, taken in leap.chosen:
        run.choose(branch, taken, by_hand=True)
    run.enter(node)
    run.advance()
    run.log("jump", node.clause, node=node.id, reason=reason)


def terminate(session: Session, actor: Actor, record: Record, reason: str, key: str = "") -> None:
    """End a request that is on its way (强制结束); what it held is let go.

    :raises NotTheManager: the actor does not manage the flow.
    :raises WrongState: it is approved, or ended already.
    """
    with engine_writes(session):
        run = _managed(session, actor, record, key)
        if run is None:
            return
        reason = seats.reason_of(reason)
        over = run.instance.status is InstanceStatus.ENDED or run.instance.approved_at is not None
        if over:
            raise WrongState(
                _l("“%(title)s” is approved or at its end.", title=record.title),
                cure=_l("A document in force is voided by its own approval."),
            )
        held = run.instance.status is not InstanceStatus.RETURNED
        pending = run.tasks()
        run.write(TrailAction.TERMINATE, actor=actor, opinion=reason, key=key)
        run.stop(Approval.TERMINATED, InstanceStatus.ENDED)
        if not run.voids:
            effect = run.kind.on_terminated or run.kind.on_withdrawn
            if held and effect is not None:  # what a returned request held was let go before
                effect(run.event)
        run.notices.terminated(actor.member_id, reason, pending)
        run.log("terminate", reason=reason)


def hand_over(
    session: Session,
    actor: Actor,
    task: Task,
    member: Member | int,
    reason: str,
    key: str = "",
) -> Task | None:
    """Give a task that is not finished to another person.

    :param key: of the form, so that a second click does nothing; then nothing is given.
    :raises NotTheManager: the actor does not manage the flow.
    :raises SeatRefused: the person may not decide here, or is asked already.
    """
    with seats.moving(session, actor, task, key) as run:
        if run is None:
            return None
        require_manager(run)
        reason = seats.reason_of(reason)
        if task.status not in PENDING:
            guards.require_open(run, task)
        node = run.node(task.node_id)
        step = run.live[node.id]
        asked = seats.candidate(run, node, step, member, Origin.HANDED_OVER, instead_of=task)
        run.write(
            TrailAction.HAND_OVER,
            actor=actor,
            node=node,
            step=step,
            task=task,
            other=asked.member_id,
            opinion=reason,
            key=key,
        )
        made = seats.pass_on(run, node, step, task, asked)
        run.log("hand_over", node.clause, task=made.id, before=task.id, reason=reason)
        return made


def _managed(session: Session, actor: Actor, record: Record, key: str) -> Run | None:
    """Lock a record for its manager; nothing where a request with this key was done."""
    kind_of(session, record.kind)  # refused first where the addon is switched off
    instance = lock(session, record)
    if trail.known(session, actor, record, key):
        return None
    run = run_of(session, actor, record, instance)
    require_manager(run)
    return run
