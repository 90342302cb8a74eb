"""批量审批: agree to several tasks at once, and say of each one left out why it was."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from zhidu.actor import Actor
from zhidu.db import Session
from zhidu.errors import ZhiduError
from zhidu.records.models import Record
from zhidu.texts import Text
from zhidu.texts import lazy_gettext as _l
from zhidu.workflow import needs
from zhidu.workflow.deciding import Decision, carry_out
from zhidu.workflow.decisions import Action
from zhidu.workflow.definition import Act, FieldRight, Flow, Node
from zhidu.workflow.models import Instance, Sign, Task

MOST = 200
"""Tasks at once."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one task.

    :param reason: why it was left out; None where it was approved.
    """

    task_id: int
    record_id: int
    title: str
    reason: Text | str | None = None

    @property
    def done(self) -> bool:
        """Tell whether it was approved."""
        return self.reason is None


def batch_approve(
    session: Session, actor: Actor, tasks: Iterable[Task], key: str = ""
) -> list[Result]:
    """Agree to each task by itself; what cannot be agreed to in passing is left out.

    One that is refused leaves the others as they are. Records are taken in the order of their
    keys, so that two people who do this at once do not wait for each other in a circle.

    :param key: of the form; each task gets a part of its own.
    """
    wanted = sorted(tasks, key=lambda task: (task.record_id, task.id))[:MOST]
    titles = _titles(session, wanted)
    results = []
    for task in wanted:
        # a unit that failed must not be asked for its attributes
        task_id, record_id = task.id, task.record_id
        reason = why_not(session, task) or _approve(session, actor, task, key)
        results.append(Result(task_id, record_id, titles[record_id], reason))
    return results


def why_not(session: Session, task: Task) -> Text | None:
    """Say why a task is not agreed to in passing, if so; told by its node alone."""
    node = _node(session, task)
    if node is None or task.sign is Sign.CONSULT or Action.APPROVE not in needs.actions(node):
        return _l("This step is not one to agree to.")
    if not needs.allows(node, Act.BATCH):
        return _l("The policy wants this step decided by itself.")
    if needs.opinion(node, Action.APPROVE):
        return _l("This step wants your opinion in words.")
    if node.sign:
        return _l("This step is to be signed.")
    if needs.attachment(node, Action.APPROVE):
        return _l("This step needs a file.")
    if FieldRight.EDIT in node.fields.values():
        return _l("This step has fields to be filled in.")
    return None


def _approve(session: Session, actor: Actor, task: Task, key: str) -> Text | str | None:
    """Approve one task in a part of the transaction of its own; give what it was refused with."""
    own_key = f"{key}:{task.id}" if key else ""
    try:
        with session.begin_nested():
            carry_out(session, actor, task, Decision(Action.APPROVE, key=own_key))
    except ZhiduError as error:
        return error.message
    return None


def _node(session: Session, task: Task) -> Node | None:
    flow = Flow.from_json(session.get_one(Instance, task.instance_id).flow)
    return next((node for node in flow.every_node() if node.id == task.node_id), None)


def _titles(session: Session, tasks: Sequence[Task]) -> dict[int, str]:
    ids = {task.record_id for task in tasks}
    rows = session.execute(select(Record.id, Record.title).where(Record.id.in_(ids)))
    return {row.id: row.title for row in rows}
