"""Databases for tests: migrated once per run and set of addons, then copied for each test."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from zhidu.config import Config
from zhidu.db import Database
from zhidu.discovery import discover, with_needs
from zhidu.enabling import enable, enabled_names
from zhidu.migrations.runner import upgrade
from zhidu.registry import Registry, load_registry
from zhidu.testing.postgresql import PostgreSQL, postgresql

if TYPE_CHECKING:
    from zhidu.testing.services import Run

KINDS = ("sqlite", "postgresql")


def environ(home: Path, url: str = "") -> dict[str, str]:
    """Give the environment of an installation in a folder; folders of addons stay as they are."""
    folders = os.environ.get("ZHIDU_ADDON_FOLDERS", "")
    return {"ZHIDU_HOME": str(home), "ZHIDU_DATABASE_URL": url, "ZHIDU_ADDON_FOLDERS": folders}


_registries: dict[tuple[str, ...], Registry] = {}


def with_required(config: Config, names: Iterable[str]) -> tuple[str, ...]:
    """Name these addons and all that they require, in the order of the alphabet.

    :raises LookupError: one of them is not installed.
    """
    installed = discover(config.addon_folders).installed
    wanted = with_needs(installed, names)
    for name in wanted:
        if name not in installed:
            raise LookupError(f"the addon {name} is not installed here: pip install it first")
    return tuple(sorted(wanted))


def registry_of(config: Config, addons: tuple[str, ...]) -> Registry:
    """Load these addons once per process.

    :raises RuntimeError: one of them is broken; a test must not run without it unawares.
    """
    found = _registries.get(addons)
    if found is None:
        found = load_registry(config, addons)
        problems = [problem for problem in found.problems if problem.addon in {*addons, "core"}]
        if problems:
            raise RuntimeError("\n".join(map(str, problems)))
        _registries[addons] = found
    return found


@contextmanager
def fresh_database(run: Run, kind: str, registry: Registry, folder: Path) -> Iterator[str]:
    """Give the address of a migrated database without rows of a company, gone after the block.

    On PostgreSQL it is the address of the ordinary role.

    :param kind: one of :data:`KINDS`.
    :param folder: where a SQLite file may lie.
    """
    names = "+".join(registry.names)
    key = f"{kind}_{hashlib.sha256(names.encode()).hexdigest()[:12]}"
    if kind == "sqlite":
        path = folder / "zhidu.db"
        shutil.copyfile(_sqlite_template(run, key, registry), path)
        yield f"sqlite:///{path}"
        return
    server = postgresql(run)
    if not isinstance(server, PostgreSQL):
        raise LookupError(str(server))
    template = _postgresql_template(run, key, server, registry)
    name = f"{server.prefix}{uuid4().hex}"
    server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        yield server.app(name)
    finally:
        server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _sqlite_template(run: Run, key: str, registry: Registry) -> Path:
    def make() -> dict[str, str]:
        path = run.folder / f"{key}.db"
        path.unlink(missing_ok=True)
        _migrate(f"sqlite:///{path}", registry, run.folder)
        return {"path": str(path)}

    return Path(run.once(key, make)["path"])


def _postgresql_template(run: Run, key: str, server: PostgreSQL, registry: Registry) -> str:
    def make() -> dict[str, str]:
        name = f"{server.prefix}{key}"
        server.execute(f'DROP DATABASE IF EXISTS "{name}"', f'CREATE DATABASE "{name}"')
        rights = "SELECT, INSERT, UPDATE, DELETE"
        server.execute(
            f'ALTER DEFAULT PRIVILEGES GRANT {rights} ON TABLES TO "{server.app_role}"',
            f'ALTER DEFAULT PRIVILEGES GRANT USAGE, SELECT ON SEQUENCES TO "{server.app_role}"',
            f'GRANT USAGE ON SCHEMA public TO "{server.app_role}"',
            database=name,
        )
        _migrate(server.owner(name), registry, run.folder)
        return {"name": name}

    return run.once(key, make)["name"]


def _migrate(url: str, registry: Registry, folder: Path) -> None:
    """Make the tables of core and addons as an installation does.

    No connection is left behind: PostgreSQL copies only what nobody is connected to.
    """
    config = Config.load(environ(folder, url))
    database = Database(url, Registry.empty())
    try:
        upgrade(database, database.registry)
        for name in registry.names:
            if name != "core" and name not in enabled_names(database):
                enable(database, config, name)
    finally:
        database.close()
