"""What Alembic cannot say by itself, for migrations written by hand; alike on both databases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from sqlalchemy import Connection


class Op(Protocol):
    """What is used of ``alembic.op``."""

    def execute(self, sqltext: str, /) -> None:
        """Run a statement."""

    def get_bind(self) -> Connection:
        """Give the connection of the run."""

    def create_foreign_key(self, *args: Any, **options: Any) -> None:
        """Add a foreign key to a table."""

    def drop_constraint(self, *args: Any, **options: Any) -> None:
        """Take a constraint off a table."""


def on_postgresql(op: Op) -> bool:
    """Tell whether the run is on PostgreSQL."""
    return op.get_bind().dialect.name == "postgresql"


def trigger_names(dialect: str, table: str) -> frozenset[str]:
    """Name the triggers that hold an append-only table."""
    if dialect == "postgresql":
        return frozenset({f"{table}_append_only_rows", f"{table}_append_only_truncate"})
    return frozenset({f"{table}_no_update", f"{table}_no_delete"})


def append_only(op: Op, table: str) -> None:
    """Refuse UPDATE and DELETE of rows, on PostgreSQL also TRUNCATE, by triggers; repeatable.

    On SQLite ``INSERT OR REPLACE`` is refused, too: every connection sets ``recursive_triggers``.
    Alembic's rebuild of a table on SQLite drops triggers: call this again after a batch.
    """
    if on_postgresql(op):
        op.execute(
            f"CREATE OR REPLACE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql "
            f"AS $$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"
        )
        for name, when, level in (
            ("rows", "UPDATE OR DELETE", "ROW"),
            ("truncate", "TRUNCATE", "STATEMENT"),
        ):
            op.execute(
                f"CREATE OR REPLACE TRIGGER {table}_append_only_{name} BEFORE {when} ON {table} "
                f"FOR EACH {level} EXECUTE FUNCTION {table}_append_only()"
            )
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER IF NOT EXISTS {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )


def changeable(op: Op, table: str) -> None:
    """Take back :func:`append_only`; the table must still be there."""
    names = sorted(trigger_names(op.get_bind().dialect.name, table))
    if on_postgresql(op):
        for name in names:
            op.execute(f"DROP TRIGGER {name} ON {table}")
        op.execute(f"DROP FUNCTION {table}_append_only()")
        return
    for name in names:
        op.execute(f"DROP TRIGGER {name}")


def add_late_key(
    op: Op,
    name: str,
    table: str,
    columns: Sequence[str],
    target: str,
    target_columns: Sequence[str],
    **options: Any,
) -> None:
    """Add a foreign key of a circle of tables (``use_alter``), once both tables are there.

    SQLite has it already: there it stands in ``create_table``, which may name a later table.
    """
    if on_postgresql(op):
        op.create_foreign_key(name, table, target, columns, target_columns, **options)


def drop_late_key(op: Op, name: str, table: str) -> None:
    """Take a key of :func:`add_late_key` off, before its tables are dropped."""
    if on_postgresql(op):
        op.drop_constraint(name, table, type_="foreignkey")
