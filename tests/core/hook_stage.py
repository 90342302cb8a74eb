"""An office in which an addon answers further hooks: what ``test_every_hook`` works with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

from sqlalchemy import select
from tests.core.workflow_house import KIND, DemoRequest, Office, header, own_task
from werkzeug.test import Client

from zhidu import (
    Actor,
    Column,
    Permission,
    RecordView,
    Session,
    View,
    engine,
    hookimpl,
)
from zhidu.access import users
from zhidu.app import make_wsgi
from zhidu.config import Config
from zhidu.org import members
from zhidu.org.models import Company, Member
from zhidu.registry import CORE_PLUGINS, Registry
from zhidu.testing.databases import environ
from zhidu.testing.factories import PASSWORD, MadeMember
from zhidu.testing.visitor import Visitor


def plugin(**functions: Callable[..., Any]) -> ModuleType:
    """Make an addon's module of functions named after hooks."""
    module = ModuleType("addon")
    vars(module).update({name: hookimpl(function) for name, function in functions.items()})
    return module


def answering(
    office: Office, *, core_plugins: tuple[str, ...] = CORE_PLUGINS, **functions: Any
) -> Office:
    """Give the same office whose addon ``demo`` answers these hooks, too."""
    module = plugin(**functions)
    for name, function in vars(office.house._plugin()).items():
        vars(module).setdefault(name, function)
    registry = Registry.of({"demo": module}, core_plugins=core_plugins)
    return replace(office, db=office.db.with_registry(registry))


def submitted(office: Office, **values: Any) -> int:
    """Submit a request of the salesman; give its key."""
    with office.db.write(office.org.salesman.actor) as session:
        row = office.draft(session, **values)
        engine.submit(session, session.actor, row.header)
        return int(row.id)


def decided(office: Office, record_id: int, verb: Callable[..., None], opinion: str = "x") -> None:
    """Let the team's leader decide."""
    with office.db.write(office.org.team_head.actor) as session:
        verb(session, session.actor, own_task(session, record_id), opinion)


def note_of(office: Office, record_id: int) -> str:
    """Read what a hook wrote into the detail."""
    with office.db.read(office.system) as session:
        return session.get_one(DemoRequest, record_id).note


def writes(text: str) -> Callable[[Any], None]:
    """Make a hook that leaves a text in the detail of the event's record."""

    def act(event: Any) -> None:
        event.session.get_one(DemoRequest, event.record.id).note = text

    return act


class DemoView(RecordView):
    """The pages of the demo request."""

    kind = KIND
    model = DemoRequest
    more_columns = (Column("amount", "Amount", DemoRequest.amount, "number"),)

    def facts(self, _session: Session, row: DemoRequest) -> list[dict[str, Any]]:
        """Show one field."""
        return [{"fields": [{"label": "Note", "value": row.note}]}]


def pages(**more: Any) -> dict[str, Any]:
    """Give the hooks that offer the pages of the demo request."""
    view = View(lambda: DemoView("demo_request", "/demo/request", "Demos"), "Demos", "Demo")
    return {"provide_views": lambda: [view], **more}


def visitor(office: Office, folder: Path, person: MadeMember) -> Visitor:
    """Give a person a log-in and seat them at the real app."""
    with office.db.write(Actor.system()) as session:
        user = users.create_user(session, session.actor, "visitor", PASSWORD)
        user_id, code = user.id, session.scalars(select(Company.code)).one()
    with office.db.write(office.system) as session:
        members.link_user(session, session.actor, session.get_one(Member, person.id), user_id)
    config = Config.load(environ(folder, office.db.url))
    return Visitor(Client(make_wsgi(config, office.db)), code).log_in("visitor")


__all__ = [
    "KIND",
    "Permission",
    "answering",
    "decided",
    "header",
    "note_of",
    "pages",
    "plugin",
    "submitted",
    "visitor",
    "writes",
]
