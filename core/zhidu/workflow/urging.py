"""催办: whoever waits asks those who are asked to hurry; not more often than the flow allows."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select

from zhidu.access import check
from zhidu.actor import Actor
from zhidu.clock import now
from zhidu.db import Session
from zhidu.errors import NotFound
from zhidu.org import clocks
from zhidu.org.models import Company
from zhidu.records.guarding import engine_writes
from zhidu.records.models import Record
from zhidu.records.queries import is_applicant, kind_of
from zhidu.texts import lazy_gettext as _l
from zhidu.workflow import guards, seats_notices, trail
from zhidu.workflow.delegation import MANAGE
from zhidu.workflow.errors import OpinionTooLong, WrongState
from zhidu.workflow.models import InstanceStatus, TaskStatus, Trail, TrailAction
from zhidu.workflow.run import Run
from zhidu.workflow.seats_errors import SeatRefused
from zhidu.workflow.standing import lock


def urge(session: Session, actor: Actor, record: Record, reason: str = "", key: str = "") -> int:
    """Ask everybody who is asked now to decide soon; gives how many were told.

    :param key: of the form, so that a second click does nothing.
    :raises SeatRefused: only the applicant and who manages the flow may, and not again so soon.
    :raises WrongState: nobody is asked.
    """
    kind_of(session, record.kind)
    with engine_writes(session):
        instance = lock(session, record)
        if trail.known(session, actor, record, key):
            return 0
        if instance is None:
            raise NotFound(_l("“%(title)s” was never submitted.", title=record.title))
        run = Run(session, actor, record, instance)
        member_id = guards.require_person(session, actor)
        if not may_urge(run):
            raise SeatRefused(
                _l("Only the applicant and who manages the flow may urge."),
                "urge",
                cure=_l("Ask the applicant to do so."),
            )
        asked = [task for task in run.tasks() if task.status is TaskStatus.OPEN]
        asked = [task for task in asked if task.member_id != member_id]
        if not asked or instance.status is InstanceStatus.RETURNED:
            raise WrongState(_l("Nobody is asked to decide “%(title)s” now.", title=record.title))
        reason = reason.strip()
        if len(reason) > guards.MAX_OPINION:
            raise OpinionTooLong(guards.MAX_OPINION)
        _require_patience(run, member_id)
        entry = run.write(
            TrailAction.URGE,
            actor=actor,
            opinion=reason,
            note=",".join(str(task.member_id) for task in asked),
            key=key,
        )
        for task in asked:
            task.urged_at = now()
        session.flush()
        seats_notices.urged(run, asked, reason, entry.id)
        run.log("urge", people=[task.member_id for task in asked], reason=reason)
        return len(asked)


def may_urge(run: Run) -> bool:
    """Tell whether the actor is one who waits: the applicant, or who manages flows or this one."""
    return (
        is_applicant(run.actor, run.record)
        or check.can(run.session, MANAGE)
        or run.actor.member_id in run.router.find(run.flow.manager)
    )


def next_time(run: Run, member_id: int) -> datetime | None:
    """Tell from when on a person may urge again; nothing where the person has not urged."""
    last = run.session.scalar(
        select(Trail.at)
        .where(
            Trail.instance_id == run.instance.id,
            Trail.action == TrailAction.URGE,
            Trail.member_id == member_id,
        )
        .order_by(Trail.id.desc())
        .limit(1)
    )
    if last is None:
        return None
    version = run.record.policy_version_id
    return clocks.add(run.session, last, run.flow.urge_every, version)


def _require_patience(run: Run, member_id: int) -> None:
    again = next_time(run, member_id)
    if again is None or again <= now():
        return
    zone = ZoneInfo(run.session.get_one(Company, run.session.company).timezone)
    raise SeatRefused(
        _l("You have urged already."),
        "urge_every",
        cure=_l("You may again at %(time)s.", time=f"{again.astimezone(zone):%Y-%m-%d %H:%M}"),
    )
