"""抄送 and 传阅 by hand: copies with a reason, the mark that they were read, a reader's opinion."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from zhidu.access import check
from zhidu.actor import Actor
from zhidu.clock import now
from zhidu.db import Session
from zhidu.errors import NotFound
from zhidu.org.locking import fetch
from zhidu.org.models import Member
from zhidu.org.naming import wrong
from zhidu.records import services as records
from zhidu.records.guarding import engine_writes
from zhidu.records.models import ReaderReason, Record
from zhidu.records.queries import is_applicant, kind_of
from zhidu.texts import lazy_gettext as _l
from zhidu.workflow import guards, needs, seats, trail
from zhidu.workflow.definition import Act
from zhidu.workflow.delegation import MANAGE
from zhidu.workflow.errors import NotAllowedHere, OpinionTooLong, OpinionWanted
from zhidu.workflow.models import Copy, Instance, Task, TaskStatus, TrailAction
from zhidu.workflow.run import Run
from zhidu.workflow.seats_errors import SeatRefused
from zhidu.workflow.standing import instance_of, lock


def circulate(
    session: Session,
    actor: Actor,
    record: Record,
    members: Iterable[Member | int],
    reason: str,
    key: str = "",
) -> list[Copy]:
    """Send copies to people, who may read the record from then on; gives the new ones.

    Those who have one keep it; the applicant needs none.

    :param key: of the form, so that a second click does nothing; then nothing is given.
    :raises SeatRefused: only the applicant, those who were asked, and who manages flows may.
    """
    kind_of(session, record.kind)
    with engine_writes(session):
        instance = lock(session, record)
        if trail.known(session, actor, record, key):
            return []
        if instance is None:
            raise NotFound(_l("“%(title)s” was never submitted.", title=record.title))
        run = Run(session, actor, record, instance)
        require_participant(run)
        reason = seats.reason_of(reason)
        chosen = [fetch(session, Member, one).id for one in members]
        if not chosen:
            raise wrong("members", _l("Please choose somebody."))
        able = run.router.able(chosen)
        known = set(session.scalars(select(Copy.member_id).where(Copy.record_id == record.id)))
        made = [_send(run, one, reason) for one in able if one not in known | {record.applicant_id}]
        session.flush()
        for place, copy in enumerate(made):
            run.write(
                TrailAction.CC,
                actor=actor,
                note=str(copy.member_id),
                other=copy.member_id,
                opinion=reason,
                key="" if place else key,
            )
        session.flush()
        run.notices.copied([copy.member_id for copy in made])
        run.log("circulate", people=[copy.member_id for copy in made], reason=reason)
        return made


def _send(run: Run, member_id: int, reason: str) -> Copy:
    copy = Copy(
        record_id=run.record.id,
        kind=run.record.kind,
        member_id=member_id,
        sent_by=run.actor.member_id,
        reason=reason,
        at=now(),
    )
    run.session.add(copy)
    records.add_reader(run.session, run.record.id, member_id, ReaderReason.CC)
    return copy


def require_participant(run: Run) -> None:
    """Let the applicant, those who were asked, and who manages flows send copies."""
    if run.actor.is_system:
        return
    member_id = guards.require_person(run.session, run.actor)
    tasks = run.session.scalars(
        select(Task).where(Task.record_id == run.record.id, Task.member_id == member_id)
    ).all()
    for task in tasks:
        if task.status is TaskStatus.OPEN and run.has(task.node_id):
            node = run.node(task.node_id)
            if not needs.allows(node, Act.COPY):
                raise NotAllowedHere(node.name)
    if tasks or is_applicant(run.actor, run.record):
        return
    if not check.can(run.session, MANAGE):
        raise SeatRefused(
            _l("Only who takes part in this request may send copies of it."),
            "copies",
            cure=_l("Ask the applicant, or somebody who decides it."),
        )


def mark_read(session: Session, actor: Actor, copy: Copy) -> None:
    """Note that the reader of a copy has opened it; the first time counts.

    :raises NotFound: it is another person's copy.
    """
    if copy.member_id != actor.member_id:
        raise NotFound
    if copy.read_at is not None:
        return
    instance = instance_of(session, copy.record_id)
    copy.read_at = now()
    if instance is not None:
        trail.write(session, instance, TrailAction.READ, actor=actor)
    session.flush()


def give_opinion(session: Session, actor: Actor, copy: Copy, opinion: str, key: str = "") -> None:
    """Let the reader of a copy say something about it; a later opinion stands beside the earlier.

    :raises NotFound: it is another person's copy.
    :raises OpinionWanted: it says nothing.
    """
    if copy.member_id != guards.require_person(session, actor):
        raise NotFound
    opinion = opinion.strip()
    if not opinion:
        raise OpinionWanted(_l("Please write your opinion."))
    if len(opinion) > guards.MAX_OPINION:
        raise OpinionTooLong(guards.MAX_OPINION)
    record = session.get_one(Record, copy.record_id)
    kind_of(session, record.kind)
    with engine_writes(session):
        instance: Instance | None = lock(session, record)
        if instance is None or trail.known(session, actor, record, key):
            return
        session.refresh(copy)
        copy.read_at = copy.read_at or now()
        copy.opinion, copy.opinion_at = opinion, now()
        trail.write(session, instance, TrailAction.READ, actor=actor, opinion=opinion, key=key)
