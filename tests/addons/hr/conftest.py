"""The office of the tests of leave: filled once per run and database, copied for each test."""

from __future__ import annotations

import pickle
import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from tests.addons.hr.desk import Enter
from tests.addons.hr.office import Made, Office, fill
from werkzeug.test import Client

from zhidu.app import make_wsgi
from zhidu.clock import frozen_at
from zhidu.config import Config
from zhidu.db import Database
from zhidu.registry import Registry
from zhidu.testing.databases import fresh_database
from zhidu.testing.factories import MadeMember
from zhidu.testing.fixtures import MORNING, FrozenClock
from zhidu.testing.plugin import run_of
from zhidu.testing.postgresql import PostgreSQL, postgresql
from zhidu.testing.services import Run
from zhidu.testing.visitor import Visitor


def _template(run: Run, kind: str, registry: Registry) -> tuple[str, Made]:
    """Fill a database of this kind once per run; give its file or name, and who is in it."""

    def make() -> dict[str, str]:
        with fresh_database(run, kind, registry, run.folder) as url, frozen_at(MORNING):
            database = Database(url, registry)
            made = pickle.dumps(fill(database)).hex()
            database.close()  # the last connection writes the whole journal into the file
            if kind == "sqlite":
                path = shutil.copyfile(run.folder / "zhidu.db", run.folder / "hr_office.db")
                return {"at": str(path), "made": made}
            server = _server(run)
            name = f"{server.prefix}hr_office"
            server.execute(
                f'DROP DATABASE IF EXISTS "{name}"',
                f'CREATE DATABASE "{name}" TEMPLATE "{url.rpartition("/")[2].partition("?")[0]}"',
            )
            return {"at": name, "made": made}

    found = run.once(f"hr_office_{kind}", make)
    return found["at"], pickle.loads(bytes.fromhex(found["made"]))  # noqa: S301 -- our own


def _server(run: Run) -> PostgreSQL:
    server = postgresql(run)
    assert isinstance(server, PostgreSQL)
    return server


@pytest.fixture
def made(request: pytest.FixtureRequest, database_kind: str, registry: Registry) -> Made:
    """Say who is in the office."""
    return _template(run_of(request.config), database_kind, registry)[1]


@pytest.fixture
def database_url(
    request: pytest.FixtureRequest, database_kind: str, registry: Registry, home: Path
) -> Iterator[str]:
    """Give the address of a copy of the office, the test's own."""
    run = run_of(request.config)
    at, _made = _template(run, database_kind, registry)
    if database_kind == "sqlite":
        path = shutil.copyfile(at, home / "zhidu.db")
        yield f"sqlite:///{path}"
        return
    server = _server(run)
    name = f"{server.prefix}{uuid4().hex}"
    server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{at}"')
    try:
        yield server.app(name)
    finally:
        server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def office(db: Database, made: Made, clock: FrozenClock) -> Office:
    """Open the office on a Monday in January 2026."""
    return Office(db, made)


@pytest.fixture
def enter(office: Office, config: Config) -> Enter:
    """Let a person log in, in English; each has a browser of their own."""
    wsgi = make_wsgi(config, office.db)

    def log_in(who: MadeMember, company: str = "acme") -> Visitor:
        client = Client(wsgi)
        client.set_cookie("locale", "en")
        return Visitor(client, company).log_in(who.name)

    return log_in
