"""Write a policy version: the one place where a row of ``core_policy_version`` is made.

Where the company demands two people, nobody writes one alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from zhidu import clock, settings
from zhidu.actor import Actor
from zhidu.db import Session
from zhidu.jobs import queue
from zhidu.org.models import Company
from zhidu.policy import versions
from zhidu.policy.content import EMPTY
from zhidu.policy.errors import SecondPersonNeeded
from zhidu.policy.models import CompanySetting, PolicyDraft, PolicyVersion, VersionOrigin

EFFECTIVE_JOB = "core.policy_effective"
WITH_TWO = "core.publish_with_two"
"""Setting: a second person confirms what changes the policy."""


def stated_content(version: PolicyVersion | None) -> dict[str, Any]:
    """Give what a version states, without what the company itself chose."""
    return as_stated(versions.content(version).data if version else EMPTY)


def as_stated(data: Mapping[str, Any]) -> dict[str, Any]:
    """Give all parts of a pack, those that it leaves out empty."""
    return {key: data.get(key, empty) for key, empty in EMPTY.items()}


def needs_two(session: Session) -> bool:
    """Tell whether the company demands that two people publish its policy."""
    return bool(settings.get(session, WITH_TWO))


def write(
    session: Session,
    actor: Actor,
    stated: Mapping[str, Any],
    origin: VersionOrigin,
    effective: date,
    *,
    source: str = "",
    note: str = "",
    base: PolicyVersion | None = None,
    proposal: PolicyDraft | None = None,
    acceptances: Iterable[Mapping[str, Any]] | None = None,
) -> PolicyVersion:
    """Add a version, with the settings that the company itself chose beside what is stated.

    :param proposal: what the actor, as the second person, confirms.
    :param acceptances: findings that somebody accepted; default: those of ``base``.
    :raises SecondPersonNeeded: the company demands two people, and the actor is alone. A setting
        that the policy leaves open is the company's own choice, and free of that.
    """
    if origin is not VersionOrigin.SETTING and proposal is None and needs_two(session):
        raise SecondPersonNeeded
    if acceptances is None:
        acceptances = base.acceptances if base else ()
    own = {row.key: row.value[0] for row in session.scalars(select(CompanySetting))}
    data = {**stated, "company_settings": own}
    policy = stated["policy"]
    version = PolicyVersion(
        number=versions.next_number(session),
        pack_id=policy["id"],
        pack_version=policy["version"],
        title=policy["title"],
        origin=origin,
        note=note,
        effective_from=effective,
        effective_until=date.fromisoformat(policy["until"]) if policy.get("until") else None,
        source=source,
        content=data,
        checksum=versions.checksum(data),
        base_id=base.id if base else None,
        applied_by=proposal.proposed_by if proposal else actor.member_id,
        applied_name=proposal.proposed_name if proposal else actor.name,
        applied_at=clock.now(),
        confirmed_by=actor.member_id if proposal else None,
        confirmed_name=actor.name if proposal else "",
        confirmed_at=clock.now() if proposal else None,
        acceptances=[dict(one) for one in acceptances],
    )
    session.add(version)
    session.flush()
    versions.forget(session)
    if effective > versions.today(session):
        queue.enqueue(
            session,
            EFFECTIVE_JOB,
            {"version": version.id},
            dedupe=f"{EFFECTIVE_JOB}:{session.company}:{version.id}",
            run_at=_begin(session, effective),
        )
    return version


def _begin(session: Session, day: date) -> datetime:
    """Give the instant at which a day begins in the company's time zone."""
    zone = ZoneInfo(session.get_one(Company, session.company).timezone)
    return datetime.combine(day, time(), zone)
