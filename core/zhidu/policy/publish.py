"""Write a policy version: the one place where a row of ``core_policy_version`` is made."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from zhidu import clock
from zhidu.actor import Actor
from zhidu.db import Session
from zhidu.jobs import queue
from zhidu.org.models import Company
from zhidu.policy import versions
from zhidu.policy.content import EMPTY
from zhidu.policy.models import CompanySetting, PolicyVersion, VersionOrigin

EFFECTIVE_JOB = "core.policy_effective"


def stated_content(version: PolicyVersion | None) -> dict[str, Any]:
    """Give what a version states, without what the company itself chose."""
    data = versions.content(version).data if version else EMPTY
    return {key: data[key] for key in EMPTY}


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
) -> PolicyVersion:
    """Add a version, with the settings that the company itself chose beside what is stated."""
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
        source=source,
        content=data,
        checksum=versions.checksum(data),
        base_id=base.id if base else None,
        applied_by=actor.member_id,
        applied_name=actor.name,
        applied_at=clock.now(),
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
