"""Small parts that several of the core's own pages are made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask import current_app, flash, request
from markupsafe import Markup

from zhidu.errors import ZhiduError
from zhidu.texts import Text
from zhidu.web import context
from zhidu.web.base_view import OfficeView


def block(name: str, *args: Any) -> Markup:
    """Draw one of the macros of ``_blocks.html``."""
    macros = current_app.jinja_env.get_template("zhidu/_blocks.html").module
    return Markup(getattr(macros, name)(*args))  # noqa: S704 -- drawn by an autoescaping template


def sheet(
    fields: Iterable[tuple[Text | str, Any] | Mapping[str, Any]],
    columns: int = 2,
    title: Text | str = "",
) -> dict[str, Any]:
    """Make a block of labelled values; a mapping is taken as it is."""
    rows = [
        dict(field) if isinstance(field, Mapping) else {"label": str(field[0]), "value": field[1]}
        for field in fields
    ]
    return {"type": "sheet", "title": str(title), "columns": columns, "fields": rows}


def table(
    columns: Sequence[tuple[Text | str, str] | tuple[Text | str, str, str]],
    rows: Iterable[tuple[str, Sequence[Any]]],
    **more: Any,
) -> dict[str, Any]:
    """Make a block of rows.

    :param columns: label, kind, and what it is on the phone.
    :param rows: the row's address (or nothing), and its cells.
    """
    return {
        "type": "table",
        "columns": [
            {"label": str(c[0]), "kind": c[1], "phone": c[2] if len(c) > 2 else ""} for c in columns
        ],
        "rows": [{"url": url or None, "cells": list(cells)} for url, cells in rows],
        **more,
    }


def confirmed() -> bool:
    """Tell whether the question before this act was answered."""
    return request.form.get("confirmed") == "1"


def question(
    view: OfficeView,
    title: Text | str,
    text: Text | str,
    label: Text | str,
    *,
    cancel_url: str,
    items: Iterable[Text | str] = (),
    tone: str = "danger",
) -> str:
    """Ask before an act; what was posted is posted again with ``confirmed=1``."""
    context.start_over()
    hidden = [
        (name, value)
        for name, values in request.form.lists()
        if name not in ("csrf_token", "confirmed")
        for value in values
    ]
    page = {
        "text": str(text),
        "action": request.script_root + request.path,
        "hidden": hidden,
        "label": str(label),
        "tone": tone,
        "items": [str(item) for item in items],
        "cancel_url": cancel_url,
    }
    return view.show("zhidu/confirm.html", title, page=page)


def place(form: Any, error: ZhiduError) -> None:
    """Roll the unit of work back; put what was refused beside the inputs, else above the form."""
    context.start_over()
    fields = getattr(error, "fields", {})
    if not fields or not form.add_errors(fields):
        flash(str(error), "error")
