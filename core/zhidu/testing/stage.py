"""A company at work with one addon: demo rows, a person who may do all of it, and one who may nothing."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from werkzeug.test import Client

from zhidu import demo
from zhidu.access import roles
from zhidu.access.duties import DutiesClash
from zhidu.access.models import Scope
from zhidu.actor import Actor
from zhidu.app import make_app
from zhidu.config import Config
from zhidu.db import Database, Session
from zhidu.policy import activation
from zhidu.registry import LoadedAddon, Registry
from zhidu.testing import structure
from zhidu.testing.counting import QueryCounter
from zhidu.testing.databases import environ, fresh_database
from zhidu.testing.factories import make_company, make_member
from zhidu.testing.visitor import Visitor
from zhidu.web.base_view import MEMBER, SYSTEM, OfficeView
from zhidu.web.dispatcher import Dispatcher
from zhidu.web.list_view import ListView

if TYPE_CHECKING:
    from flask import Flask

    from zhidu.testing.services import Run

CODE = demo.DEMO.code
ABLE, UNABLE = "conform-able", "conform-unable"


@dataclass(frozen=True, slots=True)
class Door:
    """An address of the addon that a browser can open without knowing a row."""

    view: OfficeView
    method: str
    path: str
    needs: str

    def __str__(self) -> str:
        return f"GET {self.path} ({self.view.endpoint}.{self.method})"


@dataclass(slots=True)
class Stage:
    """The addon at work on SQLite.

    :param granted: the permissions that the able person has: all but one of each pair that must
        be in two hands.
    """

    loaded: LoadedAddon
    db: Database
    app: Flask
    system: Actor
    granted: frozenset[str]
    from_a_row: tuple[str, ...] = ()

    def visitor(self, name: str) -> Visitor:
        """Seat one of the two people, logged in."""
        return Visitor(Client(Dispatcher(self.app.wsgi_app)), CODE).log_in(name)

    @property
    def views(self) -> list[OfficeView]:
        """Give the addon's pages."""
        found = self.app.extensions["zhidu"].views.values()
        return [view for view in found if view.addon == self.loaded.name]

    def needs(self) -> Iterator[tuple[str, str]]:
        """Give each exposed method with the permission that it needs, empty where none is named."""
        for view in self.views:
            for _url, method, _verbs in view._urls:
                yield f"{view.endpoint}.{method}", view.needed(method)

    def doors(self) -> list[Door]:
        """List what can be opened by GET, without an argument and outside the system's pages."""
        found = []
        for view in self.views:
            for url, method, verbs in view._urls:
                needs = view.needed(method)
                named = f"{view.endpoint}.{method}" in self.from_a_row
                if "GET" in verbs and "<" not in url and needs != SYSTEM and not named:
                    path = f"{str(view.url).strip('/')}{url}"
                    found.append(Door(view, method, path, needs))
        return found

    def may(self, door: Door) -> bool:
        """Tell whether the able person is let through a door."""
        return door.needs == MEMBER or door.needs in self.granted

    def lists(self) -> list[Door]:
        """Give the doors that are lists."""
        return [
            door
            for door in self.doors()
            if isinstance(door.view, ListView) and door.method == "index_view"
        ]

    def statements(self, visitor: Visitor, door: Door) -> QueryCounter:
        """Count what opening a page sends."""
        visitor.get(door.path)  # what is kept per process is there from now on
        with QueryCounter(self.db.engine) as sent:
            visitor.get(door.path)
        return sent

    def rows(self) -> dict[str, int]:
        """Count the rows of each of the addon's models."""
        with self.db.all_companies(Actor.system(), "conformance") as session:
            return {
                model.__name__: session.scalar(select(func.count()).select_from(model)) or 0
                for model in structure.models(self.loaded)
            }

    def switch(self, *, on: bool) -> None:
        """Make the addon active in the company, or not."""
        with self.db.write(self.system) as session:
            if on:
                activation.activate(session, self.system, self.loaded.name)
            else:
                activation.deactivate(session, self.system, self.loaded.name, confirmed=True)


@contextmanager
def stage(
    run: Run,
    registry: Registry,
    addon: str,
    folder: Path,
    fill: Callable[[Session], None],
    from_a_row: tuple[str, ...] = (),
) -> Iterator[Stage]:
    """Open a company with the people of the demo, and let addon and ``fill`` add rows."""
    with fresh_database(run, "sqlite", registry, folder) as url:
        config = Config.load(environ(folder, url))
        with closing(Database(url, registry)) as db:
            made = make_company(db, CODE)
            with db.write(made.system) as session:
                wanted = frozenset(registry.names) - {"core"}
                activation.bring_into_line(session, made.system, wanted)
                cast = demo.people(session, made.system, demo.DEMO)
                for name in wanted:
                    _demo_rows(session, registry.addon(name), cast)
                fill(session)
                granted = _able(session, registry, addon)
            app = make_app(config, db)
            yield Stage(registry.addon(addon), db, app, made.system, granted, from_a_row)


def _demo_rows(session: Session, loaded: LoadedAddon, cast: Any) -> None:
    if find_spec(f"{loaded.package}.demo") is not None:
        load = getattr(importlib.import_module(f"{loaded.package}.demo"), "load", None)
        if load is not None:
            load(session, cast)


def _able(session: Session, registry: Registry, addon: str) -> frozenset[str]:
    """Take the two people in; give what the able one may do."""
    actor = session.actor
    role = roles.create_role(session, actor, "conformance", {"en": "Conformance"})
    granted = set()
    for name in registry.permissions:
        if registry.owner(name) == addon:
            try:
                roles.grant(session, actor, role, name, Scope.COMPANY)
            except DutiesClash:
                continue
            granted.add(name)
    make_member(session, "能干", roles=("conformance",), user=ABLE)
    make_member(session, "路人", roles=(), user=UNABLE)
    return frozenset(granted)
