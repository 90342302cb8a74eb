"""A demo served by ``zhidu run`` in a process of its own, as a newcomer starts it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from zhidu.testing.databases import environ
from zhidu.testing.demo import passwords

PATIENCE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers.

    :param seconds: from its exec to the first 200 of the log-in page.
    """

    address: str
    seconds: float
    passwords: dict[str, str]


def free_port() -> int:
    """Find a port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(home: Path) -> Iterator[Running]:
    """Run the server over a demo inside the block.

    :raises TimeoutError: it did not answer.
    """
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = [str(Path(sys.executable).with_name("zhidu")), "run", "--port", str(port)]
    begun = time.perf_counter()
    with subprocess.Popen(
        command,
        env={**os.environ, **environ(home)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as server:
        try:
            _await(f"{address}/auth/login", server)
            yield Running(address, time.perf_counter() - begun, passwords(home))
        finally:
            server.send_signal(signal.SIGTERM)
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()


def _await(url: str, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 -- our own address
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            if server.poll() is not None:
                raise TimeoutError(f"the server ended with {server.returncode}") from None
            time.sleep(0.01)
    raise TimeoutError(f"{url} did not answer in {PATIENCE_SECONDS} s")
