"""The only door for many rows in one statement; ``zhidu.audit.bulk`` writes their trail.

No addon imports this: rows written here pass no flush, so no listener sees them. Keys of another
company's rows are refused as if there were no such row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table, bindparam, delete, insert, inspect, select, update
from sqlalchemy.sql.elements import ColumnElement

from zhidu.db.base import Base, CompanyFiltered
from zhidu.db.guard import Closed, ForeignCompany, ReadOnly, core_allowed
from zhidu.db.session import Session
from zhidu.errors import NotFound

CHUNK = 500
"""Keys per statement, well below SQLite's limit of parameters."""


def insert_rows(
    session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]
) -> list[int]:
    """Insert rows of equal columns into the session's company; give their keys in their order.

    :raises ForeignCompany: a row names another company.
    """
    table, key = _table(session, model)
    if not rows:
        return []
    values = [dict(row) for row in rows]
    if issubclass(model, CompanyFiltered):
        for row in values:
            if row.setdefault("company_id", session.company) != session.company:
                raise ForeignCompany(f"{model.__name__} of company {row['company_id']}")
    version = inspect(model).version_id_col
    if version is not None:
        for row in values:
            row.setdefault(version.name, 1)
    statement = insert(table).returning(key, sort_by_parameter_order=True)
    with core_allowed():
        return [int(found) for (found,) in session.connection().execute(statement, values)]


def update_rows(session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Change rows by key; each row holds its key and the same further columns.

    :raises NotFound: a key is not one of the session's company; nothing of it may be kept.
    """
    table, key = _table(session, model)
    if not rows:
        return
    names = sorted({*rows[0]} - {key.key})
    if "company_id" in names:
        raise ForeignCompany("rows never move to another company")
    values: dict[str, Any] = {
        name: bindparam(f"new_{name}", type_=table.c[name].type) for name in names
    }
    version = inspect(model).version_id_col
    if version is not None:
        values[version.name] = version + 1
    statement = update(table).where(key == bindparam("the_key"), *_own(session, model, table))
    sets = [{"the_key": row[key.key], **{f"new_{n}": row[n] for n in names}} for row in rows]
    with core_allowed():
        done = session.connection().execute(statement.values(values), sets)
    if done.rowcount != len(rows):
        raise NotFound


def delete_rows(session: Session, model: type[Base], keys: Sequence[int]) -> None:
    """Delete rows by key.

    :raises NotFound: a key is not one of the session's company; nothing of it may be kept.
    """
    table, key = _table(session, model)
    with core_allowed():
        for start in range(0, len(keys), CHUNK):
            chunk = keys[start : start + CHUNK]
            statement = delete(table).where(key.in_(chunk), *_own(session, model, table))
            if session.connection().execute(statement).rowcount != len(chunk):
                raise NotFound


def read_rows(
    session: Session, model: type[Base], keys: Sequence[int], columns: Sequence[str]
) -> dict[int, dict[str, Any]]:
    """Read columns of the company's rows by key; a key of no such row is left out."""
    table, key = _table(session, model)
    wanted = [table.c[name] for name in columns]
    found: dict[int, dict[str, Any]] = {}
    with core_allowed():
        for start in range(0, len(keys), CHUNK):
            statement = select(key, *wanted).where(
                key.in_(keys[start : start + CHUNK]), *_own(session, model, table)
            )
            for row in session.connection().execute(statement):
                found[int(row[0])] = dict(zip(columns, row[1:], strict=True))
    return found


def _own(session: Session, model: type[Base], table: Table) -> list[ColumnElement[bool]]:
    if not issubclass(model, CompanyFiltered):
        return []
    return [table.c.company_id == session.company]


def _table(session: Session, model: type[Base]) -> tuple[Table, Any]:
    """Write what the session holds, and give the table with its single key.

    :raises Closed: the table's key has several columns.
    """
    if session.readonly:
        raise ReadOnly("this session only reads")
    mapper = inspect(model)
    if len(mapper.primary_key) != 1 or not isinstance(mapper.local_table, Table):
        raise Closed(f"{model.__name__} has no single key: use the session")
    session.flush()
    return mapper.local_table, mapper.primary_key[0]
