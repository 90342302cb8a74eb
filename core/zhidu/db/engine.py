"""Engines as the house needs them: SQLite without lost updates, PostgreSQL that does not wait forever."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from zhidu.errors import Busy

PATIENCE_SECONDS = 10
"""How long a writer waits for another before it gives up."""

READONLY = "zhidu_readonly"
"""Execution option of a connection that only reads: on SQLite it never waits for a writer."""

_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=NORMAL",
    "foreign_keys=ON",
    # else INSERT OR REPLACE passes the append-only triggers
    "recursive_triggers=ON",
    f"busy_timeout={PATIENCE_SECONDS * 1000}",
    "temp_store=MEMORY",
    "cache_size=-32000",
)

_BUSY_STATES = {"40001", "40P01", "55P03"}
"""PostgreSQL: serialization failure, deadlock, lock timeout."""


def make_engine(url: str, *, pool_size: int = 10) -> Engine:
    """Make the engine for a SQLite file or a PostgreSQL address.

    A plain ``postgresql://`` address is driven by psycopg 3.
    """
    url = re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", url)
    if url.startswith("sqlite"):
        engine = create_engine(url, pool_size=pool_size, max_overflow=20)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        engine = create_engine(
            url,
            pool_size=pool_size,
            max_overflow=20,
            pool_pre_ping=True,
            connect_args={"options": f"-c lock_timeout={PATIENCE_SECONDS}s -c timezone=UTC"},
        )
        event.listen(engine, "begin", _begin_postgresql)
    event.listen(engine, "handle_error", _name_busy)
    return engine


def _prepare_sqlite(dbapi: Any, _entry: ConnectionPoolEntry) -> None:
    dbapi.isolation_level = None  # we say BEGIN ourselves
    for pragma in _PRAGMAS:
        dbapi.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock at once: a lock taken later fails instead of waiting."""
    reading = connection.get_execution_options().get(READONLY)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _begin_postgresql(connection: Connection) -> None:
    if connection.get_execution_options().get(READONLY):
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")


def _name_busy(context: Any) -> None:
    """Turn a lock that never came free into ``Busy``, whichever database says it."""
    error = context.original_exception
    if getattr(error, "sqlstate", None) in _BUSY_STATES or (
        "database is locked" in str(error) and context.dialect.name == "sqlite"
    ):
        raise Busy from error


def is_busy(error: BaseException) -> bool:
    """Tell whether a database error means «try again»."""
    return isinstance(error, Busy) or (
        isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in _BUSY_STATES
    )
