"""Drafts of a policy: written, proposed by one person, confirmed by another.

A draft keeps its text as it was typed. What is confirmed is exactly what was proposed: a version
that came in between, or an addon that reads the text in another way, makes it out of date.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import select

from zhidu import clock
from zhidu.access import check
from zhidu.access.models import Grant, MemberRole, Role
from zhidu.actor import Actor
from zhidu.db import Session
from zhidu.notify.service import send
from zhidu.org.models import Member
from zhidu.policy import activation, versions
from zhidu.policy import apply as applying
from zhidu.policy.apply import EDIT, Plan
from zhidu.policy.errors import (
    DraftClosed,
    DraftOutdated,
    PackRefused,
    PersonWanted,
    SamePerson,
    UnknownDraft,
)
from zhidu.policy.models import DraftStatus, PolicyDraft, PolicyVersion
from zhidu.policy.publish import as_stated
from zhidu.texts import Text
from zhidu.texts import lazy_gettext as _l

_OPEN = (DraftStatus.DRAFT, DraftStatus.PROPOSED)


def waiting(session: Session) -> list[PolicyDraft]:
    """List what waits for a second person, the oldest first."""
    return _listed(session, DraftStatus.PROPOSED)


def written(session: Session) -> list[PolicyDraft]:
    """List what is being written, the oldest first."""
    return _listed(session, DraftStatus.DRAFT)


def get(session: Session, ident: int) -> PolicyDraft:
    """Give a draft of the session's company.

    :raises UnknownDraft: there is none of that key.
    """
    found = session.scalars(select(PolicyDraft).where(PolicyDraft.id == ident)).one_or_none()
    if found is None:
        raise UnknownDraft(ident)
    return found


def editors(session: Session) -> list[int]:
    """Name the members whose roles let them edit the policy."""
    found = (
        select(MemberRole.member_id)
        .join(Role, Role.id == MemberRole.role_id)
        .join(Grant, Grant.role_id == Role.id)
        .where(Grant.permission == EDIT, Role.archived_at.is_(None))
        .order_by(MemberRole.member_id)
    )
    return list(dict.fromkeys(session.scalars(found)))


def save(
    session: Session,
    actor: Actor,
    text: str,
    filename: str = "",
    *,
    effective: date | None = None,
    draft: PolicyDraft | None = None,
) -> PolicyDraft:
    """Keep a text, whole or half written, as a new draft or in the place of an older text.

    What was proposed already is taken back by that: nobody confirms a text that has changed.

    :raises DraftClosed: it was published, declined or withdrawn.
    """
    check.require(session, EDIT)
    versions.hold(session)
    if draft is None:
        draft = PolicyDraft(made_by=actor.member_id, made_name=actor.name)
        session.add(draft)
    else:
        session.refresh(draft)
        if draft.status not in _OPEN:
            raise DraftClosed
    draft.source, draft.filename, draft.effective = text, filename, effective
    draft.status = DraftStatus.DRAFT
    draft.checksum, draft.acceptances, draft.hides_tasks = "", [], False
    draft.base_id = draft.proposed_by = draft.proposed_at = None
    draft.proposed_name = ""
    draft.changed_at = clock.now()
    content = applying.plan(session, text, filename).reading.content
    draft.title = content["policy"]["title"] if content else draft.title or filename
    session.flush()
    return draft


def plan(session: Session, draft: PolicyDraft) -> Plan:
    """Check a draft, and say what publishing it would do.

    :raises EffectiveInPast: the day from which it should hold is over.
    """
    return applying.plan(session, draft.source, draft.filename, draft.effective)


def propose(
    session: Session,
    actor: Actor,
    draft: PolicyDraft,
    *,
    confirmed: bool = False,
    accepted: Iterable[str] = (),
    accepted_by: Member | None = None,
) -> PolicyDraft:
    """Lay a draft before the second person; all who may confirm it are told.

    :param confirmed: addons with open tasks may be switched off.
    :param accepted: codes of warnings that are accepted, by ``accepted_by`` or the actor.
    :raises DraftClosed: it is not being written.
    :raises PackRefused: it has errors.
    :raises AcceptanceNeeded: it has warnings that nobody accepted.
    :raises OpenTasks: an addon with open tasks would be switched off, and it was not confirmed.
    """
    check.require(session, EDIT)
    versions.hold(session)
    if draft.status is not DraftStatus.DRAFT:
        raise DraftClosed
    made = plan(session, draft)
    if made.errors or made.reading.content is None:
        raise PackRefused(made.errors)
    draft.acceptances = applying.acceptances(session, actor, made, accepted, accepted_by)
    activation.ask(session, made.stops, confirmed=confirmed)
    base = versions.current(session, made.effective)
    draft.status = DraftStatus.PROPOSED
    draft.hides_tasks = confirmed
    draft.base_id = base.id if base else None
    draft.checksum = versions.checksum(as_stated(made.reading.content))
    draft.proposed_by, draft.proposed_name = actor.member_id, actor.name
    draft.proposed_at = draft.changed_at = clock.now()
    session.flush()
    message = _l(
        "%(name)s proposed the policy “%(title)s”: another person must confirm it.",
        name=draft.proposed_name,
        title=draft.title,
    )
    _tell(session, draft, [one for one in editors(session) if one != actor.member_id], message)
    return draft


def publish(
    session: Session,
    actor: Actor,
    draft: PolicyDraft,
    *,
    confirmed: bool = False,
    accepted: Iterable[str] = (),
    accepted_by: Member | None = None,
) -> PolicyVersion:
    """Publish a draft alone, in a company that does not demand two people.

    :param confirmed: addons with open tasks may be switched off.
    :param accepted: codes of warnings that are accepted, by ``accepted_by`` or the actor.
    :raises DraftClosed: it is not being written.
    :raises SecondPersonNeeded: the company demands two people: propose it instead.
    """
    check.require(session, EDIT)
    versions.hold(session)
    session.refresh(draft)
    if draft.status is not DraftStatus.DRAFT:
        raise DraftClosed
    version = applying.apply_pack(
        session,
        actor,
        draft.source,
        draft.filename,
        draft.effective,
        confirmed=confirmed,
        accepted=accepted,
        accepted_by=accepted_by,
    )
    _decide(session, actor, draft, DraftStatus.PUBLISHED, version)
    return version


def confirm(session: Session, actor: Actor, draft: PolicyDraft) -> PolicyVersion:
    """Publish what another person proposed.

    :raises PersonWanted: no person acts.
    :raises SamePerson: the actor proposed it, or acts for whoever did.
    :raises DraftClosed: it is not proposed.
    :raises DraftOutdated: another version was published since, or the text now means other things.
    """
    _require_other(session, actor, draft)
    made = plan(session, draft)
    if made.errors or made.reading.content is None:
        raise PackRefused(made.errors)
    base = versions.current(session, made.effective)
    meant = versions.checksum(as_stated(made.reading.content))
    if (base.id if base else None, meant) != (draft.base_id, draft.checksum):
        raise DraftOutdated
    version = applying.apply_pack(
        session,
        actor,
        draft.source,
        draft.filename,
        draft.effective,
        confirmed=draft.hides_tasks,
        proposal=draft,
    )
    _decide(session, actor, draft, DraftStatus.PUBLISHED, version)
    message = _l(
        "%(name)s confirmed the policy “%(title)s”: version %(number)s.",
        name=actor.name,
        title=draft.title,
        number=version.number,
    )
    _tell(session, draft, [draft.proposed_by], message)
    return version


def decline(session: Session, actor: Actor, draft: PolicyDraft, reason: str) -> None:
    """Say no to what another person proposed, and why.

    :raises SamePerson: the actor proposed it; ``withdraw`` is for that.
    :raises DraftClosed: it is not proposed.
    """
    _require_other(session, actor, draft)
    draft.reason = reason.strip()
    _decide(session, actor, draft, DraftStatus.DECLINED)
    message = _l(
        "%(name)s did not confirm the policy “%(title)s”: %(reason)s",
        name=actor.name,
        title=draft.title,
        reason=draft.reason,
    )
    _tell(session, draft, [draft.proposed_by], message)


def withdraw(session: Session, actor: Actor, draft: PolicyDraft) -> None:
    """Give a draft up, proposed or not; the text is kept.

    :raises DraftClosed: it was decided already.
    """
    check.require(session, EDIT)
    versions.hold(session)
    session.refresh(draft)
    if draft.status not in _OPEN:
        raise DraftClosed
    _decide(session, actor, draft, DraftStatus.WITHDRAWN)


def _listed(session: Session, status: DraftStatus) -> list[PolicyDraft]:
    found = select(PolicyDraft).where(PolicyDraft.status == status)
    return list(session.scalars(found.order_by(PolicyDraft.changed_at, PolicyDraft.id)))


def _require_other(session: Session, actor: Actor, draft: PolicyDraft) -> None:
    """See that a person acts who is not the one who proposed."""
    check.require(session, EDIT)
    versions.hold(session)
    session.refresh(draft)
    if actor.member_id is None:
        raise PersonWanted
    if draft.status is not DraftStatus.PROPOSED:
        raise DraftClosed
    if draft.proposed_by in {actor.member_id, actor.on_behalf_of} - {None}:
        raise SamePerson


def _decide(
    session: Session,
    actor: Actor,
    draft: PolicyDraft,
    status: DraftStatus,
    version: PolicyVersion | None = None,
) -> None:
    draft.status = status
    draft.version_id = version.id if version else None
    draft.decided_by, draft.decided_name = actor.member_id, actor.name
    draft.decided_at = draft.changed_at = clock.now()
    session.flush()


def _tell(
    session: Session, draft: PolicyDraft, members: Iterable[int | None], message: Text
) -> None:
    known = [one for one in members if one is not None]
    send(session, known, message, dedupe=f"policy-draft:{draft.id}:{draft.version}")
