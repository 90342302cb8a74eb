"""Questions about a company's policy: its versions, its settings, the clauses of a record."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import func, select

from zhidu.db import Session
from zhidu.db.activation import active_addons
from zhidu.policy import settings, versions
from zhidu.policy.errors import UnknownVersion
from zhidu.policy.models import PolicyVersion
from zhidu.policy.versions import Clause

_ALL = select(PolicyVersion).order_by(PolicyVersion.number.desc())


def history(session: Session) -> list[PolicyVersion]:
    """List all versions of the session's company, the last one first."""
    return list(session.scalars(_ALL))


def scheduled(session: Session, today: date | None = None) -> list[PolicyVersion]:
    """List the versions that will hold from a day to come, the nearest first."""
    today = today or versions.today(session)
    coming = (
        select(PolicyVersion)
        .where(PolicyVersion.effective_from > today)
        .order_by(PolicyVersion.effective_from, PolicyVersion.number)
    )
    return list(session.scalars(coming))


def by_number(session: Session, number: int) -> PolicyVersion:
    """Give a version by the number that people see.

    :raises UnknownVersion: the company has none of that number.
    """
    found = session.scalars(
        select(PolicyVersion).where(PolicyVersion.number == number)
    ).one_or_none()
    if found is None:
        raise UnknownVersion(number)
    return found


def number_in_force(session: Session) -> int:
    """Tell the number of the version in force; 0 where the company has no policy."""
    version = versions.current(session)
    return version.number if version else 0


def count(session: Session) -> int:
    """Count the versions of the session's company."""
    return session.scalar(select(func.count()).select_from(PolicyVersion)) or 0


def named_clauses(
    session: Session, ids: Iterable[str], version_id: int | None = None
) -> list[Clause]:
    """Give the clauses of these ids as a version words them, in the order of the policy.

    An id that the version does not hold (a record of an older policy) is left out.
    """
    wanted = set(ids)
    found = versions.clauses(versions.held(session, version_id))
    return [entry for ident, entry in found.items() if ident in wanted]


def all_settings(session: Session) -> list[settings.Explained]:
    """Explain every setting of the active addons, by key."""
    registry = session.registry
    shown = active_addons(session) | {"core"}
    return [
        settings.explain(session, key)
        for key in sorted(registry.settings)
        if registry.owner(key) in shown
    ]
