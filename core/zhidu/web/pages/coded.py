"""What policies name by a code: posts, groups, and the company's own lists; one kind of register."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import flash, redirect, request
from sqlalchemy import Select
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from zhidu.db import Session
from zhidu.errors import ZhiduError
from zhidu.texts import Text, gettext
from zhidu.texts import lazy_gettext as _l
from zhidu.web import context, present
from zhidu.web.base_view import door, say
from zhidu.web.forms import OfficeForm
from zhidu.web.listing import Column, Tab
from zhidu.web.pages.core_view import CoreView


class CodedForm(OfficeForm):
    """A code and a name."""

    code = StringField(
        _l("Code"),
        [DataRequired(), Length(max=32)],
        description=_l("Policies name the entry by it; it never changes."),
        render_kw={"autocomplete": "off"},
    )
    name = StringField(_l("Name"), [DataRequired(), Length(max=100)])


class CodedView(CoreView):
    """A register of entries with a code, that can be taken out of use and back.

    What a subclass states: ``right``, ``own_columns``, and the verbs ``create``, ``save``,
    ``archive``, ``restore``.
    """

    right: ClassVar[str] = ""
    """The permission for everything here."""
    own_columns: ClassVar[tuple[Column, ...]] = ()
    can_new = True
    exports = ("xlsx", "csv")
    newest_first = False
    search_hint = _l("Name or code")
    lock_hint: ClassVar[Text] = _l("Policies name the entry by its code.")

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Derive rights, tabs and columns of the register from its model."""
        super().__init_subclass__(**kwargs)
        model: Any = cls.model
        cls.verbs = dict.fromkeys((".read", ".create", ".edit", ".export"), cls.right)
        cls.search_columns = (model.name, model.code)
        cls.tabs = (
            Tab("used", _l("In use"), lambda _s: model.archived_at.is_(None)),
            Tab("archived", _l("Archived"), lambda _s: model.archived_at.is_not(None)),
        )
        cls.columns = (
            Column("name", _l("Name"), model.name, "link", phone="title", sort=True),
            Column("code", _l("Code"), model.code, sort=True),
            *cls.own_columns,
            Column("archived", _l("Status"), model.archived_at, "tag", used_tag, phone="tag"),
        )

    def source(self, statement: Select[Any], _session: Session) -> Select[Any]:
        """Read this register only."""
        return statement.select_from(self.model)

    def form_for(self, session: Session, row: Any | None, data: Any) -> OfficeForm:
        """Bind the form; the code never changes."""
        form: Any = super().form_for(session, row, data)
        if row is not None:
            form.code.ui["lock"] = str(self.lock_hint)
            form.code.validators, form.code.data = [], row.code
            form.code.raw_data, form.code.flags.required = None, False
        return form  # type: ignore[no-any-return]  # the fields are the subclass's

    def archive(self, session: Session, row: Any) -> None:
        """Take an entry out of use by the service."""
        raise NotImplementedError

    def restore(self, session: Session, row: Any) -> None:
        """Take an entry into use again by the service."""
        raise NotImplementedError

    def form_title(self, row: Any | None) -> str:
        """Name the page."""
        return str(self.new_label) if row is None else str(row.name)

    def form_buttons(self, row: Any | None) -> list[dict[str, Any]]:
        """Offer to take an entry out of use, or back."""
        buttons = super().form_buttons(row)
        if row is not None:
            label = gettext("Archive") if row.archived_at is None else gettext("Use again")
            first = {"name": "do", "value": "archive", "label": label, "tone": "plain"}
            buttons.insert(0, {**first, "novalidate": True})
        return buttons

    def done_url(self, row: Any) -> str:
        """Go back to the list."""
        flash(gettext("“%(name)s” was saved.", name=row.name), "success")
        return self.link("index_view")

    @door("/<int:pk>/edit", "GET", "POST", needs=".edit")
    def change_view(self, pk: int) -> Any:
        """Change an entry, or take it out of use."""
        if request.method != "POST" or request.form.get("do") != "archive":
            return self.change_page(pk)
        session = context.session()
        row = self.load(session, pk, "edit")
        try:
            (self.archive if row.archived_at is None else self.restore)(session, row)
            session.flush()
        except ZhiduError as error:
            context.start_over()
            say(error)
            return redirect(self.link("change_view", pk=pk), code=303)
        return redirect(self.done_url(row), code=303)


def used_tag(value: Any) -> dict[str, str]:
    """Say whether something is in use."""
    return present.tag(
        *((gettext("in use"), "good") if value is None else (gettext("archived"), "plain"))
    )
