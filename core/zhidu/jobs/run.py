"""Carry out one claimed job: its effect and the mark «done» are one transaction."""

from __future__ import annotations

import logging
from collections.abc import Callable
from enum import StrEnum

from sqlalchemy import select, update

from zhidu import clock
from zhidu.actor import Actor, Via
from zhidu.db import Database, Session
from zhidu.db.engine import is_busy
from zhidu.jobs.declarations import JobType
from zhidu.jobs.lease import REASON, WORKER, Claim, LeaseLost, claim, give_back, held, kept
from zhidu.jobs.models import Job, JobStatus
from zhidu.texts import use_locale

log = logging.getLogger("zhidu.jobs")

_KEY = "job_id"


class Outcome(StrEnum):
    """What became of a job."""

    DONE = "done"
    AGAIN = "again"
    """It failed, or the database was busy: it is due again later."""
    DEAD = "dead"
    LOST = "lost"
    """Another worker has it, or had it: nothing was done here."""


def job_key(session: Session) -> str:
    """Give the key that an effect outside the database carries: the same for every try.

    :raises LookupError: no job runs in this session.
    """
    found = session.info.get(_KEY)
    if found is None:
        raise LookupError("no job runs in this session")
    return f"zhidu-job-{found}"


def carry_out(db: Database, claimed: Claim) -> Outcome:
    """Run a claimed job, or give it back with the reason.

    The row is marked first: from then on the transaction itself holds it (on SQLite the whole
    database), and no other worker can take it however long the effect lasts.
    """
    with db.all_companies(WORKER, REASON) as session:
        job = session.scalars(select(Job).where(*held(claimed))).one_or_none()
    if job is None:
        return Outcome.LOST
    declared = db.registry.jobs.get(job.name)
    if declared is None:  # the addon was disabled between claim and now
        give_back(db, claimed, "", counts=False)
        return Outcome.AGAIN
    actor = Actor(
        user_id=job.user_id,
        member_id=job.member_id,
        company_id=job.company_id,
        name=job.actor_name,
        source=Via.JOB,
        locale=job.locale,
        request_id=job.request_id,
    )
    act = _write if declared.writes else _reach_out
    try:
        with use_locale(job.locale):
            act(db, claimed, declared, actor, job)
    except LeaseLost:
        log.warning("job %s (%s) was taken over by another worker", job.id, job.name)
        return Outcome.LOST
    except Exception as error:  # an addon's job may raise anything; it must not end the worker
        return _failed(db, claimed, job, error)
    return Outcome.DONE


def _write(db: Database, claimed: Claim, declared: JobType, actor: Actor, job: Job) -> None:
    with db.write(actor) as session:
        _mark_done(session, claimed)
        session.info[_KEY] = job.id
        declared.run(session, job.args)


def _reach_out(db: Database, claimed: Claim, declared: JobType, actor: Actor, job: Job) -> None:
    with kept(db, claimed), db.read(actor) as session:
        session.info[_KEY] = job.id
        declared.run(session, job.args)
    with db.write(actor) as session:
        _mark_done(session, claimed)


def _mark_done(session: Session, claimed: Claim) -> None:
    """Mark the job, if the claim still stands.

    :raises LeaseLost: another worker took it.
    """
    marked = session.scalar(
        update(Job)
        .where(*held(claimed))
        .values(status=JobStatus.DONE, done_at=clock.now(), lease_until=None, error="")
        .returning(Job.id)
        .execution_options(synchronize_session=False)
    )
    if marked is None:
        raise LeaseLost(claimed.job_id)


def _failed(db: Database, claimed: Claim, job: Job, error: Exception) -> Outcome:
    counts = not is_busy(error)
    became = give_back(db, claimed, f"{type(error).__name__}: {error}", counts=counts)
    if became is None:
        return Outcome.LOST
    if became is JobStatus.DEAD:
        log.error("job %s (%s) is dead after %s tries", job.id, job.name, job.tries, exc_info=error)
        return Outcome.DEAD
    if counts:
        log.warning("job %s (%s) failed, try %s", job.id, job.name, job.tries, exc_info=error)
    return Outcome.AGAIN


def drain(db: Database, *, after_each: Callable[[Outcome], None] | None = None) -> int:
    """Carry out all jobs that are free now, in this thread; return how many were done."""
    from zhidu.jobs.tasks import run_job, serving  # tasks stands on this module

    done = 0
    with serving(db):
        while (claimed := claim(db)) is not None:
            outcome = Outcome(run_job(claimed.job_id, claimed.token))
            done += outcome is Outcome.DONE
            if after_each is not None:
                after_each(outcome)
    return done
