"""Servers of a test run: shared by its processes, gone with it, whatever ends it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from zhidu.testing import services
from zhidu.testing.plugin import run_of
from zhidu.testing.postgresql import PostgreSQL, postgresql
from zhidu.testing.services import Missing, Run

PATIENCE_SECONDS = 60


@pytest.fixture
def run() -> Iterator[Run]:
    """Begin a run of its own."""
    begun = Run()
    yield begun
    begun.end()


def gone(path: Path) -> bool:
    """Wait until a path is no more."""
    until = time.monotonic() + PATIENCE_SECONDS
    while path.exists() and time.monotonic() < until:
        time.sleep(0.05)
    return not path.exists()


def test_a_thing_is_made_once_per_run(run: Run) -> None:
    """A second process of the run reads what the first has made."""
    made: list[int] = []

    def make() -> dict[str, str]:
        made.append(1)
        return {"where": "here"}

    assert run.once("thing", make) == {"where": "here"}
    other = Run(run.folder)
    assert other.once("thing", make) == {"where": "here"}
    other.end()
    assert made == [1]


def test_a_server_that_ends_at_once_says_why(run: Run) -> None:
    """The last line of its log is the reason, and its folder goes with the run."""
    folder = run.serve("broken", lambda _: ["/bin/sh", "-c", "echo out of luck; exit 3"])
    assert services.await_answer(folder, lambda: False) == "out of luck"
    run.end()
    assert gone(folder)


def test_no_server_outlives_a_killed_run(tmp_path: Path) -> None:
    """A test run that was killed with -9 leaves no process and no folder."""
    script = (
        "import time; from zhidu.testing.services import Run; run = Run();"
        "folder = run.serve('x', lambda f: ['/bin/sh', '-c', 'echo $$ > pid; exec sleep 600']);"
        "print(folder, flush=True); time.sleep(600)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        folder = Path(holder.stdout.readline().strip())
        until = time.monotonic() + PATIENCE_SECONDS
        while not (folder / "pid").exists() and time.monotonic() < until:
            time.sleep(0.05)
        server = int((folder / "pid").read_text())
        holder.send_signal(signal.SIGKILL)
    assert gone(folder)
    with pytest.raises(ProcessLookupError):
        os.kill(server, 0)


def test_the_line_to_type_stands_in_the_text() -> None:
    """Whoever reads the skip knows what to do."""
    missing = Missing("Redis", "no redis-server on the path", "brew install redis")
    assert str(missing) == "needs Redis: no redis-server on the path; type: brew install redis"


@pytest.mark.redis
def test_redis_answers(request: pytest.FixtureRequest) -> None:
    """A real Redis keeps a value."""
    import redis

    url = services.redis(run_of(request.config))
    assert isinstance(url, str)
    with redis.Redis.from_url(url) as client:
        client.set("zhidu:test", "制度")
        assert client.get("zhidu:test") == "制度".encode()


@pytest.mark.postgresql
def test_the_app_role_is_an_ordinary_one(request: pytest.FixtureRequest) -> None:
    """Tests run with the rights of a well-kept installation: no table is made or dropped."""
    server = postgresql(run_of(request.config))
    assert isinstance(server, PostgreSQL)
    name = f"{server.prefix}rights"
    server.execute(f'CREATE DATABASE "{name}"')
    try:
        engine = create_engine(server.app(name), poolclass=NullPool)
        with engine.connect() as link:
            rights = link.execute(
                text("SELECT rolsuper, rolcreatedb FROM pg_roles WHERE rolname = current_user")
            ).one()
            assert tuple(rights) == (False, False)
            with pytest.raises(DBAPIError, match="permission denied"):
                link.execute(text("CREATE TABLE mine (id int)"))
    finally:
        server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.mark.postgresql
def test_a_given_server_is_left_as_it_was(
    request: pytest.FixtureRequest, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``ZHIDU_TEST_POSTGRESQL_URL``: databases and role of the run are dropped at its end."""
    from zhidu.testing import postgresql as module

    ours = postgresql(run_of(request.config))
    assert isinstance(ours, PostgreSQL)
    monkeypatch.setenv("ZHIDU_TEST_POSTGRESQL_URL", ours.owner_url)
    server = postgresql(run)
    assert isinstance(server, PostgreSQL)
    server.execute(f'CREATE DATABASE "{server.prefix}one"')
    assert server.names() == [f"{server.prefix}one"]
    left = create_engine(server.app(f"{server.prefix}one"))
    left.connect().close()  # stays open in the pool
    module.forget(run)
    left.dispose()
    assert server.names() == []
