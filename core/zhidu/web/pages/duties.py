"""Recurring duties: what was opened and is to be done, and the register of what the policy demands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, abort, request, send_file, url_for
from markupsafe import Markup, escape
from sqlalchemy import ColumnElement, Select, case, literal
from sqlalchemy.orm import aliased

from zhidu.clock import now
from zhidu.db import Session
from zhidu.exchange.exporter import Sheet, export
from zhidu.org.models import Department, Member
from zhidu.policy import duties_kind
from zhidu.policy.duty_models import KIND, Duty
from zhidu.records.models import Record
from zhidu.texts import gettext
from zhidu.texts import lazy_gettext as _l
from zhidu.web import context, present
from zhidu.web.base_view import door
from zhidu.web.listing import Column, Filter, Tab
from zhidu.web.pages import duties_plan as plan
from zhidu.web.pages import duties_words as words
from zhidu.web.pages.core_view import names_of
from zhidu.web.record_view import RecordView

_DOER = aliased(Member)


def _open() -> ColumnElement[bool]:
    return Record.ended_at.is_(None)


TABS = (
    Tab("open", _l("To be done"), lambda _session: _open()),
    Tab("late", _l("Overdue"), lambda _session: _open() & (Duty.due_at < now())),
    Tab("done", _l("Done"), lambda _session: Duty.done_at.is_not(None)),
    Tab("all", _l("All"), lambda _session: None),
)


def _state(value: str) -> dict[str, str]:
    match value:
        case "done":
            return present.tag(gettext("done"), "good")
        case "late":
            return present.tag(gettext("done late"), "warn")
        case "overdue":
            return present.tag(gettext("overdue"), "bad")
        case "ended":
            return present.tag(gettext("ended without being done"), "plain")
    return present.tag(gettext("to be done"), "info")


class DutiesView(RecordView):
    """Each period of each duty, as a record of the one who is to do it."""

    kind = KIND
    model = Duty
    can_new = False
    tabs = TABS  # type: ignore[assignment]  # others than those of a request
    newest_first = True
    empty_title = _l("Nothing is to be done.")
    empty_text = _l("What the policy demands again and again appears here on its day.")
    empty_icon = "check"
    search_columns = (Record.number, Record.title, Member.name, Member.name_key)
    search_hint = _l("Number, duty or person")
    filters_of = (
        Filter(
            "department",
            _l("Department"),
            Record.department_id,
            "choice",
            lambda: [(str(key), name) for key, name in names_of(context.session(), Department)],
        ),
        Filter(
            "person",
            _l("Person"),
            Record.applicant_id,
            "person",
            lookup=lambda: url_for("people.lookup_view"),
            who=lambda session, key: getattr(session.get(Member, key), "name", ""),
        ),
        Filter("clause", _l("Clause"), Duty.clause, "text"),
        Filter("due", _l("Due"), Duty.due_at, "dates"),
    )
    log_labels = {"result": _l("Result")}

    @property
    def columns(self) -> Sequence[Column]:  # type: ignore[override]  # the state is judged by the clock
        """Give the columns; the state is judged by the clock."""
        late = (Duty.done_at > Duty.due_at, literal("late"))
        state = case(
            late,
            (Duty.done_at.is_not(None), literal("done")),
            (Record.ended_at.is_not(None), literal("ended")),
            (Duty.due_at < now(), literal("overdue")),
            else_=literal("open"),
        )
        return (
            Column("title", _l("Duty"), Record.title, "link", phone="title"),
            Column("state", _l("Status"), state, "tag", _state, phone="tag"),
            Column("due_at", _l("Due"), Duty.due_at, "time", sort=True),
            Column("clause", _l("Clause"), Duty.clause, "code"),
            Column("person", _l("Person"), Member.name, "person"),
            Column("department", _l("Department"), Record.department_name, phone="hide"),
            Column("done_at", _l("Done at"), Duty.done_at, "time"),
            Column("done_by", _l("Done by"), _DOER.name, phone="hide"),
            Column("number", _l("Number"), Record.number, "code", phone="hide"),
        )

    def source(self, statement: Select[Any], session: Session) -> Select[Any]:
        """Join whoever did it, too."""
        return super().source(statement, session).outerjoin(_DOER, _DOER.id == Duty.done_by)

    def more(self, _session: Session) -> list[dict[str, str]]:
        """Lead to the register of what the policy demands."""
        url = self.link("plan_view")
        return [{"label": gettext("Duties of the policy"), "url": url, "icon": "list"}]

    def bulk(self, _session: Session) -> list[dict[str, str]]:
        """Nothing is done without looking."""
        return []

    # --- one duty

    def facts(self, session: Session, row: Duty) -> list[dict[str, Any]]:
        """Show what is to be done until when, and what became of it."""
        zone = context.here().timezone
        proof = row.proof
        doer = session.get(Member, row.done_by) if row.done_by else None
        fields: list[dict[str, Any]] = [
            {"label": gettext("Period"), "value": row.period},
            {"label": gettext("Clause"), "value": row.clause},
            {"label": gettext("Due"), "value": _time(row.due_at, zone)},
            {"label": gettext("Evidence"), "value": words.evidence_title(session, row.evidence)},
            {"label": gettext("Done at"), "value": _time(row.done_at, zone)},
            {"label": gettext("Done by"), "value": doer.name if doer else None},
            {"label": gettext("Result"), "value": row.result, "wide": True},
        ]
        if proof is not None:
            name = f"{proof.number} {proof.title}"
            fields.append({"label": gettext("Record"), "value": name, "wide": True})
        return [{"columns": 2, "fields": fields}]

    def act_fields(self, session: Session, row: Duty, _allowed: Any) -> Markup | None:
        """Ask for the record that proves it."""
        if not duties_kind.needs_record(row):
            return None
        found = session.scalars(duties_kind.proofs(session, row).limit(duties_kind.MOST_PROOFS))
        options = Markup().join(
            Markup('<option value="{}">{}</option>').format(one.id, f"{one.number} {one.title}")
            for one in found
        )
        hint = gettext("Submitted since %(day)s.", day=present.day(row.starts_on))
        return Markup(
            '<div class="field"><label for="proof-{id}">{label}</label>'
            '<select class="in" id="proof-{id}" name="proof" required>'
            '<option value="">–</option>{options}</select><p class="hint">{hint}</p></div>'
        ).format(
            id=row.id,
            label=gettext("Record that proves it: %(kind)s", kind=self._evidence(session, row)),
            options=options,
            hint=escape(hint),
        )

    def _evidence(self, session: Session, row: Duty) -> str:
        return words.evidence_title(session, row.evidence)

    def act_values(self, _session: Session, _row: Duty, _action: str) -> Mapping[str, Any]:
        """Read the record that proves it."""
        chosen = request.form.get("proof", "")
        return {duties_kind.PROOF: int(chosen)} if chosen.isdecimal() else {}

    # --- the register of what the policy demands

    @door("/plan", needs=".read")
    def plan_view(self) -> str:
        """Show the duties of the policy in force that the person may see."""
        session, query = context.session(), plan.query_of(self.link("plan_view"))
        rows = plan.rows(session, query)
        title = gettext("Duties of the policy")
        page = plan.page(session, query, rows)
        if self.may(".export"):
            tail = query.url().partition("?")[2]
            page["exports"] = [
                {
                    "label": gettext("Export %(type)s", type=kind),
                    "url": self.link("plan_export_view", file_type=kind)
                    + (f"?{tail}" if tail else ""),
                }
                for kind in self.exports
            ]
        page["more"] = [
            {"label": gettext("Opened duties"), "url": self.link("index_view"), "icon": "check"}
        ]
        return self.show("zhidu/list.html", title, page=page)

    @door("/plan/export/<file_type>", "POST", needs=".export")
    def plan_export_view(self, file_type: str) -> Response:
        """Write the register into a file as it is filtered; audited."""
        if file_type not in self.exports:
            abort(404)
        session = context.session()
        rows = plan.rows(session, plan.query_of(self.link("plan_view")))
        sheet = Sheet(
            title=gettext("Duties of the policy"),
            heads=[str(one.label) for one in plan.COLUMNS],
            kinds=[one.kind for one in plan.COLUMNS],
            rows=(plan.exported(row) for row in rows),
        )
        made = export(session, sheet, file_type, kind=self.kind, zone=context.here().timezone)
        return send_file(made.stream, made.media_type, as_attachment=True, download_name=made.name)


def _time(instant: Any, zone: str) -> str | None:
    shown = present.when(instant, zone)
    return shown["text"] if shown else None
