"""Switch addons on and off in a database, and tell other processes that something changed.

Enabling makes tables and keeps them; disabling keeps every row. Both take effect in a process
when it builds a new registry; :func:`revision` says whether it should.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import inspect, select

from zhidu.actor import Actor
from zhidu.clock import now
from zhidu.config import Config
from zhidu.db import Database, Session
from zhidu.db.activation import AddonState, EnabledAddon
from zhidu.db.guard import core_allowed
from zhidu.discovery import discover, with_needs
from zhidu.errors import Refused
from zhidu.migrations import runner
from zhidu.registry import Registry, load_registry
from zhidu.texts import Text, enumerate_texts
from zhidu.texts import lazy_gettext as _l


class CannotEnable(Refused):
    """An addon cannot be switched on; the text says why."""

    def __init__(self, message: Text | str, cure: Text | str) -> None:
        super().__init__(message, rule="addon.enable", cure=cure)


class CannotDisable(Refused):
    """An addon cannot be switched off; the text says why."""

    def __init__(self, message: Text | str, cure: Text | str) -> None:
        super().__init__(message, rule="addon.disable", cure=cure)


def connect(config: Config) -> Database:
    """Open the database with the addons that are enabled in it: where every process begins."""
    config.make_home()
    db = Database(
        config.database_url, Registry.empty(), pool_size=config.pool_size, files=config.files
    )
    return db.with_registry(load_registry(config, enabled_names(db)))


def enabled_names(db: Database) -> frozenset[str]:
    """Name the enabled addons; none in a database that was never migrated."""
    if not _has_tables(db):
        return frozenset()
    with db.read(Actor.system()) as session:
        return frozenset(session.scalars(select(EnabledAddon.name)))


def revision(db: Database) -> int:
    """Count the changes of what is enabled or installed; another number asks for a new registry."""
    if not _has_tables(db):
        return 0
    with db.read(Actor.system()) as session:
        return session.scalar(select(AddonState.revision)) or 0


def enable(db: Database, config: Config, name: str, actor: Actor | None = None) -> tuple[str, ...]:
    """Switch an addon on, and first what it requires; give the names that were switched on.

    Its tables are made in a transaction of their own: should the process end between the two, the
    next try finds them and goes on.

    :raises CannotEnable: it is not installed, or cannot be loaded, or is on already.
    :raises MigrationFailed: nothing was changed.
    """
    before = enabled_names(db)
    if name in before or name == "core":
        raise CannotEnable(_l("The addon %(addon)s is enabled already.", addon=name), "")
    found = discover(config.addon_folders)
    wanted = frozenset(with_needs(found.installed, [name])) - before
    registry = load_registry(config, before | wanted, found=found)
    _refuse_for(registry, wanted)
    plan = tuple(one for one in registry.names if one in wanted)
    _refuse_old_tables(db, registry, plan)
    runner.upgrade(db, registry, only=plan)
    with db.write(actor or Actor.system()) as session:
        for one in plan:
            version = registry.addon(one).addon.version
            session.add(EnabledAddon(name=one, version=version, enabled_at=now()))
        _count(session)
    return plan


def disable(db: Database, config: Config, name: str, actor: Actor | None = None) -> None:
    """Switch an addon off; its tables and rows stay.

    :raises CannotDisable: it is not on, or another enabled addon requires it.
    """
    enabled = enabled_names(db)
    if name not in enabled:
        raise CannotDisable(
            _l("The addon %(addon)s is not enabled.", addon=name),
            _l("Enabled are: %(names)s.", names=enumerate_texts(sorted(enabled)) or "-"),
        )
    installed = discover(config.addon_folders).installed
    needing = sorted(
        other
        for other in enabled
        if other in installed and name in installed[other].addon.needed_names
    )
    if needing:
        raise CannotDisable(
            _l("%(names)s needs the addon %(addon)s.", names=enumerate_texts(needing), addon=name),
            _l("Run first: zhidu addon disable %(name)s", name=needing[0]),
        )
    with db.write(actor or Actor.system()) as session:
        session.delete(session.get_one(EnabledAddon, name))
        _count(session)


def bring_up_to_date(db: Database) -> list[str]:
    """Run all pending migrations and note the versions of the addons; give the ids that were run.

    :raises MigrationFailed: nothing was changed.
    """
    done = runner.upgrade(db, db.registry)
    with db.write(Actor.system()) as session:
        changed = bool(done)
        for row in session.scalars(select(EnabledAddon)):
            if row.name in db.registry.names:
                version = db.registry.addon(row.name).addon.version
                changed = changed or row.version != version
                row.version = version
        if changed:
            _count(session)
    return done


def _count(session: Session) -> None:
    state = session.get(AddonState, 1, with_for_update=True)
    if state is None:
        session.add(AddonState(id=1, revision=1))
    else:
        state.revision += 1


def _has_tables(db: Database) -> bool:
    with core_allowed(), db.engine.connect() as connection:
        return inspect(connection).has_table(EnabledAddon.__tablename__)


def _refuse_for(registry: Registry, wanted: Iterable[str]) -> None:
    """Refuse with the first cause: what a requirement lacks stands before what needs it."""
    for problem in registry.problems:
        if problem.addon in wanted:
            raise CannotEnable(problem.text, problem.cure)


def _refuse_old_tables(db: Database, registry: Registry, plan: Iterable[str]) -> None:
    """Hold new addons off a database whose other tables are older than their code."""
    for one in runner.status(db, registry):
        if one.addon not in plan and not one.up_to_date:
            raise CannotEnable(
                _l("The tables of %(addon)s are older than its code.", addon=one.addon),
                _l("Run first: zhidu db upgrade"),
            )
