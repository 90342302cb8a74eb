"""代理: for a while, new tasks of one person go to another one, who decides «B for A».

A delegation reaches one hop: what B got for A does not go on to whomever B delegated to, so there
is neither a chain that nobody sees nor a cycle. It moves tasks, never rights: B is asked only where
B may decide, else the task is A's. Tasks that B has keep to B when the time is over.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import select

from zhidu.access import check
from zhidu.actor import Actor
from zhidu.clock import now
from zhidu.db import Session
from zhidu.errors import NotFound, ValidationError
from zhidu.notify.service import send
from zhidu.org.locking import fetch, lock_company
from zhidu.org.models import Member, MemberStatus
from zhidu.org.naming import wrong
from zhidu.org.queries import WORKS_HERE
from zhidu.texts import lazy_gettext as _l
from zhidu.workflow.guards import require_person
from zhidu.workflow.seat_models import Delegation
from zhidu.workflow.seats_errors import DelegationOverlap, ReasonWanted

MANAGE = "core.flow.manage"
"""The right to arrange this for somebody else."""

MAX_REASON = 500
"""Characters of a reason."""


def grant(
    session: Session,
    actor: Actor,
    owner: Member | int,
    delegate: Member | int,
    starts_at: datetime,
    ends_at: datetime,
    kinds: Iterable[str] = (),
    reason: str = "",
) -> Delegation:
    """Let new tasks of ``owner`` go to ``delegate`` from one instant until just before another.

    :param kinds: kinds of records; none means all.
    :param reason: required where an administrator arranges it for somebody else.
    :raises PermissionDenied: it is another person's, and the actor does not manage flows.
    :raises DelegationOverlap: for a part of the time there is another delegate already.
    """
    person = fetch(session, Member, owner)
    helper = fetch(session, Member, delegate)
    reason = _require_own(session, actor, person.id, reason)
    for one, field in ((person, "owner_id"), (helper, "delegate_id")):
        if one.status != MemberStatus.ACTIVE:
            raise wrong(field, _l("%(name)s does not work here any more.", name=one.name))
    if person.id == helper.id:
        raise wrong("delegate_id", _l("Please choose somebody else."))
    if starts_at >= ends_at or ends_at <= now():
        raise wrong("ends_at", _l("The end must be later than the beginning, and still to come."))
    wanted = _kinds(session, kinds)
    lock_company(session)  # two delegations at once cannot miss each other
    for other in _between(session, person.id, starts_at, ends_at):
        if not wanted or not other.kinds or not set(wanted).isdisjoint(other.kinds):
            raise DelegationOverlap(other.delegate.name)
    made = Delegation(
        owner_id=person.id,
        delegate_id=helper.id,
        starts_at=starts_at,
        ends_at=ends_at,
        kinds=wanted,
        reason=reason,
        granted_at=now(),
        granted_by=actor.member_id,
    )
    session.add(made)
    session.flush()
    told = {helper.id, person.id} - {actor.member_id}
    text = _l(
        "Tasks of %(owner)s go to %(delegate)s for a while.",
        owner=person.name,
        delegate=helper.name,
    )
    send(session, sorted(told), text, dedupe=f"delegation:{made.id}")
    return made


def revoke(session: Session, actor: Actor, delegation: Delegation | int, reason: str = "") -> None:
    """End a delegation now; one that is over already stays as it was.

    :raises PermissionDenied: it is another person's, and the actor does not manage flows.
    """
    row = _row(session, delegation)
    _require_own(session, actor, row.owner_id, reason)
    lock_company(session)
    session.refresh(row)
    if row.revoked_at is not None or row.ends_at <= now():
        return
    row.revoked_at, row.revoked_by = now(), actor.member_id
    session.flush()
    told = {row.owner_id, row.delegate_id} - {actor.member_id}
    text = _l(
        "New tasks of %(owner)s do not go to %(delegate)s any more.",
        owner=row.owner.name,
        delegate=row.delegate.name,
    )
    send(session, sorted(told), text, dedupe=f"delegation:{row.id}:revoked")


def of(session: Session, member_id: int, *, with_past: bool = False) -> list[Delegation]:
    """List what a person delegated, and what was delegated to them; the latest first."""
    found = select(Delegation).where(
        (Delegation.owner_id == member_id) | (Delegation.delegate_id == member_id)
    )
    if not with_past:
        found = found.where(Delegation.revoked_at.is_(None), Delegation.ends_at > now())
    return list(session.scalars(found.order_by(Delegation.starts_at.desc(), Delegation.id.desc())))


def stand_ins(
    session: Session, members: Collection[int], kind: str, at: datetime | None = None
) -> dict[int, int]:
    """Give, for those who delegated this kind of record at a moment, who stands in; one statement.

    One who has left stands in for nobody.
    """
    if not members:
        return {}
    at = at or now()
    rows = session.execute(
        select(Delegation.owner_id, Delegation.delegate_id, Delegation.kinds)
        .join(Member, Member.id == Delegation.delegate_id)
        .where(
            Delegation.owner_id.in_(sorted(members)),
            Delegation.starts_at <= at,
            Delegation.ends_at > at,
            (Delegation.revoked_at.is_(None)) | (Delegation.revoked_at > at),
            WORKS_HERE,
        )
        .order_by(Delegation.id)
    )
    return {owner: helper for owner, helper, kinds in rows if not kinds or kind in kinds}


def stand_in_for(
    session: Session, member_id: int, kind: str, at: datetime | None = None
) -> int | None:
    """Give who gets a person's new tasks of a kind at a moment (default: now), if anybody."""
    return stand_ins(session, (member_id,), kind, at).get(member_id)


def _between(
    session: Session, owner_id: int, starts_at: datetime, ends_at: datetime
) -> Sequence[Delegation]:
    return session.scalars(
        select(Delegation).where(
            Delegation.owner_id == owner_id,
            Delegation.revoked_at.is_(None),
            Delegation.starts_at < ends_at,
            Delegation.ends_at > starts_at,
        )
    ).all()


def _require_own(session: Session, actor: Actor, owner_id: int, reason: str) -> str:
    """Let people arrange their own, and whoever manages flows anybody's, who then says why."""
    reason = reason.strip()
    if len(reason) > MAX_REASON:
        raise wrong("reason", _l("At most %(longest)s characters.", longest=MAX_REASON))
    if actor.is_system:
        return reason
    if require_person(session, actor) == owner_id:
        return reason
    check.require(session, MANAGE)
    if not reason:
        raise ReasonWanted
    return reason


def _kinds(session: Session, kinds: Iterable[str]) -> list[str]:
    wanted = sorted(set(kinds))
    for name in wanted:
        if name not in session.registry.kinds:
            text = _l("There is no kind of record “%(name)s”.", name=name)
            raise ValidationError(text, fields={"kinds": text})
    return wanted


def _row(session: Session, ref: Delegation | int) -> Delegation:
    row = session.get(Delegation, ref) if isinstance(ref, int) else ref
    if row is None:
        raise NotFound
    return row
