"""A decision, from the click to all that follows: checked under the lock, written, carried out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy.exc import IntegrityError

from zhidu import hooks
from zhidu.actor import Actor
from zhidu.clock import now
from zhidu.db import Session
from zhidu.errors import NotFound
from zhidu.events import DecisionEvent
from zhidu.records.guarding import engine_writes
from zhidu.records.models import Record
from zhidu.records.queries import kind_of
from zhidu.texts import lazy_gettext as _l
from zhidu.workflow import apart, entering, guards, returning, seats, signatures, trail, transitions
from zhidu.workflow.decisions import Action, Verdict
from zhidu.workflow.definition import Node, NodeKind
from zhidu.workflow.errors import AlreadyDecided
from zhidu.workflow.guards import NOTHING, Given
from zhidu.workflow.models import (
    FlowStep,
    Instance,
    Task,
    TaskStatus,
    TrailAction,
)
from zhidu.workflow.movement import Mark
from zhidu.workflow.run import Run
from zhidu.workflow.seats_rules import settle
from zhidu.workflow.standing import lock


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decides, with all that comes along.

    :param values: of a handle: what the transition's form asks for.
    :param target: of a return: the node; empty: the applicant.
    :param back: of a return: straight back afterwards; None: as the node says.
    :param key: of the form, so that a second click does nothing.
    """

    action: Action
    given: Given = NOTHING
    values: Mapping[str, Any] = field(default_factory=dict)
    target: str = ""
    back: bool | None = None
    key: str = ""


def run_of(session: Session, actor: Actor, record: Record, instance: Instance | None) -> Run:
    """Make the run of a record that was submitted.

    :raises NotFound: it never was.
    """
    if instance is None:
        raise NotFound(_l("“%(title)s” was never submitted.", title=record.title))
    return Run(session, actor, record, instance)


def carry_out(session: Session, actor: Actor, task: Task, decision: Decision) -> None:
    """Decide a task and move the record on, all in one."""
    given = replace(decision.given, opinion=decision.given.opinion.strip())
    decision = replace(decision, given=given)
    record = task.record
    kind_of(session, record.kind)  # refused first where the addon is switched off
    with engine_writes(session):
        lock(session, record)
        if trail.known(session, actor, record, decision.key):
            return
        session.refresh(task)
        instance = session.get(Instance, task.instance_id, populate_existing=True)
        run = run_of(session, actor, record, instance)
        decision = replace(decision, given=_signed(run, task, given))
        guards.require_decision(run, task, decision.action, decision.given)
        node, step = run.node(task.node_id), run.live[task.node_id]
        back = None
        if decision.action is Action.RETURN:
            back = returning.require(run, node, decision.target, decision.back)
        event = DecisionEvent(session, actor, record, task, decision.action.value, given.opinion)
        hooks.before_decision(session, event)
        write(run, node, step, task, decision)
        follow(run, node, step, task, replace(decision, back=back))
        apart.let_off(run)
        hooks.after_decision(session, event)


def _signed(run: Run, task: Task, given: Given) -> Given:
    """Add the picture of the person's own signature where the node is signed."""
    if not run.has(task.node_id) or not run.node(task.node_id).sign or not run.actor.member_id:
        return given
    own = signatures.current(run.session, run.actor.member_id)
    return replace(given, signature=own.blob_id if own else None)


def write(run: Run, node: Node, step: FlowStep, task: Task, decision: Decision) -> None:
    """Write the decision; the unique index is the last lock against deciding twice."""
    given = decision.given
    run.write(
        TrailAction(decision.action.value),
        actor=run.actor,
        node=node,
        step=step,
        task=task,
        opinion=given.opinion,
        note=decision.target,
        key=decision.key,
        attachments=given.attachments,
        signature=given.signature,
    )
    task.status = TaskStatus.DONE
    task.decision = decision.action.value
    task.done_at = now()
    try:
        run.session.flush()
    except IntegrityError as error:
        raise AlreadyDecided(_l("You have already decided this step.")) from error
    run.log(decision.action.value, node.clause, task=task.id, node=node.id, opinion=given.opinion)


def follow(run: Run, node: Node, step: FlowStep, task: Task, decision: Decision) -> None:
    """Do what follows from a decision for the node and the record."""
    everybody = run.seats(step)
    chairs = [seats.chair_of(one) for one in everybody]
    outcome = settle(node.mode, node.quota, decision.action, task.id, chairs)
    run.cancel((one for one in everybody if one.id in outcome.cancel), at=task.done_at)
    opinion = decision.given.opinion
    match outcome.verdict:
        case Verdict.STAYS:
            run.open(one for one in everybody if one.id in outcome.open)
        case Verdict.ENDS:
            refuse(run, node, opinion)
        case Verdict.GOES_BACK if decision.target:
            returning.to_node(run, decision.target, back=bool(decision.back))
            run.notices.sent_back(run.node(decision.target), run.actor.member_id, opinion)
        case Verdict.GOES_BACK:
            returning.to_applicant(run, back=bool(decision.back))
            run.notices.returned(run.actor.member_id, opinion)
        case Verdict.PASSES:
            finish_node(run, node, step, decision.values)


def finish_node(run: Run, node: Node, step: FlowStep, values: Mapping[str, Any]) -> None:
    """Pass a node that people have decided, and go on."""
    if node.kind is NodeKind.HANDLE:
        _perform(run, node, values)
    if node.kind in {NodeKind.HANDLE, NodeKind.FILE_WITH}:
        run.notices.handled(node.name, run.actor.member_id)
    run.passed(node, step)
    run.advance()


def refuse(run: Run, node: Node, opinion: str) -> None:
    """Reject: the end of the request, unless the node names where it goes back to."""
    to = node.on_reject
    if to and run.has(to) and run.state.marks.get(to) is Mark.PASSED:
        returning.to_node(run, to, back=False)
        run.notices.sent_back(run.node(to), run.actor.member_id, opinion)
        return
    entering.reject(run, opinion)


def _perform(run: Run, node: Node, values: Mapping[str, Any]) -> None:
    if run.voids:
        return  # nothing is executed on a document that is being voided
    step = transitions.of_node(run.kind, run.record, node)
    if step is not None:
        transitions.perform(run.session, run.actor, run.record, run.detail, step, values)
        run.log("transition", node.clause, name=step.name, after=run.record.execution)
