"""转办 and 征求意见: a task goes to another person for good, or for an opinion that comes back."""

from __future__ import annotations

from zhidu.actor import Actor
from zhidu.clock import now
from zhidu.db import Session
from zhidu.org.models import Member
from zhidu.texts import lazy_gettext as _l
from zhidu.workflow import seats, seats_notices
from zhidu.workflow.definition import Act
from zhidu.workflow.errors import OpinionTooLong, OpinionWanted
from zhidu.workflow.guards import MAX_OPINION
from zhidu.workflow.models import Origin, Sign, Task, TaskStatus, TrailAction
from zhidu.workflow.seats_errors import SeatRefused
from zhidu.workflow.seats_rules import back_to


def transfer(
    session: Session, actor: Actor, task: Task, member: Member | int, reason: str, key: str = ""
) -> Task | None:
    """Let another person take the own task, for good: that one decides, the actor no longer can.

    Whom the actor asked for goes along. The clocks begin anew.

    :param key: of the form, so that a second click does nothing; then nothing is given.
    :raises SeatRefused: the person may not decide here, or is asked already.
    """
    with seats.moving(session, actor, task, key) as run:
        if run is None:
            return None
        node = seats.require_holder(run, task, Act.TRANSFER)
        if task.sign is Sign.CONSULT:
            raise SeatRefused(
                _l("You were asked for your opinion."),
                "consulted",
                cure=_l("Answer, and name who knows more."),
            )
        reason = seats.reason_of(reason)
        step = run.live[node.id]
        asked = seats.candidate(run, node, step, member, Origin.TRANSFERRED)
        run.write(
            TrailAction.TRANSFER,
            actor=actor,
            node=node,
            step=step,
            task=task,
            other=asked.member_id,
            opinion=reason,
            key=key,
        )
        made = seats.pass_on(run, node, step, task, asked)
        run.log("transfer", node.clause, task=made.id, before=task.id, reason=reason)
        return made


def consult(
    session: Session, actor: Actor, task: Task, member: Member | int, question: str, key: str = ""
) -> Task | None:
    """Ask another person for an opinion; the own task waits until it is there.

    The person decides nothing, so everybody who works here may be asked, the applicant included.

    :param key: of the form, so that a second click does nothing; then nothing is given.
    :raises SeatRefused: the person is asked at this step already, or not here.
    """
    with seats.moving(session, actor, task, key) as run:
        if run is None:
            return None
        node = seats.require_holder(run, task, Act.CONSULT)
        if task.sign is Sign.CONSULT:
            raise SeatRefused(_l("You were asked for your opinion."), "consulted")
        question = seats.reason_of(question)
        step = run.live[node.id]
        asked = seats.candidate(run, node, step, member, Origin.ADDED, decides=False)
        made = seats.put(
            run, node, step, asked, sign=Sign.CONSULT, position=task.position, parent=task
        )
        seats.rest(task)
        run.open([made])
        run.write(
            TrailAction.CONSULT,
            actor=actor,
            node=node,
            step=step,
            task=task,
            other=made.member_id,
            opinion=question,
            key=key,
        )
        run.log("consult", node.clause, task=made.id, question=question)
        return made


def answer(session: Session, actor: Actor, task: Task, opinion: str, key: str = "") -> None:
    """Give the opinion that was asked for; the task comes back to the one who asked.

    :raises OpinionWanted: it says nothing.
    """
    with seats.moving(session, actor, task, key) as run:
        if run is None:
            return
        node = seats.require_holder(run, task)
        if task.sign is not Sign.CONSULT or task.parent_task_id is None:
            raise SeatRefused(
                _l("Nobody asked for your opinion: this step is yours to decide."), "not_consulted"
            )
        opinion = opinion.strip()
        if not opinion:
            raise OpinionWanted(_l("Please write your opinion."))
        if len(opinion) > MAX_OPINION:
            raise OpinionTooLong(MAX_OPINION)
        step = run.live[node.id]
        parent = session.get_one(Task, task.parent_task_id, populate_existing=True)
        run.write(
            TrailAction.ANSWER,
            actor=actor,
            node=node,
            step=step,
            task=task,
            other=parent.member_id,
            opinion=opinion,
            key=key,
        )
        task.status, task.done_at = TaskStatus.DONE, now()
        session.flush()
        table = seats.table_of(run, step)
        again = back_to(table, table.chairs[parent.id])
        seats_notices.answered(run, parent, opinion)
        run.open([parent] if again else [])
        run.log("answer", node.clause, task=task.id, opinion=opinion)
