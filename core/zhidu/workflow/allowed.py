"""What a person may do with a record now: the buttons of its page. Nothing here grants anything."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from zhidu.access import check
from zhidu.actor import Actor
from zhidu.db import Session
from zhidu.errors import Refused, ValidationError, ZhiduError
from zhidu.records.guarding import EDITABLE
from zhidu.records.kinds import RecordKind
from zhidu.records.models import Approval, Record
from zhidu.records.queries import detail, is_applicant, kind_is_active
from zhidu.texts import Text
from zhidu.texts import lazy_gettext as _l
from zhidu.workflow import transitions
from zhidu.workflow.definition import Flow, NodeKind
from zhidu.workflow.models import Instance, Task, TaskStatus


@dataclass(frozen=True, slots=True)
class Allowed:
    """An act that the engine would take from this person now.

    :param action: ``submit``, ``withdraw``, ``approve``, ``reject``, ``return``, ``handle`` or
        ``transition``.
    :param task: whose decision it is; none for submit, withdraw and transition.
    :param needs_opinion: it is refused without a reason.
    :param transition: what ``transition`` and ``handle`` perform on the execution axis.
    """

    action: str
    title: Text | str
    task: Task | None = None
    needs_opinion: bool = False
    transition: str = ""


def allowed(session: Session, actor: Actor, record: Record) -> list[Allowed]:
    """List what the actor may do, most important first."""
    if not kind_is_active(session, record.kind):
        return []
    kind = session.registry.kinds[record.kind]
    acts = [act for task in _own_tasks(session, actor, record) for act in _of(session, kind, task)]
    if record.approval is Approval.APPROVED:
        acts += [
            Allowed("transition", step.title, transition=step.name)
            for step in kind.execution.from_state(record.execution)
            if not step.by_task and check.can(session, step.permission, record)
        ]
    if is_applicant(actor, record):
        if record.approval in EDITABLE:
            again = record.submitted_at is not None
            acts.append(Allowed("submit", _l("Submit again") if again else _l("Submit")))
        if record.approval in {Approval.IN_APPROVAL, Approval.RETURNED}:
            acts.append(Allowed("withdraw", _l("Withdraw")))
    return [act for act in acts if _fits(session, actor, kind, record, act)]


def _own_tasks(session: Session, actor: Actor, record: Record) -> list[Task]:
    if actor.member_id is None:
        return []
    return list(
        session.scalars(
            select(Task)
            .where(
                Task.record_id == record.id,
                Task.member_id == actor.member_id,
                Task.status == TaskStatus.OPEN,
            )
            .order_by(Task.id)
        )
    )


def _of(session: Session, kind: RecordKind, task: Task) -> list[Allowed]:
    if task.node_kind is NodeKind.APPROVE:
        return [
            Allowed("approve", _l("Approve"), task),
            Allowed("return", _l("Return"), task, needs_opinion=True),
            Allowed("reject", _l("Reject"), task, needs_opinion=True),
        ]
    instance = session.get_one(Instance, task.instance_id)
    node = next(node for node in Flow.from_json(instance.flow).nodes if node.id == task.node_id)
    try:
        step = transitions.of_node(kind, task.record, node)
    except ZhiduError:
        return []  # what must come first is not done; the refusal says so when it is tried
    title = step.title if step else _l("Done")
    return [Allowed("handle", title, task, transition=step.name if step else "")]


def _fits(session: Session, actor: Actor, kind: RecordKind, record: Record, act: Allowed) -> bool:
    """Leave out what self-approval, separation of duties or a transition's guard would refuse."""
    if act.action == "transition":
        return _guard_lets(session, actor, kind, record, act.transition)
    if act.task is None:
        return True
    if act.task.node_kind is NodeKind.APPROVE and is_applicant(actor, record):
        return False
    if kind.check_actor is None:
        return True
    try:
        kind.check_actor(session, actor, detail(session, record), act.task.node_kind.value)
    except ZhiduError:
        return False
    return True


def _guard_lets(
    session: Session, actor: Actor, kind: RecordKind, record: Record, name: str
) -> bool:
    """Tell whether a transition's guard lets it start at all; what the form lacks comes later."""
    step = kind.execution.named(name)
    if step is None or step.guard is None:
        return True
    try:
        step.guard(session, actor, detail(session, record), {})
    except Refused:
        return False
    except ValidationError:
        return True
    return True
