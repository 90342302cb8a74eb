"""The trail of an approval: what people did, append-only, and what follows from it alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from sqlalchemy import event, select
from sqlalchemy.orm import ORMExecuteState, UOWTransaction

from zhidu.actor import Actor
from zhidu.clock import now
from zhidu.db import Session
from zhidu.errors import Conflict, Refused
from zhidu.records.models import Approval, Record
from zhidu.texts import lazy_gettext as _l
from zhidu.workflow.definition import Branch, Node
from zhidu.workflow.models import (
    FlowStep,
    Instance,
    InstanceStatus,
    Task,
    Trail,
    TrailAction,
)
from zhidu.workflow.movement import Mark

if TYPE_CHECKING:
    from typing import Any

FINAL = "final"
"""Note of the pass with which the approval was complete: the effect fired."""

ASSIGNED = "assigned"
"""The note of a submit of what the system assigns: there is nothing to approve."""


def write(
    session: Session,
    instance: Instance,
    action: TrailAction,
    *,
    actor: Actor | None = None,
    node: Node | Branch | None = None,
    step: FlowStep | None = None,
    task: Task | None = None,
    opinion: str = "",
    note: str = "",
    other: int | None = None,
    key: str = "",
    attachments: Sequence[int] = (),
    signature: int | None = None,
    clause: str = "",
) -> Trail:
    """Add an entry.

    :param actor: who did it; nothing for the engine itself.
    :param other: the other person of the act.
    :param clause: default: that of the node.
    :param key: of the request, so that a second one with it does nothing; see :func:`known`.
    """
    behalf = actor.on_behalf_of if actor else None
    entry = Trail(
        instance_id=instance.id,
        record_id=instance.record_id,
        step_id=step.id if step else task.step_id if task else None,
        task_id=task.id if task else None,
        turn=task.turn if task else 1,
        round=instance.round,
        node_id=node.id if node else "",
        node_name=node.name if node else "",
        action=action,
        member_id=actor.member_id if actor else None,
        on_behalf_of=behalf or (task.owner_id if task and actor else None),
        other_id=other,
        at=now(),
        opinion=opinion,
        clause=clause or (node.clause if isinstance(node, Node) else ""),
        policy_version_id=instance.policy_version_id,
        note=note,
        attachments=list(attachments),
        signature_id=signature,
        request_key=key,
    )
    session.add(entry)
    return entry


def known(session: Session, actor: Actor, record: Record, key: str) -> bool:
    """Tell whether a request with this key was carried out already; asked under the lock.

    :raises KeyTaken: it was another person's, or about another record.
    """
    if not key:
        return False
    entry = session.scalars(select(Trail).where(Trail.request_key == key)).one_or_none()
    if entry is None:
        return False
    if (entry.record_id, entry.member_id) != (record.id, actor.member_id):
        raise KeyTaken
    return True


def sent(session: Session, actor: Actor, key: str) -> int | None:
    """Give the record about which a request of the actor with this key was carried out already."""
    if not key or actor.member_id is None:
        return None
    found = select(Trail.record_id).where(
        Trail.request_key == key, Trail.member_id == actor.member_id
    )
    return session.scalar(found)


def entries(session: Session, record: Record) -> list[Trail]:
    """List what happened, oldest first."""
    return list(
        session.scalars(select(Trail).where(Trail.record_id == record.id).order_by(Trail.id))
    )


class KeyTaken(Conflict):
    """A request carries the key of another one: two forms cannot have the same."""

    def __init__(self) -> None:
        super().__init__(
            _l("This form was already used for something else."),
            cure=_l("Reload the page and try again."),
        )


class TrailIsFinal(Refused):
    """Nobody changes or removes what was written into the trail."""

    def __init__(self) -> None:
        super().__init__(
            _l("The trail of an approval is never changed."), rule="workflow.trail_is_final"
        )


@event.listens_for(Session, "before_flush")
def _append_only(session: Session, _context: UOWTransaction, _objects: Any) -> None:
    for row in session.deleted:
        if isinstance(row, Trail):
            raise TrailIsFinal
    for row in session.dirty:
        if isinstance(row, Trail) and session.is_modified(row):
            raise TrailIsFinal


@event.listens_for(Session, "do_orm_execute")
def _no_bulk(state: ORMExecuteState) -> None:
    mapper = state.bind_mapper
    if (state.is_update or state.is_delete) and mapper is not None and mapper.class_ is Trail:
        raise TrailIsFinal


# -- what follows from the trail alone


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a record stands, told by its trail.

    :param effects: how often the business effect fired; never more than once.
    :param marks: of the nodes that were reached; see ``movement.State``.
    """

    approval: Approval = Approval.DRAFT
    status: InstanceStatus | None = None
    round: int = 0
    effects: int = 0
    marks: Mapping[str, Mark] = field(default_factory=dict)
    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


_MARKS = {
    TrailAction.ENTER: Mark.ACTIVE,
    TrailAction.RESUME: Mark.ACTIVE,
    TrailAction.WAIT: Mark.WAITING,
    TrailAction.PASS: Mark.PASSED,
    TrailAction.SKIP: Mark.SKIPPED,
    TrailAction.TAKE_BACK: Mark.ACTIVE,
}


def replay(trail: Iterable[Trail]) -> Standing:
    """Reckon where a record stands from one instance's trail, without looking at anything else."""
    standing = Standing()
    for entry in trail:
        standing = _after(standing, entry)
    return standing


def _after(standing: Standing, entry: Trail) -> Standing:
    """Give the standing after one entry."""
    match entry.action:
        case TrailAction.SUBMIT | TrailAction.RESUBMIT | TrailAction.VOID:
            approved = (
                entry.action is TrailAction.VOID
                or standing.approval is Approval.APPROVED
                or entry.note == ASSIGNED
            )
            return replace(
                standing,
                approval=Approval.APPROVED if approved else Approval.IN_APPROVAL,
                status=InstanceStatus.RUNNING,
                round=entry.round,
            )
        case TrailAction.CHOOSE:
            taken = tuple(name for name in entry.note.split(",") if name)
            return replace(standing, chosen={**standing.chosen, entry.node_id: taken})
        case TrailAction.CLEAR:
            gone = set(entry.note.split(","))
            marks = {key: mark for key, mark in standing.marks.items() if key not in gone}
            chosen = {key: ids for key, ids in standing.chosen.items() if key not in gone}
            return _moved(replace(standing, marks=marks, chosen=chosen))
        case TrailAction.END:
            return replace(standing, approval=Approval(entry.note), status=InstanceStatus.ENDED)
        case TrailAction.RETURN if not entry.note:
            voids = standing.approval is Approval.APPROVED
            return replace(
                standing,
                approval=Approval.APPROVED if voids else Approval.RETURNED,
                status=InstanceStatus.RETURNED,
            )
        case action if action in _MARKS:
            marks = {**standing.marks, entry.node_id: _MARKS[action]}
            standing = replace(standing, marks=marks)
            if action is TrailAction.PASS and entry.note == FINAL:
                approved = standing.approval is Approval.IN_APPROVAL
                standing = replace(
                    standing,
                    approval=Approval.APPROVED if approved else Approval.VOIDED,
                    effects=standing.effects + 1,
                )
            return _moved(standing)
    return standing


def _moved(standing: Standing) -> Standing:
    """A running flow waits when nothing is active and something waits."""
    if standing.status not in {InstanceStatus.RUNNING, InstanceStatus.WAITING}:
        return standing
    marks = set(standing.marks.values())
    waits = Mark.WAITING in marks and Mark.ACTIVE not in marks
    return replace(standing, status=InstanceStatus.WAITING if waits else InstanceStatus.RUNNING)
