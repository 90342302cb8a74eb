"""Seats at a node: who may sit down in one, and how a task goes from one person to another.

What adding, transferring, consulting, timeouts and hand-over have in common. All of it happens
under the record's lock, and all of it asks anew who may decide: a task never goes to the applicant
of a deciding node, to one whom a duty or the policy keeps apart, or to one who is not here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from zhidu.actor import Actor
from zhidu.db import Session
from zhidu.org.locking import fetch
from zhidu.org.models import Member
from zhidu.records.guarding import engine_writes
from zhidu.records.queries import kind_of
from zhidu.texts import lazy_gettext as _l
from zhidu.workflow import entering, guards, needs, timeouts, trail
from zhidu.workflow.definition import Act, Node
from zhidu.workflow.errors import NotAllowedHere, NotYourTask, OpinionTooLong
from zhidu.workflow.models import FlowStep, Instance, Origin, Sign, Task, TaskStatus
from zhidu.workflow.notices import name_of
from zhidu.workflow.routing import Asked
from zhidu.workflow.run import Run
from zhidu.workflow.seats_errors import ReasonWanted, SeatRefused
from zhidu.workflow.seats_rules import PENDING, Chair, Table
from zhidu.workflow.standing import lock


@contextmanager
def moving(session: Session, actor: Actor, task: Task, key: str = "") -> Iterator[Run | None]:
    """Lock a task's record and read all anew; nothing where a request with this key was done."""
    record = task.record
    kind_of(session, record.kind)  # refused first where the addon is switched off
    with engine_writes(session):
        lock(session, record)
        if trail.known(session, actor, record, key):
            yield None
            return
        session.refresh(task)
        instance = session.get_one(Instance, task.instance_id, populate_existing=True)
        yield Run(session, actor, record, instance)


def require_holder(run: Run, task: Task, act: Act | None = None) -> Node:
    """Give the node of the actor's own open task, where the policy allows an act beside it.

    :raises NotYourTask: another person is asked.
    :raises NotAllowedHere: the node does not allow it.
    """
    node = run.node(task.node_id)
    if task.member_id != guards.require_person(run.session, run.actor):
        raise NotYourTask(name_of(run.session, task.member_id))
    guards.require_open(run, task)
    if act is not None and not needs.allows(node, act):
        raise NotAllowedHere(node.name)
    return node


def reason_of(reason: str) -> str:
    """Give the reason without blanks around it.

    :raises ReasonWanted: there is none.
    """
    reason = reason.strip()
    if not reason:
        raise ReasonWanted
    if len(reason) > guards.MAX_OPINION:
        raise OpinionTooLong(guards.MAX_OPINION)
    return reason


def candidate(
    run: Run,
    node: Node,
    step: FlowStep,
    member: Member | int,
    origin: Origin,
    *,
    decides: bool = True,
    instead_of: Task | None = None,
) -> Asked:
    """Give whom to ask when a person is chosen: the person, or who has their tasks for a while.

    :param decides: the person will decide, not only say something.
    :param instead_of: the task that the person takes over.
    :raises SeatRefused: the person may not sit there.
    """
    person = fetch(run.session, Member, member)
    name = {"name": person.name}
    if person.id == (instead_of.member_id if instead_of else run.actor.member_id):
        raise SeatRefused(_l("Please choose somebody else."), "oneself")
    if not run.router.able([person.id]):
        raise SeatRefused(
            _l("%(name)s does not work here any more, or cannot log in.", **name), "not_here"
        )
    presence = run.router.presence
    helper = presence.stand_in(person.id)
    if helper is not None and _fault(run, node, step, helper, decides=decides) is None:
        return Asked(helper, Origin.DELEGATED, person.id)
    if presence.is_away(person.id):
        raise SeatRefused(
            _l("%(name)s is away.", **name), "away", cure=_l("Choose somebody who is here.")
        )
    fault = _fault(run, node, step, person.id, decides=decides)
    if fault is not None:
        raise fault
    return Asked(person.id, origin)


def _fault(
    run: Run, node: Node, step: FlowStep, person: int, *, decides: bool
) -> SeatRefused | None:
    """Say why somebody may not sit at a visit of a node, if so."""
    name = {"name": name_of(run.session, person)}
    if person == run.actor.member_id:
        return SeatRefused(_l("Please choose somebody else."), "oneself")
    if decides and needs.decides(node.kind) and person == run.record.applicant_id:
        return SeatRefused(
            _l("%(name)s is the applicant: nobody decides an own request.", **name), "applicant"
        )
    if decides and not run.router.may_decide(run.flow, node, person):
        return SeatRefused(
            _l("%(name)s may not decide this step: another person must.", **name),
            "apart",
            cure=_l("Choose somebody whom no separation of duties keeps from it."),
        )
    for task in run.seats(step):
        sits = task.status in PENDING or (
            decides and task.status is TaskStatus.DONE and task.sign is not Sign.CONSULT
        )
        if task.member_id == person and sits:
            return SeatRefused(
                _l("%(name)s is asked at this step already.", **name),
                "asked",
                cure=_l("Choose somebody else."),
            )
    return None


def put(
    run: Run,
    node: Node,
    step: FlowStep,
    one: Asked,
    *,
    sign: Sign,
    position: int,
    parent: Task | None,
) -> Task:
    """Make a task whose turn has not come; one that the person lost on this visit is used again."""
    earlier = (t for t in run.seats(step) if (t.member_id, t.sign) == (one.member_id, sign))
    task = next(earlier, None)
    if task is None:
        task = entering.make(run, node, step, one, position=position, sign=sign, parent=parent)
    else:
        task.owner_id, task.origin, task.position = one.owner_id, one.origin, position
        task.parent_task_id = parent.id if parent else None
        task.status, task.done_at, task.decision = TaskStatus.WAITING, None, ""
        task.reminded = 0
        timeouts.forget(task)
    run.session.flush()
    entering.welcome(run, task)
    return task


def pass_on(run: Run, node: Node, step: FlowStep, task: Task, to: Asked) -> Task:
    """Give a task to another person for good, with those asked around it; its clocks begin anew."""
    was_open = task.status is TaskStatus.OPEN
    run.cancel([task])
    parent: Task | None = task
    if task.sign is not Sign.OWN:
        parent = run.session.get_one(Task, task.parent_task_id)
    made = put(run, node, step, to, sign=task.sign, position=task.position, parent=parent)
    for one in run.seats(step):
        if one.parent_task_id == task.id and one.id != made.id and one.sign is not Sign.OWN:
            one.parent_task_id = made.id
    if was_open:
        run.open([made])
    run.session.flush()
    return made


def rest(task: Task) -> None:
    """Let a task wait until those asked before have answered; its clocks stand still."""
    task.status = TaskStatus.WAITING
    timeouts.pause(task)


def acted_behind(run: Run, step: FlowStep, task: Task) -> bool:
    """Tell whether somebody has acted whose turn came by this decision: asked after, or asking."""
    return any(
        one.status is TaskStatus.DONE
        and one.done_at is not None
        and task.done_at is not None
        and one.done_at >= task.done_at
        and (
            (one.parent_task_id == task.id and one.sign is Sign.AFTER)
            or (task.parent_task_id == one.id and task.sign is Sign.BEFORE)
        )
        for one in run.seats(step)
    )


def rewind(run: Run, node: Node, step: FlowStep, task: Task) -> None:
    """Let a person act again, with those from whom the decision took the task, each in turn."""
    gone = [
        one
        for one in run.seats(step)
        if one.status is TaskStatus.CANCELLED and one.done_at == task.done_at
    ]
    task.turn += 1
    for one in (task, *gone):
        one.status, one.decision, one.done_at = TaskStatus.WAITING, "", None
    run.session.flush()
    turns = table_of(run, step).turns(node.mode)
    for one in run.seats(step):
        if one.status is TaskStatus.OPEN and one.id not in turns:
            rest(one)
    run.open(one for one in run.seats(step) if one.status is TaskStatus.WAITING and one.id in turns)


def table_of(run: Run, step: FlowStep) -> Table:
    """See all tasks of a visit as the pure rules do."""
    return Table(map(chair_of, run.seats(step)))


def chair_of(task: Task) -> Chair:
    """See one task as the pure rules do."""
    twin = task.parent_task_id if task.sign is Sign.INSTEAD else None
    around = task.sign in {Sign.BEFORE, Sign.AFTER, Sign.CONSULT}
    return Chair(
        task.id,
        task.status,
        task.position,
        task.sign,
        task.parent_task_id if around else None,
        twin,
        task.decision not in {"reject", "return"},
    )
