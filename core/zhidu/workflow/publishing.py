"""公示: objections while a record is shown to those concerned, and what follows when time is up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from zhidu.actor import Actor
from zhidu.clock import now
from zhidu.db import Session
from zhidu.records.guarding import engine_writes
from zhidu.records.models import Record
from zhidu.records.queries import active_kinds, is_applicant, kind_of
from zhidu.texts import lazy_gettext as _l
from zhidu.workflow import entering, guards, queries, trail
from zhidu.workflow.deciding import run_of
from zhidu.workflow.definition import NOBODY, Node
from zhidu.workflow.errors import OpinionTooLong, OpinionWanted, Waiting, WrongState
from zhidu.workflow.models import FlowStep, Origin, StepStatus, Trail, TrailAction
from zhidu.workflow.routing import Asked
from zhidu.workflow.run import Run
from zhidu.workflow.standing import lock

JOB = "core.end_windows"

BATCH = 200
"""Windows per run of the job; what is left is due again at the next one."""


def object_to(session: Session, actor: Actor, record: Record, text: str, key: str = "") -> None:
    """Object to a record while it is shown; whoever it is shown to may, once or more often.

    :raises WrongState: it is not shown now, or not to the actor.
    :raises OpinionWanted: the objection says nothing.
    """
    kind_of(session, record.kind)
    with engine_writes(session):
        instance = lock(session, record)
        if trail.known(session, actor, record, key):
            return
        run = run_of(session, actor, record, instance)
        member_id = guards.require_person(session, actor)
        step = shown(run)
        shown_to = queries.copy_of(session, record.id, member_id) is not None
        if step is None or not shown_to or is_applicant(actor, record):
            raise WrongState(
                _l("“%(title)s” is not shown to you for objections.", title=record.title)
            )
        text = text.strip()
        if not text:
            raise OpinionWanted(_l("Please say what you object to."))
        if len(text) > guards.MAX_OPINION:
            raise OpinionTooLong(guards.MAX_OPINION)
        node = run.node(step.node_id)
        run.write(TrailAction.OBJECT, actor=actor, node=node, step=step, opinion=text, key=key)
        run.log("object", node.clause, node=node.id, opinion=text)


def shown(run: Run) -> FlowStep | None:
    """Give the visit at which a record is open for objections now."""
    return next(
        (
            step
            for step in run.waiting()
            if step.waiting_reason == Waiting.WINDOW.value
            and step.due_at is not None
            and step.due_at > now()
        ),
        None,
    )


def end_windows(session: Session, _args: Mapping[str, Any]) -> None:
    """Let records go on whose time for objections is over."""
    due = session.scalars(
        select(FlowStep.record_id)
        .join(Record, Record.id == FlowStep.record_id)
        .where(
            FlowStep.status == StepStatus.WAITING,
            FlowStep.waiting_reason == Waiting.WINDOW.value,
            FlowStep.due_at <= now(),
            Record.kind.in_(active_kinds(session)),
        )
        .order_by(FlowStep.due_at, FlowStep.record_id)
        .limit(BATCH)
    ).all()
    for record_id in sorted(set(due)):
        _end(session, session.get_one(Record, record_id))


def _end(session: Session, record: Record) -> None:
    with engine_writes(session):
        instance = lock(session, record)
        run = run_of(session, session.actor, record, instance)
        for step in run.waiting():
            over = step.due_at is not None and step.due_at <= now()
            if step.waiting_reason != Waiting.WINDOW.value or not over:
                continue
            node = run.node(step.node_id)
            run.go_on(node, step)
            if _objections(session, step):
                _ask(run, node, step)
                run.settle()
            else:
                run.passed(node, step)
                run.advance()
            run.log("window_over", node.clause, node=node.id)


def _objections(session: Session, step: FlowStep) -> bool:
    found = select(Trail.id).where(Trail.step_id == step.id, Trail.action == TrailAction.OBJECT)
    return session.scalar(found.limit(1)) is not None


def _ask(run: Run, node: Node, step: FlowStep) -> None:
    """Let the node's person decide on the objections, else the flow's manager."""
    named = node.approver if node.approver != NOBODY else run.flow.manager
    people = [
        Asked(one, Origin.OBJECTIONS)
        for one in run.router.find(named, node, run.flow)
        if run.router.may_decide(run.flow, node, one)
    ]
    if not people:
        run.wait(node, step, Waiting.NOBODY)
        return
    run.open(entering.seat(run, node, step, people))
