"""The company's own lists: grades, kinds of contract, sites, business matters."""

from __future__ import annotations

from typing import Any

from flask import redirect, url_for
from wtforms import IntegerField
from wtforms.validators import NumberRange, Optional

from zhidu.db import Session
from zhidu.org import lists
from zhidu.org.models_lists import ContractType, Grade, Listed, Matter, Site
from zhidu.texts import lazy_gettext as _l
from zhidu.web import context
from zhidu.web.base_view import OfficeView, door
from zhidu.web.listing import Column
from zhidu.web.pages.coded import CodedForm, CodedView

LISTS = {
    "grades": _l("Grades"),
    "contracts": _l("Kinds of contract"),
    "sites": _l("Sites"),
    "matters": _l("Business matters"),
}
"""The lists by the endpoint of their page."""


class ListsView(OfficeView):
    """The place of the lists in the menu; leads to the first of them."""

    @door("/", needs=lists.EDIT)
    def index_view(self) -> Any:
        """Go to the grades."""
        return redirect(url_for("grades.index_view"))


class EntryForm(CodedForm):
    """An entry of a list, with its place."""

    sort = IntegerField(
        _l("Order"),
        [Optional(), NumberRange(0, 9999)],
        default=100,
        description=_l("Smaller stands first; grades go from the lowest to the highest."),
    )


class EntriesView(CodedView):
    """One of the lists."""

    model: Any = Grade
    right = lists.EDIT
    form_class = EntryForm
    new_label = _l("New entry")
    empty_title = _l("No entries yet.")
    empty_icon = "list"
    sorted_by = "sort"

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Show the place in the list."""
        cls.own_columns = (Column("sort", _l("Order"), cls.model.sort, "number", sort=True),)
        super().__init_subclass__(**kwargs)

    def more(self, _session: Session) -> list[dict[str, str]]:
        """Lead to the sister lists."""
        return [
            {"label": str(title), "url": url_for(f"{name}.index_view"), "icon": "list"}
            for name, title in LISTS.items()
            if name != self.endpoint
        ]

    def load(self, session: Session, pk: int, _action: str = "read") -> Listed:
        """Give an entry: all members may read the lists, the door asks for the right to edit."""
        found: Listed = super().load(session, pk)
        return found

    def create(self, session: Session, form: Any) -> Listed:
        """Add an entry."""
        model: type[Listed] = self.model
        values = (form.code.data, form.name.data, form.sort.data or 0)
        return lists.create_entry(session, context.actor(), model, *values)

    def save(self, session: Session, row: Listed, form: Any, _version: int | None) -> None:
        """Rename or move it."""
        lists.edit_entry(
            session,
            context.actor(),
            self.model,
            row.id,
            name=form.name.data,
            sort=form.sort.data or 0,
        )

    def archive(self, session: Session, row: Listed) -> None:
        """Take it out of use."""
        lists.archive_entry(session, context.actor(), self.model, row.id)

    def restore(self, session: Session, row: Listed) -> None:
        """Take it into use again."""
        lists.restore_entry(session, context.actor(), self.model, row.id)


class GradesView(EntriesView):
    """职级."""

    kind = "core.grade"
    model = Grade
    empty_text = _l("A policy may let a grade decide up to an amount, or ask a grade to approve.")


class ContractTypesView(EntriesView):
    """用工形式."""

    kind = "core.contract_type"
    model = ContractType
    empty_text = _l("Rules of a policy may hold for permanent staff only, or leave interns out.")


class SitesView(EntriesView):
    """工作地点."""

    kind = "core.site"
    model = Site
    empty_text = _l("Rules of a policy may hold for one place of work only.")


class MattersView(EntriesView):
    """业务事项."""

    kind = "core.matter"
    model = Matter
    empty_text = _l("Leaders in charge and written authority go by matters such as contracts.")
