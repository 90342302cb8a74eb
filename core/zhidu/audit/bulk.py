"""Many rows in one statement, with their trail in the same batch: imports, mass changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import inspect

from zhidu.audit.changes import Shape, shape_of
from zhidu.audit.trail import entry, write
from zhidu.db import Base, Closed, Session, bulk
from zhidu.db.base import CompanyFiltered

MOST = 1000
"""Rows of the trail per statement."""


def insert(session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Insert rows of equal columns into the session's company; give their keys in their order.

    The trail holds the values given; what the model fills in by itself stands in the row.

    :raises ForeignCompany: a row names another company.
    """
    shape = _shape(model)
    keys = bulk.insert_rows(session, model, rows)
    _note(
        session,
        model,
        "insert",
        (
            (key, row, {n: shape.pair(n, None, v) for n, v in row.items() if _said(shape, n, v)})
            for key, row in zip(keys, rows, strict=True)
        ),
    )
    return keys


def update(session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> int:
    """Change rows by key, each with its key and the same further columns; count what changed.

    :raises NotFound: a key is not one of the session's company; nothing may be kept.
    """
    shape = _shape(model)
    if not rows:
        return 0
    names = sorted({*rows[0]} - {shape.row_key})
    keys = [row[shape.row_key] for row in rows]
    old = bulk.read_rows(session, model, keys, _with_owner(model, shape, names))
    bulk.update_rows(session, model, rows)
    changed = []
    for row in rows:
        before = old[row[shape.row_key]]
        differing = {
            n: shape.pair(n, before[n], row[n])
            for n in names
            if n in shape.secret and before[n] != row[n]
        }
        if differing:
            changed.append((row[shape.row_key], before, differing))
    _note(session, model, "update", changed)
    return len(changed)


def delete(session: Session, model: type[Base], keys: Sequence[int]) -> int:
    """Delete rows by key; the trail keeps their values.

    :raises NotFound: a key is not one of the session's company; nothing may be kept.
    """
    shape = _shape(model)
    old = bulk.read_rows(session, model, keys, _with_owner(model, shape, list(shape.secret)))
    bulk.delete_rows(session, model, keys)
    _note(
        session,
        model,
        "delete",
        (
            (key, row, {n: shape.pair(n, v, None) for n, v in row.items() if _said(shape, n, v)})
            for key, row in old.items()
        ),
    )
    return len(old)


def _shape(model: type[Base]) -> Shape:
    shape = shape_of(inspect(model))
    if not shape.row_key:
        raise Closed(f"{model.__name__} has no single key: use the session")
    return shape


def _said(shape: Shape, name: str, value: Any) -> bool:
    return value is not None and name in shape.secret


def _with_owner(model: type[Base], shape: Shape, names: Sequence[str]) -> list[str]:
    """Add the columns that say to which company and document a row belongs."""
    more = {shape.record_key} - {""}
    if issubclass(model, CompanyFiltered):
        more.add("company_id")
    return sorted({*names, *more})


def _note(session: Session, model: type[Base], action: str, rows: Any) -> None:
    """Write the trail of ``(key, values, changes)``; none for a model that keeps none."""
    if not model.__audited__:
        return
    shape = shape_of(inspect(model))
    batch: list[dict[str, Any]] = []
    for key, values, changes in rows:
        record_id = key if shape.record_key == shape.row_key else values.get(shape.record_key)
        batch.append(entry(session, action, model.__kind__, key, record_id, changes))
        if len(batch) == MOST:
            write(session, batch)
            batch = []
    write(session, batch)
