"""The approval engine: the only door through which a record's approval and execution change.

States of the approval axis, and who moves it:

- draft, returned, withdrawn --submit by the applicant--> in approval. The number, the policy
  version and the flow are taken at the first submit and kept; each submit is a new round.
- in approval --last approving node passed--> approved: the business effect fires in that very
  transaction, once. Handle nodes may come after it; at the end the record is due for the archive.
- in approval --reject--> rejected (an end); --return--> returned; --withdraw--> withdrawn. A
  returned or withdrawn record is the applicant's again: to change and to submit anew.
- in approval, returned --terminate by the flow's manager--> terminated (an end).
- approved --a flow of its own passed--> voided.

Each verb takes the record's lock, checks everything anew, and raises what it refuses. None
commits.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from zhidu import hooks
from zhidu.actor import Actor
from zhidu.db import Session
from zhidu.records.guarding import engine_writes
from zhidu.records.models import Approval, Record
from zhidu.records.queries import active_kinds, is_applicant, kind_of
from zhidu.texts import lazy_gettext as _l
from zhidu.workflow import entering, guards, queries, returning, standing, trail, transitions
from zhidu.workflow.allowed import Allowed, allowed
from zhidu.workflow.attaching import attach
from zhidu.workflow.batch import Result, batch_approve
from zhidu.workflow.circulation import circulate, give_opinion, mark_read
from zhidu.workflow.deciding import Decision, carry_out, run_of
from zhidu.workflow.decisions import Action
from zhidu.workflow.definition import Node, NodeKind
from zhidu.workflow.editing import edit
from zhidu.workflow.entering import PASSED
from zhidu.workflow.errors import (
    HELPED_BY_PEOPLE,
    NotYourTask,
    SelfApproval,
    WrongState,
    WrongTransition,
)
from zhidu.workflow.guards import Given
from zhidu.workflow.managing import hand_over, jump, jump_places, terminate
from zhidu.workflow.models import (
    FlowStep,
    Instance,
    InstanceStatus,
    Purpose,
    StepStatus,
    Task,
    TaskStatus,
    TrailAction,
)
from zhidu.workflow.notices import name_of
from zhidu.workflow.preview import Ahead, mode_of, nodes, preview, upcoming, waiting_reason
from zhidu.workflow.publishing import object_to
from zhidu.workflow.returning import take_back
from zhidu.workflow.run import Run
from zhidu.workflow.seats_adding import add_signer, remove_signer
from zhidu.workflow.seats_allowed import Beside, beside
from zhidu.workflow.seats_moving import answer, consult, transfer
from zhidu.workflow.standing import lock
from zhidu.workflow.submitting import submit
from zhidu.workflow.urging import urge
from zhidu.workflow.voiding import may_void, void

__all__ = [
    "PASSED",
    "Ahead",
    "Allowed",
    "Beside",
    "Result",
    "add_signer",
    "allowed",
    "answer",
    "apply",
    "approve",
    "attach",
    "batch_approve",
    "beside",
    "circulate",
    "consult",
    "edit",
    "give_opinion",
    "hand_over",
    "handle",
    "jump",
    "jump_places",
    "mark_read",
    "may_void",
    "mode_of",
    "nodes",
    "object_to",
    "own_decision",
    "preview",
    "reject",
    "remove_signer",
    "retry_waiting",
    "return_places",
    "return_to",
    "return_to_applicant",
    "submit",
    "take_back",
    "task_for",
    "terminate",
    "transfer",
    "upcoming",
    "urge",
    "void",
    "waiting_reason",
    "withdraw",
]


def approve(
    session: Session, actor: Actor, task: Task, opinion: str = "", *, key: str = "", **given: Any
) -> None:
    """Approve a step.

    :param given: ``attachments`` and ``circulated``: see ``guards.Given``.
    :raises SelfApproval: it is the actor's own request.
    :raises NotYourTask: another person is asked.
    :raises AlreadyDecided: somebody was first.
    """
    decision = Decision(Action.APPROVE, Given(opinion, **given), key=key)
    carry_out(session, actor, task, decision)


def handle(
    session: Session,
    actor: Actor,
    task: Task,
    opinion: str = "",
    values: Mapping[str, Any] | None = None,
    *,
    key: str = "",
    **given: Any,
) -> None:
    """Finish a handle step (办理), which performs its transition; or confirm what was filed (备案).

    :param values: what the transition's form asks for.
    :raises WrongTransition: the execution status does not allow it now.
    """
    decision = Decision(Action.HANDLE, Given(opinion, **given), values or {}, key=key)
    carry_out(session, actor, task, decision)


def reject(
    session: Session, actor: Actor, task: Task, opinion: str, *, key: str = "", **given: Any
) -> None:
    """Reject the request: its end, unless the node says where it goes back to.

    :raises OpinionWanted: no reason is given.
    """
    carry_out(session, actor, task, Decision(Action.REJECT, Given(opinion, **given), key=key))


def return_to(
    session: Session,
    actor: Actor,
    task: Task,
    node_id: str,
    opinion: str,
    *,
    back: bool | None = None,
    key: str = "",
) -> None:
    """Give the request back: to the applicant, or to an earlier node that was passed.

    :param node_id: one of :func:`return_places`; empty: the applicant, who may change it and
        submit it again.
    :param back: afterwards straight to the actor's node, instead of through all between; only
        where the policy leaves it to the person, else None.
    :raises OpinionWanted: no reason is given.
    :raises NotAPlaceToReturn: the node is not offered.
    """
    decision = Decision(Action.RETURN, Given(opinion), target=node_id, back=back, key=key)
    carry_out(session, actor, task, decision)


def return_to_applicant(
    session: Session, actor: Actor, task: Task, opinion: str, *, key: str = ""
) -> None:
    """Give the request back to the applicant, who may change it and submit it again.

    :raises OpinionWanted: no reason is given.
    """
    return_to(session, actor, task, "", opinion, key=key)


def return_places(session: Session, actor: Actor, task: Task) -> list[Node]:
    """List the nodes to which a task's holder may return the record, besides the applicant."""
    record = task.record
    run = run_of(session, actor, record, session.get(Instance, task.instance_id))
    return returning.places(run, run.node(task.node_id))


def own_decision(session: Session, actor: Actor, record: Record) -> Task:
    """Give the actor's newest approval of a record that still counts, to be taken back.

    :raises WrongState: there is none.
    """
    instance = standing.instance_of(session, record.id)
    task = returning.own_decision(session, actor, instance.id) if instance else None
    if task is None:
        raise WrongState(_l("There is no decision of yours to take back."))
    return task


def withdraw(
    session: Session, actor: Actor, record: Record, reason: str = "", *, key: str = ""
) -> None:
    """Take the own request back, as long as the policy lets it.

    It stays as withdrawn; the applicant may change it and submit it again under its number. A
    request to void a document is withdrawn likewise; the document stays in force.

    :raises TooLateToWithdraw: it is approved, or somebody has decided already.
    """
    with engine_writes(session):
        instance = lock(session, record)
        if trail.known(session, actor, record, key):
            return
        if instance is None:
            raise guards.nothing_to_withdraw(record)
        run = run_of(session, actor, record, instance)
        guards.require_withdrawable(run)
        was_on_its_way = run.instance.status is not InstanceStatus.RETURNED
        pending = run.tasks()
        run.write(TrailAction.WITHDRAW, actor=actor, opinion=reason, key=key)
        run.clear(list(run.live))
        run.stop(Approval.WITHDRAWN, InstanceStatus.ENDED)
        if not run.voids:
            # what a returned request held was let go at the return
            if was_on_its_way and run.kind.on_withdrawn is not None:
                run.kind.on_withdrawn(run.event)
            hooks.after_withdrawn(session, run.event)
        run.notices.withdrawn(task for task in pending if task.opened_at is not None)
        run.log("withdraw", opinion=reason)


def apply(
    session: Session,
    actor: Actor,
    record: Record,
    transition: str,
    values: Mapping[str, Any] | None = None,
) -> None:
    """Perform a transition of the execution axis.

    One that a handle node performs is the finishing of that node's task: the actor's own open
    task is finished by the same call, and without one it is refused.

    :raises WrongTransition: it is not possible now.
    :raises PermissionDenied: the actor lacks the transition's permission.
    """
    kind = kind_of(session, record.kind)
    step = kind.execution.named(transition)
    if step is not None and step.by_task:
        task = _task_for(session, actor, record, transition)
        if task is not None:
            handle(session, actor, task, values=values)
            return
    with engine_writes(session):
        instance = lock(session, record, Purpose.APPROVAL)
        run = run_of(session, actor, record, instance)
        step = transitions.require(session, actor, run.kind, record, transition)
        before = record.execution
        run.write(TrailAction.TRANSITION, actor=actor, note=transition)
        transitions.perform(session, actor, record, run.detail, step, values or {})
        run.log("transition", name=transition, before=before, after=record.execution)


def retry_waiting(session: Session) -> int:
    """Look again for people where steps wait; gives how many records go on.

    To be called when the organisation changed, and by the clock.
    """
    waiting = session.scalars(
        select(Record)
        .where(
            Record.id.in_(
                select(FlowStep.record_id).where(
                    FlowStep.status == StepStatus.WAITING,
                    FlowStep.waiting_reason.in_(HELPED_BY_PEOPLE),
                )
            ),
            Record.kind.in_(active_kinds(session)),
        )
        .order_by(Record.id)
    ).all()
    moved = 0
    for record in waiting:
        with engine_writes(session):
            instance = lock(session, record)
            if instance is None:
                continue
            run = run_of(session, session.actor, record, instance)
            gone_on = [_resume(run, step) for step in run.waiting()]
            if any(gone_on):
                if instance.status is not InstanceStatus.ENDED:
                    run.settle()
                moved += 1
    return moved


def task_for(session: Session, actor: Actor, record: Record) -> Task:
    """Give the actor's task on a record: the open one, else the last one, for the refusal.

    :raises SelfApproval: the applicant tries the own request, which others are asked to decide.
    :raises NotYourTask: others are asked.
    :raises WrongState: nobody is asked.
    """
    guards.require_person(session, actor)
    own = session.scalars(
        select(Task)
        .where(Task.record_id == record.id, Task.member_id == actor.member_id)
        .order_by((Task.status == TaskStatus.OPEN).desc(), Task.id.desc())
        .limit(1)
    ).one_or_none()
    if own is not None:
        return own
    asked = queries.open_tasks(session, record.id)
    if asked and is_applicant(actor, record):
        raise SelfApproval
    if asked:
        raise NotYourTask(name_of(session, asked[0].member_id))
    raise WrongState(_l("Nobody is asked to decide “%(title)s” now.", title=record.title))


# -- inside


def _resume(run: Run, step: FlowStep) -> bool:
    """Try a waiting step again; tell whether it goes on."""
    if step.waiting_reason not in HELPED_BY_PEOPLE:
        return False
    node = run.node(step.node_id)
    if run.router.route(run.flow, node).reason is not None:
        return False
    run.go_on(node, step)
    entering.ask(run, node, step)
    run.log("resume", node=node.id)
    if step.status is StepStatus.PASSED:
        run.advance()
    return True


def _task_for(session: Session, actor: Actor, record: Record, transition: str) -> Task | None:
    """Find the actor's own open handle task whose finishing performs the transition."""
    if actor.member_id is None:
        return None
    instance = standing.instance_of(session, record.id)
    if instance is None:
        return None
    run = run_of(session, actor, record, instance)
    for task in run.tasks():
        if (
            task.member_id == actor.member_id
            and task.status is TaskStatus.OPEN
            and task.node_kind is NodeKind.HANDLE
        ):
            try:
                step = transitions.of_node(run.kind, record, run.node(task.node_id))
            except WrongTransition:
                continue
            if step is not None and step.name == transition:
                return task
    return None
