"""What one addon's migrations may see: its own tables, by owner and by name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from zhidu.db import Database
from zhidu.db.base import metadata
from zhidu.db.engine import READONLY
from zhidu.db.guard import core_allowed
from zhidu.errors import ZhiduError
from zhidu.registry import LoadedAddon

FOLDER = Path(__file__).parent
LOCK = 0x5A_48_49_44_55
"""Key of PostgreSQL's advisory lock: one migration run at a time."""


class MigrationFailed(ZhiduError):
    """A run stopped; the database is as it was before."""

    status = 500


def version_table(addon: str) -> str:
    """Name the table that keeps the id of an addon's last migration."""
    return f"alembic_version_{addon}"


def scripts(loaded: LoadedAddon) -> ScriptDirectory:
    """Read the addon's migrations; there may be none."""
    return ScriptDirectory(
        FOLDER, version_locations=[loaded.migrations], messaging_opts={"quiet": True}
    )


def options(addon: str) -> dict[str, Any]:
    """Give Alembic's options for one addon."""

    def include_name(name: str | None, kind: str, _parents: Any) -> bool:
        """Reflect only tables that are named after the addon; no name is another's plus ``_``."""
        return kind != "table" or (name or "").startswith(f"{addon}_")

    def include_object(item: Any, _name: Any, kind: str, reflected: bool, _other: Any) -> bool:
        """Compare only models that the addon owns."""
        return kind != "table" or reflected or item.info.get("addon") == addon

    return {
        "version_table": version_table(addon),
        "target_metadata": metadata,
        "include_name": include_name,
        "include_object": include_object,
        "render_as_batch": True,
        "compare_type": True,
        "transaction_per_migration": False,
    }


def comparing(connection: Connection, addon: str) -> MigrationContext:
    """Open Alembic's context for a look at the addon's tables."""
    return MigrationContext.configure(connection, opts=options(addon))


@contextmanager
def reading(db: Database) -> Iterator[Connection]:
    """Open a connection that only reads, for questions about tables and versions."""
    engine = db.engine.execution_options(**{READONLY: True})
    with core_allowed(), engine.connect() as connection:
        yield connection
