"""加签 and 减签: whoever is asked asks for one more person, before, after or beside the own decision."""

from __future__ import annotations

from zhidu.actor import Actor
from zhidu.db import Session
from zhidu.org.models import Member
from zhidu.texts import lazy_gettext as _l
from zhidu.workflow import guards, seats, seats_notices
from zhidu.workflow.definition import Act, Mode, Node, NodeKind
from zhidu.workflow.errors import NotYourTask, WrongState
from zhidu.workflow.models import FlowStep, Origin, Sign, Task, TaskStatus, TrailAction
from zhidu.workflow.notices import name_of
from zhidu.workflow.run import Run
from zhidu.workflow.seats_errors import SeatRefused
from zhidu.workflow.seats_rules import PENDING, back_to

ADDED = frozenset({Sign.BEFORE, Sign.AFTER, Sign.BESIDE, Sign.CONSULT})
"""Seats that a person asked for, and may take away again."""


def add_signer(
    session: Session,
    actor: Actor,
    task: Task,
    member: Member | int,
    sign: Sign,
    reason: str,
    key: str = "",
) -> Task | None:
    """Ask for one more decision at the own step.

    Before (前加签): the person decides first, then the own turn comes again. After (后加签): the
    person decides once the actor has agreed, before the flow leaves the node. Beside (并加签): the
    person is one more of those among whom the node's mode decides.

    :param sign: ``before``, ``after`` or ``beside``.
    :param key: of the form, so that a second click does nothing; then nothing is given.
    :raises SeatRefused: the person may not decide here, or is asked already.
    """
    if sign not in ADDED - {Sign.CONSULT}:
        raise SeatRefused(_l("Somebody is added before, after or beside you."), "sign")
    with seats.moving(session, actor, task, key) as run:
        if run is None:
            return None
        node = seats.require_holder(run, task, Act.ADD)
        if node.kind is not NodeKind.APPROVE or task.sign is Sign.CONSULT:
            raise SeatRefused(
                _l("Nobody is added here: this step is not an approval."),
                "approve_only",
                cure=_l("Ask for an opinion, or transfer the task."),
            )
        if sign is Sign.BESIDE and task.sign not in {Sign.OWN, Sign.BESIDE}:
            raise SeatRefused(
                _l("You were asked for by another person: add somebody before or after you."),
                "beside",
            )
        reason = seats.reason_of(reason)
        step = run.live[node.id]
        asked = seats.candidate(run, node, step, member, Origin.ADDED)
        made = seats.put(
            run,
            node,
            step,
            asked,
            sign=sign,
            position=_place(run, node, step, task, sign),
            parent=task,
        )
        if sign is Sign.BEFORE:
            seats.rest(task)
        if sign is Sign.BEFORE or (sign is Sign.BESIDE and node.mode is not Mode.SEQUENTIAL):
            run.open([made])
        run.write(
            TrailAction.ADD,
            actor=actor,
            node=node,
            step=step,
            task=task,
            other=made.member_id,
            opinion=reason,
            note=sign.value,
            key=key,
        )
        run.log("add_signer", node.clause, task=made.id, sign=sign.value, reason=reason)
        return made


def _place(run: Run, node: Node, step: FlowStep, task: Task, sign: Sign) -> int:
    """Give the turn of the new seat; those behind it in a sequential node move on by one."""
    if sign is not Sign.BESIDE or node.mode is not Mode.SEQUENTIAL:
        return task.position
    for one in run.seats(step):
        if one.position > task.position:
            one.position += 1
    return task.position + 1


def remove_signer(session: Session, actor: Actor, task: Task, reason: str, key: str = "") -> None:
    """Take away somebody whom the actor asked for, while neither of the two has acted.

    The actor's own task stands on, so a step never loses its last person by this.

    :param task: of the one who is to go.
    :raises SeatRefused: the actor did not ask for this person.
    """
    with seats.moving(session, actor, task, key) as run:
        if run is None:
            return
        parent = (
            None
            if task.parent_task_id is None
            else session.get(Task, task.parent_task_id, populate_existing=True)
        )
        member_id = guards.require_person(session, actor)
        if parent is None or task.sign not in ADDED:
            raise SeatRefused(
                _l("%(name)s was not added by anybody.", name=name_of(session, task.member_id)),
                "not_added",
                cure=_l("Only somebody who was added is removed again."),
            )
        if parent.member_id != member_id:
            raise NotYourTask(name_of(session, parent.member_id))
        if task.status not in PENDING or parent.status not in PENDING:
            raise WrongState(
                _l("It is too late: one of you has acted."),
                cure=_l("Reload the page to see how it stands."),
            )
        reason = seats.reason_of(reason)
        node = run.node(task.node_id)
        step = run.live[node.id]
        gone = set(seats.table_of(run, step).pending([task.id]))
        run.cancel(one for one in run.seats(step) if one.id in gone)
        run.session.flush()
        table = seats.table_of(run, step)
        again = back_to(table, table.chairs[parent.id])
        run.open(one for one in run.seats(step) if one.id in again)
        run.write(
            TrailAction.REMOVE,
            actor=actor,
            node=node,
            step=step,
            task=task,
            other=task.member_id,
            opinion=reason,
            note=task.sign.value,
            key=key,
        )
        run.log("remove_signer", node.clause, task=task.id, reason=reason)
        seats_notices.removed(run, task, reason)


def open_children(run: Run, step: FlowStep, task: Task) -> list[Task]:
    """List whom the holder of a task asked for and may still take away."""
    return [
        one
        for one in run.seats(step)
        if one.parent_task_id == task.id
        and one.sign in ADDED
        and one.status in {TaskStatus.OPEN, TaskStatus.WAITING}
    ]
