"""The locks that keep one company's rows from another, on the session and on the engine.

Everything a criterion can reach is filtered by the session; everything else is refused when it
comes to the engine, whichever way it came. A lock is opened only by ``Session.flush``, by
``zhidu.db`` itself, by migrations and by the audit writer, through a context variable.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from sqlalchemy import Engine, event

from zhidu.db import proof
from zhidu.db.exact import wrong_parameter
from zhidu.db.proof import owned_tables

__all__ = [
    "UNFILTERED",
    "Closed",
    "ForeignCompany",
    "ReadOnly",
    "core_allowed",
    "guard_engine",
    "is_open",
    "owned_tables",
]

_open: ContextVar[bool] = ContextVar("zhidu_db_open", default=False)

UNFILTERED = "zhidu_unfiltered"
"""Execution option, set by the session: a refresh by key, or work across companies."""

_HOUSEKEEPING = re.compile(r"(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|SET TRANSACTION|PRAGMA)\b")
"""The driver SQL that SQLAlchemy and ``engine.py`` say; it reads and writes no row."""


class Closed(RuntimeError):
    """A statement that no company filter can reach; use the ORM or ``zhidu.audit.bulk``."""


class ForeignCompany(RuntimeError):
    """A row of another company was added, changed or asked for."""


class ReadOnly(RuntimeError):
    """A write in a session that only reads."""


@contextmanager
def core_allowed() -> Iterator[None]:
    """Open the locks; only ``zhidu.db``, migrations and the audit writer do this."""
    token = _open.set(True)
    try:
        yield
    finally:
        _open.reset(token)


def is_open() -> bool:
    """Tell whether the locks are open in this context."""
    return _open.get()


def guard_engine(engine: Engine) -> None:
    """Put the second lock on the engine: nothing unproven is run there, whoever sends it.

    :raises Closed: by the statement that is refused, before it reaches the database.
    """
    proof.install(engine)

    @event.listens_for(engine, "before_cursor_execute")
    def _check(
        _connection: Any, _cursor: Any, sql: str, _params: Any, context: Any, _many: bool
    ) -> None:
        compiled = context.compiled
        if (
            compiled is not None
            and not context.isddl
            and wrong_parameter(compiled, context.compiled_parameters)
        ):
            raise TypeError("a plain number beside a Fixed column: use fixed(value)")
        if _open.get():
            return
        if context.isddl:
            raise Closed(f"only migrations change tables: {sql.strip()[:60]}")
        if compiled is None:
            if not _HOUSEKEEPING.match(sql):
                raise Closed(f"driver SQL: {sql[:60]}")
            return
        found = compiled.__dict__
        text = found.get(proof.TEXT)
        if text is not None:
            raise Closed(f"a piece of SQL text cannot be filtered: {text}")
        names = found.get(proof.OPEN)
        if names and (context.isinsert or not context.execution_options.get(UNFILTERED)):
            raise Closed(f"{names[0]} is reached past the session's company filter")
