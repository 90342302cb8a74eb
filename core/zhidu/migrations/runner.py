"""Bring the tables of core and addons up to date: one connection, one transaction, all or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext, RevisionStep
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection

from zhidu.db import Database
from zhidu.db.guard import core_allowed
from zhidu.migrations.scope import LOCK, MigrationFailed, comparing, options, reading, scripts
from zhidu.registry import LoadedAddon, Registry
from zhidu.texts import lazy_gettext as _l

Steps = Callable[[ScriptDirectory, Any], list[RevisionStep]]
"""Chooses the steps from the addon's scripts and the ids that the database is at."""


@dataclass(frozen=True, slots=True)
class AddonStatus:
    """Where one addon's tables are.

    :param current: id of the last migration that was run; empty before the first.
    :param head: id of the newest one; empty for an addon without tables.
    :param pending: ids that wait, in their order.
    """

    addon: str
    current: str
    head: str
    pending: tuple[str, ...]

    @property
    def up_to_date(self) -> bool:
        """Tell whether nothing waits."""
        return not self.pending


def upgrade(db: Database, registry: Registry, only: Iterable[str] | None = None) -> list[str]:
    """Run what is pending, in the order of ``requires``; give the ids that were run.

    :param only: names of addons; default: all that are loaded.
    :raises MigrationFailed: nothing was changed; the text names the migration.
    """
    wanted = None if only is None else frozenset(only)

    def steps(script: ScriptDirectory, current: Any) -> list[RevisionStep]:
        return script._upgrade_revs("head", current)

    with _one_run(db) as connection:
        done: list[str] = []
        for loaded in registry.addons:
            if wanted is None or loaded.name in wanted:
                done += _run(connection, registry, loaded, steps)
    return done


def downgrade(db: Database, registry: Registry, addon: str, to: str = "base") -> list[str]:
    """Undo an addon's migrations down to ``to``, for tests of migrations; rows are lost.

    :raises MigrationFailed: nothing was changed.
    """

    def steps(script: ScriptDirectory, current: Any) -> list[RevisionStep]:
        return script._downgrade_revs(to, current) if current else []

    with _one_run(db) as connection:
        return _run(connection, registry, registry.addon(addon), steps)


def status(db: Database, registry: Registry) -> list[AddonStatus]:
    """Tell where each loaded addon's tables are; changes nothing.

    :raises MigrationFailed: the database is newer than the code, or a history has two ends.
    """
    found = []
    with reading(db) as connection:
        for loaded in registry.addons:
            script = scripts(loaded)
            with _named(loaded, lambda: ""):
                current: Any = comparing(connection, loaded.name).get_current_heads()
                head = script.get_current_head()
                steps = script._upgrade_revs("head", current) if head else []
            ids = tuple(step.revision.revision for step in steps)
            found.append(AddonStatus(loaded.name, ", ".join(current), head or "", ids))
    return found


def _run(
    connection: Connection, registry: Registry, loaded: LoadedAddon, steps: Steps
) -> list[str]:
    script = scripts(loaded)
    done: list[str] = []

    def choose(current: Any, _context: MigrationContext) -> Iterator[RevisionStep]:
        # as a generator, so that each requirement is judged when its step's turn has come
        for step in steps(script, current):
            done.append(step.revision.revision)
            if step.is_upgrade:
                _check_requires(connection, registry, step)
            yield step

    with _named(loaded, lambda: done[-1] if done else ""):
        if script.get_current_head() is None:
            return []
        given = Config(attributes={"connection": connection, "options": options(loaded.name)})
        with EnvironmentContext(given, script, fn=choose):
            script.run_env()
    return done


def _check_requires(connection: Connection, registry: Registry, step: RevisionStep) -> None:
    """Hold a migration to its ``requires = {"hr": "hr_0005"}``."""
    for name, wanted in getattr(step.revision.module, "requires", {}).items():
        if name in registry.names:
            script = scripts(registry.addon(name))
            current = comparing(connection, name).get_current_heads()
            if any(one.revision == wanted for one in script.iterate_revisions(current, "base")):
                continue
        raise MigrationFailed(
            _l(
                "The migration %(id)s needs %(wanted)s of the addon %(addon)s, which has not been run.",
                id=step.revision.revision,
                wanted=wanted,
                addon=name,
            ),
            cure=_l(
                "Install a version of %(addon)s that has it, and run: zhidu db upgrade", addon=name
            ),
        )


@contextmanager
def _named(loaded: LoadedAddon, migration: Callable[[], str]) -> Iterator[None]:
    """Say which migration failed, and that nothing was changed."""
    try:
        yield
    except MigrationFailed:
        raise
    except CommandError as error:
        raise MigrationFailed(
            _l(
                "The migrations of the addon %(addon)s do not fit this database: %(why)s.",
                addon=loaded.name,
                why=str(error).rstrip("."),
            ),
            cure=_l("Install the version of the addon that made this database, or a newer one."),
        ) from error
    except Exception as error:
        where = migration()
        if not where:
            raise
        raise MigrationFailed(
            _l(
                "The migration %(id)s failed, and nothing was changed: %(why)s.",
                id=where,
                why=str(getattr(error, "orig", None) or error).strip().rstrip("."),
            ),
            cure=_l(
                "Restore nothing; report this to the author of the addon %(addon)s.",
                addon=loaded.name,
            ),
        ) from error


@contextmanager
def _one_run(db: Database) -> Iterator[Connection]:
    """Open the transaction of a run; on SQLite its foreign keys are judged at the end.

    With foreign keys on, SQLite would empty other tables when Alembic rebuilds one they point at.
    """
    with core_allowed(), db.engine.connect() as connection:
        dbapi: Any = connection.connection.dbapi_connection
        if db.is_sqlite:
            dbapi.execute("PRAGMA foreign_keys=OFF")  # has no effect once a transaction began
        try:
            with connection.begin():
                if not db.is_sqlite:
                    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
                yield connection
                if db.is_sqlite:
                    _refuse_orphans(connection)
        finally:
            if db.is_sqlite:
                dbapi.execute("PRAGMA foreign_keys=ON")


def _refuse_orphans(connection: Connection) -> None:
    orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if orphans:
        pairs = sorted({f"{row[0]} > {row[2]}" for row in orphans})
        raise MigrationFailed(
            _l(
                "The migrations would leave %(count)s rows that point at nothing (%(pairs)s);"
                " nothing was changed.",
                count=len(orphans),
                pairs=", ".join(pairs),
            ),
            cure=_l("Report this to the author of the addon that owns the first table."),
        )
