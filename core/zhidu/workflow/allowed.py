"""What a person may do with a record now: the buttons of its page. Nothing here grants anything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select

from zhidu.access import check
from zhidu.actor import Actor
from zhidu.db import Session
from zhidu.errors import Refused, ValidationError, ZhiduError
from zhidu.records.guarding import EDITABLE
from zhidu.records.kinds import Transition
from zhidu.records.models import Approval, Record
from zhidu.records.queries import detail, is_applicant, kind_is_active
from zhidu.texts import Text
from zhidu.texts import lazy_gettext as _l
from zhidu.workflow import guards, needs, returning, standing, transitions, voiding
from zhidu.workflow.decisions import Action
from zhidu.workflow.definition import Node, NodeKind, Resume, Verb
from zhidu.workflow.models import Sign, Task, TaskStatus
from zhidu.workflow.run import Run


@dataclass(frozen=True, slots=True)
class Allowed:
    """An act that the engine would take from this person now.

    :param action: ``submit``, ``withdraw``, ``approve``, ``reject``, ``return``, ``handle``,
        ``transition``, ``take_back`` or ``void``.
    :param task: whose decision it is; none for submit, withdraw, void and transition.
    :param needs_opinion: it is refused without a reason.
    :param transition: what ``transition`` and ``handle`` perform on the execution axis.
    :param places: of a return: the nodes that are offered besides the applicant.
    :param resume: of a return: whether the person says where it goes on afterwards.
    :param needs_signature: it is refused without the picture of the person's signature.
    :param needs_attachment: it is refused without a file.
    """

    action: str
    title: Text | str
    task: Task | None = None
    needs_opinion: bool = False
    transition: str = ""
    places: tuple[Node, ...] = ()
    resume: bool = False
    needs_signature: bool = False
    needs_attachment: bool = False


def allowed(session: Session, actor: Actor, record: Record) -> list[Allowed]:
    """List what the actor may do, most important first."""
    if not kind_is_active(session, record.kind):
        return []
    kind = session.registry.kinds[record.kind]
    instance = standing.instance_of(session, record.id)
    run = Run(session, actor, record, instance) if instance is not None else None
    acts = []
    own = _own_tasks(session, actor, record) if run is not None else []
    if run is not None:
        acts = [act for task in own if task.status is TaskStatus.OPEN for act in _of(run, task)]
    if record.approval is Approval.APPROVED:
        acts += [
            Allowed("transition", step.title, transition=step.name)
            for step in kind.execution.from_state(record.execution)
            if not step.by_task
            and check.can(session, step.permission, record)
            and _guard_lets(session, actor, record, step)
        ]
    if is_applicant(actor, record):
        if record.approval in EDITABLE:
            again = record.submitted_at is not None
            acts.append(Allowed("submit", _l("Submit again") if again else _l("Submit")))
        if run is not None and _may(guards.require_withdrawable, run):
            acts.append(Allowed("withdraw", _l("Withdraw")))
    if run is not None:
        if any(task.status is TaskStatus.DONE for task in own):
            acts += _back(run)
        in_force = record.approval is Approval.APPROVED
        if in_force and voiding.may_void(session, actor, record):
            acts.append(Allowed("void", _l("Void"), needs_opinion=True))
    return acts


def _back(run: Run) -> list[Allowed]:
    """Offer to take the own last approval back."""
    task = returning.own_decision(run.session, run.actor, run.instance.id)
    if task is None or not _may(returning.require_take_back, run, task):
        return []
    return [Allowed("take_back", _l("Take back"), task)]


def _may(rule: Callable[..., Any], *about: Any) -> bool:
    """Tell whether a guard lets an act through."""
    try:
        rule(*about)
    except ZhiduError:
        return False
    return True


def _own_tasks(session: Session, actor: Actor, record: Record) -> list[Task]:
    """List the actor's tasks on a record, finished or not: one statement for all that is asked."""
    if actor.member_id is None:
        return []
    return list(
        session.scalars(
            select(Task)
            .where(
                Task.record_id == record.id,
                Task.member_id == actor.member_id,
            )
            .order_by(Task.id)
        )
    )


_TITLES = {
    Action.APPROVE: _l("Approve"),
    Action.RETURN: _l("Return"),
    Action.REJECT: _l("Reject"),
}


def _of(run: Run, task: Task) -> list[Allowed]:
    """List the decisions that a task's holder may take."""
    if task.sign is Sign.CONSULT or not run.has(task.node_id):
        return []
    node = run.node(task.node_id)
    own = needs.decides(node.kind) and is_applicant(run.actor, run.record)
    if own or not _may(guards.require_open, run, task) or not _may(guards.require_fit, run, node):
        return []
    if node.kind is NodeKind.FILE_WITH:
        return [_decision(run, node, task, Action.HANDLE, _l("Confirm"))]
    if node.kind is NodeKind.HANDLE and not run.voids:
        try:
            step = transitions.of_node(run.kind, task.record, node)
        except ZhiduError:
            return []  # what must come first is not done; the refusal says so when it is tried
        title = step.title if step else _l("Done")
        act = _decision(run, node, task, Action.HANDLE, title)
        return [replace(act, transition=step.name if step else "")]
    if needs.actions(node) == {Action.HANDLE}:
        return [_decision(run, node, task, Action.HANDLE, _l("Done"))]
    titles = dict(_TITLES)
    if node.verb is Verb.OPINION:
        titles[Action.APPROVE] = _l("Give opinion")
    return [
        _decision(run, node, task, action, title)
        for action, title in titles.items()
        if action in needs.actions(node)
    ]


def _decision(run: Run, node: Node, task: Task, action: Action, title: Text | str) -> Allowed:
    going_back = action is Action.RETURN
    return Allowed(
        action.value,
        title,
        task,
        needs_opinion=needs.opinion(node, action),
        places=tuple(returning.places(run, node)) if going_back else (),
        resume=going_back and node.resume is Resume.CHOICE,
        needs_signature=node.sign and not going_back,
        needs_attachment=needs.attachment(node, action),
    )


def _guard_lets(session: Session, actor: Actor, record: Record, step: Transition) -> bool:
    """Tell whether a transition's guard lets it start at all; what the form lacks comes later."""
    if step.guard is None:
        return True
    try:
        step.guard(session, actor, detail(session, record), {})
    except Refused:
        return False
    except ValidationError:
        return True
    return True
