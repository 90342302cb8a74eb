"""The file of seals: list, page, form, and the change of a seal's state."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from sqlalchemy import Select
from sqlalchemy.orm import aliased

from zhidu.access import check
from zhidu.db import Session
from zhidu.errors import PermissionDenied, ValidationError, ZhiduError
from zhidu.org.models import Member
from zhidu.texts import gettext
from zhidu.texts import lazy_gettext as _l
from zhidu.web import context
from zhidu.web.base_view import MEMBER, door, say
from zhidu.web.listing import Column, Filter
from zhidu.web.service_view import ServiceView
from zhidu_seals import queries
from zhidu_seals.forms import AppointForm, SealForm, StateForm, choose_person
from zhidu_seals.models import Seal
from zhidu_seals.rules.kinds import NEXT, DocumentType, SealState, SealType
from zhidu_seals.services import custody, seals
from zhidu_seals.views import seal_page, tags

Custodian = aliased(Member)
Approver = aliased(Member)


class SealView(ServiceView):
    """Every seal of the company, whatever became of it."""

    kind = "seals.seal"
    model = Seal
    can_new = True
    new_label = _l("Enter a seal")
    empty_title = _l("No seals yet.")
    empty_text = _l(
        "Enter the company's seals with their custodians; then people can ask for them."
    )
    empty_icon = "seal"
    newest_first = False
    columns = (
        Column("name", _l("Name"), Seal.name, "link", phone="title"),
        Column("number", _l("Seal number"), Seal.number, sort=True),
        Column("type", _l("Type"), Seal.type, "tag", tags.seal_type),
        Column("state", _l("State"), Seal.state, "tag", tags.seal_state, phone="tag"),
        Column("custodian", _l("Custodian"), Custodian.name, "person"),
        Column("approver", _l("Approver"), Approver.name, "person"),
        Column("kept_where", _l("Kept where"), Seal.kept_where, phone="hide"),
    )
    search_columns = (Seal.name, Seal.number, Custodian.name, Custodian.name_key)
    search_hint = _l("Name, number or custodian")
    filters_of = (
        Filter(
            "type",
            _l("Type"),
            Seal.type,
            "choice",
            lambda: [(one.value, str(one.label)) for one in SealType],
        ),
        Filter(
            "state",
            _l("State"),
            Seal.state,
            "choices",
            lambda: [(one.value, str(one.label)) for one in SealState],
        ),
    )

    def source(self, statement: Select[Any], _session: Session) -> Select[Any]:
        """Join the people."""
        return (
            statement.select_from(Seal)
            .join(Custodian, Custodian.id == Seal.custodian_id)
            .join(Approver, Approver.id == Seal.approver_id)
        )

    # --- form

    def form_for(self, session: Session, row: Seal | None, data: Any) -> Any:
        """Bind the form: with a first custodian for a new seal only."""
        if row is None:
            form = SealForm(data, data={"entered_on": queries.local_today(session)})
            choose_person(form.custodian_id, session)
        else:
            form = SealForm(data, obj=row)
            del form["custodian_id"], form["entered_on"]  # the first changes by a handover
        choose_person(form.approver_id, session)
        choose_person(form.backup_id, session)
        return form

    def _file(self, form: Any) -> seals.SealFile:
        return seals.SealFile(
            type=SealType(form.type.data),
            name=form.name.data or "",
            number=form.number.data or "",
            document_types=tuple(DocumentType(one) for one in form.document_types.data or ()),
            approver_id=form.approver_id.data or 0,
            backup_id=form.backup_id.data,
            kept_where=form.kept_where.data or "",
            note=form.note.data or "",
        )

    def create(self, session: Session, form: Any) -> Seal:
        """Enter a seal."""
        return seals.create(
            session,
            context.actor(),
            self._file(form),
            custodian_id=form.custodian_id.data or 0,
            entered_on=form.entered_on.data,
        )

    def save(self, session: Session, row: Seal, form: Any, version: int | None) -> None:
        """Change a seal's file."""
        if version is None:
            raise ValidationError(_l("The form lacks the version that it was opened with."))
        seals.change(session, context.actor(), row, self._file(form), version=version)

    def form_title(self, row: Seal | None) -> str:
        """Name the page."""
        return str(self.new_label) if row is None else row.name

    # --- page

    @door("/<int:pk>", needs=".read")
    def row_view(self, pk: int) -> str:
        """Show a seal: its people, its custody, its inspections, its uses."""
        session = context.session()
        seal = self.load(session, pk)
        return self.show(
            "zhidu/detail.html",
            seal.name,
            page=seal_page.build(self, session, seal),
            crumbs=[{"label": str(self.title), "url": self.link("index_view")}],
        )

    # --- state and appointment

    def states(self, session: Session, seal: Seal) -> list[SealState]:
        """List the states into which this person may put the seal."""
        possible = list(NEXT[seal.state])
        if check.can(session, "seals.seal.edit", seal):
            return possible
        mine = context.member_id() in seal.keepers
        return [one for one in possible if one in seals.STOPS] if mine else []

    @door("/<int:pk>/state", "GET", "POST", needs=MEMBER)
    def state_view(self, pk: int) -> Any:
        """Stop the seal's use, take it up again, or write it off."""
        session = context.session()
        seal = self.load(session, pk)
        possible = self.states(session, seal)
        if not possible:
            raise PermissionDenied("seals.seal.edit")
        form = StateForm(request.form if request.method == "POST" else None)
        form.state.choices = [(one.value, one.label) for one in possible]

        def act() -> None:
            seals.change_state(
                session, context.actor(), seal, SealState(form.state.data), form.reason.data
            )
            flash(gettext("The state of the seal was changed."), "success")

        return self._small_form(seal, form, act)

    @door("/<int:pk>/appoint", "GET", "POST", needs=".edit")
    def appoint_view(self, pk: int) -> Any:
        """Name a custodian in the place of one who has left."""
        session = context.session()
        seal = self.load(session, pk, "edit")
        form = AppointForm(request.form if request.method == "POST" else None)
        choose_person(form.member_id, session)

        def act() -> None:
            custody.appoint(session, context.actor(), seal, form.member_id.data, form.reason.data)
            flash(gettext("The seal has a new custodian."), "success")

        return self._small_form(seal, form, act)

    def _small_form(self, seal: Seal, form: Any, act: Any) -> Any:
        """Draw a form about a seal, or do what it says and show the seal."""
        pk, name = seal.id, seal.name
        status = 200
        if request.method == "POST" and form.validate():
            try:
                act()
            except ZhiduError as error:
                context.start_over()
                fields = error.fields if isinstance(error, ValidationError) else {}
                if not fields or not form.add_errors(fields):
                    say(error)
                status = error.status
            else:
                return redirect(self.link("row_view", pk=pk), code=303)
        elif form.errors:
            status = 422
        page = {
            "action": request.script_root + request.path,
            "cancel_url": self.link("row_view", pk=pk),
            "upload": False,
            "sections": self.sections(form),
            "errors": form.error_list(),
            "buttons": self.form_buttons(None),
        }
        crumbs = [
            {"label": str(self.title), "url": self.link("index_view")},
            {"label": name, "url": self.link("row_view", pk=pk)},
        ]
        html = self.show("zhidu/form.html", name, form=form, page=page, crumbs=crumbs)
        return html, status


def seal_url(pk: int) -> str:
    """Give the address of a seal's page."""
    return url_for("seals_seal.row_view", pk=pk)
