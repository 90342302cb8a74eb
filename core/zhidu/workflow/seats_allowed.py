"""What a person may do beside deciding: the further buttons of a record's page. Grants nothing."""

from __future__ import annotations

from dataclasses import dataclass

from zhidu.actor import Actor
from zhidu.clock import now
from zhidu.db import Session
from zhidu.errors import ZhiduError
from zhidu.records.models import Record
from zhidu.records.queries import kind_is_active
from zhidu.texts import Text
from zhidu.texts import lazy_gettext as _l
from zhidu.workflow import circulation, needs, seats_adding, standing, urging
from zhidu.workflow.definition import Act, Node, NodeKind
from zhidu.workflow.models import InstanceStatus, Sign, Task, TaskStatus
from zhidu.workflow.run import Run
from zhidu.workflow.seats_rules import PENDING


@dataclass(frozen=True, slots=True)
class Beside:
    """An act beside a decision that the engine would take from this person now.

    :param action: ``add``, ``remove``, ``transfer``, ``consult``, ``answer``, ``copy`` or ``urge``.
    :param task: of ``remove``: that of the one who is to go; else the actor's own, if one matters.
    :param signs: of ``add``: in which places.
    """

    action: str
    title: Text
    task: Task | None = None
    signs: tuple[Sign, ...] = ()


def beside(session: Session, actor: Actor, record: Record) -> list[Beside]:
    """List what the actor may do beside deciding, in the order of the page."""
    instance = standing.instance_of(session, record.id)
    if instance is None or not kind_is_active(session, record.kind) or actor.member_id is None:
        return []
    run = Run(session, actor, record, instance)
    acts: list[Beside] = []
    if instance.status in {InstanceStatus.RUNNING, InstanceStatus.WAITING}:
        own = [task for task in run.tasks() if task.member_id == actor.member_id]
        for task in own:
            acts += _at(run, run.node(task.node_id), task)
    if _may_copy(run):
        acts.append(Beside("copy", _l("Send copies")))
    if _may_urge(run, actor.member_id):
        acts.append(Beside("urge", _l("Urge")))
    return acts


def _at(run: Run, node: Node, task: Task) -> list[Beside]:
    """List what the holder of an unfinished task may do with it."""
    acts: list[Beside] = []
    if task.status is TaskStatus.OPEN and task.sign is Sign.CONSULT:
        return [Beside("answer", _l("Answer"), task)]
    if task.status is TaskStatus.OPEN:
        if node.kind is NodeKind.APPROVE and needs.allows(node, Act.ADD):
            root = task.sign in {Sign.OWN, Sign.BESIDE}
            signs = (Sign.BEFORE, Sign.AFTER, *((Sign.BESIDE,) if root else ()))
            acts.append(Beside("add", _l("Add somebody"), task, signs))
        if needs.allows(node, Act.CONSULT):
            acts.append(Beside("consult", _l("Ask for an opinion"), task))
        if needs.allows(node, Act.TRANSFER):
            acts.append(Beside("transfer", _l("Transfer"), task))
    children = seats_adding.open_children(run, run.live[node.id], task)
    acts += [Beside("remove", _l("Remove"), one) for one in children if task.status in PENDING]
    return acts


def _may_copy(run: Run) -> bool:
    try:
        circulation.require_participant(run)
    except ZhiduError:
        return False
    return True


def _may_urge(run: Run, member_id: int) -> bool:
    asked = any(
        task.status is TaskStatus.OPEN and task.member_id != member_id for task in run.tasks()
    )
    if not asked or not urging.may_urge(run):
        return False
    again = urging.next_time(run, member_id)
    return again is None or again <= now()
