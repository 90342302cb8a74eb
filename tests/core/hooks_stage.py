"""Plugins that tell what they heard, for the tests of hooks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import select

from zhidu.actor import Actor
from zhidu.clock import now
from zhidu.db import Database, Session
from zhidu.db.base import metadata
from zhidu.db.guard import core_allowed
from zhidu.hookspecs import SPECS, hookimpl
from zhidu.migrations.runner import upgrade
from zhidu.org.models import Company
from zhidu.registry import Registry, load_registry
from zhidu.testing.on_disk import config_for

HOOKS = [
    (name, function)
    for specs in SPECS
    for name, function in vars(specs).items()
    if not name.startswith("_")
]
EVENT: Any = object()


class Heard:
    """A plugin that writes down what it hears and does what the test says."""

    def __init__(self, name: str, heard: list[str], act: Callable[..., Any] | None = None) -> None:
        self.name, self.heard, self.act = name, heard, act

    def _hear(self, value: Any) -> Any:
        self.heard.append(self.name)
        return self.act(value) if self.act else None

    @hookimpl
    def before_submit(self, event: Any) -> None:
        self._hear(event)

    @hookimpl
    def after_submit(self, event: Any) -> None:
        self._hear(event)

    @hookimpl
    def after_deactivated(self, event: Any) -> None:
        self._hear(event)

    @hookimpl
    def resolve_setting(self, query: Any) -> Any:
        return self._hear(query)

    @hookimpl
    def provide_task_facts(self, query: Any) -> Any:
        return self._hear(query)

    @hookimpl
    def provide_start_cards(self, query: Any) -> Any:
        return self._hear(query)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Database:
    """Make the core's tables, one company and its active addons: all but ``off``."""
    folder = tmp_path_factory.mktemp("hooks")
    db = Database(f"sqlite:///{folder / 'hooks.db'}", Registry.empty())
    upgrade(db, load_registry(config_for(folder), [], core_plugins=()))
    with core_allowed(), db.engine.begin() as connection:
        connection.execute(
            metadata.tables["core_company"].insert(),
            [
                {
                    "id": 1,
                    "code": "a",
                    "name": "A",
                    "locale": "en",
                    "timezone": "Asia/Shanghai",
                    "currency": "CNY",
                    "is_demo": False,
                    "created_at": now(),
                }
            ],
        )
        connection.execute(
            metadata.tables["core_company_addon"].insert(),
            [
                {"company_id": 1, "addon": name, "active": name != "off", "changed_at": now()}
                for name in ("hr", "seals", "third", "off")
            ],
        )
    return db


@pytest.fixture
def open_session(template: Database) -> Iterator[Callable[..., Session]]:
    """Open a session of company 1 over these plugins; all is rolled back at the end."""
    opened: list[Session] = []

    def open_(plugins: dict[str, object], **options: Any) -> Session:
        session = Session(template.engine, Actor.system(1), Registry.of(plugins), **options)
        opened.append(session)
        return session

    yield open_
    for session in opened:
        session.close()


def fail(error: BaseException) -> Callable[[Any], Any]:
    def act(_value: Any) -> Any:
        raise error

    return act


def code_of(session: Session) -> list[str]:
    return sorted(session.scalars(select(Company.code)))


def add_company(session: Session, code: str) -> None:
    session.add(Company(code=code, name=code, created_at=now()))
