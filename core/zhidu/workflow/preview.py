"""The path of a record: who would be asked, before it is submitted and while it runs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import inspect, select

from zhidu.actor import Actor
from zhidu.db import Session
from zhidu.org.models import Member
from zhidu.records.models import Record
from zhidu.records.queries import detail as detail_of
from zhidu.records.queries import kind_of
from zhidu.records.services import set_department
from zhidu.workflow.definition import Flow, Mode, Node, Step
from zhidu.workflow.errors import NoFlow, Waiting
from zhidu.workflow.models import Instance, InstanceStatus, Origin, Task
from zhidu.workflow.routing import Router
from zhidu.workflow.submitting import flow_for


def preview(session: Session, actor: Actor, detail: Any) -> list[Step]:
    """Say who would be asked if the record were submitted now, with their names.

    The detail and its header need not be saved: a form shows the path while it is filled in.

    :param actor: the applicant of a header that names none yet.
    :raises NoFlow: the policy says nothing about this kind of record.
    """
    record: Record = detail.header
    if not inspect(record).has_identity:
        applicant: int | None = record.applicant_id  # not set yet on a header never saved
        if applicant is None and actor.member_id is not None:
            record.applicant_id = actor.member_id
        if record.department_id is None:
            set_department(session, record, None)
    router = Router(session, kind_of(session, record.kind), record, detail)
    instance = _instance(session, record)
    flow = Flow.from_json(instance.flow) if instance else flow_for(session, record)
    return _steps(session, router, flow, flow.nodes)


def upcoming(session: Session, record: Record) -> list[Step]:
    """Say who will be asked behind the present node; empty at the end and while not submitted."""
    instance = _instance(session, record)
    if instance is None or instance.status not in {InstanceStatus.RUNNING, InstanceStatus.WAITING}:
        return []
    flow = Flow.from_json(instance.flow)
    router = Router(session, kind_of(session, record.kind), record, detail_of(session, record))
    ids = [node.id for node in flow.nodes]
    start = ids.index(instance.node_id)
    if instance.status is InstanceStatus.RUNNING:
        start += 1  # the present node's people have their tasks
    return _steps(session, router, flow, flow.nodes[start:])


def nodes(session: Session, record: Record) -> tuple[Node, ...]:
    """List the nodes of the flow that governs a record; none where no flow does."""
    instance = _instance(session, record)
    if instance is not None:
        return Flow.from_json(instance.flow).nodes
    try:
        return flow_for(session, record).nodes
    except NoFlow:
        return ()


def mode_of(task: Task) -> Mode:
    """Tell how the people of a task's node act: all, any, or one after the other."""
    flow = Flow.from_json(task.instance.flow)
    return next((node.mode for node in flow.nodes if node.id == task.node_id), Mode.ANY)


def waiting_reason(session: Session, record: Record) -> Waiting | None:
    """Say why nobody is asked, if the record waits."""
    instance = _instance(session, record)
    if instance is None or instance.status is not InstanceStatus.WAITING:
        return None
    return Waiting(instance.waiting_reason)


def _instance(session: Session, record: Record) -> Instance | None:
    if not inspect(record).has_identity:
        return None
    return session.scalars(select(Instance).where(Instance.record_id == record.id)).one_or_none()


def _steps(session: Session, router: Router, flow: Flow, nodes: Iterable[Node]) -> list[Step]:
    steps = []
    for node in nodes:
        if not router.applies(node):
            steps.append(Step(node, (), note=node.when, skipped=True))
            continue
        route = router.route(flow, node)
        members = tuple(one.member_id for one in route.people)
        origins = {one.origin for one in route.people} - {Origin.RESOLVED}
        note = route.reason.value if route.reason else min(origins, default=Origin.RESOLVED)
        steps.append(
            Step(
                node,
                members,
                tuple(_names(session, members)),
                "" if note is Origin.RESOLVED else str(note),
            )
        )
    return steps


def _names(session: Session, member_ids: tuple[int, ...]) -> list[str]:
    rows = session.execute(select(Member.id, Member.name).where(Member.id.in_(member_ids)))
    found = {row.id: row.name for row in rows}
    return [found[key] for key in member_ids]
