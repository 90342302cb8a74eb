"""Who carries out which job: claims with a lease, so that a dead worker's jobs come free again.

A job is free when it is due, its time has come, nobody's lease on it runs, it was not tried too
often, and its addon is enabled and active in its company: the clock of other jobs stands.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, bindparam, exists, or_, select, update

from zhidu import clock
from zhidu.actor import Actor, Via
from zhidu.db import Database
from zhidu.db.activation import CompanyAddon
from zhidu.ids import token
from zhidu.jobs.models import Job, JobStatus

if TYPE_CHECKING:
    from zhidu.registry import Registry

log = logging.getLogger("zhidu.jobs")

LEASE = timedelta(seconds=60)
"""How long a claim holds without a sign of life. A job that writes needs none beyond it: its
transaction holds the row itself."""

FIRST_PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(hours=1)

WORKER = Actor.system(source=Via.JOB)
REASON = "the job worker serves all companies"

Groups = tuple[tuple[str, tuple[str, ...]], ...]
"""Addon -> the jobs that it declares."""


class LeaseLost(RuntimeError):
    """Another worker has the job now: whatever was done for it is rolled back."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to carry out one job; the token proves it."""

    job_id: int
    token: str


def groups(registry: Registry) -> Groups:
    """Group the declared jobs by addon."""
    found: dict[str, list[str]] = {}
    for name in registry.jobs:
        found.setdefault(registry.owner(name), []).append(name)
    return tuple((addon, tuple(sorted(names))) for addon, names in sorted(found.items()))


def is_free(declared: Groups) -> list[ColumnElement[bool]]:
    """Give the criteria of a free job at the instant bound as ``now``."""
    now = bindparam("now", type_=Job.run_at.type)
    allowed: list[ColumnElement[bool]] = []
    for addon, names in declared:
        named: ColumnElement[bool] = Job.name.in_(names)
        if addon != "core":
            active = exists().where(
                CompanyAddon.company_id == Job.company_id,
                CompanyAddon.addon == addon,
                CompanyAddon.active,
            )
            named &= or_(Job.company_id.is_(None), active)
        allowed.append(named)
    return [
        Job.status == JobStatus.DUE,
        Job.run_at <= now,
        or_(Job.lease_until.is_(None), Job.lease_until < now),
        Job.tries < Job.max_tries,
        or_(*allowed) if allowed else Job.id.is_(None),
    ]


@lru_cache(maxsize=32)
def _claiming(declared: Groups, by_id: bool) -> Any:
    free = select(Job.id).where(*is_free(declared))
    if by_id:
        free = free.where(Job.id == bindparam("job_id", type_=Job.id.type))
    free = free.order_by(Job.run_at, Job.id).limit(1).correlate(None)
    free = free.with_for_update(skip_locked=True, of=Job)
    return (
        update(Job)
        .where(Job.id == free.scalar_subquery())
        .values(
            lease_until=bindparam("until", type_=Job.lease_until.type),
            lease_token=bindparam("by", type_=Job.lease_token.type),
            tries=Job.tries + 1,
        )
        .returning(Job.id)
        .execution_options(synchronize_session=False)
    )


@lru_cache(maxsize=32)
def _peeking(declared: Groups) -> Any:
    return select(Job.id).where(*is_free(declared)).limit(1)


def anything_free(db: Database) -> bool:
    """Tell whether a job waits; takes no lock, so that an idle worker disturbs no writer."""
    with db.all_companies(WORKER, REASON) as session:
        found = session.execute(_peeking(groups(db.registry)), {"now": clock.now()}).first()
    return found is not None


def claim(db: Database, job_id: int | None = None) -> Claim | None:
    """Take the free job that waits longest, or the named one; nothing when there is none."""
    now, mine = clock.now(), token(16)
    values = {"now": now, "until": now + LEASE, "by": mine}
    if job_id is not None:
        values["job_id"] = job_id
    statement = _claiming(groups(db.registry), job_id is not None)
    with db.all_companies(WORKER, REASON, readonly=False) as session:
        taken: int | None = session.scalar(statement, values)
    return None if taken is None else Claim(taken, mine)


def held(claimed: Claim) -> Sequence[ColumnElement[bool]]:
    """Give the criteria that this claim still stands."""
    return (
        Job.id == claimed.job_id,
        Job.lease_token == claimed.token,
        Job.status == JobStatus.DUE,
    )


@contextmanager
def kept(db: Database, claimed: Claim) -> Iterator[None]:
    """Renew the lease in the background while an effect outside the database takes its time."""
    ended = threading.Event()

    def renew() -> None:
        while not ended.wait(LEASE.total_seconds() / 3):
            try:
                with db.write(WORKER) as session:
                    session.execute(
                        update(Job)
                        .where(*held(claimed))
                        .values(lease_until=clock.now() + LEASE)
                        .execution_options(synchronize_session=False)
                    )
            except Exception:  # a missed beat is made good by the next one
                log.exception("the lease of job %s could not be renewed", claimed.job_id)

    thread = threading.Thread(target=renew, name=f"zhidu-lease-{claimed.job_id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def give_back(db: Database, claimed: Claim, error: str, *, counts: bool) -> JobStatus | None:
    """Let go of a job that could not be done; return what became of it, None if it is not ours.

    :param counts: whether this was one of the job's tries; a busy database is not.
    """
    with db.write(WORKER) as session:
        job = session.scalars(select(Job).where(*held(claimed)).with_for_update()).one_or_none()
        if job is None:
            return None
        job.lease_until = job.lease_token = job.published_at = None
        if counts:
            job.error = error[:4000]
        else:
            job.tries -= 1
        if counts and job.tries >= job.max_tries:
            job.status = JobStatus.DEAD
        else:
            job.run_at = clock.now() + pause(job.tries)
        return job.status


def pause(tries: int) -> timedelta:
    """Wait longer after each failure, up to an hour."""
    return min(FIRST_PAUSE * (1 << max(tries - 1, 0)), LONGEST_PAUSE)
