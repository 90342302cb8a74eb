"""Kill job workers with SIGKILL while they work, and count what they did.

``python -m benchmarks.killing drive URL JOBS KILLS`` enqueues, starts three worker processes,
kills one each time a share of the jobs is done, starts another in its place, waits until nothing is
due and prints the figures as JSON. ``… crew URL`` is one such worker process.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from zhidu import clock
from zhidu.actor import Actor
from zhidu.db import Database, Session
from zhidu.hookspecs import hookimpl
from zhidu.jobs import JobType, enqueue, lease
from zhidu.jobs.models import Job, JobStatus, Schedule
from zhidu.jobs.worker import Worker
from zhidu.registry import Registry, import_core_models

ROOT = Path(__file__).parent.parent
NAME = "core.effect"
CREW = 3
EFFECT_SECONDS = 0.002
PATIENCE_SECONDS = 600
LEASE_SECONDS = 3.0
"""Short, so that a killed worker's job is soon free; the product's own is in ``zhidu.jobs.lease``."""


def effect(session: Session, args: Mapping[str, Any]) -> None:
    """Leave one row per run: a table that would hold two of them, so that twice is seen."""
    session.add(Schedule(name=f"effect {args['n']}", next_at=clock.now(), last_at=None))
    session.flush()
    time.sleep(EFFECT_SECONDS)


class Plugin:
    """The one job of this proof."""

    @hookimpl
    def provide_jobs(self) -> Iterable[JobType]:
        """Declare it."""
        return [JobType(NAME, effect)]


def open_database(url: str) -> Database:
    """Open a migrated database with this proof's job."""
    import_core_models()
    return Database(url, Registry.of({"core": Plugin()}))


def crew(url: str) -> None:
    """Work until nothing is due."""
    lease.LEASE = timedelta(seconds=LEASE_SECONDS)
    db = open_database(url)
    worker = Worker(db, threads=1)
    worker.start()
    while due(db):
        time.sleep(0.05)
    worker.stop()


def due(db: Database) -> int:
    """Count the jobs still to do."""
    with db.read(Actor.system()) as session:
        return session.scalar(select(func.count()).where(Job.status == JobStatus.DUE)) or 0


def drive(url: str, jobs: int, kills: int) -> dict[str, Any]:
    """Let a crew do the jobs under fire; give the figures."""
    db = open_database(url)
    with db.write(Actor.system()) as session:
        for n in range(jobs):
            enqueue(session, NAME, {"n": n})
    command = [sys.executable, "-m", "benchmarks.killing", "crew", url]
    running = [subprocess.Popen(command, cwd=ROOT) for _ in range(CREW)]
    begun = time.perf_counter()
    killed = 0
    try:
        while (left := due(db)) > 0:
            assert time.perf_counter() - begun < PATIENCE_SECONDS, f"{left} jobs are still due"
            if killed < kills and jobs - left >= jobs * (killed + 1) // (kills + 1):
                victim = running.pop(0)
                victim.kill()
                victim.wait()
                killed += 1
                running.append(subprocess.Popen(command, cwd=ROOT))
            time.sleep(0.01)
        seconds = time.perf_counter() - begun
        codes = [process.wait() for process in running]
    finally:
        for process in running:
            process.kill()
    with db.read(Actor.system()) as session:
        effects = Counter(session.scalars(select(Schedule.name)))
        states = Counter(session.scalars(select(Job.status)))
        tries = session.scalar(select(func.sum(Job.tries))) or 0
    db.close()
    return {
        "jobs": jobs,
        "kills": killed,
        "crew_codes": codes,
        "effects": sum(effects.values()),
        "distinct": len(effects),
        "done": states[JobStatus.DONE],
        "retries": int(tries) - jobs,
        "seconds": round(seconds, 1),
    }


if __name__ == "__main__":
    what, address, *numbers = sys.argv[1:]
    if what == "crew":
        crew(address)
    else:
        print(json.dumps(drive(address, *map(int, numbers))))
