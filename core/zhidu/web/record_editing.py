"""Fields of the form that a step lets its person change, on the record's page."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import TYPE_CHECKING, Any

from flask import request

from zhidu.db import Session
from zhidu.errors import ValidationError
from zhidu.texts import lazy_gettext as _l
from zhidu.web import context
from zhidu.workflow import engine
from zhidu.workflow.definition import FieldRight
from zhidu.workflow.fields import rights_of

if TYPE_CHECKING:
    from zhidu.web.record_view import RecordView

PREFIX = "set-"
"""Before the names of such inputs: a field may be called as what an act posts."""

_NOT_HERE = frozenset({"FieldList", "FormField", "FileField", "MultipleFileField"})
"""Inputs of rows and files, which have no value of their own to set."""


def shown(view: RecordView, session: Session, row: Any) -> list[Any]:
    """Give the inputs for what the person may change now, filled with what is there."""
    return _bound(view, session, row, _editable(session, row))


def save(view: RecordView, session: Session, row: Any) -> None:
    """Save what was typed into those inputs; nothing where none were sent.

    :raises ValidationError: a value is not possible, or the form's version is missing.
    """
    sent = {name.removeprefix(PREFIX) for name in request.form if name.startswith(PREFIX)}
    if not sent:
        return
    # what the step does not let the person change goes on, for the engine to refuse it
    names = sent | _editable(session, row)
    fields = _bound(view, session, row, names)
    wrong: dict[str, Any] = {}
    for field in fields:
        field.process(request.form)
        if not field.validate(field.of_form):
            wrong[field.short_name] = f"{field.label.text}: {' '.join(map(str, field.errors))}"
    if wrong:
        raise ValidationError("\n".join(wrong.values()), fields=wrong)
    version = request.form.get("set_version", "")
    if not version.isdecimal():
        raise ValidationError(_l("The form lacks the version that it was opened with."))
    values = {field.short_name: _value(row, field) for field in fields}
    engine.edit(session, context.actor(), row, values, int(version))
    session.flush()


def _editable(session: Session, row: Any) -> set[str]:
    rights = rights_of(session, context.actor(), row.header)
    return {name for name, right in rights.items() if right is FieldRight.EDIT}


def _bound(view: RecordView, session: Session, row: Any, names: Iterable[str]) -> list[Any]:
    """Take these fields out of the kind's form, under names of their own."""
    wanted = set(names)
    if not wanted or view.form_class is None:
        return []
    form = view.form_for(session, row, None)
    found = []
    for field in form:
        if field.short_name not in wanted or field.type in _NOT_HERE:
            continue
        field.name = field.id = f"{PREFIX}{field.short_name}"
        field.label.field_id = field.id
        field.of_form = form
        found.append(field)
    return found


def _value(row: Any, field: Any) -> Any:
    """Give what was typed as the attribute has it: a choice is one of its enum."""
    before = getattr(row, field.short_name, None)
    if isinstance(before, Enum) and field.data is not None:
        return type(before)(field.data)
    return field.data
