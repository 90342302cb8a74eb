"""Keep the job table honest: jobs that killed their workers, names nobody declares, old rows."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, or_, select, update

from zhidu import clock
from zhidu.db import Database
from zhidu.jobs.lease import REASON, WORKER, log
from zhidu.jobs.models import Job, JobStatus

KEEP_DONE = timedelta(days=90)
"""How long done jobs, and with them their dedupe keys, are kept."""

BATCH = 1000
"""Rows that one sweep deletes at most, so that writers never wait for long."""

UNDECLARED = "No enabled addon declares this job. Enable the addon again, or delete the job."
KILLED = "The worker died during every try."


def sweep(db: Database) -> None:
    """Do all of it; writes only where there is something to write."""
    now = clock.now()
    killed = (
        Job.status == JobStatus.DUE,
        Job.tries >= Job.max_tries,
        or_(Job.lease_until.is_(None), Job.lease_until < now),
    )
    undeclared = (
        Job.status == JobStatus.DUE,
        Job.name.not_in(tuple(db.registry.jobs)),
        Job.error != UNDECLARED,
    )
    declared_again = (
        Job.status == JobStatus.DUE,
        Job.name.in_(tuple(db.registry.jobs)),
        Job.error == UNDECLARED,
    )
    old = (Job.status == JobStatus.DONE, Job.done_at < now - KEEP_DONE)
    with db.all_companies(WORKER, REASON) as session:
        found = [
            session.scalar(select(Job.id).where(*criteria).limit(1)) is not None
            for criteria in (killed, undeclared, declared_again, old)
        ]
    if not any(found):
        return
    with db.all_companies(WORKER, REASON, readonly=False) as session:
        dead = session.scalars(
            update(Job)
            .where(*killed)
            .values(status=JobStatus.DEAD, error=KILLED, lease_token=None)
            .returning(Job.id)
        ).all()
        session.execute(update(Job).where(*undeclared).values(error=UNDECLARED))
        session.execute(update(Job).where(*declared_again).values(error=""))
        first = select(Job.id).where(*old).limit(BATCH)
        session.execute(delete(Job).where(Job.id.in_(first.correlate(None))))
    for job_id in dead:
        log.error("job %s is dead: %s", job_id, KILLED)
