"""What a person holds in approvals, and how it goes to a successor when the person leaves.

Nobody leaves while others wait for their decisions: open tasks go to the successor, or to the one
nearest above who may decide them; delegations end; posts and roles that the flows in force name
and nobody else has go to the successor; and where a flow names the person by log-in, the successor
is found instead from now on, in requests that run already, too. All in one transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any

from sqlalchemy import select

from zhidu import hooks
from zhidu.access import check, roles
from zhidu.access.models import MemberRole, Role
from zhidu.access.user import User
from zhidu.actor import Actor
from zhidu.clock import now
from zhidu.db import Session
from zhidu.events import FlowQuery, LeavingEvent
from zhidu.org import queries as org
from zhidu.org.locking import fetch, lock_company
from zhidu.org.models import Member, MemberPost, MemberStatus, Post
from zhidu.org.naming import wrong
from zhidu.records.guarding import engine_writes
from zhidu.records.models import Record
from zhidu.records.queries import active_kinds
from zhidu.texts import Text, enumerate_texts
from zhidu.texts import lazy_gettext as _l
from zhidu.workflow import delegation, find, seats, seats_notices
from zhidu.workflow.definition import Approver, Flow
from zhidu.workflow.models import Instance, Origin, Sign, Task, TaskStatus, TrailAction
from zhidu.workflow.notices import name_of
from zhidu.workflow.resolvers import Named
from zhidu.workflow.run import Run
from zhidu.workflow.seat_models import Delegation, Succession
from zhidu.workflow.seats_errors import SeatRefused
from zhidu.workflow.seats_rules import PENDING
from zhidu.workflow.standing import lock


@dataclass(frozen=True, slots=True)
class Mention:
    """A place in a flow in force that finds this person, and nobody else.

    :param kind: of the record whose flow it is.
    :param title: what people call such a record.
    :param how: ``user``, ``role`` or ``post``.
    :param name: the log-in, or the code.
    """

    kind: str
    how: Named
    name: str
    title: Text | str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Holdings:
    """What others would wait for in vain if the person were gone."""

    tasks: tuple[Task, ...] = ()
    delegations: tuple[Delegation, ...] = ()
    mentions: tuple[Mention, ...] = ()

    def __bool__(self) -> bool:
        """Tell whether somebody must take something over; a delegation just ends."""
        return bool(self.tasks or self.mentions)


def holdings(session: Session, member: Member | int) -> Holdings:
    """List what a person holds: unfinished tasks, delegations, places in the flows in force."""
    person = fetch(session, Member, member)
    tasks = session.scalars(
        select(Task)
        .where(Task.member_id == person.id, Task.status.in_(PENDING))
        .order_by(Task.record_id, Task.id)
    ).all()
    return Holdings(
        tuple(tasks),
        tuple(delegation.of(session, person.id)),
        tuple(dict.fromkeys(_mentions(session, person))),
    )


def hand_over_tasks(
    session: Session, actor: Actor, member: Member | int, successor: Member | int, reason: str
) -> int:
    """Give all unfinished tasks of a person, who left or is absent, to another; gives how many.

    A task that the successor may not decide goes to the person's nearest superior who may, else
    to the flow's manager.

    :raises PermissionDenied: the actor does not manage flows.
    :raises SeatRefused: nobody may take one of the tasks; then all stay as they are.
    """
    if not actor.is_system:
        check.require(session, delegation.MANAGE)
    person, heir = _two(session, member, successor)
    return _give_tasks(session, actor, person, heir, seats.reason_of(reason))


def hand_over(
    session: Session, actor: Actor, member: Member | int, successor: Member | int, reason: str
) -> Holdings:
    """Give all that a person holds to a successor; gives what it was.

    :raises PermissionDenied: the actor does not manage flows, or may not give a role that must go.
    :raises SeatRefused: nobody may take one of the tasks; then all stays as it is.
    """
    if not actor.is_system:
        check.require(session, delegation.MANAGE)
    person, heir = _two(session, member, successor)
    return _give(session, actor, person, heir, seats.reason_of(reason))


def before_leaving(event: LeavingEvent) -> None:
    """Hand over what somebody who leaves holds, or refuse where no successor is named.

    :raises SeatRefused: others wait for the person, and nobody takes over.
    """
    held = holdings(event.session, event.member)
    if event.successor is None:
        if held:
            raise StillHolds(event.member.name, held)
        _end_delegations(event.session, event.actor, held.delegations)
        return
    name = event.member.name
    _give(
        event.session,
        event.actor,
        event.member,
        event.successor,
        str(_l("%(name)s leaves the company.", name=name)),
    )


class StillHolds(SeatRefused):
    """Others wait for this person, so somebody must take over first."""

    def __init__(self, name: str, held: Holdings) -> None:
        super().__init__(
            _l("%(name)s is still needed: %(what)s.", name=name, what=enumerate_texts(_said(held))),
            "still_holds",
            cure=_l("Name a successor who takes it over."),
        )
        self.holdings = held


def _said(held: Holdings) -> list[Text]:
    said: list[Text] = []
    if held.tasks:
        said.append(_l("open tasks: %(count)s", count=len(held.tasks)))
    for one in held.mentions:
        values = {"name": one.name, "kind": one.title}
        match one.how:
            case Named.USER:
                said.append(_l("the flow of %(kind)s names the log-in %(name)s", **values))
            case Named.ROLE:
                said.append(_l("nobody else has the role %(name)s (%(kind)s)", **values))
            case _:
                said.append(_l("nobody else holds the post %(name)s (%(kind)s)", **values))
    return said


# -- inside


def _two(session: Session, member: Member | int, successor: Member | int) -> tuple[Member, Member]:
    person, heir = fetch(session, Member, member), fetch(session, Member, successor)
    if heir.id == person.id or heir.status != MemberStatus.ACTIVE:
        raise wrong("successor", _l("The successor must be someone else who works here."))
    return person, heir


def _give(session: Session, actor: Actor, person: Member, heir: Member, reason: str) -> Holdings:
    lock_company(session)
    held = holdings(session, person)
    for one in held.mentions:
        _give_place(session, actor, person, heir, one, reason)
    session.flush()
    _give_tasks(session, actor, person, heir, reason)
    _end_delegations(session, actor, held.delegations)
    return held


def _give_place(
    session: Session, actor: Actor, person: Member, heir: Member, one: Mention, reason: str
) -> None:
    """Let the successor be found where the person was."""
    match one.how:
        case Named.ROLE:
            role = roles.find_role(session, one.name)
            if session.get(MemberRole, (heir.id, role.id)) is None:
                roles.give_role(session, actor, heir, role)
        case Named.POST:
            post_id = session.scalars(select(Post.id).where(Post.code == one.name)).one()
            if all(row.post_id != post_id for row in heir.posts):
                heir.posts.append(MemberPost(post_id=post_id))
        case _:
            row = session.scalars(
                select(Succession).where(Succession.login == one.name)
            ).one_or_none()
            if row is None:
                row = Succession(login=one.name)
                session.add(row)
            row.member_id, row.successor_id = person.id, heir.id
            row.reason, row.made_at, row.made_by = reason, now(), actor.member_id


def _give_tasks(session: Session, actor: Actor, person: Member, heir: Member, reason: str) -> int:
    """Give each unfinished task, record by record in the order of their keys."""
    found = session.scalars(
        select(Task.record_id)
        .where(Task.member_id == person.id, Task.status.in_(PENDING))
        .distinct()
        .order_by(Task.record_id)
    ).all()
    given = 0
    for record_id in found:
        with engine_writes(session):
            record = session.get_one(Record, record_id)
            lock(session, record)
            mine = select(Task).where(
                Task.record_id == record_id,
                Task.member_id == person.id,
                Task.status.in_(PENDING),
            )
            mine = mine.order_by(Task.id).execution_options(populate_existing=True)
            for task in session.scalars(mine).all():
                instance = session.get_one(Instance, task.instance_id, populate_existing=True)
                _give_task(Run(session, actor, record, instance), task, heir, reason)
                given += 1
    return given


def _give_task(run: Run, task: Task, heir: Member, reason: str) -> None:
    node, step = run.node(task.node_id), run.live[task.node_id]
    if task.sign is Sign.INSTEAD and task.status is TaskStatus.OPEN:
        run.cancel([task])  # the one beside whom the person was asked still is
        return
    above = org.superiors(run.session, task.member_id)
    refusal: SeatRefused | None = None
    for one in dict.fromkeys([heir.id, *above, *run.router.find(run.flow.manager)]):
        try:
            asked = seats.candidate(
                run,
                node,
                step,
                one,
                Origin.HANDED_OVER,
                decides=task.sign is not Sign.CONSULT,
                instead_of=task,
            )
        except SeatRefused as error:
            refusal = refusal or error
            continue
        run.write(
            TrailAction.HAND_OVER,
            actor=run.actor,
            node=node,
            step=step,
            task=task,
            other=asked.member_id,
            opinion=reason,
        )
        made = seats.pass_on(run, node, step, task, asked)
        run.log("hand_over", node.clause, task=made.id, before=task.id, reason=reason)
        seats_notices.handed_over(run, made, reason)
        return
    raise SeatRefused(
        _l(
            "Nobody may take over “%(title)s” (%(node)s) from %(name)s.",
            title=run.record.title,
            node=node.name,
            name=name_of(run.session, task.member_id),
        ),
        "hand_over",
        cure=refusal.message if refusal else "",
    )


def _end_delegations(session: Session, actor: Actor, rows: Iterable[Delegation]) -> None:
    for row in rows:
        row.revoked_at, row.revoked_by = now(), actor.member_id
    session.flush()


def _mentions(session: Session, person: Member) -> Iterator[Mention]:
    """Give where the flows in force find this person and nobody else."""
    alone = _alone(session, person)
    for kind in active_kinds(session):
        flow = hooks.resolve_flow(session, FlowQuery(session, kind))
        if flow is None:
            continue
        for approver in approvers(flow):
            for how, name in find.references(session.registry.resolvers, approver):
                if (how, name) in alone:
                    yield Mention(kind, how, str(name), session.registry.kinds[kind].title)


def _alone(session: Session, person: Member) -> set[tuple[Named, str]]:
    """Give the log-in, and the roles and posts that only this person has."""
    found: set[tuple[Named, str]] = set()
    login = select(User.username).where(User.id == person.user_id)
    found |= {(Named.USER, name) for name in session.scalars(login)}
    codes = select(Role.code).join(MemberRole, MemberRole.role_id == Role.id)
    for code in session.scalars(codes.where(MemberRole.member_id == person.id)):
        if org.people_by_role(session, code) == [person.id]:
            found.add((Named.ROLE, code))
    posts = select(Post.code).join(MemberPost, MemberPost.post_id == Post.id)
    for code in session.scalars(posts.where(MemberPost.member_id == person.id)):
        if org.people_by_post(session, code) == [person.id]:
            found.add((Named.POST, code))
    return found


def approvers(value: Flow | Any) -> Iterator[Approver]:
    """Give every approver that stands anywhere in a flow; those inside another are its own part."""
    if isinstance(value, Approver):
        yield value
    elif is_dataclass(value):
        for one in fields(value):
            yield from approvers(getattr(value, one.name))
    elif isinstance(value, tuple | list):
        for item in value:
            yield from approvers(item)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from approvers(item)
