"""Inspections: what is due, what was found."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from sqlalchemy import Select
from sqlalchemy.orm import aliased

from zhidu.db import Session
from zhidu.errors import NotFound, ZhiduError
from zhidu.org.models import Member
from zhidu.texts import gettext
from zhidu.texts import lazy_gettext as _l
from zhidu.web import context
from zhidu.web.base_view import door
from zhidu.web.listing import Column, Filter, Tab
from zhidu.web.service_view import ServiceView
from zhidu_seals.forms import InspectionForm
from zhidu_seals.models import Inspection, Seal
from zhidu_seals.rules.kinds import InspectionResult
from zhidu_seals.services import inspections
from zhidu_seals.views import tags

Inspector = aliased(Member)
Custodian = aliased(Member)


class InspectionView(ServiceView):
    """Inspections that are due, and those that have a result."""

    kind = "seals.inspection"
    model = Inspection
    form_class = InspectionForm
    can_new = False
    empty_title = _l("No inspection is due.")
    empty_text = _l("They appear by themselves, every few months for each seal.")
    empty_icon = "eye"
    tabs = (
        Tab("due", _l("Due"), lambda _s: Inspection.result.is_(None)),
        Tab("done", _l("Done"), lambda _s: Inspection.result.is_not(None)),
    )
    columns = (
        Column("seal", _l("Seal"), Seal.name, "link", phone="title"),
        Column("number", _l("Seal number"), Seal.number),
        Column("due_on", _l("Due"), Inspection.due_on, "date", sort=True),
        Column("result", _l("Result"), Inspection.result, "tag", tags.inspection, phone="tag"),
        Column("custodian", _l("Custodian"), Custodian.name, "person"),
        Column("inspector", _l("Inspected by"), Inspector.name),
        Column("inspected_at", _l("Inspected"), Inspection.inspected_at, "time"),
        Column("note", _l("What was found"), Inspection.note, phone="hide"),
    )
    search_columns = (Seal.name, Seal.number)
    search_hint = _l("Seal or number")
    filters_of = (Filter("due", _l("Due"), Inspection.due_on, "dates"),)

    def source(self, statement: Select[Any], _session: Session) -> Select[Any]:
        """Join seal and people."""
        return (
            statement.select_from(Inspection)
            .join(Seal, Seal.id == Inspection.seal_id)
            .join(Custodian, Custodian.id == Seal.custodian_id)
            .outerjoin(Inspector, Inspector.id == Inspection.inspected_by)
        )

    @door("/<int:pk>", needs=".read")
    def row_view(self, pk: int) -> Any:
        """Lead to the form of one that is due, else to the seal."""
        row = self.load(context.session(), pk)
        if row.result is None and self.may(".edit"):
            return redirect(self.link("change_view", pk=pk))
        return redirect(self._seal_url(row.seal_id))

    @door("/new", "GET", "POST", needs=".create")
    def new_view(self) -> Any:
        """Inspect a seal beyond the schedule."""
        session = context.session()
        form = InspectionForm(request.form if request.method == "POST" else None)
        seal = self._seal(session, form.seal_id.data or request.args.get("seal", ""))
        form.seal_id.data = str(seal.id)
        if request.method == "POST" and form.validate():
            try:
                self.create(session, form)
            except ZhiduError as error:
                return self.refused(form, None, error)
            return redirect(self._seal_url(seal.id), code=303)
        return self.form_page(form, None), (422 if form.errors else 200)

    def create(self, session: Session, form: Any) -> Inspection:
        """Write the inspection with its result."""
        seal = self._seal(session, form.seal_id.data)
        made = inspections.inspect(
            session,
            context.actor(),
            seal,
            InspectionResult(form.result.data),
            form.note.data or "",
        )
        flash(gettext("The result was written down."), "success")
        return made

    def form_for(self, _session: Session, row: Inspection | None, data: Any) -> Any:
        """Bind the form; a new result is written, none is changed."""
        form = InspectionForm(data)
        if row is not None:
            form.seal_id.data = str(row.seal_id)
        return form

    def save(self, session: Session, row: Inspection, form: Any, _version: int | None) -> None:
        """Write the result."""
        inspections.record(
            session,
            context.actor(),
            row,
            InspectionResult(form.result.data),
            form.note.data or "",
        )
        flash(gettext("The result was written down."), "success")

    def sections(self, form: Any) -> list[dict[str, Any]]:
        """Name the seal above the form."""
        seal = self._seal(context.session(), form.seal_id.data)
        text = gettext(
            "Compare the seal “%(name)s” (%(number)s) with its imprint; it is kept by %(who)s.",
            name=seal.name,
            number=seal.number,
            who=seal.custodian.name,
        )
        note = {"group": "note", "text": text, "tone": "info"}
        return [{"items": [note, form.result, form.note]}]

    def form_title(self, _row: Inspection | None) -> str:
        """Name the page."""
        return gettext("Inspection")

    def done_url(self, row: Inspection) -> str:
        """Show the seal with its inspections."""
        return self._seal_url(row.seal_id)

    def _seal(self, session: Session, key: str) -> Seal:
        seal = session.get(Seal, int(key)) if str(key).isdecimal() else None
        if seal is None:
            raise NotFound
        return seal

    def _seal_url(self, pk: int) -> str:
        return url_for("seals_seal.row_view", pk=pk) + "#inspections"
