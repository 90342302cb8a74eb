"""Compare models with tables: to find drift, and to write the next migration for a developer."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal, TypeVar

from alembic.autogenerate import compare_metadata, produce_migrations, render_python_code
from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import BigInteger, Connection, Enum, ForeignKeyConstraint, Integer
from sqlalchemy.types import TypeDecorator

import zhidu.db
from zhidu.db import Database
from zhidu.db.base import metadata
from zhidu.migrations.helpers import trigger_names
from zhidu.migrations.runner import status
from zhidu.migrations.scope import MigrationFailed, comparing, reading, scripts
from zhidu.registry import LoadedAddon, Registry
from zhidu.texts import lazy_gettext as _l

Op = TypeVar("Op", bound=ops.MigrateOperation)
_HELPERS = "from zhidu.migrations import helpers\n"


def drift(db: Database, registry: Registry) -> list[str]:
    """List where the tables of a migrated database differ from the models; best is none."""
    with reading(db) as connection:
        found = [
            f"{loaded.name}: {_describe(one)}"
            for loaded in registry.addons
            for one in compare_metadata(comparing(connection, loaded.name), metadata)
        ]
        triggers = _triggers(connection)
        wanted = {
            f"{table.info['addon']}: add_trigger {name}"
            for table in metadata.tables.values()
            if table.info.get("append_only") and table.info["addon"] in registry.names
            for name in trigger_names(connection.dialect.name, table.name) - triggers
        }
    return found + sorted(wanted)


def _triggers(connection: Connection) -> frozenset[str]:
    names = (
        "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
        if connection.dialect.name == "postgresql"
        else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    )
    return frozenset(connection.exec_driver_sql(names).scalars())


def make(db: Database, registry: Registry, addon: str, message: str) -> Path | None:
    """Write the migration that brings ``db`` to the models; give its file, or none if all is well.

    :param db: a database at the newest migration, without rows that matter.
    :param message: what it does, in a few words; becomes docstring and file name.
    :raises MigrationFailed: migrations of this addon wait to be run.
    """
    loaded = registry.addon(addon)
    state = next(one for one in status(db, registry) if one.addon == addon)
    if state.pending:
        raise MigrationFailed(
            _l(
                "%(ids)s must be run before the next migration is made.",
                ids=", ".join(state.pending),
            ),
            cure=_l("Run: zhidu db upgrade"),
        )
    with reading(db) as connection:
        context = comparing(connection, addon)
        found = produce_migrations(context, metadata)
        if found.upgrade_ops is None or found.upgrade_ops.is_empty():
            return None
        upgrades, downgrades = _body(found, context)
    return _write(loaded, state.head, message, upgrades, downgrades)


def _write(loaded: LoadedAddon, head: str, message: str, upgrades: str, downgrades: str) -> Path:
    for folder in (loaded.migrations.parent, loaded.migrations):
        folder.mkdir(exist_ok=True)
        package = folder / "__init__.py"
        if not package.exists():
            package.write_text(f'"""Migrations of the addon {loaded.name}."""\n', "utf-8")
    number = int(re.sub(r".*_", "", head)) + 1 if head else 1
    both = upgrades + downgrades
    script = scripts(loaded).generate_revision(
        f"{loaded.name}_{number:04d}",
        message.rstrip("."),
        head=head or "base",
        version_path=loaded.migrations,
        upgrades=upgrades,
        downgrades=downgrades,
        imports=("\nimport zhidu.db\n" if "zhidu.db." in both else "\n")
        + (_HELPERS if "helpers." in both else ""),
    )
    if script is None:  # pragma: no cover -- only when Alembic was told to keep nothing
        raise MigrationFailed(_l("Alembic wrote no migration."))
    return Path(script.path)


def _body(found: ops.MigrationScript, context: MigrationContext) -> tuple[str, str]:
    """Render both directions; keys of a circle of tables are added last and dropped first."""
    texts = []
    for side in (found.upgrade_ops, found.downgrade_ops):
        if side is None:  # pragma: no cover -- produce_migrations fills both
            raise MigrationFailed(_l("Alembic found nothing to compare."))
        texts.append(
            render_python_code(
                side, render_as_batch=True, render_item=_render, migration_context=context
            )
        )
    upgrade = [line for line in texts[0].splitlines() if "# ###" not in line]
    downgrade = [line for line in texts[1].splitlines() if "# ###" not in line]
    for key in _late_keys(found):
        target = key.elements[0].target_fullname.rpartition(".")[0]
        far = [element.target_fullname.rpartition(".")[2] for element in key.elements]
        extra = "".join(
            f", {name}={value!r}"
            for name, value in (("ondelete", key.ondelete), ("onupdate", key.onupdate))
            if value
        )
        name = f"{key.name}"
        upgrade.append(
            f"    helpers.add_late_key(op, {name!r}, {key.table.name!r}, {key.column_keys!r},"
            f" {target!r}, {far!r}{extra})"
        )
        downgrade.insert(0, f"    helpers.drop_late_key(op, {name!r}, {key.table.name!r})")
    made = {op.table_name for op in _ops(found, ops.CreateTableOp)}
    for name in sorted(made | {op.table_name for op in _ops(found, ops.ModifyTableOps)}):
        if name in metadata.tables and metadata.tables[name].info.get("append_only"):
            upgrade.append(f"    helpers.append_only(op, {name!r})")
            if name in made:
                downgrade.insert(0, f"    helpers.changeable(op, {name!r})")
            else:  # SQLite's rebuild loses the triggers in both directions
                downgrade.append(f"    helpers.append_only(op, {name!r})")
    return "\n".join(upgrade).lstrip(), "\n".join(downgrade).lstrip()


def _ops(found: ops.MigrationScript, kind: type[Op]) -> list[Op]:
    changes = found.upgrade_ops.ops if found.upgrade_ops else []
    return [op for op in changes if isinstance(op, kind)]


def _late_keys(found: ops.MigrationScript) -> list[ForeignKeyConstraint]:
    return [
        key
        for op in _ops(found, ops.CreateTableOp)
        for key in sorted(
            metadata.tables[op.table_name].foreign_key_constraints, key=lambda key: str(key.name)
        )
        if key.use_alter
    ]


def _render(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Write our column types as authors do, and enums as the plain text that they are stored as."""
    if kind != "type":
        return False
    if isinstance(item, Enum):
        return f"sa.String(length={item.length})"
    if isinstance(item, TypeDecorator) and type(item).__module__.startswith("zhidu.db"):
        name = type(item).__name__
        place = "zhidu.db" if hasattr(zhidu.db, name) else type(item).__module__
        return f"{place}.{name}()"
    if isinstance(item, BigInteger) and isinstance(item._variant_mapping.get("sqlite"), Integer):
        return "zhidu.db.Key"
    return False


def _describe(difference: Any) -> str:
    """Write one of Alembic's tuples as a line: what to do to the table."""
    if isinstance(difference, list):
        return "; ".join(map(_describe, difference))
    what, *rest = difference
    names = [
        str(getattr(part, "name", part))
        for part in rest
        if part is not None and not isinstance(part, dict)
    ]
    table = getattr(getattr(rest[-1], "table", None), "name", "")
    return " ".join([what, *([table] if table else []), *names])
