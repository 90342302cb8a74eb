"""The locks that keep one company's rows from another, on the session and on the engine.

Everything a criterion can reach is filtered; everything it cannot reach is refused. A lock is
opened only by ``Session.flush`` and by ``zhidu.db`` itself, through a context variable.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Column, Delete, Engine, Insert, Select, Table, Update, event
from sqlalchemy.sql import visitors
from sqlalchemy.sql.elements import TextClause
from sqlalchemy.sql.selectable import TextualSelect

from zhidu.db.base import Base, CompanyOwned

_open: ContextVar[bool] = ContextVar("zhidu_db_open", default=False)

INTERNAL = "zhidu_internal"
"""Execution option of the loads that the ORM makes for a relationship."""


class Closed(RuntimeError):
    """A statement that no company filter can reach; use the ORM or ``zhidu.db.bulk``."""


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


_owned: tuple[int, frozenset[str]] = (0, frozenset())


def owned_tables() -> frozenset[str]:
    """Name every table whose rows belong to a company."""
    global _owned  # noqa: PLW0603 -- a memo that grows when an addon's models are loaded
    count = len(Base.registry.mappers)
    if _owned[0] != count:
        names = frozenset(
            str(mapper.local_table.name)  # type: ignore[attr-defined]  # always a Table here
            for mapper in Base.registry.mappers
            if issubclass(mapper.class_, CompanyOwned)
        )
        _owned = (count, names)
    return _owned[1]


_verdicts: WeakKeyDictionary[Any, str] = WeakKeyDictionary()

_READS_AND_WRITES = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "REPLACE", "MERGE", "COPY")


def guard_engine(engine: Engine) -> None:
    """Put the second lock on the engine: text and plain tables are refused there, too."""

    @event.listens_for(engine, "before_cursor_execute")
    def _check(
        _connection: Any, _cursor: Any, sql: str, _params: Any, context: Any, _many: bool
    ) -> None:
        if _open.get() or context.execution_options.get(INTERNAL):
            return
        compiled = context.compiled
        if compiled is None:
            if not context.isddl and sql.lstrip(" (\n\t").upper().startswith(_READS_AND_WRITES):
                raise Closed(f"driver SQL: {sql[:60]}")
            return
        verdict = _verdicts.get(compiled)
        if verdict is None:
            verdict = _verdicts[compiled] = _judge(compiled)
        if verdict:
            raise Closed(f"{verdict} is reached past the session")


def _judge(compiled: Any) -> str:
    """Name what stands open in a statement; judged once per cached compilation."""
    statement = getattr(compiled.compile_state, "select_statement", None)
    if statement is None:
        statement = compiled.statement
    if statement is None:
        return ""
    orm = statement._propagate_attrs.get("compile_state_plugin") == "orm"
    for element in visitors.iterate(statement):
        if isinstance(element, TextualSelect) or (isinstance(element, TextClause) and not orm):
            return "text"
        if isinstance(element, Select):
            sources = (
                *element._raw_columns,
                *element._from_obj,
                *(join[0] for join in element._setup_joins),
            )
            for source in sources:
                name = _plain(source)
                if name:
                    return name
        elif isinstance(element, Insert | Update | Delete):
            name = _plain(element.table)
            if name:
                return name
    return ""


def _plain(source: Any) -> str:
    """Name the owned table that ``source`` uses without its mapped class, or nothing."""
    if "parententity" in source._annotations:
        return ""
    if isinstance(source, Table):
        return source.name if source.name in owned_tables() else ""
    if isinstance(source, Column) and source.table is not None:
        return _plain(source.table)
    left, right = getattr(source, "left", None), getattr(source, "right", None)
    if left is not None and right is not None and hasattr(source, "onclause"):
        return _plain(left) or _plain(right)
    return ""
