"""Where a record's approval stands: its lock, its present instance, the marks of its flow."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import select

from zhidu.db import Session
from zhidu.records.models import Record
from zhidu.workflow import movement
from zhidu.workflow.definition import Flow
from zhidu.workflow.models import FlowStep, Instance, InstanceStatus, Purpose, StepStatus

JUMPED = ";jump"
"""End of the note of a visit that the flow's manager settled by hand."""


def lock(session: Session, record: Record, purpose: Purpose | None = None) -> Instance | None:
    """Take the record's lock and read header and instance as they are now.

    On SQLite the writing session holds the only lock already.

    :param purpose: whose instance is wanted; default: the one that is on its way, else the
        record's approval.
    """
    session.flush()
    # NO KEY UPDATE: a comment or a file that only points at the record does not wait for us
    session.refresh(record, with_for_update={"key_share": True})
    found = select(Instance).where(Instance.record_id == record.id).order_by(Instance.id)
    instances = session.scalars(found.execution_options(populate_existing=True)).all()
    if purpose is not None:
        return next((one for one in instances if one.purpose is purpose), None)
    return present(instances)


def present(instances: Sequence[Instance]) -> Instance | None:
    """Give the instance that is on its way, else the record's approval."""
    going = [one for one in instances if one.status is not InstanceStatus.ENDED]
    return next(iter(going or instances), None)


def instance_of(session: Session, record_id: int) -> Instance | None:
    """Give the instance that is on its way, else the approval; none while never submitted."""
    found = select(Instance).where(Instance.record_id == record_id).order_by(Instance.id)
    return present(session.scalars(found).all())


def of_purpose(session: Session, record_id: int, purpose: Purpose) -> Instance | None:
    """Give a record's approval, or its request to be voided; none where there is none."""
    found = select(Instance).where(Instance.record_id == record_id, Instance.purpose == purpose)
    return session.scalars(found.execution_options(populate_existing=True)).one_or_none()


def live_steps(session: Session, instance_id: int) -> list[FlowStep]:
    """List the visits that count, in the order in which they began."""
    found = select(FlowStep).where(
        FlowStep.instance_id == instance_id, FlowStep.status != StepStatus.CLEARED
    )
    return list(session.scalars(found.order_by(FlowStep.id)))


def state(session: Session, instance: Instance, flow: Flow) -> movement.State:
    """Read where an instance's flow stands."""
    nodes = {node.id for node in flow.every_node()}
    return state_of(live_steps(session, instance.id), nodes)


def state_of(live: Iterable[FlowStep], nodes: Collection[str]) -> movement.State:
    """Read a flow's state from the visits that count.

    :param nodes: ids of the flow's nodes; what else was visited is a branch.
    """
    marks, chosen = {}, {}
    for row in live:
        mark = row.status.mark
        if row.node_id in nodes and mark is not None:
            marks[row.node_id] = mark
        elif row.node_id:
            paths = row.note.removesuffix(JUMPED)
            chosen[row.node_id] = tuple(name for name in paths.split(",") if name)
    return movement.State(marks, chosen)
