"""Do background jobs flow? Asked by ``zhidu doctor``."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, func, select

from zhidu import clock
from zhidu.db import Database, Session
from zhidu.health import Finding
from zhidu.jobs.lease import REASON, WORKER, groups, is_free
from zhidu.jobs.models import Job, JobStatus
from zhidu.jobs.sweep import UNDECLARED
from zhidu.texts import lazy_gettext as _l

if TYPE_CHECKING:
    from zhidu.config import Config

STUCK_AFTER = timedelta(minutes=15)


def _count(session: Session, *criteria: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(Job).where(*criteria)) or 0


def check(_config: Config, db: Database) -> Finding:
    """Look for jobs that are dead, that nobody declares, or that nobody carries out."""
    now = clock.now()
    free = is_free(groups(db.registry))
    with db.all_companies(WORKER, REASON) as session:
        dead = _count(session, Job.status == JobStatus.DEAD)
        unknown = _count(session, Job.status == JobStatus.DUE, Job.error == UNDECLARED)
        stuck = session.scalar(
            select(func.count()).select_from(Job).where(*free, Job.run_at < now - STUCK_AFTER),
            {"now": now},
        )
    if dead:
        return Finding(
            ok=False,
            text=_l("%(count)s jobs failed too often and were given up.", count=dead),
            cure=_l("Read the reason in the list of jobs, mend it, and run them again."),
        )
    if stuck:
        return Finding(
            ok=False,
            text=_l("%(count)s jobs have been due for over 15 minutes.", count=stuck),
            cure=_l("Start “zhidu run”, or in production a Celery worker."),
        )
    if unknown:
        return Finding(
            ok=False,
            text=_l("%(count)s jobs belong to addons that are not enabled.", count=unknown),
            cure=_l("Enable the addons again, or delete the jobs."),
        )
    return Finding(ok=True, text=_l("No job is dead or overdue."))
