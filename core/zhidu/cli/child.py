"""The child of ``zhidu run``: waitress, the job worker, and the watch over enabled addons."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import socket
import sys
import threading
import time
from types import FrameType

from sqlalchemy import select
from waitress.server import create_server

from zhidu.actor import Actor, Via
from zhidu.app import make_app, make_wsgi
from zhidu.cli.serve import EX_RESTART, is_private, shown_address
from zhidu.cli.speech import open_catalogue, said, terminal_locale
from zhidu.config import Config
from zhidu.db import Database
from zhidu.db.activation import EnabledAddon
from zhidu.enabling import connect, revision
from zhidu.errors import ConfigError, Refused, ZhiduError
from zhidu.jobs.worker import Worker
from zhidu.migrations import runner
from zhidu.org.models import Company
from zhidu.registry import load_registry
from zhidu.texts import gettext as _
from zhidu.texts import lazy_gettext as _l
from zhidu.texts import use_locale
from zhidu.web.dispatcher import Dispatcher

log = logging.getLogger("zhidu.run")

FINISH_SECONDS = 30.0
"""How long requests in flight may take after the signal to stop."""


class Child:
    """Serves until it is told to stop, then finishes what it has in hand."""

    def __init__(self, config: Config, taken: socket.socket) -> None:
        self.config = config
        self.db = connect(config)
        self._refuse_old_tables()
        self.enabled = _enabled(self.db)
        self.revision = revision(self.db)
        self.wsgi: Dispatcher = make_wsgi(config, self.db)
        self.code = 0
        self._stopping = threading.Event()
        self._server = create_server(
            self.wsgi,
            sockets=[taken],
            threads=config.threads,
            ident=None,
            # where proxies are trusted, the app itself takes what they say
            clear_untrusted_proxy_headers=not config.trusted_proxies,
        )
        self.worker = self._make_worker()

    def _make_worker(self) -> Worker:
        if not self.config.broker_url:
            threads = 1 if self.db.is_sqlite else 2
            return Worker(self.db, threads=threads, each_round=self.follow)
        # with a broker this process is a relay, too: Celery's workers do the jobs
        from zhidu.celeryapp import make_celery, publish

        make_celery(self.config).set_default()
        return Worker(self.db, publish=publish, each_round=self.follow)

    def run(self) -> int:
        """Serve; return the exit code."""
        self.worker.start()
        server = self._server
        while not self._stopping.is_set():
            server.asyncore.loop(timeout=1.0, map=server._map, use_poll=True, count=1)
        server.del_channel()  # the parent's socket goes on taking connections for the next child
        until = time.monotonic() + FINISH_SECONDS
        while self._busy() and time.monotonic() < until:
            server.asyncore.loop(timeout=0.05, map=server._map, use_poll=True, count=1)
        server.task_dispatcher.shutdown(timeout=1)
        if not self.worker.stop(FINISH_SECONDS):
            log.warning("a job did not end in time; it will be tried again")
        self.db.close()
        return self.code

    def stop(self, code: int = 0) -> None:
        """End after the requests in flight; safe in a signal handler and in any thread."""
        self.code = code
        self._stopping.set()
        self._server.pull_trigger()

    def follow(self) -> None:
        """Take up what was enabled in another process; a disabled addon needs a new process."""
        now = revision(self.db)
        if now == self.revision or self._stopping.is_set():
            return
        self.revision = now
        enabled = _enabled(self.db)
        if any(enabled.get(name) != version for name, version in self.enabled.items()):
            log.info("an addon was disabled or upgraded: starting again")
            self.stop(EX_RESTART)
            return
        log.info("addons enabled: %s", ", ".join(sorted(enabled.keys() - self.enabled.keys())))
        self.enabled = enabled
        self.db = self.db.with_registry(load_registry(self.config, enabled))
        self.wsgi.swap(make_app(self.config, self.db).wsgi_app)
        self.worker.use(self.db)

    def _busy(self) -> bool:
        """Tell whether a request is being read or answered."""
        return any(
            channel.requests or channel.request is not None or channel.total_outbufs_len
            for channel in self._server.active_channels.values()
        )

    def _refuse_old_tables(self) -> None:
        found = runner.status(self.db, self.db.registry)
        if not any(one.current for one in found):
            raise ConfigError(
                _l("The database is empty."), cure=_l("Run first: zhidu init, or: zhidu demo")
            )
        old = [one.addon for one in found if not one.up_to_date]
        if old:
            raise ConfigError(
                _l("The tables of %(names)s are older than the program.", names=", ".join(old)),
                cure=_l("Make a backup and run: zhidu db upgrade"),
            )


def _enabled(db: Database) -> dict[str, str]:
    with db.read(Actor.system()) as session:
        return {one.name: one.version for one in session.scalars(select(EnabledAddon))}


def refuse_exposed_demo(db: Database, taken: socket.socket) -> None:
    """Keep a demo, whose log-ins lie in a file, on this machine.

    :raises Refused: the socket can be reached from others.
    """
    if is_private(taken):
        return
    with db.read(Actor.system(source=Via.SYSTEM)) as session:
        if session.scalar(select(Company.id).where(Company.is_demo).limit(1)) is None:
            return
    raise Refused(
        _l("This is a demo database; it is served on this machine only."),
        rule="run.demo",
        cure=_l("Add --expose-demo if everyone in the network may use it."),
    )


def main(arguments: list[str]) -> int:
    """Run as the child: socket and link by number, then two words."""
    taken = socket.socket(fileno=int(arguments[0]))
    link = socket.socket(fileno=int(arguments[1]))
    first, exposed = arguments[2] == "first", arguments[3] == "exposed"
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("zhidu").setLevel(logging.INFO)
    try:
        child = Child(Config.load(), taken)
        if not exposed:
            refuse_exposed_demo(child.db, taken)
    except ZhiduError as error:
        print(said(error), file=sys.stderr)
        return 1

    def stop(_number: int, _frame: FrameType | None) -> None:
        child.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    threading.Thread(target=_watch_parent, args=(link,), name="zhidu-parent", daemon=True).start()
    link.sendall(b"r")
    if first:
        print(_("Zhidu runs at %(address)s", address=shown_address(taken)), flush=True)
        print(_("Stop it with Ctrl-C."), flush=True)
    return child.run()


def _watch_parent(link: socket.socket) -> None:
    """End when the parent is gone, however it went: its end of the link closes."""
    with contextlib.suppress(OSError):
        link.recv(1)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    open_catalogue()
    with use_locale(terminal_locale()):
        sys.exit(main(sys.argv[1:]))
