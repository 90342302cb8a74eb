"""Processes beside each other: what one enables or disables, the others serve, or serve no more."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from tests.core.pages_desk import House
from werkzeug.test import Client

from zhidu import app as wiring
from zhidu import enabling
from zhidu.app import Following, make_wsgi
from zhidu.config import Config
from zhidu.db import Database
from zhidu.errors import ConfigError
from zhidu.policy.activation import bring_into_line
from zhidu.testing.counting import QueryCounter
from zhidu.testing.factories import MadeCompany
from zhidu.web.dispatcher import Dispatcher

pytestmark = pytest.mark.sqlite
LEAVE = "/hr/leave-request/"


@pytest.fixture
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each request look."""
    monkeypatch.setattr(wiring, "LOOK_SECONDS", 0.0)


@pytest.fixture
def fronts(config: Config, db: Database) -> Iterator[tuple[Dispatcher, Dispatcher]]:
    """Give what two workers of gunicorn serve."""
    first, second = wiring.wsgi(config), wiring.wsgi(config)
    yield first, second
    for front in (first, second):
        front.follow.__self__._db.close()  # type: ignore[attr-defined]  # a bound method


def activate(config: Config, company: MadeCompany) -> None:
    """Switch the addon on in the company."""
    with closing(enabling.connect(config)) as later, later.write(company.system) as session:
        bring_into_line(session, company.system, frozenset({"hr"}))


@pytest.mark.usefixtures("_at_once")
def test_another_process_serves_what_was_enabled_here(
    config: Config,
    db: Database,
    company: MadeCompany,
    fronts: tuple[Dispatcher, Dispatcher],
) -> None:
    """And no more what was disabled; people stay logged in."""
    desks = [House(db, Client(front), company) for front in fronts]
    here, there = (
        house.sit(name, "staff") for house, name in zip(desks, ("甲一", "乙二"), strict=True)
    )
    for desk in (here, there):
        desk.get(LEAVE, 404)
    before = [front.app for front in fronts]
    enabling.enable(db, config, "hr")
    activate(config, company)
    for desk in (here, there):
        desk.get(LEAVE)
    now = [front.app for front in fronts]
    assert not set(map(id, before)) & set(map(id, now))
    here.get(LEAVE)
    assert [front.app for front in fronts] == now, "it is built once"
    enabling.disable(db, config, "hr")
    for desk in (here, there):
        desk.get(LEAVE, 404)
        desk.get("/")


def test_most_requests_ask_nothing(
    config: Config, db: Database, query_counter: Callable[[], QueryCounter]
) -> None:
    front = make_wsgi(config, db)
    following = Following(config, db, front)
    with query_counter() as sent:
        following.look()
    assert sent.count
    with query_counter() as sent:
        following.look()
    assert not sent.count


@pytest.mark.usefixtures("_at_once")
@pytest.mark.parametrize(
    "failure", [ConfigError("The core is broken."), OperationalError("", {}, Exception("gone"))]
)
def test_what_cannot_be_loaded_leaves_the_app_as_it_is(
    config: Config,
    db: Database,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    failure: Exception,
) -> None:
    """The request is served, the log says why, and the next one tries again."""
    front = make_wsgi(config, db)
    front.follow = Following(config, db, front).look
    app = front.app
    enabling.enable(db, config, "hr")

    def fail(*_args: Any) -> Any:
        raise failure

    with monkeypatch.context() as broken:
        broken.setattr(wiring, "load_registry", fail)
        with caplog.at_level(logging.ERROR, "zhidu.app"):
            assert Client(front).get("/healthz").status_code == 200
    assert "stays as it is" in caplog.text
    assert front.app is app
    assert Client(front).get("/healthz").status_code == 200
    assert front.app is not app


@pytest.mark.usefixtures("_at_once")
def test_one_thread_builds_and_the_others_serve(
    config: Config, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A look while another one is under way comes back at once."""
    front = make_wsgi(config, db)
    following = Following(config, db, front)
    looks = []

    def during() -> None:
        looks.append("first")
        following.look()
        looks.append("back")

    monkeypatch.setattr(following, "_follow", during)
    following.look()
    assert looks == ["first", "back"]
