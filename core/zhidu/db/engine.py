"""Engines as the house needs them: SQLite without lost updates, PostgreSQL that does not wait forever."""

from __future__ import annotations

import re
import sqlite3
from functools import partial
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from zhidu.errors import Busy

PATIENCE_SECONDS = 10.0
"""How long a writer waits for another; then once more, then it gives up with ``Busy``."""

READONLY = "zhidu_readonly"
"""Execution option of a connection that only reads: on SQLite it never waits for a writer."""

_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=NORMAL",
    "foreign_keys=ON",
    # else INSERT OR REPLACE passes the append-only triggers
    "recursive_triggers=ON",
    "temp_store=MEMORY",
    "cache_size=-32000",
)

_BUSY_STATES = {"40001", "40P01", "55P03"}
"""PostgreSQL: serialization failure, deadlock, lock timeout."""


def make_engine(url: str, *, pool_size: int = 10, patience: float = PATIENCE_SECONDS) -> Engine:
    """Make the engine for a SQLite file or a PostgreSQL address.

    A plain ``postgresql://`` address is driven by psycopg 3.

    :param patience: seconds that a writer waits for another one's lock.
    """
    url = re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", url)
    milliseconds = int(patience * 1000)
    if url.startswith("sqlite"):
        engine = create_engine(url, pool_size=pool_size, max_overflow=20)
        event.listen(engine, "connect", partial(_prepare_sqlite, milliseconds))
        event.listen(engine, "begin", _begin_sqlite)
    else:
        engine = create_engine(
            url,
            pool_size=pool_size,
            max_overflow=20,
            pool_pre_ping=True,
            connect_args={"options": f"-c lock_timeout={milliseconds} -c timezone=UTC"},
        )
        event.listen(engine, "begin", _begin_postgresql)
    event.listen(engine, "handle_error", _name_busy)
    return engine


def _prepare_sqlite(milliseconds: int, dbapi: Any, entry: ConnectionPoolEntry) -> None:
    dbapi.isolation_level = None  # we say BEGIN ourselves
    dbapi.execute(f"PRAGMA busy_timeout={milliseconds}")
    for pragma in _PRAGMAS:
        dbapi.execute(f"PRAGMA {pragma}")
    entry.info[READONLY] = False


def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock at once: a lock taken later fails instead of waiting.

    A reading connection waits for nobody, and SQLite itself refuses its writes.

    :raises Busy: another writer held the lock for twice the patience.
    """
    reading = bool(connection.get_execution_options().get(READONLY))
    dbapi: Any = connection.connection.dbapi_connection
    if connection.info.get(READONLY) is not reading:
        dbapi.execute(f"PRAGMA query_only={'ON' if reading else 'OFF'}")
        connection.info[READONLY] = reading
    if reading:
        dbapi.execute("BEGIN")
        return
    for last in (False, True):
        try:
            dbapi.execute("BEGIN IMMEDIATE")
            return
        except sqlite3.OperationalError as error:
            if not _is_locked(error):
                raise
            if last:
                raise Busy from error


def _begin_postgresql(connection: Connection) -> None:
    if connection.get_execution_options().get(READONLY):
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")


def _is_locked(error: BaseException) -> bool:
    """Tell SQLITE_BUSY and SQLITE_LOCKED, with their extended codes, from other errors."""
    code = getattr(error, "sqlite_errorcode", 0)
    return (code & 0xFF) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _name_busy(context: Any) -> None:
    """Turn a lock that never came free into ``Busy``, whichever database says it."""
    error = context.original_exception
    if getattr(error, "sqlstate", None) in _BUSY_STATES or _is_locked(error):
        raise Busy from error


def is_busy(error: BaseException) -> bool:
    """Tell whether a database error means «try again»."""
    return isinstance(error, Busy) or (
        isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in _BUSY_STATES
    )
