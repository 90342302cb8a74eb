"""Prove of every statement, while it is compiled, that it reaches one company's rows only.

The proof is made where nothing is hidden any more: each SELECT, UPDATE and DELETE, at any depth,
passes the compiler with its final FROM list and conditions. Every company-owned table in FROM
must carry the session's criterion; where it does not (a plain ``Table``, a statement run past the
session, an entity that only an ORDER BY or a Core join names), the compilation is marked and
``guard`` refuses to run it. The verdict is kept with SQLAlchemy's compiled cache: no cost per run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import BindParameter, Engine, Null
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import BinaryExpression, BooleanClauseList, ColumnClause, Grouping
from sqlalchemy.sql.selectable import AliasedReturnsRows, FromGrouping, Join, TableClause

from zhidu.db.base import Base, CompanyFiltered
from zhidu.db.exact import ExactCompiler

MARK = "zhidu_company"
"""The name of the criterion's parameter, by which the proof knows it."""

OPEN = "zhidu_open"
"""Attribute of a compilation: owned tables that it reaches unfiltered, as a list of names."""
TEXT = "zhidu_text"
"""Attribute of a compilation: a text fragment in it, whose reach nobody can tell."""

_HARMLESS = re.compile(r"\*|\w+|'[^']*'|[+-]?\d+(\.\d+)?")
"""A ``literal_column`` that can name no table: a star, a word, a number or a short text."""


_owned: tuple[int, frozenset[str]] = (0, frozenset())


def owned_tables() -> frozenset[str]:
    """Name every table whose rows the session filters by company."""
    global _owned  # a memo that grows when an addon's models are loaded
    mappers = Base.registry.mappers
    if _owned[0] != len(mappers):
        names = frozenset(
            str(mapper.local_table.name)  # type: ignore[attr-defined]  # always a Table here
            for mapper in mappers
            if issubclass(mapper.class_, CompanyFiltered)
        )
        _owned = (len(mappers), names)
    return _owned[1]


def install(engine: Engine) -> None:
    """Let the engine's dialect compile with the proof."""
    own = engine.dialect.statement_compiler
    engine.dialect.statement_compiler = type(f"Proven{own.__name__}", (ProvingCompiler, own), {})


class ProvingCompiler(ExactCompiler):
    """Compile as the database's own compiler does, and note what stands open."""

    def _compose_select_body(
        self, text: str, select: Any, compile_state: Any, columns: Any, froms: Any, *rest: Any
    ) -> str:
        """See a SELECT with what it finally reads; correlated tables are its parent's matter."""
        conditions = list(_conjuncts(select._where_criteria))
        for source in froms:
            self._note_open(source, conditions)
        return super()._compose_select_body(  # type: ignore[no-any-return, no-untyped-call]
            text, select, compile_state, columns, froms, *rest
        )

    def update_tables_clause(
        self, update_stmt: Any, from_table: Any, extra_froms: Any, **kw: Any
    ) -> str:
        """See an UPDATE with its table and what stands beside it."""
        self._note_dml(update_stmt, from_table, extra_froms)
        return super().update_tables_clause(update_stmt, from_table, extra_froms, **kw)  # type: ignore[no-any-return, no-untyped-call]

    def delete_table_clause(
        self, delete_stmt: Any, from_table: Any, extra_froms: Any, **kw: Any
    ) -> str:
        """See a DELETE with its table and what stands beside it."""
        self._note_dml(delete_stmt, from_table, extra_froms)
        return super().delete_table_clause(delete_stmt, from_table, extra_froms, **kw)  # type: ignore[no-any-return, no-untyped-call]

    def visit_insert(self, insert_stmt: Any, *args: Any, **kwargs: Any) -> str:
        """See an INSERT: no criterion reaches it, so it is always open."""
        self._note_open(insert_stmt.table, [])
        return super().visit_insert(insert_stmt, *args, **kwargs)  # type: ignore[no-any-return, no-untyped-call]

    def visit_textclause(self, textclause: Any, *args: Any, **kwargs: Any) -> str:
        """See a piece of SQL text."""
        self.__dict__[TEXT] = textclause.text[:60]
        return super().visit_textclause(textclause, *args, **kwargs)  # type: ignore[no-any-return, no-untyped-call]

    def visit_column(self, column: ColumnClause[Any], *args: Any, **kwargs: Any) -> str:
        """See a column that is a piece of SQL text."""
        if column.is_literal and not _HARMLESS.fullmatch(column.name):
            self.__dict__[TEXT] = column.name[:60]
        return super().visit_column(column, *args, **kwargs)

    def _note_dml(self, statement: Any, table: Any, extra: Iterable[Any]) -> None:
        conditions = list(_conjuncts(statement._where_criteria))
        for source in (table, *extra):
            self._note_open(source, conditions)

    def _note_open(self, source: Any, conditions: list[Any]) -> None:
        names = list(_unproven(source, conditions))
        if names:
            self.__dict__.setdefault(OPEN, []).extend(names)


def _conjuncts(criteria: Iterable[Any]) -> Iterator[Any]:
    """Give the conditions that must all hold."""
    for condition in criteria:
        while isinstance(condition, Grouping):
            condition = condition.element
        if isinstance(condition, BooleanClauseList) and condition.operator is operators.and_:
            yield from _conjuncts(condition.clauses)
        else:
            yield condition


def _unproven(source: Any, conditions: list[Any]) -> Iterator[str]:
    """Name the owned tables in ``source`` that no condition holds to the session's company."""
    if isinstance(source, FromGrouping):
        yield from _unproven(source.element, conditions)
    elif isinstance(source, Join):
        meeting = [*conditions, *_conjuncts([source.onclause])]
        # an outer join keeps rows that fail its ON: those of the left side, or of both
        yield from _unproven(source.left, conditions if source.isouter or source.full else meeting)
        yield from _unproven(source.right, conditions if source.full else meeting)
    else:
        table = source
        while isinstance(table, AliasedReturnsRows):
            table = table.element
        if isinstance(table, Join):
            yield from _unproven(table, conditions)
        elif (
            isinstance(table, TableClause)
            and table.name in owned_tables()
            and not any(_holds(condition, source) for condition in conditions)
        ):
            yield table.name


def _holds(condition: Any, source: Any) -> bool:
    """Tell whether a condition is the session's criterion on just this table or alias."""
    if not isinstance(condition, BinaryExpression):
        return False
    left, right = condition.left, condition.right
    if not isinstance(left, ColumnClause) or left.name != "company_id" or left.table is None:
        return False
    if hash(left.table) != hash(source):  # an annotated copy has the hash of its origin
        return False
    if condition.operator is operators.is_:
        return isinstance(right, Null)  # no company: rows of nobody
    return (
        condition.operator is operators.eq
        and isinstance(right, BindParameter)
        and MARK in str(right._orig_key)
    )
