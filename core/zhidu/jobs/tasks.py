"""The one Celery task. The embedded worker calls the same function, so there is one way only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from celery import shared_task

from zhidu.db import Database
from zhidu.jobs.lease import Claim, claim
from zhidu.jobs.run import Outcome, carry_out

_database: ContextVar[Database | None] = ContextVar("zhidu_jobs_database", default=None)
_default: list[Database] = []


@contextmanager
def serving(db: Database) -> Iterator[None]:
    """Work on this database in this thread."""
    before = _database.set(db)
    try:
        yield
    finally:
        _database.reset(before)


def serve_process(db: Database) -> None:
    """Work on this database in every thread of this process: a Celery worker's child."""
    _default[:] = [db]


def database() -> Database:
    """Give the database on which this thread works.

    :raises LookupError: the process was given none.
    """
    db = _database.get() or next(iter(_default), None)
    if db is None:
        raise LookupError("this process serves no database: start it by zhidu.celeryapp")
    return db


def _run_job(job_id: int, lease_token: str = "") -> str:
    """Carry out one job; return its :class:`Outcome` as text.

    :param lease_token: proof of a claim already made; without it the job is claimed here.
    :raises LookupError: the process was given no database.
    """
    db = database()
    claimed = Claim(job_id, lease_token) if lease_token else claim(db, job_id)
    return (Outcome.LOST if claimed is None else carry_out(db, claimed)).value


run_job = shared_task(name="zhidu.run_job", ignore_result=True)(_run_job)
"""``run_job(id)`` here and now, ``run_job.delay(id)`` by Celery: a lost or doubled message is
harmless, because the job table decides."""
