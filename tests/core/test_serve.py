"""``zhidu run``: one parent, one child; requests finish, a dead child is replaced, ports are told."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select
from tests.core.jobs_stage import leave_a_mark, offering

from zhidu.actor import Actor
from zhidu.cli.child import refuse_exposed_demo
from zhidu.cli.lock import nobody_running
from zhidu.cli.serve import PortTaken, is_private, listen, shown_address
from zhidu.config import Config
from zhidu.db import Database
from zhidu.errors import ConfigError, Conflict, Refused
from zhidu.jobs import JobType, enqueue
from zhidu.jobs.models import Job, JobStatus
from zhidu.org.companies import create_company
from zhidu.testing.databases import environ
from zhidu.testing.on_disk import write_addon

PATIENCE_SECONDS = 90

pytestmark = pytest.mark.sqlite


class Running:
    """A real ``zhidu run`` on a free port."""

    def __init__(self, home: Path, url: str, *words: str, **more: str) -> None:
        self.log = home / "run.log"
        self.environment = {
            **os.environ,
            **environ(home, url),
            "ZHIDU_LOCALE": "en",
            "PYTHONPATH": str(Path(__file__).parents[2]),
            **more,
        }
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "zhidu", "run", "--port", "0", *words],
                env=self.environment,
                stdout=out,
                stderr=subprocess.STDOUT,
            )

    def zhidu(self, *words: str) -> None:
        """Run another command beside it."""
        command = [sys.executable, "-m", "zhidu", *words]
        subprocess.run(command, env=self.environment, check=True, capture_output=True)

    @property
    def address(self) -> str:
        """Give the address that it prints when it serves."""
        until(lambda: "runs at http" in self.printed, self)
        return str(re.findall(r"at (http://\S+)", self.printed)[0])

    @property
    def printed(self) -> str:
        return self.log.read_text()

    def get(self, path: str = "/healthz") -> int:
        address = self.address + path
        with urllib.request.urlopen(address, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310 -- our own
            return int(answer.status)

    @property
    def child(self) -> int:
        """Name the child's process."""
        listed = subprocess.run(
            ["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True
        )
        pairs = [line.split() for line in listed.stdout.splitlines()]
        found = [int(pid) for pid, parent in pairs if int(parent) == self.process.pid]
        return found[0] if found else 0

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_SECONDS)


def until(found: Callable[[], object], running: Running | None = None) -> object:
    """Wait for something that another process does."""
    pause = threading.Event()
    end = time.monotonic() + PATIENCE_SECONDS
    while not (value := found()):
        assert time.monotonic() < end, running.printed if running else "nothing happened"
        pause.wait(0.05)
    return value


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


Start = Callable[..., Running]


@pytest.fixture
def start(home: Path, database_url: str) -> Iterator[Start]:
    begun: list[Running] = []

    def run(*words: str, **more: str) -> Running:
        begun.append(Running(home, database_url, *words, **more))
        return begun[-1]

    yield run
    for one in begun:
        child = one.child
        one.process.kill()
        one.process.wait()
        if child and alive(child):
            os.kill(child, signal.SIGKILL)


def test_it_serves_and_does_jobs_until_it_is_told_to_stop(
    start: Start, db: Database, config: Config
) -> None:
    running = start()
    assert running.get() == 200
    with pytest.raises(Conflict), nobody_running(config):
        pass  # its data cannot be thrown away now
    child = running.child
    with db.write(Actor.system()) as session:
        enqueue(session, "core.deliver_notice", {"notice": 0, "channel": "none"})
    until(lambda: due(db) == 0, running)
    assert running.stop() == 0
    assert not alive(child)
    with nobody_running(config):
        pass
    assert "Traceback" not in running.printed


def test_a_request_that_has_begun_is_answered_before_the_end(start: Start) -> None:
    running = start()
    host, port = running.address.removeprefix("http://").rsplit(":", 1)
    with socket.create_connection((host, int(port)), PATIENCE_SECONDS) as slow:
        slow.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n")
        assert running.get() == 200  # by now the first bytes of the other were read
        running.process.send_signal(signal.SIGTERM)
        slow.sendall(b"Connection: close\r\n\r\n")
        assert b"200 OK" in slow.makefile("rb").read()
    assert running.process.wait(PATIENCE_SECONDS) == 0


def test_a_killed_child_is_replaced_and_browsers_wait_meanwhile(start: Start) -> None:
    running = start()
    running.get()
    first = running.child
    os.kill(first, signal.SIGKILL)
    assert running.get() == 200  # nobody was refused: the parent holds the socket
    assert running.child not in (0, first)
    assert "started again" in running.printed
    assert running.printed.count("runs at") == 1
    assert running.stop() == 0


def test_a_child_does_not_outlive_its_parent(start: Start) -> None:
    running = start()
    running.get()
    child = running.child
    running.process.kill()
    running.process.wait()
    until(lambda: not alive(child), running)


def test_an_enabled_addon_is_taken_up_and_a_disabled_one_takes_a_new_child(
    start: Start, db: Database, tmp_path: Path
) -> None:
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
    running = start(ZHIDU_ADDON_FOLDERS=str(addons))
    running.get()
    first = running.child
    with offering(db, JobType("tools.mark", leave_a_mark)).write(Actor.system()) as session:
        enqueue(session, "tools.mark")
    running.zhidu("addon", "enable", "tools")
    until(lambda: due(db) == 0, running)
    assert running.child == first
    running.zhidu("addon", "disable", "tools", "--yes")
    until(lambda: running.child not in (0, first), running)
    assert running.get() == 200
    assert "The server ended" not in running.printed
    assert running.stop() == 0


def due(db: Database) -> int:
    with db.read(Actor.system()) as session:
        return session.scalar(select(func.count()).where(Job.status == JobStatus.DUE)) or 0


def test_a_second_start_on_a_port_says_so_in_one_sentence(start: Start, home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        running = start("--port", str(taken.getsockname()[1]))
        assert running.process.wait(PATIENCE_SECONDS) == 1
    assert len(running.printed.splitlines()) == 1
    assert "in use" in running.printed


def test_a_demo_is_not_shown_to_the_network(db: Database) -> None:
    with listen("0.0.0.0", 0) as everywhere, listen("localhost", 0) as here:  # noqa: S104 -- refused below
        refuse_exposed_demo(db, everywhere)  # no demo yet
        with db.write(Actor.system()) as session:
            create_company(session, session.actor, "demo", "示例公司", is_demo=True)
        refuse_exposed_demo(db, here)
        with pytest.raises(Refused) as caught:
            refuse_exposed_demo(db, everywhere)
    assert "--expose-demo" in str(caught.value.cure)


def test_an_empty_database_is_said_once_and_not_tried_again(tmp_path: Path) -> None:
    running = Running(tmp_path, f"sqlite:///{tmp_path}/empty.db")
    assert running.process.wait(PATIENCE_SECONDS) == 1
    assert "zhidu init" in running.printed
    assert len(running.printed.splitlines()) == 1


def test_sockets_say_where_they_listen() -> None:
    with listen("127.0.0.1", 0) as here:
        assert is_private(here)
        port = here.getsockname()[1]
        assert shown_address(here) == f"http://127.0.0.1:{port}"
        with pytest.raises(PortTaken):
            listen("127.0.0.1", port)
    with listen("0.0.0.0", 0) as everywhere:  # noqa: S104 -- never served
        assert not is_private(everywhere)
        assert "0.0.0.0" not in shown_address(everywhere)  # noqa: S104 -- not an address to type
    with pytest.raises(ConfigError):
        listen("no.such.host.invalid", 0)
