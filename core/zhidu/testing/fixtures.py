"""Fixtures for authors of addons; each imports what it needs when it is used.

A test that uses ``db`` runs on SQLite and on PostgreSQL. ``@pytest.mark.postgresql`` makes it run
on PostgreSQL only, ``@pytest.mark.sqlite`` on SQLite only, ``@pytest.mark.addons("hr")`` with the
addon and all that it requires.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from zhidu.clock import frozen_at, now

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.test import Client

    from zhidu.actor import Actor
    from zhidu.config import Config
    from zhidu.db import Database, Session
    from zhidu.registry import Registry
    from zhidu.testing.concurrency import Concurrently
    from zhidu.testing.counting import QueryCounter
    from zhidu.testing.factories import MadeCompany

MORNING = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
"""Where the frozen clock begins: a Monday, 9:00 in Shanghai, a working day."""


class FrozenClock:
    """A clock that stands still until the test moves it; threads of a server do not see it."""

    def __init__(self) -> None:
        self._held = ExitStack()

    @property
    def now(self) -> datetime:
        """Tell the instant at which it stands."""
        return now()

    def set(self, instant: datetime) -> datetime:
        """Stand at this aware instant from now on."""
        self._held.close()
        self._held.enter_context(frozen_at(instant))
        return instant

    def tick(self, **delta: float) -> datetime:
        """Go forward (or back) by the arguments of ``timedelta``, as in ``tick(days=3)``."""
        return self.set(now() + timedelta(**delta))

    def release(self) -> None:
        """Go again."""
        self._held.close()


@pytest.fixture
def clock() -> Iterator[FrozenClock]:
    """Freeze the clock at ``MORNING`` for this test."""
    frozen = FrozenClock()
    frozen.set(MORNING)
    yield frozen
    frozen.release()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what uses a database on both kinds, or on the one that the test is marked with."""
    if "database_kind" not in metafunc.fixturenames:
        return
    marked = {mark.name for mark in metafunc.definition.iter_markers()} & {"sqlite", "postgresql"}
    metafunc.parametrize(
        "database_kind",
        [
            pytest.param(kind, marks=getattr(pytest.mark, kind))
            for kind in ("sqlite", "postgresql")
            if kind in marked or not marked
        ],
        indirect=True,
    )


@pytest.fixture
def database_kind(request: pytest.FixtureRequest) -> str:
    """Name the kind of the test's database: ``sqlite`` or ``postgresql``."""
    return str(request.param)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Give the folder of this test's installation (``ZHIDU_HOME``)."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def registry(request: pytest.FixtureRequest, home: Path) -> Registry:
    """Load core and the addons that ``@pytest.mark.addons`` names, with what they require.

    Folders of addons stand in ``ZHIDU_ADDON_FOLDERS``, as in an installation.
    """
    from zhidu.config import Config
    from zhidu.testing.databases import environ, registry_of, with_required

    config = Config.load(environ(home))
    named = {name for mark in request.node.iter_markers("addons") for name in mark.args}
    return registry_of(config, with_required(config, named))


@pytest.fixture
def database_url(
    request: pytest.FixtureRequest, database_kind: str, registry: Registry, home: Path
) -> Iterator[str]:
    """Give the address of a migrated database of the test's own."""
    from zhidu.testing.databases import fresh_database
    from zhidu.testing.plugin import run_of

    with fresh_database(run_of(request.config), database_kind, registry, home) as url:
        yield url


@pytest.fixture
def config(home: Path, database_url: str) -> Config:
    """Configure an installation on the test's database."""
    from zhidu.config import Config
    from zhidu.testing.databases import environ

    return Config.load(environ(home, database_url))


@pytest.fixture
def db(database_url: str, registry: Registry, home: Path) -> Iterator[Database]:
    """Open the test's database, as the app does."""
    from zhidu.db import Database

    opened = Database(database_url, registry, files=home / "files")
    yield opened
    opened.close()


@pytest.fixture
def app(config: Config, db: Database) -> Flask:
    """Build the web app over the test's database."""
    from zhidu.app import make_app

    return make_app(config, db)


@pytest.fixture
def client(config: Config, db: Database) -> Client:
    """Ask the app as a browser does, addresses of companies included, without a server."""
    from werkzeug.test import Client

    from zhidu.app import make_wsgi

    return Client(make_wsgi(config, db))


@pytest.fixture
def server(config: Config, db: Database) -> Iterator[str]:
    """Serve the app on a free port for the browser; give the address, without a slash."""
    from zhidu.app import make_wsgi
    from zhidu.testing.serving import serving

    with serving(make_wsgi(config, db)) as address:
        yield address


@pytest.fixture
def company(db: Database, registry: Registry) -> MadeCompany:
    """Open a company in which all addons of the test are active; ``company.system`` may do all."""
    from zhidu.policy.activation import bring_into_line
    from zhidu.testing.factories import make_company

    made = make_company(db)
    with db.write(made.system) as session:
        bring_into_line(session, made.system, frozenset(registry.names) - {"core"})
    return made


@pytest.fixture
def actor(request: pytest.FixtureRequest, db: Database, company: MadeCompany) -> Actor:
    """Let a person of the company act: staff, or with what ``@pytest.mark.roles`` names."""
    from zhidu.testing.factories import make_member

    named = [code for mark in request.node.iter_markers("roles") for code in mark.args]
    with db.write(company.system) as session:
        return make_member(session, "张三", roles=named or ["staff"]).actor


@pytest.fixture
def session(db: Database, actor: Actor) -> Iterator[Session]:
    """Open a unit of work of the actor that is rolled back after the test."""
    from zhidu.db import Session

    with Session(db.engine, actor, db.registry) as opened:
        yield opened


@pytest.fixture
def query_counter(db: Database) -> Callable[[], QueryCounter]:
    """Count statements: ``with query_counter() as sent: …; assert sent.count <= 5, sent``."""
    from zhidu.testing.counting import QueryCounter

    return lambda: QueryCounter(db.engine)


@pytest.fixture
def two_sessions(db: Database) -> Concurrently:
    """Run acts at the same time, each in its own session: ``two_sessions(actor, one, other)``."""
    from zhidu.testing.concurrency import Concurrently

    return Concurrently(db)
