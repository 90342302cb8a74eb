"""The filter panel of a list, and the removable tags of the filters in force."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zhidu.db import Session
from zhidu.texts import enumerate_texts, gettext
from zhidu.web.listing import Filter, Query


def names(filters: Sequence[Filter]) -> list[str]:
    """Name the parameters of all filters."""
    found: list[str] = []
    for item in filters:
        ranged = item.kind in ("dates", "number")
        found += [f"{item.name}_from", f"{item.name}_to"] if ranged else [item.name]
    return found


def shown(filters: Sequence[Filter], session: Session, query: Query) -> list[dict[str, Any]]:
    """Draw the filter panel: each filter with its present value."""
    rows = []
    for item in filters:
        row: dict[str, Any] = {
            "kind": item.kind,
            "name": item.name,
            "label": str(item.label),
            "value": query.get(item.name),
        }
        if item.kind in ("dates", "number"):
            row |= {"from_name": f"{item.name}_from", "to_name": f"{item.name}_to"}
            row |= {"from_value": query.get(f"{item.name}_from")}
            row |= {"to_value": query.get(f"{item.name}_to")}
        if item.options is not None:
            row["options"] = list(item.options())
        if item.kind == "choices":
            row["value"] = query.many(item.name)
        if item.kind == "person" and item.lookup is not None:
            row["lookup_url"] = item.lookup()
            value = row["value"]
            known = item.who is not None and value.isdecimal()
            row["text"] = item.who(session, int(value)) if known and item.who else ""
        rows.append(row)
    return rows


def active(filters: Sequence[Filter], session: Session, query: Query) -> list[dict[str, str]]:
    """Make a removable tag of each filter in force."""
    tags = []
    if query.get("q"):
        tags.append(
            {
                "label": gettext("Search"),
                "value": query.get("q"),
                "remove_url": query.url(["q"]),
            }
        )
    for row in shown(filters, session, query):
        if row["kind"] in ("dates", "number"):
            ends = (row["from_value"], row["to_value"])
            value = " – ".join(ends) if any(ends) else ""
            drop = [row["from_name"], row["to_name"]]
        elif row["kind"] == "choices":
            titles = dict(row["options"])
            value, drop = enumerate_texts(titles.get(v, v) for v in row["value"]), [row["name"]]
        else:
            titles = dict(row.get("options", ()))
            value = row.get("text") or titles.get(row["value"], row["value"])
            drop = [row["name"]]
        if value:
            tags.append({"label": row["label"], "value": value, "remove_url": query.url(drop)})
    return tags
