"""Find the servers and programs that some tests need, or say what to type to get them.

A server is started at most once per test run, by whichever process needs it first, and shared
through the run's folder; ``keeper.py`` ends it with the run. Nothing is started for tests that need
nothing.
"""

from __future__ import annotations

import contextlib
import fcntl
import functools
import importlib.metadata
import importlib.util
import json
import os
import platform
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from zhidu.testing import keeper

START_SECONDS = 60
"""How long a server may take to answer for the first time; a busy machine is slow."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Something that is not on this machine.

    :param line: what to type to get it.
    """

    name: str
    reason: str
    line: str

    def __str__(self) -> str:
        return f"needs {self.name}: {self.reason}; type: {self.line}"


def line_to_type(debian: str, mac: str, otherwise: str) -> str:
    """Choose the command that installs something on this kind of machine."""
    if shutil.which("apt-get"):
        return f"sudo apt-get install -y {debian}"
    if platform.system() == "Darwin":
        return f"brew install {mac}"
    return otherwise


class Run:
    """One test run: a folder that all its processes share, and a lock held while it lasts.

    :param folder: the folder of a run that another process began, or nothing to begin one.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.began = folder is None
        self.folder = folder or Path(tempfile.mkdtemp(prefix="zhidu-test-"))
        self.alive = self.folder / "alive"
        self._held = self.alive.open("ab")
        self._keepers: list[subprocess.Popen[bytes]] = []
        if self.began:
            # servers run as another user when we are root: let it pass, not look around
            self.folder.chmod(0o711)
            fcntl.flock(self._held, fcntl.LOCK_EX)

    @contextlib.contextmanager
    def alone(self, name: str) -> Iterator[None]:
        """Let one process of the run after the other into the block."""
        with (self.folder / f"{name}.lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def once(self, name: str, make: Callable[[], dict[str, str]]) -> dict[str, str]:
        """Make something once per run and give its description to every process."""
        path = self.folder / f"{name}.json"
        if not path.exists():
            with self.alone(name):
                if not path.exists():
                    made = json.dumps(make())
                    temporary = path.with_suffix(".tmp")
                    temporary.write_text(made)
                    temporary.replace(path)
        found: dict[str, str] = json.loads(path.read_text())
        return found

    def made(self, name: str) -> bool:
        """Tell whether ``once`` has made this thing."""
        return (self.folder / f"{name}.json").exists()

    def serve(self, name: str, command: Callable[[Path], list[str]], user: str = "") -> Path:
        """Start a server in a folder of its own for the rest of the run.

        :param command: gets the folder and gives the command line.
        :param user: the user of the machine to run as; the folder becomes theirs.
        """
        folder = Path(tempfile.mkdtemp(prefix=f"zhidu-{name}-"))
        if user:
            shutil.chown(folder, user)
        keeping = subprocess.Popen(  # noqa: S603 -- our own script
            [
                *(sys.executable, str(Path(keeper.__file__)), str(self.alive), str(folder), user),
                *command(folder),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            # Ctrl-C ends the tests; the keeper learns of it by the lock
            start_new_session=True,
        )
        self._keepers.append(keeping)
        return folder

    def end(self) -> None:
        """End the run: its servers stop, its folder goes. A worker only takes its leave."""
        self._held.close()
        if self.began:
            for keeping in self._keepers:
                keeping.wait()
            shutil.rmtree(self.folder, ignore_errors=True)


def await_answer(folder: Path, answers: Callable[[], bool]) -> str:
    """Wait until a server answers; return the reason when it does not."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if answers():
            return ""
        if (folder / "ended").exists():
            return _last_line(folder / "server.log") or "it ended at once"
        time.sleep(0.05)
    return f"no answer in {START_SECONDS} s"


def _last_line(path: Path) -> str:
    lines = path.read_text(errors="replace").split("\n") if path.exists() else []
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


def remembered(run: Run, name: str, start: Callable[[], str | Missing]) -> str | Missing:
    """Start once per run and remember the address, or why there is none."""

    def make() -> dict[str, str]:
        found = start()
        return asdict(found) if isinstance(found, Missing) else {"url": found}

    found = run.once(name, make)
    return found["url"] if "url" in found else Missing(**found)


def redis(run: Run) -> str | Missing:
    """Give the address of a Redis whose database 0 the tests may empty."""
    return os.environ.get("ZHIDU_TEST_REDIS_URL") or remembered(
        run, "redis", lambda: _start_redis(run)
    )


def _start_redis(run: Run) -> str | Missing:
    line = line_to_type("redis-server", "redis", "export ZHIDU_TEST_REDIS_URL=redis://host/15")
    program = shutil.which("redis-server") or shutil.which("valkey-server")
    if program is None:
        return Missing("Redis", "no redis-server on the path", line)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]

    def command(folder: Path) -> list[str]:
        options = {"port": port, "bind": "127.0.0.1", "dir": folder, "save": "", "appendonly": "no"}
        return [
            program,
            *(part for key, value in options.items() for part in (f"--{key}", f"{value}")),
        ]

    def answers() -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as link:
            link.sendall(b"PING\r\n")
            return link.recv(7) == b"+PONG\r\n"
        return False

    reason = await_answer(run.serve("redis", command), answers)
    return Missing("Redis", reason, line) if reason else f"redis://127.0.0.1:{port}/0"


CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OWN_CHROMIUMS = (
    ".cache/ms-playwright/chromium-*/chrome-linux*/chrome",
    "Library/Caches/ms-playwright/chromium-*/chrome-mac*/*.app/Contents/MacOS/*",
)


@functools.cache
def chromium() -> Path | Missing:
    """Give the Chromium of the machine, or the one that ``playwright install`` has fetched."""
    line = line_to_type("chromium", "chromium", f"{sys.executable} -m playwright install chromium")
    if importlib.util.find_spec("playwright") is None:
        return Missing("Chromium", "playwright is not installed", "pip install 'zhidu[test]'")
    named = os.environ.get("ZHIDU_TEST_CHROMIUM")
    if named:
        return Path(named)
    found = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if found:
        return Path(found)
    fetched = (path for pattern in OWN_CHROMIUMS for path in sorted(Path.home().glob(pattern)))
    return next(fetched, Missing("Chromium", "none on the path", line))


@functools.cache
def pdf() -> str | Missing:
    """Give the version of weasyprint if it can print Chinese: it needs pango and a font."""
    line = line_to_type(
        "libpango-1.0-0 libpangoft2-1.0-0 fonts-noto-cjk",
        "pango font-noto-sans-cjk",
        "pip install 'zhidu[pdf]'",
    )
    from zhidu.exchange.printing_pdf import Lack, lacking

    lack = lacking()
    if lack is Lack.WEASYPRINT:
        line = "pip install 'zhidu[pdf]'"
    return (
        importlib.metadata.version("weasyprint")
        if lack is None
        else Missing(lack.value, str(lack.label), line)
    )
