"""The path of a record: who would be asked, before it is submitted and while it runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import inspect, select

from zhidu.actor import Actor
from zhidu.db import Session
from zhidu.org.models import Member
from zhidu.records.models import Record
from zhidu.records.queries import detail as detail_of
from zhidu.records.queries import kind_of
from zhidu.records.services import set_department
from zhidu.workflow import entry, movement, scopes, standing
from zhidu.workflow.definition import Flow, Mode, Node, NodeKind
from zhidu.workflow.entering import PASSED
from zhidu.workflow.errors import NoFlow, Waiting
from zhidu.workflow.models import Instance, InstanceStatus, Origin, StepStatus, Task
from zhidu.workflow.movement import Fate, Seen, State
from zhidu.workflow.routing import Router
from zhidu.workflow.submitting import flow_for

_SKIPPED = frozenset({Fate.SKIPPED, Fate.UNFIT, Fate.UNCHOSEN})


@dataclass(frozen=True, slots=True)
class Ahead:
    """A node of the path as shown before submit, or still to come: who would be asked.

    :param names: the people's names, in the order of ``members``.
    :param note: a code of ``workflow.errors.Waiting`` where nobody can be asked, the origin
        where someone stands in, ``nobody`` where it will be passed without one, the condition
        that keeps it out where it is skipped.
    :param path: the branch's path on which it stands, by name; empty on the flow's own line.
    """

    node: Node
    members: tuple[int, ...] = ()
    names: tuple[str, ...] = ()
    note: str = ""
    skipped: bool = False
    path: str = ""


def preview(
    session: Session,
    actor: Actor,
    detail: Any,
    *,
    chosen: Mapping[str, Sequence[int]] | None = None,
    hurries: bool | None = None,
) -> list[Ahead]:
    """Say who would be asked if the record were submitted now, with their names.

    The detail and its header need not be saved: a form shows the path while it is filled in.
    Paths that are not taken are listed, too, with the condition that keeps them out. After a
    return the whole path is shown, though what was decided may stay.

    :param actor: the applicant of a header that names none yet.
    :param chosen: whom the form chooses so far, by step; None: as before.
    :param hurries: whether it would be submitted as urgent; None: as before.
    :raises NoFlow: the policy says nothing about this kind of record.
    """
    record: Record = detail.header
    if not inspect(record).has_identity:
        applicant: int | None = record.applicant_id  # not set yet on a header never saved
        if applicant is None and actor.member_id is not None:
            record.applicant_id = actor.member_id
        if record.department_id is None:
            set_department(session, record, None)
    router = Router(session, kind_of(session, record.kind), record, detail, chosen=chosen)
    flow = foreseen(session, router, hurries=hurries)
    return _ahead(session, router, flow, movement.outlook(flow.nodes, State(), router.applies))


def foreseen(session: Session, router: Router, *, hurries: bool | None = None) -> Flow:
    """Give the flow that a record is on, or that a submit would put it on now.

    :raises NoFlow: the policy says nothing about this kind of record.
    """
    instance = _instance(session, router.record)
    flow = Flow.from_json(instance.flow) if instance else flow_for(session, router.record)
    return entry.foreseen(router, flow, instance, hurries=hurries)


def upcoming(session: Session, record: Record) -> list[Ahead]:
    """Say who will be asked behind those who are; empty at the end and while not submitted."""
    instance = _instance(session, record)
    if instance is None or instance.status not in {InstanceStatus.RUNNING, InstanceStatus.WAITING}:
        return []
    flow = Flow.from_json(instance.flow)
    router = Router(session, kind_of(session, record.kind), record, detail_of(session, record))
    state = standing.state(session, instance, flow)
    wanted = {Fate.COMING, Fate.UNFIT, Fate.WAITING}
    coming = [
        seen
        for seen in movement.outlook(flow.nodes, state, router.applies)
        if seen.fate in wanted or (seen.fate is Fate.UNCHOSEN and _open(state, seen))
    ]
    return _ahead(session, router, flow, coming)


def _open(state: State, seen: Seen) -> bool:
    """Tell whether the branch that leaves a node out has still to be reached."""
    return seen.branch is not None and seen.branch.id not in state.chosen


def nodes(session: Session, record: Record) -> tuple[Node, ...]:
    """List the nodes of the flow that governs a record; none where no flow does."""
    instance = _instance(session, record)
    if instance is not None:
        return tuple(Flow.from_json(instance.flow).every_node())
    try:
        return tuple(flow_for(session, record).every_node())
    except NoFlow:
        return ()


def mode_of(task: Task) -> Mode:
    """Tell how the people of a task's node act: all, any, or one after the other."""
    flow = Flow.from_json(task.instance.flow)
    return next((node.mode for node in flow.every_node() if node.id == task.node_id), Mode.ANY)


def waiting_reason(session: Session, record: Record) -> Waiting | None:
    """Say why nobody is asked, if the record waits at a step."""
    instance = _instance(session, record)
    if instance is None or instance.status not in {InstanceStatus.RUNNING, InstanceStatus.WAITING}:
        return None
    for step in standing.live_steps(session, instance.id):
        if step.status is StepStatus.WAITING:
            return Waiting(step.waiting_reason)
    return None


def _instance(session: Session, record: Record) -> Instance | None:
    if not inspect(record).has_identity:
        return None
    return standing.instance_of(session, record.id)


def _ahead(session: Session, router: Router, flow: Flow, seen: Iterable[Seen]) -> list[Ahead]:
    """Find the people of what is to come, and their names in one query."""
    made = [_one(session, router, flow, one) for one in seen]
    names = _names(session, {key for one in made for key in one.members})
    return [
        Ahead(
            one.node,
            one.members,
            tuple(names[key] for key in one.members),
            one.note,
            one.skipped,
            one.path,
        )
        for one in made
    ]


def _one(session: Session, router: Router, flow: Flow, seen: Seen) -> Ahead:
    node, path = seen.node, seen.path.name if seen.path else ""
    if seen.fate in _SKIPPED:
        return Ahead(node, note=seen.when, skipped=True, path=path)
    if node.kind is NodeKind.AUTO:
        return Ahead(node, note=node.reason, path=path)
    if node.kind is NodeKind.NOTIFY:
        return Ahead(node, tuple(router.find(node.approver, node, flow)), path=path)
    if node.kind is NodeKind.PUBLISH:
        return Ahead(node, tuple(scopes.people(session, node.audience)), path=path)
    route = router.route(flow, node)
    if route.passes:
        return Ahead(node, note=PASSED, path=path)
    members = tuple(one.member_id for one in route.people)
    origins = {one.origin for one in route.people} - {Origin.RESOLVED}
    note = route.reason.value if route.reason else min(origins, default="")
    return Ahead(node, members, note=str(note), path=path)


def _names(session: Session, member_ids: Iterable[int]) -> dict[int, str]:
    rows = session.execute(select(Member.id, Member.name).where(Member.id.in_(list(member_ids))))
    return {row.id: row.name for row in rows}
