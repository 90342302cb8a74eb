"""Kinds of leave: the register that HR keeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import redirect, request

from zhidu.db import Session
from zhidu.texts import LOCALES, gettext, localize
from zhidu.texts import lazy_gettext as _l
from zhidu.web import context, present
from zhidu.web.base_view import door
from zhidu.web.listing import Column
from zhidu.web.service_view import ServiceView
from zhidu_hr.forms import LeaveTypeChangeForm, LeaveTypeForm
from zhidu_hr.models import DayCount, LeaveType
from zhidu_hr.services import leave_types


class LeaveTypeView(ServiceView):
    """Kinds of leave."""

    kind = "hr.leave_type"
    model = LeaveType
    can_new = True
    new_label = _l("New kind of leave")
    exports = ()
    newest_first = False
    row_links = False
    columns = (
        Column("code", _l("Code"), LeaveType.code, phone="title"),
        Column("name", _l("Name"), LeaveType.name, "translated"),
        Column("limited", _l("Balance"), LeaveType.limited, "tag", lambda v: limited_tag(v)),
        Column("counts", _l("Days count"), LeaveType.counts, "tag", lambda v: counts_tag(v)),
        Column("archived", _l("Status"), LeaveType.archived_at, "tag", lambda v: archived_tag(v)),
        Column("sort", _l("Order"), LeaveType.sort, "number", sort=True),
    )
    search_columns = (LeaveType.code,)

    def visible_columns(self, session: Session) -> list[Column]:
        """Let those who may change a kind open it by its code."""
        columns = super().visible_columns(session)
        if not self.may(".edit"):
            return columns
        return [replace(c, kind="link") if c.key == "code" else c for c in columns]

    def form_for(self, _session: Session, row: LeaveType | None, data: Any) -> Any:
        """Bind the form; names and phrases by language."""
        if row is None:
            return LeaveTypeForm(data)
        values: dict[str, Any] = {
            "limited": row.limited,
            "counts": row.counts.value,
            "reason_typed": row.reason_typed,
            "sort": row.sort,
        }
        for code in LOCALES:
            values[f"name_{code}"] = (row.name or {}).get(code, "")
            values[f"reason_{code}"] = (row.reason or {}).get(code, "")
        return LeaveTypeChangeForm(data, data=values)

    def _values(self, form: Any) -> dict[str, Any]:
        return {
            "name": form.by_locale("name"),
            "reason": form.by_locale("reason"),
            "limited": form.limited.data,
            "counts": form.counts.data,
            "reason_typed": form.reason_typed.data,
            "sort": form.sort.data,
        }

    def create(self, session: Session, form: Any) -> Any:
        """Add a kind."""
        return leave_types.create(
            session, context.actor(), code=form.code.data, **self._values(form)
        )

    def save(self, session: Session, row: LeaveType, form: Any, version: int | None) -> None:
        """Change a kind."""
        leave_types.change(session, context.actor(), row, version=version, **self._values(form))

    def fields_of(self, name: str) -> Sequence[str]:
        """Name the fields of a text by locale."""
        return [f"{name}_{code}" for code in LOCALES] if name in ("name", "reason") else (name,)

    def form_title(self, row: LeaveType | None) -> str:
        """Name the page."""
        return str(self.new_label) if row is None else localize(row.name)

    def form_buttons(self, row: LeaveType | None) -> list[dict[str, Any]]:
        """Offer to take an existing kind out of use, or back."""
        buttons = super().form_buttons(row)
        if row is not None:
            label = gettext("Take out of use") if row.archived_at is None else gettext("Use again")
            buttons.insert(
                0,
                {
                    "name": "do",
                    "value": "archive",
                    "label": label,
                    "tone": "plain",
                    "novalidate": True,
                },
            )
        return buttons

    def done_url(self, _row: Any) -> str:
        """Go back to the list."""
        return self.link("index_view")

    @door("/<int:pk>/edit", "GET", "POST", needs=".edit")
    def change_view(self, pk: int) -> Any:
        """Change a kind, or take it out of use."""
        if request.method == "POST" and request.form.get("do") == "archive":
            session = context.session()
            row = self.load(session, pk, "edit")
            leave_types.archive(session, context.actor(), row, archived=row.archived_at is None)
            return redirect(self.link("index_view"), code=303)
        return self.change_page(pk)


def limited_tag(value: bool) -> dict[str, str]:
    """Say whether a balance is needed."""
    return present.tag(gettext("needs a balance") if value else gettext("no balance"))


def counts_tag(value: Any) -> dict[str, str]:
    """Say which days count."""
    return present.tag(DayCount(value).label)


def archived_tag(value: Any) -> dict[str, str]:
    """Say whether a kind is in use."""
    return present.tag(
        *((gettext("in use"), "good") if value is None else (gettext("out of use"), "plain"))
    )
