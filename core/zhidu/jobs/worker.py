"""The job worker inside ``zhidu run``: threads that carry out jobs, and one that minds the clock."""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Callable
from functools import partial

from zhidu.db import Database
from zhidu.ids import token
from zhidu.jobs import lease, relay, schedule, sweep
from zhidu.jobs.queue import on_enqueued
from zhidu.jobs.tasks import run_job, serving

log = logging.getLogger("zhidu.jobs")

POLL_SECONDS = 1.0
"""How soon a job is seen that another process wrote; one of this process wakes the worker."""
ROUND_SECONDS = 2.0
CLOCK_SECONDS = 15.0
SWEEP_SECONDS = 300.0
TROUBLE_SECONDS = 5.0
"""The pause after an error of the database itself."""


class Worker:
    """Carries out jobs until it is stopped; the job in hand is always finished.

    :param threads: how many jobs at a time; with ``publish`` none run here.
    :param publish: hands a job's id to a broker: this process is then the relay of production.
    :param each_round: called by the thread that minds the clock, every few seconds.
    """

    def __init__(
        self,
        db: Database,
        *,
        threads: int = 1,
        publish: Callable[[int], object] | None = None,
        each_round: Callable[[], None] | None = None,
    ) -> None:
        self._db = db
        self._publish = publish
        self._each_round = each_round
        self.name = f"{socket.gethostname()}:{os.getpid()}:{token(4)}"
        self._stopping = threading.Event()
        self._wakes = [threading.Event() for _ in range(1 if publish else threads)]
        self._threads: list[threading.Thread] = []
        self._end_listening: Callable[[], None] | None = None

    def start(self) -> None:
        """Begin to work, in threads that do not keep the process alive."""
        run = self._relay if self._publish else self._work
        targets: list[Callable[[], None]] = [partial(run, wake) for wake in self._wakes]
        for number, target in enumerate([*targets, self._mind_the_clock]):
            thread = threading.Thread(target=target, name=f"zhidu-jobs-{number}", daemon=True)
            self._threads.append(thread)
            thread.start()
        self._end_listening = on_enqueued(self.wake)

    def wake(self) -> None:
        """Look for jobs now."""
        for wake in self._wakes:
            wake.set()

    def use(self, db: Database) -> None:
        """Work with other addons from the next job on."""
        self._db = db
        self.wake()

    def stop(self, timeout: float = 30.0) -> bool:
        """Finish the jobs in hand; tell whether all threads ended within ``timeout`` seconds.

        A job that takes longer is cut off by the end of the process; nothing of it is kept, and
        its lease runs out.
        """
        if self._end_listening is not None:
            self._end_listening()
        self._stopping.set()
        self.wake()
        until = time.monotonic() + timeout
        for thread in self._threads:
            thread.join(max(until - time.monotonic(), 0))
        return not any(thread.is_alive() for thread in self._threads)

    def _work(self, wake: threading.Event) -> None:
        busy = False
        while not self._stopping.is_set():
            try:
                busy = self._one_job(look_first=not busy)
            except Exception:  # the database may be away; the worker waits for it
                log.exception("the job worker could not reach its database")
                busy = False
                self._stopping.wait(TROUBLE_SECONDS)
            if not busy:
                wake.wait(POLL_SECONDS)
                wake.clear()

    def _one_job(self, *, look_first: bool) -> bool:
        """Carry out one job; tell whether there was one."""
        db = self._db
        if look_first and not lease.anything_free(db):
            return False
        claimed = lease.claim(db)
        if claimed is None:
            return False
        with serving(db):
            run_job(claimed.job_id, claimed.token)
        return True

    def _relay(self, wake: threading.Event) -> None:
        while not self._stopping.is_set():
            try:
                if self._publish is not None:
                    relay.relay(self._db, self.name, self._publish)
            except Exception:  # database or broker may be away; the relay waits for them
                log.exception("the job relay could not reach its database or broker")
                self._stopping.wait(TROUBLE_SECONDS)
            wake.wait(POLL_SECONDS)
            wake.clear()

    def _mind_the_clock(self) -> None:
        fired = swept = -SWEEP_SECONDS
        while not self._stopping.is_set():
            try:
                if self._each_round is not None:
                    self._each_round()
                if time.monotonic() - fired >= CLOCK_SECONDS:
                    schedule.fire_due(self._db, self.name)
                    fired = time.monotonic()
                if time.monotonic() - swept >= SWEEP_SECONDS:
                    sweep.sweep(self._db)
                    swept = time.monotonic()
            except Exception:  # as above: the next round makes it good
                log.exception("schedules could not be fired")
            self._stopping.wait(ROUND_SECONDS)
