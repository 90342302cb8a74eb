"""The approval engine: the only door through which a record's approval and execution change.

States of the approval axis, and who moves it:

- draft, returned, withdrawn --submit by the applicant--> in approval. The number, the policy
  version and the flow are taken at the first submit and kept; each submit is a new round.
- in approval --last approve node passed--> approved: the business effect fires in that very
  transaction, once. Handle nodes may come after it; at the end the record is due for the archive.
- in approval --reject--> rejected (an end); --return--> returned; --withdraw--> withdrawn. A
  returned or withdrawn record is the applicant's again: to change and to submit anew.

Each verb takes the record's lock, checks everything anew, and raises what it refuses. None
commits.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from zhidu import hooks
from zhidu.actor import Actor
from zhidu.clock import now
from zhidu.db import Session
from zhidu.errors import NotFound
from zhidu.events import DecisionEvent
from zhidu.records.guarding import engine_writes
from zhidu.records.models import Approval, Record
from zhidu.records.queries import active_kinds, is_applicant, kind_of
from zhidu.texts import lazy_gettext as _l
from zhidu.workflow import guards, queries, trail, transitions
from zhidu.workflow.allowed import Allowed, allowed
from zhidu.workflow.decisions import Action, Outcome, Seat, Verdict, decide
from zhidu.workflow.definition import Flow, Node, NodeKind
from zhidu.workflow.errors import (
    AlreadyDecided,
    NotYourTask,
    SelfApproval,
    Waiting,
    WrongState,
    WrongTransition,
)
from zhidu.workflow.models import (
    Copy,
    Instance,
    InstanceStatus,
    Task,
    TaskStatus,
    TrailAction,
)
from zhidu.workflow.notices import name_of
from zhidu.workflow.preview import mode_of, nodes, preview, upcoming, waiting_reason
from zhidu.workflow.run import Run, lock
from zhidu.workflow.submitting import submit

__all__ = [
    "Allowed",
    "allowed",
    "apply",
    "approve",
    "handle",
    "mark_read",
    "mode_of",
    "nodes",
    "preview",
    "reject",
    "retry_waiting",
    "return_to_applicant",
    "submit",
    "task_for",
    "upcoming",
    "waiting_reason",
    "withdraw",
]


def approve(session: Session, actor: Actor, task: Task, opinion: str = "") -> None:
    """Approve a step.

    :raises SelfApproval: it is the actor's own request.
    :raises NotYourTask: another person is asked.
    :raises AlreadyDecided: somebody was first.
    """
    _decide(session, actor, task, Action.APPROVE, opinion, {})


def handle(
    session: Session,
    actor: Actor,
    task: Task,
    opinion: str = "",
    values: Mapping[str, Any] | None = None,
) -> None:
    """Finish a handle step (办理), which performs its transition in the same call.

    :param values: what the transition's form asks for.
    :raises WrongTransition: the execution status does not allow it now.
    """
    _decide(session, actor, task, Action.HANDLE, opinion, values or {})


def reject(session: Session, actor: Actor, task: Task, opinion: str) -> None:
    """Reject the request: its end.

    :raises OpinionWanted: no reason is given.
    """
    _decide(session, actor, task, Action.REJECT, opinion, {})


def return_to_applicant(session: Session, actor: Actor, task: Task, opinion: str) -> None:
    """Give the request back to the applicant, who may change it and submit it again.

    :raises OpinionWanted: no reason is given.
    """
    _decide(session, actor, task, Action.RETURN, opinion, {})


def withdraw(session: Session, actor: Actor, record: Record, reason: str = "") -> None:
    """Take the own request back, until the last approve node is decided.

    It stays as withdrawn; the applicant may change it and submit it again under its number.

    :raises TooLateToWithdraw: it is approved.
    """
    with engine_writes(session):
        instance = lock(session, record)
        guards.require_withdrawable(session, actor, record)
        run = _run(session, actor, record, instance)
        was_on_its_way = record.approval is Approval.IN_APPROVAL
        pending = run.tasks()
        run.cancel(pending)
        trail.write(session, run.instance, TrailAction.WITHDRAW, actor=actor, opinion=reason)
        run.stop(Approval.WITHDRAWN, InstanceStatus.ENDED)
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
        instance = lock(session, record)
        run = _run(session, actor, record, instance)
        step = transitions.require(session, actor, run.kind, record, transition)
        before = record.execution
        trail.write(session, run.instance, TrailAction.TRANSITION, actor=actor, note=transition)
        transitions.perform(session, actor, record, run.detail, step, values or {})
        run.log("transition", name=transition, before=before, after=record.execution)


def retry_waiting(session: Session) -> int:
    """Look again for people where instances wait; gives how many go on.

    To be called when the organisation changed, and by the clock.
    """
    waiting = session.scalars(
        select(Record)
        .join(Instance, Instance.record_id == Record.id)
        .where(Instance.status == InstanceStatus.WAITING, Record.kind.in_(active_kinds(session)))
        .order_by(Record.id)
    ).all()
    moved = 0
    for record in waiting:
        with engine_writes(session):
            instance = lock(session, record)
            if instance is None or instance.status is not InstanceStatus.WAITING:
                continue
            run = _run(session, session.actor, record, instance)
            if _resume(run):
                moved += 1
    return moved


def mark_read(session: Session, actor: Actor, copy: Copy) -> None:
    """Note that the reader of a copy has opened it; the first time counts.

    :raises NotFound: it is another person's copy.
    """
    if copy.member_id != actor.member_id:
        raise NotFound
    if copy.read_at is None:
        copy.read_at = now()
        session.flush()


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


def _run(session: Session, actor: Actor, record: Record, instance: Instance | None) -> Run:
    if instance is None:
        raise NotFound(_l("“%(title)s” was never submitted.", title=record.title))
    return Run(session, actor, record, instance, Flow.from_json(instance.flow))


def _decide(
    session: Session,
    actor: Actor,
    task: Task,
    action: Action,
    opinion: str,
    values: Mapping[str, Any],
) -> None:
    """Decide a task and move the record on, all in one."""
    opinion = opinion.strip()
    record = task.record
    kind_of(session, record.kind)  # refused first where the addon is switched off
    with engine_writes(session):
        instance = lock(session, record)
        session.refresh(task)
        run = _run(session, actor, record, instance)
        guards.require_decision(run, task, action, opinion)
        event = DecisionEvent(session, actor, record, task, action.value, opinion)
        hooks.before_decision(session, event)
        node = run.node(task.node_id)
        others = [other for other in run.tasks(node.id) if other.id != task.id]
        outcome = decide(
            node.mode, action, [Seat(one.id, one.status, one.position) for one in others]
        )
        passes = outcome.verdict is Verdict.PASSES
        final = passes and run.is_last_approval(node.id)
        _write_decision(run, node, task, action, opinion, passes=passes, final=final)
        run.cancel(one for one in others if one.id in outcome.cancel)
        run.log(action.value, node.clause, task=task.id, node=node.id, opinion=opinion)
        if passes and node.kind is NodeKind.HANDLE:
            _perform(run, node, values)
        _follow(run, node, outcome, others, opinion, final=final)
        hooks.after_decision(session, event)


def _write_decision(
    run: Run, node: Node, task: Task, action: Action, opinion: str, *, passes: bool, final: bool
) -> None:
    """Write the decision; the unique index is the last lock against deciding twice."""
    note = trail.FINAL if final else trail.PASSED if passes else ""
    trail.write(
        run.session,
        run.instance,
        TrailAction(action.value),
        actor=run.actor,
        node=node,
        task=task,
        opinion=opinion,
        note=note,
    )
    task.status = TaskStatus.DONE
    task.done_at = now()
    try:
        run.session.flush()
    except IntegrityError as error:
        raise AlreadyDecided(_l("You have already decided this step.")) from error


def _perform(run: Run, node: Node, values: Mapping[str, Any]) -> None:
    step = transitions.of_node(run.kind, run.record, node)
    if step is not None:
        transitions.perform(run.session, run.actor, run.record, run.detail, step, values)
        run.log("transition", node.clause, name=step.name, after=run.record.execution)


def _follow(
    run: Run, node: Node, outcome: Outcome, others: list[Task], opinion: str, *, final: bool
) -> None:
    """Do what the verdict says."""
    match outcome.verdict:
        case Verdict.STAYS:
            run.open(one for one in others if one.id in outcome.open)
        case Verdict.ENDS:
            run.stop(Approval.REJECTED, InstanceStatus.ENDED)
            if run.kind.on_rejected is not None:
                run.kind.on_rejected(run.event)
            hooks.after_rejected(run.session, run.event)
            run.notices.rejected(run.actor.member_id, opinion)
        case Verdict.GOES_BACK:
            run.stop(Approval.RETURNED, InstanceStatus.RETURNED)
            if run.kind.on_returned is not None:
                run.kind.on_returned(run.event)
            hooks.after_returned(run.session, run.event)
            run.notices.returned(run.actor.member_id, opinion)
        case Verdict.PASSES:
            if node.kind is NodeKind.HANDLE:
                run.notices.handled(node.name, run.actor.member_id)
            if final:
                run.approve_finally()
            run.advance(node.id)


def _resume(run: Run) -> bool:
    """Try a waiting instance again; tell whether it goes on."""
    node = run.node(run.instance.node_id)
    if run.instance.waiting_reason == Waiting.NO_APPROVAL:
        return False  # only the applicant can help: withdraw and submit again
    if run.router.route(run.flow, node).reason is not None:
        return False
    trail.write(run.session, run.instance, TrailAction.RESUME, node=node)
    run.enter(node)
    run.log("resume", node=node.id)
    return True


def _task_for(session: Session, actor: Actor, record: Record, transition: str) -> Task | None:
    """Find the actor's own open handle task whose finishing performs the transition."""
    if actor.member_id is None:
        return None
    instance = session.scalars(
        select(Instance).where(Instance.record_id == record.id)
    ).one_or_none()
    if instance is None:
        return None
    run = _run(session, actor, record, instance)
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
