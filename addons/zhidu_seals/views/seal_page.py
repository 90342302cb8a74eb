"""What the page of one seal shows, for whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import url_for

from zhidu.access import check
from zhidu.db import Session
from zhidu.org import queries as org
from zhidu.texts import gettext
from zhidu.web import context, present
from zhidu.web.pages.audit_words import row_log
from zhidu_seals import queries
from zhidu_seals.errors import SOURCE
from zhidu_seals.models import Seal
from zhidu_seals.rules.kinds import SealState
from zhidu_seals.services.inspections import INSPECTED
from zhidu_seals.views import tags
from zhidu_seals.views.blocks import sheet, table

if TYPE_CHECKING:
    from zhidu_seals.views.seals import SealView

SHOWN = 50
"""Rows of a pane; the lists have all of them."""


def build(view: SealView, session: Session, seal: Seal) -> dict[str, Any]:
    """Make what detail.html shows."""
    panes = [_file(seal), _custody(session, seal)]
    if check.can(session, "seals.inspection.read"):
        panes.append(_inspections(session, seal))
    if check.can(session, "seals.use_entry.read"):
        panes.append(_uses(session, seal))
    if check.can(session, "seals.seal.edit", seal) or check.can(session, "core.audit.read"):
        panes.append(_log(session, seal))
    return {
        "kind": str(seal.type.label),
        "icon": "seal",
        "tags": [tags.seal_state(seal.state)],
        "meta": [seal.number, seal.kept_where],
        "here": view.link("row_view", pk=seal.id),
        "links": _links(view, session, seal),
        "note": _note(session, seal),
        "panes": panes,
        "side": _rules(),
    }


def _links(view: SealView, session: Session, seal: Seal) -> list[dict[str, Any]]:
    me = context.member_id()
    links = []
    orphaned = not org.works_here(session, seal.custodian_id)
    if orphaned and check.can(session, "seals.seal.edit", seal):
        links.append(
            {
                "label": gettext("Appoint a custodian"),
                "url": view.link("appoint_view", pk=seal.id),
                "icon": "user",
                "tone": "primary",
            }
        )
    if check.can(session, "seals.seal.edit", seal):
        links.append(
            {
                "label": gettext("Edit"),
                "url": view.link("change_view", pk=seal.id),
                "icon": "edit",
            }
        )
    if view.states(session, seal):
        links.append(
            {
                "label": gettext("Change the state"),
                "url": view.link("state_view", pk=seal.id),
                "icon": "ban",
            }
        )
    if seal.state in INSPECTED and check.can(session, "seals.inspection.create"):
        links.append(
            {
                "label": gettext("Inspect"),
                "url": url_for("seals_inspection.new_view", seal=seal.id),
                "icon": "eye",
            }
        )
    gone = seal.state in {SealState.LOST, SealState.DESTROYED}
    if me == seal.custodian_id and not gone and queries.open_handover(session, seal.id) is None:
        links.append(
            {
                "label": gettext("Hand over custody"),
                "url": url_for("seals_handover.new_view", seal=seal.id),
                "icon": "swap",
                "tone": "primary",
            }
        )
    return links


def _note(session: Session, seal: Seal) -> dict[str, Any] | None:
    handover = queries.open_handover(session, seal.id)
    if handover is not None:
        me = context.member_id()
        mine = me in {handover.giver_id, handover.receiver_id}
        readable = mine or check.can(session, "seals.handover.read")
        return {
            "text": gettext(
                "A handover to %(name)s waits for the signature of the receiver.",
                name=handover.receiver.name,
            ),
            "tone": "info",
            "url": url_for("seals_handover.row_view", pk=handover.id) if readable else None,
            "url_label": gettext("Open the handover") if readable else None,
        }
    if seal.state is not SealState.IN_USE:
        return {
            "text": gettext(
                "“%(state)s” since %(day)s: %(reason)s",
                state=seal.state.label,
                day=_when(seal.state_since)["text"],
                reason=seal.state_reason,
            ),
            "tone": "bad" if seal.state is not SealState.SUSPENDED else "warn",
        }
    return None


def _file(seal: Seal) -> dict[str, Any]:
    permitted = [present.tag(one.label) for one in seal.permitted]
    rows: list[Any] = [
        (gettext("Type"), str(seal.type.label)),
        (gettext("Seal number"), seal.number),
        {"label": gettext("Custodian"), "person": present.person(seal.custodian.name)},
        {
            "label": gettext("Backup custodian"),
            **(
                {"person": present.person(seal.backup.name)}
                if seal.backup is not None
                else {"value": None}
            ),
        },
        {"label": gettext("Approver"), "person": present.person(seal.approver.name)},
        (gettext("Kept where"), seal.kept_where),
        (gettext("In use since"), present.day(seal.entered_on)),
        {"label": gettext("Permitted documents"), "tags": permitted, "wide": True},
        {"label": gettext("Note"), "value": seal.note, "wide": True},
    ]
    return {
        "id": "file",
        "label": gettext("Details"),
        "blocks": [sheet(rows)],
    }


def _rules() -> dict[str, Any]:
    """Show the addon's own rules as such: no clause is borrowed for them."""
    text = gettext(
        "Applicant, approver and custodian of one use are three different people;"
        " finance seal and legal representative's seal have different custodians."
        " No clause says so: these are defaults of the addon."
    )
    return {
        "title": str(SOURCE.label),
        "blocks": [{"type": "note", "text": text, "tone": "info"}],
    }


def _custody(session: Session, seal: Seal) -> dict[str, Any]:
    rows = queries.custody_history(session, seal.id)
    columns = (
        (gettext("Custodian"), "person", "title"),
        (gettext("From"), "time"),
        (gettext("Until"), "time"),
        (gettext("How"), "text"),
    )
    cells = [
        (
            url_for("seals_handover.row_view", pk=row.handover_id)
            if row.handover_id and check.can(session, "seals.handover.read")
            else "",
            (
                present.person(row.member.name),
                _when(row.since),
                _when(row.until) if row.until else None,
                gettext("Handover signed by both")
                if row.handover_id
                else row.note or gettext("First custodian"),
            ),
        )
        for row in rows
    ]
    return {
        "id": "custody",
        "label": gettext("Custody"),
        "count": len(cells),
        "blocks": [table(columns, cells)],
    }


def _inspections(session: Session, seal: Seal) -> dict[str, Any]:
    rows = queries.inspections(session, seal.id, SHOWN)
    may = check.can(session, "seals.inspection.edit")
    columns = (
        (gettext("Due"), "date", "title"),
        (gettext("Result"), "tag", "tag"),
        (gettext("Inspected by"), "text"),
        (gettext("Inspected"), "time"),
        (gettext("What was found"), "text"),
    )
    cells = [
        (
            url_for("seals_inspection.change_view", pk=row.id) if may and not row.result else "",
            (
                present.day(row.due_on),
                tags.inspection(row.result),
                row.inspector.name if row.inspector else None,
                _when(row.inspected_at) if row.inspected_at else None,
                row.note,
            ),
        )
        for row in rows
    ]
    empty = {
        "icon": "eye",
        "title": gettext("Not inspected yet."),
        "text": gettext("An inspection appears here when it falls due."),
    }
    return {
        "id": "inspections",
        "label": gettext("Inspections"),
        "count": len(cells),
        "blocks": [table(columns, cells, empty=empty)],
    }


def _uses(session: Session, seal: Seal) -> dict[str, Any]:
    rows = queries.uses(session, seal.id, SHOWN)
    columns = (
        (gettext("No."), "link", "title"),
        (gettext("Stamped at"), "time"),
        (gettext("Document"), "text"),
        (gettext("Copies"), "number"),
        (gettext("Applicant"), "text"),
        (gettext("Stamped by"), "text"),
    )
    cells = [
        (
            url_for("seals_use_entry.row_view", pk=row.id),
            (
                row.number,
                _when(row.stamped_at),
                row.document_title,
                str(row.copies),
                row.applicant,
                row.keeper,
            ),
        )
        for row in rows
    ]
    empty = {"icon": "book", "title": gettext("Nothing was stamped with this seal yet.")}
    return {
        "id": "uses",
        "label": gettext("Uses"),
        "count": len(cells),
        "blocks": [table(columns, cells, empty=empty)],
    }


def _log(session: Session, seal: Seal) -> dict[str, Any]:
    """Show the seal's own trail, as every page shows a row's."""
    log = row_log(session, "seals.seal", seal.id)
    return {"id": "log", "label": gettext("Log"), "blocks": [log]}


def _when(instant: Any) -> dict[str, str]:
    return present.when(instant, context.here().timezone) or {"iso": "", "text": ""}
