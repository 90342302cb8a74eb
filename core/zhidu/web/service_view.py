"""``ServiceView``: a register with pages, forms and verbs, all through services."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from flask import abort, redirect, request
from sqlalchemy import inspect

from zhidu.access import scope
from zhidu.db import Session
from zhidu.errors import StaleRecord, ValidationError, ZhiduError
from zhidu.texts import gettext
from zhidu.web import context, present
from zhidu.web.base_view import door, say
from zhidu.web.forms import OfficeForm
from zhidu.web.list_view import ListView


class ServiceView(ListView):
    """A list, a page per row, a form.

    What a subclass may state beyond ``ListView``: ``form_class``, and the methods ``load``,
    ``create``, ``save``.
    """

    form_class: ClassVar[type[OfficeForm] | None] = None

    def load(self, session: Session, pk: int, action: str = "read") -> Any:
        """Give a row the person may read (or edit), else raise ``NotFound``."""
        return scope.get(session, self.kind, pk, action)

    def form_for(self, session: Session, row: Any | None, data: Any) -> OfficeForm:
        """Bind the form: to what was posted, else to the row."""
        if self.form_class is None:
            abort(404)
        return self.form_class(data, obj=row)

    def create(self, session: Session, form: Any) -> Any:
        """Create a row by a service and return it."""
        raise NotImplementedError

    def save(self, session: Session, row: Any, form: Any, version: int | None) -> Any:
        """Save a row by a service."""
        raise NotImplementedError

    def sections(self, form: Any) -> list[dict[str, Any]]:
        """Arrange the form's fields."""
        return [{"items": [f for f in form if f.type != "HiddenField"]}]

    def form_buttons(self, _row: Any | None) -> list[dict[str, Any]]:
        """Give the form's buttons, the main one last."""
        return [{"name": "do", "value": "save", "label": gettext("Save"), "tone": "primary"}]

    def form_page(self, form: Any, row: Any | None, **extra: Any) -> str:
        """Draw the form."""
        page = {
            "action": request.script_root + request.path,
            "cancel_url": self.link("row_view", pk=row.id)
            if row is not None and self.row_links
            else self.link("index_view"),
            "upload": any(f.type in ("FileField", "MultipleFileField") for f in form),
            "sections": self.sections(form),
            "errors": form.error_list(),
            "buttons": self.form_buttons(row),
            "version": getattr(row, "version", None),
            **extra,
        }
        return self.show(
            "zhidu/form.html",
            self.form_title(row),
            form=form,
            page=page,
            preview=extra.get("preview"),
            crumbs=[{"label": str(self.title), "url": self.link("index_view")}],
        )

    def form_title(self, row: Any | None) -> str:
        """Name the form's page."""
        return str(self.new_label or gettext("New")) if row is None else gettext("Edit")

    @door("/new", "GET", "POST", needs=".create")
    def new_view(self) -> Any:
        """Create a row."""
        session = context.session()
        if not self.can_new:
            abort(404)
        form = self.form_for(session, None, request.form if request.method == "POST" else None)
        if request.method == "POST" and form.validate():
            try:
                row = self.create(session, form)
                session.flush()
            except (ValidationError, ZhiduError) as error:
                return self.refused(form, None, error)
            return redirect(self.done_url(row), code=303)
        return self.form_page(form, None), (422 if form.errors else 200)

    @door("/<int:pk>/edit", "GET", "POST", needs=".edit")
    def change_view(self, pk: int) -> Any:
        """Change a row; a version older than the stored one is refused."""
        return self.change_page(pk)

    def change_page(self, pk: int) -> Any:
        """Draw the form of a row, or save what was posted."""
        session = context.session()
        row = self.load(session, pk, "edit")
        form = self.form_for(session, row, request.form if request.method == "POST" else None)
        if request.method == "POST":
            self._keep_theirs(session, row, form)
        if request.method == "POST" and form.validate():
            version = request.form.get("version", "")
            try:
                self.save(session, row, form, int(version) if version.isdecimal() else None)
                session.flush()
            except (ValidationError, ZhiduError) as error:
                return self.refused(form, row, error)
            return redirect(self.done_url(row), code=303)
        return self.form_page(form, row), (422 if form.errors else 200)

    def fields_of(self, name: str) -> Sequence[str]:
        """Name the form's fields for one attribute of a row: a text by locale has several."""
        return (name,)

    def _keep_theirs(self, session: Session, row: Any, form: Any) -> None:
        """Take the saved value of each field for which it was chosen after a conflict."""
        marked = [n for n, v in request.form.items() if n.startswith("keep_") and v == "theirs"]
        saved = self.form_for(session, row, None) if marked else None
        for name in (f for mark in marked for f in self.fields_of(mark.removeprefix("keep_"))):
            if saved is not None and name in form and name in saved:
                form[name].data = saved[name].data

    def done_url(self, row: Any) -> str:
        """Say where to go after a save."""
        return self.link("row_view", pk=row.id) if self.row_links else self.link("index_view")

    def refused(self, form: Any, row: Any | None, error: ZhiduError) -> Any:
        """Show the form again with what the service said; nothing was saved."""
        context.start_over()
        extra: dict[str, Any] = {}
        if row is not None:  # it went with the unit of work that was rolled back
            row = self.load(context.session(), inspect(row).identity[0])
        placed = False
        if isinstance(error, StaleRecord):
            extra["conflict"] = conflict(error)
            extra["version"] = error.version
        elif isinstance(error, ValidationError):
            placed = bool(error.fields) and form.add_errors(error.fields)
        if not placed and not extra:
            say(error)
        return self.form_page(form, row, **extra), error.status

    @door("/<int:pk>", needs=".read")
    def row_view(self, pk: int) -> Any:
        """Show one row; a register without pages of its own goes to the form."""
        return redirect(self.link("change_view", pk=pk))


def conflict(error: StaleRecord) -> dict[str, Any]:
    """Show both values of each field that two people changed."""
    return {
        "who": error.who,
        "when": present.when(error.at, context.here().timezone) or {"iso": "", "text": ""},
        "rows": [
            {
                "name": c.name,
                "label": str(c.label),
                "was": c.was,
                "theirs": c.theirs,
                "yours": c.yours,
            }
            for c in error.clashes
        ],
    }
