"""Jobs that need a look: due ones and those that were given up; try again, or delete."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from zhidu import clock
from zhidu.db import Session
from zhidu.errors import Conflict, NotFound
from zhidu.jobs.models import Job, JobStatus
from zhidu.texts import lazy_gettext as _l


def unfinished(
    session: Session, limit: int = 200, *, dead_only: bool = False, after: int = 0
) -> Sequence[Job]:
    """List jobs that are not done, by id.

    :param after: the last id of the page before (keyset).
    """
    wanted = [JobStatus.DEAD] if dead_only else [JobStatus.DUE, JobStatus.DEAD]
    return session.scalars(
        select(Job).where(Job.status.in_(wanted), Job.id > after).order_by(Job.id).limit(limit)
    ).all()


def retry(session: Session, job_id: int) -> None:
    """Make a job that was given up due again, with all its tries.

    :raises NotFound: there is no such job.
    :raises Conflict: it was not given up.
    """
    job = _held(session, job_id)
    if job.status is not JobStatus.DEAD:
        raise Conflict(_l("The job %(id)s was not given up.", id=job_id))
    job.status, job.tries, job.run_at = JobStatus.DUE, 0, clock.now()
    job.lease_until = job.lease_token = job.published_at = None


def delete(session: Session, job_id: int) -> None:
    """Delete a job that is not wanted any more.

    :raises NotFound: there is no such job.
    :raises Conflict: it is done, or a worker has it in hand.
    """
    job = _held(session, job_id)
    leased = job.lease_until is not None and job.lease_until > clock.now()
    if job.status is JobStatus.DONE or (job.status is JobStatus.DUE and leased):
        raise Conflict(_l("The job %(id)s is done or in hand.", id=job_id))
    session.delete(job)


def _held(session: Session, job_id: int) -> Job:
    found = session.get(Job, job_id, with_for_update=True)
    if found is None:
        raise NotFound(_l("There is no job %(id)s.", id=job_id))
    return found
