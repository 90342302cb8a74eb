"""The form of a record as its page and its print show it: what the person may not see is left out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from zhidu.access import scope
from zhidu.db import Session
from zhidu.workflow.definition import FieldRight
from zhidu.workflow.fields import rights_of

if TYPE_CHECKING:
    from zhidu.web.print_view import PrintedRecord


def groups(view: PrintedRecord, session: Session, row: Any) -> list[dict[str, Any]]:
    """Give the field groups of a record without the fields that are hidden from the person.

    A field says by ``name`` which attribute it shows, or bears the label under which the log knows
    the attribute; a group left without fields goes, too.
    """
    unseen = hidden(view, session, row)
    made = [
        {**group, "fields": _seen(group["fields"], unseen)} for group in view.facts(session, row)
    ]
    return [group for group in made if group["fields"]]


def lines(view: PrintedRecord, session: Session, row: Any) -> list[dict[str, Any]]:
    """Give the detail tables of a record without hidden columns and totals."""
    unseen = hidden(view, session, row)
    return [_columns(table, unseen) for table in view.lines(session, row)]


def hidden(view: PrintedRecord, session: Session, row: Any) -> set[str]:
    """Name what is hidden by a guard, or by the step at which the person is or was asked.

    Both the attribute's name and its label are given: neither can be another one's.
    """
    rights = rights_of(session, session.actor, row.header)
    names = {name for name, right in rights.items() if right is FieldRight.HIDE}
    names |= scope.hidden_fields(session, view.kind, row)
    return names | {str(view.log_labels[name]) for name in names if name in view.log_labels}


def _seen(fields: Sequence[Mapping[str, Any]], hidden: Collection[str]) -> list[Any]:
    return [f for f in fields if f.get("name") not in hidden and str(f["label"]) not in hidden]


def _columns(table: Mapping[str, Any], hidden: Collection[str]) -> dict[str, Any]:
    kept = [i for i, column in enumerate(table["columns"]) if _seen([column], hidden)]
    return {
        **table,
        "columns": [table["columns"][i] for i in kept],
        "rows": [[row[i] for i in kept] for row in table["rows"]],
        "totals": _seen(table.get("totals") or (), hidden),
    }
