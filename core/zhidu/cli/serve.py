"""The parent of ``zhidu run``: holds the socket, keeps one child alive, passes signals on.

The listening socket belongs to the parent and is inherited by each child: while a child is
replaced, browsers wait in the backlog and nobody is refused. The parent imports little, so that
it need not be restarted when anything else changes.
"""

from __future__ import annotations

import contextlib
import errno
import signal
import socket
import subprocess
import sys
import threading
import time
from types import FrameType

from zhidu.cli.lock import running_here
from zhidu.config import Config
from zhidu.errors import ConfigError
from zhidu.texts import gettext as _
from zhidu.texts import lazy_gettext as _l

EX_RESTART = 75
"""A child's exit code that asks for a new one at once: code or addons have changed."""

LOOPBACK = ("127.0.0.1", "::1", "localhost")

LONG_ENOUGH_SECONDS = 10.0
"""A child that lived so long had started well: the next pause is the shortest again."""
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0


class PortTaken(ConfigError):
    """Another program listens there."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(
            _l("Port %(port)s of %(host)s is in use.", host=host, port=port),
            cure=_l("Zhidu may be running already; else choose another: zhidu run --port 8001"),
        )


def listen(host: str, port: int) -> socket.socket:
    """Take the address.

    :raises PortTaken: another program has it.
    :raises ConfigError: the host is no address of this machine, or the port is reserved.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise _no_address(host, error) from error
    # a name that means both is served where most programs look first
    family, kind, protocol, _name, address = min(found, key=lambda one: one[0] != socket.AF_INET)
    taken = socket.socket(family, kind, protocol)
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(address)
        taken.listen(1024)
    except PermissionError as error:
        taken.close()
        raise _no_address(f"{host}:{port}", error) from error
    except OSError as error:
        taken.close()
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(host, port) from error
        raise _no_address(host, error) from error
    return taken


def _no_address(host: str, error: OSError) -> ConfigError:
    return ConfigError(
        _l("Zhidu cannot listen on %(host)s: %(why)s.", host=host, why=error.strerror or error),
        cure=_l("Choose an address of this machine and a port above 1023."),
    )


def serve(
    config: Config, host: str | None = None, port: int | None = None, *, expose_demo: bool = False
) -> int:
    """Serve until a signal says to stop; return the exit code.

    :param host: default: the configured one, as is ``port``.
    :param expose_demo: let a demo database be reached from other machines.
    """
    with (
        running_here(config),
        listen(
            config.host if host is None else host, config.port if port is None else port
        ) as taken,
    ):
        return _Parent(taken, expose_demo=expose_demo).run()


class _Parent:
    """Starts a child, waits for its end, and starts the next one where there should be one."""

    def __init__(self, taken: socket.socket, *, expose_demo: bool) -> None:
        self._taken = taken
        self._expose_demo = expose_demo
        self._stopping = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None
        self._ever_ready = False
        self._pause = FIRST_PAUSE_SECONDS

    def run(self) -> int:
        before = {
            number: signal.signal(number, self._stop) for number in (signal.SIGTERM, signal.SIGINT)
        }
        try:
            while True:
                began = time.monotonic()
                code, ready = self._one_child()
                self._ever_ready = self._ever_ready or ready
                if self._stopping.is_set():
                    return 0
                if not self._ever_ready:
                    return code if code > 0 else 1  # it has said why
                if not self._go_on(code, time.monotonic() - began, ready=ready):
                    return 0
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _one_child(self) -> tuple[int, bool]:
        """Run a child to its end; give its exit code, and whether it ever served."""
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                self._child = subprocess.Popen(  # noqa: S603 -- our own module
                    [
                        *(sys.executable, "-m", "zhidu.cli.child"),
                        *(str(self._taken.fileno()), str(theirs.fileno())),
                        "again" if self._ever_ready else "first",
                        "exposed" if self._expose_demo else "kept",
                    ],
                    pass_fds=(self._taken.fileno(), theirs.fileno()),
                    # the terminal's Ctrl-C comes to us alone, and we pass it on once
                    start_new_session=True,
                )
            if self._stopping.is_set():
                self._child.terminate()
            code = self._child.wait()
            ours.setblocking(False)
            with contextlib.suppress(OSError):
                return code, bool(ours.recv(1))
            return code, False

    def _go_on(self, code: int, lived: float, *, ready: bool) -> bool:
        """Wait before the next child as long as it takes; tell whether there shall be one."""
        if code == EX_RESTART and ready:
            self._pause = FIRST_PAUSE_SECONDS
            return True
        if lived >= LONG_ENOUGH_SECONDS:
            self._pause = FIRST_PAUSE_SECONDS
        print(
            _(
                "The server ended (%(code)s); it is started again in %(seconds)d s.",
                code=code,
                seconds=self._pause,
            ),
            file=sys.stderr,
            flush=True,
        )
        stopped = self._stopping.wait(self._pause)
        self._pause = min(self._pause * 2, LONGEST_PAUSE_SECONDS)
        return not stopped

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        """Let the child finish what it has in hand; at the second signal it is killed."""
        child = self._child
        if child is not None and child.poll() is None:
            child.send_signal(signal.SIGKILL if self._stopping.is_set() else signal.SIGTERM)
        self._stopping.set()


def shown_address(taken: socket.socket) -> str:
    """Give the address to type into a browser."""
    host, port = taken.getsockname()[:2]
    if host in ("0.0.0.0", "::"):  # noqa: S104 -- said, not bound
        host = socket.gethostname()
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def is_private(taken: socket.socket) -> bool:
    """Tell whether only this machine reaches the socket."""
    host = str(taken.getsockname()[0])
    return host in LOOPBACK or host.startswith("127.")
