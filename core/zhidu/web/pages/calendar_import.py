"""Take a table of days from a file: all of them, or none with a report; for both calendars."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Response, flash, redirect, request
from wtforms import FileField

from zhidu.errors import ValidationError, ZhiduError
from zhidu.org.calendar import kind_label
from zhidu.org.models import DayKind
from zhidu.texts import Text, gettext, ngettext
from zhidu.texts import lazy_gettext as _l
from zhidu.web import context
from zhidu.web.base_view import OfficeView, say
from zhidu.web.forms import OfficeForm
from zhidu.web.pages.table_files import LINE, read_table

COLUMNS: Mapping[str, Text] = {"day": _l("Day"), "kind": _l("Kind of day"), "name": _l("Name")}
"""Columns of a table of days, for import and for its sample."""


class ImportForm(OfficeForm):
    """A table of days."""

    file = FileField(
        _l("File"),
        ui={"accept": ".xlsx,.csv", "max_mb": 2, "width": "full"},
        description=_l("Columns: day, kind of day (working day, rest day, holiday), name."),
    )


def import_page(
    view: OfficeView,
    form: ImportForm,
    title: Text | str,
    take: Callable[[list[dict[str, Any]]], int],
    *,
    then: Callable[[], None] = lambda: None,
) -> Any:
    """Show the form; when it comes back, let a service take the table's rows.

    :param take: keeps the rows and gives how many days changed; what it refuses is told, row by
        row where it names rows.
    :param then: what is done once they are kept.
    """
    report: list[dict[str, str]] = []
    status = 200
    if request.method == "POST":
        rows: list[dict[str, Any]] = []
        upload = request.files.get("file")
        chosen = upload is not None and bool(upload.filename)
        valid = form.validate()
        if not chosen:
            form.file.errors = [gettext("Choose a file.")]
        if not valid or not chosen or upload is None:
            return _draw(view, form, title, report), 422
        try:
            rows = read_table(upload.stream, str(upload.filename), COLUMNS)
            changed = take(rows)
            context.session().flush()
        except ZhiduError as error:
            context.start_over()
            status = error.status
            if not isinstance(error, ValidationError):
                say(error)
            elif error.fields:
                report = wrong_rows(error.fields, rows)
            else:
                form.file.errors = [str(error)]
        else:
            text = ngettext("%(num)s day has changed.", "%(num)s days have changed.", changed)
            flash(text, "success")
            then()
            return redirect(view.link("index_view"), code=303)
    return _draw(view, form, title, report), status


def _draw(
    view: OfficeView, form: ImportForm, title: Text | str, report: list[dict[str, str]]
) -> str:
    page = {
        "action": view.link("import_view"),
        "cancel_url": view.link("index_view"),
        "upload": True,
        "sections": [{"items": [field for field in form if field.type != "CSRFTokenField"]}],
        "errors": form.error_list(),
        "buttons": [{"name": "do", "value": "save", "label": gettext("Import"), "tone": "primary"}],
    }
    return view.show(
        "zhidu/import.html",
        title,
        form=form,
        page=page,
        preview=None,
        report=report,
        sample={"url": view.link("sample_view"), "label": gettext("Sample file (csv)")},
        crumbs=[{"label": str(view.title), "url": view.link("index_view")}],
    )


def sample_file() -> Response:
    """Send a table that can be imported."""
    return Response(
        sample(),
        mimetype="text/csv",
        headers={"Content-Disposition": 'attachment; filename="days.csv"'},
    )


def sample() -> bytes:
    """Write a table of two days that can be imported again."""
    head = ",".join(str(label) for label in COLUMNS.values())
    year = 2026
    lines = [
        head,
        f"{year}-12-25,{kind_label(DayKind.HOLIDAY)},{gettext('Company day')}",
        f"{year}-12-26,{kind_label(DayKind.WORKDAY)},",
    ]
    return ("\r\n".join(lines) + "\r\n").encode("utf-8-sig")


def wrong_rows(
    fields: Mapping[str, Text | str], rows: list[dict[str, Any]]
) -> list[dict[str, str]]:
    """List the wrong rows of a table: the row as a spreadsheet counts it, its text, and why."""
    made = []
    for place, why in sorted(fields.items(), key=lambda item: int(item[0])):
        row = rows[int(place) - 1]
        values = [row.get(name) for name in COLUMNS]
        text = " · ".join(str(value) for value in values if value not in (None, ""))
        made.append({"row": str(row[LINE]), "text": text, "why": str(why)})
    return made
