"""The execution axis: the addon's own states, changed only by its declared transitions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zhidu import hooks
from zhidu.access import check
from zhidu.actor import Actor
from zhidu.db import Session
from zhidu.events import ExecutionEvent
from zhidu.records.kinds import RecordKind, Transition
from zhidu.records.models import Approval, Record
from zhidu.texts import Text
from zhidu.texts import lazy_gettext as _l
from zhidu.workflow.definition import Node
from zhidu.workflow.errors import WrongTransition


def of_node(kind: RecordKind, record: Record, node: Node) -> Transition | None:
    """Give the transition that finishing a handle node performs; None where the kind has none.

    :raises WrongTransition: the flow names none where several are possible, or one that is not
        possible now.
    """
    by_task = [step for step in kind.execution.from_state(record.execution) if step.by_task]
    if node.transition:
        for step in by_task:
            if step.name == node.transition:
                return step
        raise WrongTransition(
            _l(
                "The step “%(node)s” cannot be done while the record is “%(state)s”.",
                node=node.name,
                state=state_title(kind, record.execution),
            ),
            cure=_l("Do first what must come before it."),
        )
    if len(by_task) > 1:
        raise WrongTransition(
            _l("The step “%(node)s” could do several things.", node=node.name),
            cure=_l("The policy must name one of them: %(names)s.", names=_names(by_task)),
        )
    return by_task[0] if by_task else None


def require(
    session: Session, actor: Actor, kind: RecordKind, record: Record, name: str
) -> Transition:
    """Give a transition that may start now and that the actor may perform apart from a task.

    :raises WrongTransition: unknown, not possible now, or performed by finishing a task only.
    :raises PermissionDenied: the actor lacks the transition's permission.
    """
    step = kind.execution.named(name)
    if step is None:
        raise WrongTransition(_l("There is no such step.", name=name))
    if step.by_task:
        raise WrongTransition(
            _l("“%(step)s” is done by finishing the task of that step.", step=step.title),
            cure=_l("Only the person asked may finish it, from the list of tasks."),
        )
    if record.approval is not Approval.APPROVED:
        raise WrongTransition(
            _l("“%(step)s” comes after the approval.", step=step.title),
            cure=_l("Wait until the request is approved."),
        )
    if record.execution not in step.sources:
        raise WrongTransition(
            _l(
                "“%(step)s” is not possible while the record is “%(state)s”.",
                step=step.title,
                state=state_title(kind, record.execution),
            )
        )
    if not actor.is_system:
        check.require(session, step.permission, record)
    return step


def perform(
    session: Session,
    actor: Actor,
    record: Record,
    detail: Any,
    step: Transition,
    values: Mapping[str, Any],
) -> None:
    """Check the guard, set the state, do the work, tell the hooks."""
    if step.guard is not None:
        step.guard(session, actor, detail, values)
    before = record.execution
    record.execution = step.target
    session.flush()
    if step.effect is not None:
        step.effect(session, actor, detail, values)
        session.flush()
    hooks.after_transition(
        session, ExecutionEvent(session, actor, record, step.name, before, step.target)
    )


def state_title(kind: RecordKind, state: str) -> Text | str:
    """Name an execution state."""
    return kind.execution.states.get(state, state)


def _names(steps: list[Transition]) -> str:
    return ", ".join(step.name for step in steps)
