"""The register of seal use (用印登记表): read and exported, never changed."""

from __future__ import annotations

from typing import Any

from flask import url_for
from sqlalchemy import Select

from zhidu.access import check
from zhidu.db import Session
from zhidu.texts import gettext
from zhidu.texts import lazy_gettext as _l
from zhidu.web import context, present
from zhidu.web.base_view import door
from zhidu.web.listing import Column, Filter
from zhidu.web.service_view import ServiceView
from zhidu_seals import queries
from zhidu_seals.models import UseEntry
from zhidu_seals.views import tags
from zhidu_seals.views.blocks import sheet


def seal_options() -> list[tuple[str, str]]:
    """Offer the seals."""
    return [(str(one.id), one.name) for one in queries.seals(context.session())]


class RegisterView(ServiceView):
    """Every stamp, in the order of the register's own numbers."""

    kind = "seals.use_entry"
    model = UseEntry
    empty_title = _l("Nothing was stamped yet.")
    empty_text = _l("Each stamp writes a line by itself; nobody can change it afterwards.")
    empty_icon = "book"
    columns = (
        Column("number", _l("No."), UseEntry.number, "link", phone="title"),
        Column("stamped_at", _l("Stamped at"), UseEntry.stamped_at, "time"),
        Column("seal_name", _l("Seal"), UseEntry.seal_name, phone="tag"),
        Column("document_title", _l("Document"), UseEntry.document_title),
        Column("document_type", _l("Type"), UseEntry.document_type, "tag", tags.document_type),
        Column("copies", _l("Copies"), UseEntry.copies, "number"),
        Column("department", _l("Department"), UseEntry.department, phone="hide"),
        Column("applicant", _l("Applicant"), UseEntry.applicant, "person"),
        Column("approvers", _l("Approved by"), UseEntry.approvers),
        Column("keeper", _l("Stamped by"), UseEntry.keeper, "person"),
        Column("request_number", _l("Request number"), UseEntry.request_number),
        Column("counterparty", _l("Other party"), UseEntry.counterparty, phone="hide"),
        Column("purpose", _l("Purpose"), UseEntry.purpose, phone="hide"),
        Column("note", _l("Note"), UseEntry.note, phone="hide"),
    )
    export_only = (
        Column("seal_number", _l("Seal number"), UseEntry.seal_number),
        Column("document_sha256", _l("SHA-256 of the document"), UseEntry.document_sha256),
    )
    search_columns = (
        UseEntry.number,
        UseEntry.document_title,
        UseEntry.applicant,
        UseEntry.request_number,
        UseEntry.counterparty,
    )
    search_hint = _l("Number, document, applicant or other party")
    filters_of = (
        Filter("seal", _l("Seal"), UseEntry.seal_id, "choice", seal_options),
        Filter("stamped", _l("Stamped at"), UseEntry.stamped_at, "dates"),
    )

    def source(self, statement: Select[Any], _session: Session) -> Select[Any]:
        """Read the register alone: its lines keep the names as they were."""
        return statement.select_from(UseEntry)

    def visible_columns(self, session: Session) -> list[Column]:
        """Give files the hash and the seal's number, too: a page has no room for them."""
        columns = super().visible_columns(session)
        return [*columns, *self.export_only] if _exporting() else columns

    @door("/<int:pk>", needs=".read")
    def row_view(self, pk: int) -> str:
        """Show a line with all that it says."""
        session = context.session()
        row = self.load(session, pk)
        when = present.when(row.stamped_at, context.here().timezone) or {"text": ""}
        fields: list[Any] = [
            (gettext("Stamped at"), when["text"]),
            (gettext("Copies"), str(row.copies)),
            (gettext("Seal"), f"{row.seal_name} ({row.seal_number})"),
            (gettext("Stamped by"), row.keeper),
            (gettext("Approved by"), row.approvers),
            (gettext("Applicant"), row.applicant),
            (gettext("Department"), row.department),
            (gettext("Request number"), row.request_number),
            (gettext("Type of document"), str(row.document_type.label)),
            (gettext("Other party"), row.counterparty),
            {"label": gettext("Purpose"), "value": row.purpose, "wide": True},
            {"label": gettext("Note"), "value": row.note, "wide": True},
            {"label": gettext("SHA-256"), "value": row.document_sha256, "wide": True},
        ]
        links = []
        if check.can(session, "seals.use_request.read", _header(session, row)):
            links.append(
                {
                    "label": gettext("Open the request"),
                    "url": url_for("seals_use_request.row_view", pk=row.record_id),
                    "icon": "seal",
                }
            )
        page = {
            "kind": gettext("Register of seal use"),
            "icon": "book",
            "tags": [present.tag(row.number)],
            "here": self.link("row_view", pk=pk),
            "links": links,
            "panes": [{"id": "line", "label": gettext("Line"), "blocks": [sheet(fields)]}],
        }
        return self.show(
            "zhidu/detail.html",
            row.document_title,
            page=page,
            crumbs=[{"label": str(self.title), "url": self.link("index_view")}],
        )


def _header(session: Session, row: UseEntry) -> Any:
    from zhidu.records.models import Record

    return session.get_one(Record, row.record_id)


def _exporting() -> bool:
    from flask import request

    return "/export/" in request.path
