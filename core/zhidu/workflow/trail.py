"""The trail of an approval: what people did, append-only, and what follows from it alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import event, select
from sqlalchemy.orm import ORMExecuteState, UOWTransaction

from zhidu.actor import Actor
from zhidu.clock import now
from zhidu.db import Session
from zhidu.errors import Refused
from zhidu.records.models import Approval, Record
from zhidu.texts import lazy_gettext as _l
from zhidu.workflow.definition import Node
from zhidu.workflow.models import Instance, InstanceStatus, Task, Trail, TrailAction

if TYPE_CHECKING:
    from typing import Any

PASSED = "passed"
"""Note of the decision with which a node was passed."""
FINAL = "final"
"""Note of the decision with which the last approve node was passed: the effect fired."""


def write(
    session: Session,
    instance: Instance,
    action: TrailAction,
    *,
    actor: Actor | None = None,
    node: Node | None = None,
    task: Task | None = None,
    opinion: str = "",
    note: str = "",
) -> Trail:
    """Add an entry.

    :param actor: who did it; nothing for the engine itself.
    """
    entry = Trail(
        instance_id=instance.id,
        record_id=instance.record_id,
        task_id=task.id if task else None,
        round=instance.round,
        node_id=node.id if node else "",
        node_name=node.name if node else "",
        action=action,
        member_id=actor.member_id if actor else None,
        on_behalf_of=actor.on_behalf_of if actor else None,
        at=now(),
        opinion=opinion,
        clause=node.clause if node else "",
        policy_version_id=instance.policy_version_id,
        note=note,
    )
    session.add(entry)
    return entry


def entries(session: Session, record: Record) -> list[Trail]:
    """List what happened, oldest first."""
    return list(
        session.scalars(select(Trail).where(Trail.record_id == record.id).order_by(Trail.id))
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
    """

    approval: Approval = Approval.DRAFT
    status: InstanceStatus | None = None
    round: int = 0
    effects: int = 0


def replay(trail: Iterable[Trail]) -> Standing:
    """Reckon where a record stands from its trail, without looking at record or tasks."""
    standing = Standing()
    for entry in trail:
        match entry.action:
            case TrailAction.SUBMIT | TrailAction.RESUBMIT:
                standing = replace(
                    standing,
                    approval=Approval.IN_APPROVAL,
                    status=InstanceStatus.RUNNING,
                    round=standing.round + 1,
                )
            case TrailAction.APPROVE | TrailAction.HANDLE if entry.note == FINAL:
                standing = replace(
                    standing, approval=Approval.APPROVED, effects=standing.effects + 1
                )
            case TrailAction.REJECT:
                standing = replace(
                    standing, approval=Approval.REJECTED, status=InstanceStatus.ENDED
                )
            case TrailAction.RETURN:
                standing = replace(
                    standing, approval=Approval.RETURNED, status=InstanceStatus.RETURNED
                )
            case TrailAction.WITHDRAW:
                standing = replace(
                    standing, approval=Approval.WITHDRAWN, status=InstanceStatus.ENDED
                )
            case TrailAction.WAIT:
                standing = replace(standing, status=InstanceStatus.WAITING)
            case TrailAction.RESUME:
                standing = replace(standing, status=InstanceStatus.RUNNING)
            case TrailAction.END:
                standing = replace(standing, status=InstanceStatus.ENDED)
    return standing
