"""Put work into the job table, in the transaction that causes it: no commit, no job."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from zhidu import clock
from zhidu.actor import Actor
from zhidu.db import Session
from zhidu.db.conflict import insert_unless_taken
from zhidu.jobs.models import Job, JobStatus

_wakers: set[Callable[[], None]] = set()
_lock = threading.Lock()


def enqueue(
    session: Session,
    name: str,
    args: Mapping[str, Any] | None = None,
    *,
    dedupe: str | None = None,
    run_at: datetime | None = None,
) -> int:
    """Have a declared job done once this unit of work is committed; return the job's id.

    The job runs in the session's company, as the session's actor and in the actor's language.

    :param args: JSON values only.
    :param dedupe: a second job of this key is not made, the first one's id is returned. Keys are
        forgotten when done jobs are tidied away, see ``sweep.KEEP_DONE``.
    :param run_at: not before this instant.
    :raises KeyError: no enabled addon declares the job.
    """
    return put(session, session.actor, name, args, dedupe=dedupe, run_at=run_at)


def put(
    session: Session,
    actor: Actor,
    name: str,
    args: Mapping[str, Any] | None = None,
    *,
    dedupe: str | None = None,
    run_at: datetime | None = None,
) -> int:
    """Do as :func:`enqueue` for another actor: the scheduler works for all companies."""
    declared = session.registry.jobs[name]
    now = clock.now()
    values = {
        "name": name,
        "company_id": actor.company_id,
        "user_id": actor.user_id,
        "member_id": actor.member_id,
        "actor_name": actor.name,
        "locale": actor.locale,
        "request_id": actor.request_id,
        "args": dict(args or {}),
        "dedupe": dedupe,
        "run_at": run_at or now,
        "status": JobStatus.DUE,
        "max_tries": declared.max_tries,
        "created_at": now,
    }
    made: int | None = insert_unless_taken(session, Job, values, on=["dedupe"])
    if made is None:
        return session.scalars(select(Job.id).where(Job.dedupe == dedupe)).one()
    if run_at is None or run_at <= now:
        session.on_commit(_wake)
    return made


def on_enqueued(act: Callable[[], None]) -> Callable[[], None]:
    """Call ``act`` whenever a job was committed in this process; return what ends that."""
    with _lock:
        _wakers.add(act)

    def end() -> None:
        with _lock:
            _wakers.discard(act)

    return end


def _wake() -> None:
    with _lock:
        acts = tuple(_wakers)
    for act in acts:
        act()
