"""Production: hand the ids of free jobs to Celery, and again those that were lost on the way.

Only ids travel. A message that never arrives, arrives twice or arrives late changes nothing: the
job table decides who carries a job out, and the relay publishes again what nobody took.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import or_, select, update

from zhidu import clock
from zhidu.db import Database
from zhidu.jobs.lease import REASON, WORKER, groups, is_free
from zhidu.jobs.models import Job
from zhidu.jobs.schedule import hold

LEASE_NAME = "relay"
LEASE_LENGTH = timedelta(seconds=30)

PATIENCE = timedelta(minutes=10)
"""After so long without anybody taking it, a published job is taken for lost."""

BATCH = 500


def relay(db: Database, holder: str, publish: Callable[[int], object]) -> int:
    """Publish the free jobs that no message is on its way for; return how many.

    A job whose worker died is published again as soon as its lease has run out.

    :param holder: names this process on the lease: one relay works at a time.
    :param publish: hands one id to the broker; whatever it raises leaves the job to the next call.
    """
    now = clock.now()
    unpublished = or_(
        Job.published_at.is_(None),
        Job.published_at < Job.lease_until,
        Job.published_at < now - PATIENCE,
    )
    chosen = select(Job.id).where(*is_free(groups(db.registry)), unpublished)
    with db.all_companies(WORKER, REASON) as session:
        if session.execute(chosen.limit(1), {"now": now}).first() is None:
            return 0
    with db.all_companies(WORKER, REASON, readonly=False) as session:
        if not hold(session, LEASE_NAME, holder, LEASE_LENGTH):
            return 0
        first = chosen.order_by(Job.run_at, Job.id).limit(BATCH).correlate(None)
        ids = session.scalars(
            update(Job)
            .where(Job.id.in_(first.scalar_subquery()))
            .values(published_at=now)
            .returning(Job.id)
            .execution_options(synchronize_session=False),
            {"now": now},
        ).all()
    sent = 0
    try:
        for job_id in sorted(ids):
            publish(job_id)
            sent += 1
    finally:
        if sent < len(ids):
            _forget(db, sorted(ids)[sent:])
    return sent


def _forget(db: Database, ids: list[int]) -> None:
    """Let the jobs that the broker did not take be published at the next call."""
    with db.all_companies(WORKER, REASON, readonly=False) as session:
        session.execute(update(Job).where(Job.id.in_(ids)).values(published_at=None))
