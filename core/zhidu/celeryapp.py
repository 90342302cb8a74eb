"""Celery for production: ``celery -A zhidu.celeryapp worker`` carries out the job table's jobs.

One such command is enough: beside its pool each worker runs the relay and the schedules, under a
lease, so that any number of workers may run and none must. Only a job's id goes through the
broker; the job table decides who carries it out, so a lost or doubled message is harmless.
"""

from __future__ import annotations

import time
from typing import Any

from celery import Celery, signals

from zhidu.config import Config
from zhidu.db import Database
from zhidu.enabling import connect, revision
from zhidu.errors import ConfigError
from zhidu.jobs.tasks import run_job, serve_process
from zhidu.jobs.worker import Worker
from zhidu.texts import lazy_gettext as _l

VISIBILITY_SECONDS = 3600
"""After so long Redis gives out again what was not acknowledged; longer than any job."""

LOOK_SECONDS = 5.0
"""How often a process looks whether other addons are enabled now."""


def make_celery(config: Config) -> Celery:
    """Make the Celery app; it connects to nothing yet.

    :raises ConfigError: no broker is configured.
    """
    if not config.broker_url:
        raise ConfigError(
            _l("No broker is configured for Celery."),
            cure=_l("Set ZHIDU_BROKER_URL, e.g. redis://127.0.0.1:6379/0."),
        )
    celery = Celery("zhidu", broker=config.broker_url)
    celery.conf.update(
        imports=["zhidu.jobs.tasks"],
        task_default_queue="zhidu",
        task_ignore_result=True,
        # with these three a killed worker's message comes back; with prefetch 1 only its own
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        broker_connection_retry_on_startup=True,
        broker_transport_options=(
            {"visibility_timeout": VISIBILITY_SECONDS, "unacked_restore_throttle": 1}
            if config.broker_url.startswith(("redis", "rediss", "sentinel"))
            else {}
        ),
        worker_hijack_root_logger=False,
        enable_utc=True,
    )
    return celery


def publish(job_id: int) -> None:
    """Hand one id to the broker, or raise at once: the relay tries again."""
    run_job.apply_async((job_id,), retry=False)


class Process:
    """What one process of a Celery worker holds: its database, renewed when addons change."""

    def __init__(self) -> None:
        self.config: Config | None = None
        self.db: Database | None = None
        self.relay: Worker | None = None
        self._revision = 0
        self._looked = 0.0

    def open(self, **_signal: Any) -> None:
        """Connect; in a child of the pool what it inherited is left to its parent."""
        if self.db is not None:
            self.db.engine.dispose(close=False)
        self.config = self.config or Config.load()
        self._connect(self.config)

    def look(self, **_signal: Any) -> None:
        """Take up other addons before a task, when they were enabled or disabled meanwhile."""
        if self.db is None or self.config is None:
            return
        if time.monotonic() - self._looked < LOOK_SECONDS:
            return
        self._looked = time.monotonic()
        if revision(self.db) != self._revision:
            self.db.close()
            self._connect(self.config)

    def start_relay(self, **_signal: Any) -> None:
        """Begin to hand out jobs once the worker is ready for them."""
        if self.db is None:
            self.open()
        if self.db is not None:
            self.relay = Worker(self.db, publish=publish, each_round=self._follow)
            self.relay.start()

    def stop_relay(self, **_signal: Any) -> None:
        """Stop handing out."""
        if self.relay is not None:
            self.relay.stop()

    def _connect(self, config: Config) -> None:
        self.db = connect(config)
        self._revision = revision(self.db)
        serve_process(self.db)

    def _follow(self) -> None:
        before = self.db
        self.look()
        if self.relay is not None and self.db is not None and self.db is not before:
            self.relay.use(self.db)


process = Process()
# a child of the pool; and the process itself, for pools of threads
signals.worker_process_init.connect(process.open, weak=False)
signals.task_prerun.connect(process.look, weak=False)
signals.worker_ready.connect(process.start_relay, weak=False)
signals.worker_shutting_down.connect(process.stop_relay, weak=False)


def __getattr__(name: str) -> Any:
    """Make the app when Celery asks for it: importing the module needs no broker."""
    if name in {"app", "celery"}:
        made = make_celery(Config.load())
        globals().update(app=made, celery=made)
        return made
    raise AttributeError(name)
