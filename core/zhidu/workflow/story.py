"""The story of one record for its page: what people did, who is asked now, and the person's own task."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from zhidu.actor import Actor
from zhidu.db import Session
from zhidu.org.models import Member
from zhidu.records.models import Record
from zhidu.records.queries import is_applicant
from zhidu.texts import Text
from zhidu.texts import lazy_gettext as _l
from zhidu.workflow.definition import Flow, Mode, Node
from zhidu.workflow.errors import AlreadyDecided, NotYourTask, SelfApproval, Waiting, WrongState
from zhidu.workflow.models import InstanceStatus, Task, TaskStatus
from zhidu.workflow.queries import instance_of, open_tasks

_MINE = (
    select(Task)
    .where(Task.record_id == bindparam("record_id"), Task.member_id == bindparam("member_id"))
    .order_by(Task.id.desc())
)


def nodes(session: Session, record: Record) -> tuple[Node, ...]:
    """List the nodes of the flow that the record is bound to; none before the first submit."""
    found = instance_of(session, record.id)
    return Flow.from_json(found.flow).nodes if found is not None else ()


def mode(task: Task) -> Mode:
    """Tell how the people of a task's node act together."""
    flow = Flow.from_json(task.instance.flow)
    return next(node.mode for node in flow.nodes if node.id == task.node_id)


def waiting(session: Session, record: Record) -> tuple[Text, Text] | None:
    """Say why nobody is asked and what helps, if the record waits."""
    found = instance_of(session, record.id)
    if found is None or found.status is not InstanceStatus.WAITING:
        return None
    reason = Waiting(found.waiting_reason)
    return reason.label, reason.cure


def task_for(session: Session, actor: Actor, record: Record) -> Task:
    """Give the actor's open task on a record; without one, say by which rule there is none.

    :raises SelfApproval: it is the actor's own request.
    :raises AlreadyDecided: the actor, or another person, was first.
    :raises NotYourTask: another person is asked.
    :raises WrongState: nobody is asked.
    """
    mine = session.scalars(_MINE, {"record_id": record.id, "member_id": actor.member_id or 0}).all()
    for task in mine:
        if task.status is TaskStatus.OPEN:
            return task
    if is_applicant(actor, record):
        raise SelfApproval
    if mine:
        raise AlreadyDecided(_l("This step is decided already."))
    for task in open_tasks(session, record.id):
        name = session.scalar(select(Member.name).where(Member.id == task.member_id))
        raise NotYourTask(name or "")
    raise WrongState(_l("Nobody is asked to decide this now."))
