"""The form of a record as its page and its print show it: what the person may not see is left out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from zhidu.access import scope
from zhidu.db import Session

if TYPE_CHECKING:
    from zhidu.web.print_view import PrintedRecord


def groups(view: PrintedRecord, session: Session, row: Any) -> list[dict[str, Any]]:
    """Give the field groups of a record without the fields that are hidden from the person.

    A field says by ``name`` which attribute it shows; a group left without fields goes, too.
    """
    hidden = scope.hidden_fields(session, view.kind, row)
    made = [
        {**group, "fields": _seen(group["fields"], hidden)} for group in view.facts(session, row)
    ]
    return [group for group in made if group["fields"]]


def lines(view: PrintedRecord, session: Session, row: Any) -> list[dict[str, Any]]:
    """Give the detail tables of a record without hidden columns and totals."""
    hidden = scope.hidden_fields(session, view.kind, row)
    return [_columns(table, hidden) for table in view.lines(session, row)]


def _seen(fields: Sequence[Mapping[str, Any]], hidden: Collection[str]) -> list[Any]:
    return [field for field in fields if field.get("name") not in hidden]


def _columns(table: Mapping[str, Any], hidden: Collection[str]) -> dict[str, Any]:
    kept = [i for i, column in enumerate(table["columns"]) if column.get("name") not in hidden]
    return {
        **table,
        "columns": [table["columns"][i] for i in kept],
        "rows": [[row[i] for i in kept] for row in table["rows"]],
        "totals": _seen(table.get("totals") or (), hidden),
    }
