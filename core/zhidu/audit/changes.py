"""What changed in a row, as plain values that read the same on every database and in ten years."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from sqlalchemy import Table
from sqlalchemy.orm import Mapper

from zhidu.money import PLACES

HIDDEN = "***"
"""Stands for a secret: the trail tells that it changed, not what it was."""

RECORD = "core_record"
"""The table of the headers of business documents; the trail stands below it and knows its name."""


def plain(value: Any) -> Any:
    """Turn a column's value into JSON: times in UTC, Decimals with four places, enums as values.

    :raises TypeError: there is no way to say it in JSON.
    """
    if isinstance(value, Enum):
        return plain(value.value)
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        exact = value.quantize(PLACES)
        return format(exact if exact == value else value, "f")
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        items = [plain(inner) for inner in value]
        return sorted(items, key=str) if isinstance(value, set | frozenset) else items
    if type(value).__name__ == "LazyProxy":
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in the audit trail")


@dataclass(frozen=True, slots=True)
class Shape:
    """How the rows of a mapped class are written in the trail.

    :param secret: True per attribute whose values are hidden.
    :param row_key: the attribute that is the row's key, empty where it has several columns or is
        no number.
    :param record_key: the attribute that names the business document, empty where there is none.
    :param named: attributes of a key that ``row_id`` cannot hold.
    """

    secret: Mapping[str, bool]
    row_key: str
    record_key: str
    named: tuple[str, ...]

    def pair(self, name: str, before: Any, after: Any) -> list[Any]:
        """Give ``[before, after]`` of one attribute."""
        if self.secret[name]:
            before, after = (HIDDEN if value is not None else None for value in (before, after))
        return [plain(before), plain(after)]


_shapes: dict[Mapper[Any], Shape] = {}


def shape_of(mapper: Mapper[Any]) -> Shape:
    """Read a class's shape, once.

    Left out are the version and columns with ``info={"unaudited": True}``: they say nothing by
    themselves. A column with ``info={"secret": True}`` is hidden.
    """
    found = _shapes.get(mapper)
    if found is None:
        found = _shapes[mapper] = _read(mapper)
    return found


def _read(mapper: Mapper[Any]) -> Shape:
    columns = {attribute.key: attribute.columns[0] for attribute in mapper.column_attrs}
    table = mapper.local_table
    stored = {
        name: column
        for name, column in columns.items()
        if column.table is table
        and column is not mapper.version_id_col
        and not column.info.get("unaudited")
    }
    keys = [name for name, column in columns.items() if column in set(mapper.primary_key)]
    single = len(keys) == 1 and columns[keys[0]].type.python_type is int
    record = "record_id" if "record_id" in columns else ""
    if single and not record and isinstance(table, Table) and _is_document(table):
        record = keys[0]
    return Shape(
        {name: bool(column.info.get("secret")) for name, column in stored.items()},
        keys[0] if single else "",
        record,
        () if single else tuple(keys),
    )


def _is_document(table: Table) -> bool:
    """Tell whether a table's key is the key of a business document: the header or its detail."""
    return table.name == RECORD or any(
        key.target_fullname == f"{RECORD}.id" and key.parent.primary_key
        for key in table.foreign_keys
    )
