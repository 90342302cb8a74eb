"""Production: the relay hands ids to Celery; a real worker on a real Redis does the jobs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from tests.core.jobs_stage import leave_a_mark, marks, offering

from zhidu import celeryapp
from zhidu.actor import Actor
from zhidu.clock import now
from zhidu.config import Config
from zhidu.db import Database
from zhidu.db.activation import EnabledAddon
from zhidu.errors import ConfigError
from zhidu.jobs import JobType, enqueue, relay
from zhidu.jobs.lease import LEASE, claim
from zhidu.jobs.models import Job, JobStatus
from zhidu.jobs.tasks import _run_job, serving
from zhidu.testing.databases import environ
from zhidu.testing.fixtures import FrozenClock
from zhidu.testing.on_disk import write_addon
from zhidu.testing.plugin import run_of
from zhidu.testing.services import redis

MARK = JobType("tools.mark", leave_a_mark)
PATIENCE_SECONDS = 120


def put(db: Database, count: int = 1) -> list[int]:
    with db.write(Actor.system()) as session:
        return [enqueue(session, "tools.mark", {"n": n}) for n in range(count)]


def test_each_free_job_is_published_once_until_it_is_free_again(
    db: Database, clock: FrozenClock
) -> None:
    db = offering(db, MARK)
    sent: list[int] = []
    assert relay.relay(db, "a", sent.append) == 0
    made = put(db, 3)
    assert relay.relay(db, "a", sent.append) == 3
    assert sent == made
    assert relay.relay(db, "a", sent.append) == 0
    # a worker took the first and died: it comes again when its lease has run out
    assert claim(db, made[0]) is not None
    clock.tick(seconds=LEASE.total_seconds() - 1)
    assert relay.relay(db, "a", sent.append) == 0
    clock.tick(seconds=2)
    assert relay.relay(db, "a", sent.append) == 1
    assert sent[3:] == made[:1]
    # nobody took any of them: the messages were lost
    clock.tick(seconds=relay.PATIENCE.total_seconds() + 1)
    assert relay.relay(db, "a", sent.append) == 3


def test_a_failed_job_is_published_again_when_its_pause_is_over(
    db: Database, clock: FrozenClock
) -> None:
    def fail(_session: object, _args: object) -> None:
        raise ValueError

    db = offering(db, JobType("tools.mark", fail))
    sent: list[int] = []
    made = put(db)
    relay.relay(db, "a", sent.append)
    with serving(db):
        assert _run_job(made[0]) == "again"
        assert _run_job(made[0]) == "lost"
    assert relay.relay(db, "a", sent.append) == 0
    clock.tick(seconds=10)
    assert relay.relay(db, "a", sent.append) == 1


def test_one_relay_works_at_a_time(db: Database, clock: FrozenClock) -> None:
    db = offering(db, MARK)
    sent: list[int] = []
    put(db)
    relay.relay(db, "a", sent.append)
    put(db)
    assert relay.relay(db, "b", sent.append) == 0
    assert relay.relay(db, "a", sent.append) == 1
    put(db)
    clock.tick(seconds=relay.LEASE_LENGTH.total_seconds() + 1)
    assert relay.relay(db, "b", sent.append) == 1


def test_what_the_broker_does_not_take_is_published_by_the_next_call(db: Database) -> None:
    db = offering(db, MARK)
    made = put(db, 3)
    sent: list[int] = []

    def take_one(job_id: int) -> None:
        if sent:
            raise ConnectionError
        sent.append(job_id)

    with pytest.raises(ConnectionError):
        relay.relay(db, "a", take_one)
    assert relay.relay(db, "a", sent.append) == 2
    assert sent == made


def test_a_message_that_comes_twice_does_the_job_once(db: Database) -> None:
    db = offering(db, MARK)
    made = put(db)[0]
    with serving(db):
        assert [_run_job(made), _run_job(made), _run_job(made + 1)] == ["done", "lost", "lost"]
    assert marks(db) == ["0"]


def test_a_process_without_a_database_says_so() -> None:
    with pytest.raises(LookupError):
        _run_job(1)


def test_celery_needs_a_broker_and_is_set_up_to_lose_nothing(home: Path) -> None:
    with pytest.raises(ConfigError, match="ZHIDU_BROKER_URL"):
        celeryapp.make_celery(Config(home=home, database_url="sqlite://"))
    conf = celeryapp.make_celery(
        Config(home=home, database_url="sqlite://", broker_url="redis://h/0")
    ).conf
    assert conf.task_acks_late
    assert conf.task_reject_on_worker_lost
    assert conf.worker_prefetch_multiplier == 1
    assert conf.broker_transport_options["visibility_timeout"] >= 3600


@pytest.fixture
def worker_environment(
    request: pytest.FixtureRequest, home: Path, database_url: str, db: Database, tmp_path: Path
) -> dict[str, str]:
    """Enable an addon with one job in the database; give what a worker process must know."""
    addons = tmp_path / "addons"
    write_addon(
        addons,
        "tools",
        code="from tests.core.jobs_stage import leave_a_mark\n"
        "from zhidu.jobs import JobType\n"
        "@hookimpl\n"
        "def provide_jobs():\n"
        '    return [JobType("tools.mark", leave_a_mark)]\n',
    )
    with db.write(Actor.system()) as session:
        session.add(EnabledAddon(name="tools", version="0.1", enabled_at=now()))
    address = redis(run_of(request.config))
    assert isinstance(address, str)
    return {
        **os.environ,
        **environ(home, database_url),
        "ZHIDU_ADDON_FOLDERS": str(addons),
        "ZHIDU_BROKER_URL": address,
        "PYTHONPATH": str(request.config.rootpath),
    }


@pytest.fixture
def celery_worker(worker_environment: dict[str, str], home: Path) -> Iterator[Path]:
    """Run a real worker with two processes; give its log."""
    log = home / "celery.log"
    command = [sys.executable, "-m", "celery", "-A", "zhidu.celeryapp", "worker"]
    with log.open("wb") as out:
        running = subprocess.Popen(
            [*command, "-c", "2", "--loglevel", "INFO", "--without-gossip", "--without-mingle"],
            env=worker_environment,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    yield log
    running.send_signal(signal.SIGTERM)
    try:
        assert running.wait(PATIENCE_SECONDS) == 0, log.read_text()
    finally:
        running.kill()
        running.wait()


@pytest.mark.postgresql
@pytest.mark.redis
def test_a_celery_worker_does_the_jobs_of_the_table(db: Database, celery_worker: Path) -> None:
    offered = offering(db, MARK)
    put(offered, 20)
    until = time.monotonic() + PATIENCE_SECONDS
    while due(db) and time.monotonic() < until:
        threading.Event().wait(0.1)
    assert due(db) == 0, celery_worker.read_text()
    assert marks(db) == sorted(str(n) for n in range(20))
    assert "zhidu.run_job" in celery_worker.read_text()


def due(db: Database) -> int:
    with db.read(Actor.system()) as session:
        return session.scalar(select(func.count()).where(Job.status == JobStatus.DUE)) or 0


def test_the_relay_is_patient_for_longer_than_a_lease() -> None:
    assert relay.PATIENCE > LEASE > relay.LEASE_LENGTH > timedelta(0)
