"""Two people saved the same form: which fields differ, with both values as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from zhidu.audit.labels import column_label
from zhidu.errors import FieldClash
from zhidu.texts import enumerate_texts, gettext, localize, show_number


def find_clashes(
    row: Any,
    typed: Mapping[str, Any],
    original: Mapping[str, Any] | None,
) -> tuple[FieldClash, ...]:
    """List the fields whose saved value is not the typed one.

    With ``original``, a field that only this person changed is no clash.
    """
    clashes = []
    for name, yours in typed.items():
        theirs = getattr(row, name, None)
        if theirs == yours or (original is not None and original.get(name) == theirs):
            continue
        label = column_label(type(row), name)
        was = show(original.get(name)) if original is not None else ""
        clashes.append(FieldClash(name, label, was, show(theirs), show(yours)))
    return tuple(clashes)


def show(value: object) -> str:
    """Write a value of a form as people read it."""
    match value:
        case None:
            return ""
        case bool():
            return gettext("yes") if value else gettext("no")
        case Decimal():
            return show_number(value)
        case Enum():
            return str(getattr(value, "label", value.value))
        case datetime() | date():
            return value.isoformat(*((" ", "minutes") if isinstance(value, datetime) else ()))
        case dict():
            return localize(value)
        case list() | tuple():
            return enumerate_texts(show(item) for item in value)
    return str(value)
