"""Blocks of the core's ``detail.html``, as the addon's pages need them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any


def sheet(fields: Iterable[tuple[str, Any] | Mapping[str, Any]]) -> dict[str, Any]:
    """Make a block of labelled values; a mapping is taken as it is."""
    rows = [
        dict(field) if isinstance(field, Mapping) else {"label": field[0], "value": field[1]}
        for field in fields
    ]
    return {"type": "sheet", "columns": 2, "fields": rows}


def table(
    columns: Sequence[tuple[str, str] | tuple[str, str, str]],
    rows: Iterable[tuple[str, Sequence[Any]]],
    empty: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Make a block of rows.

    :param columns: label, kind, and what it is on the phone.
    :param rows: the row's address (or nothing), and its cells.
    :param empty: what stands there without rows: icon, title, text.
    """
    return {
        "type": "table",
        "columns": [
            {"label": c[0], "kind": c[1], "phone": c[2] if len(c) > 2 else ""} for c in columns
        ],
        "rows": [{"url": url or None, "cells": list(cells)} for url, cells in rows],
        "empty": dict(empty) if empty else None,
    }
