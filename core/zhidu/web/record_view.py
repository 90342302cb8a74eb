"""``RecordView``: lists, forms and pages of one kind of business document."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from flask import flash, g, redirect, request
from sqlalchemy import Select, case, null

from zhidu.access import scope
from zhidu.db import Session
from zhidu.errors import NotFound, ValidationError, ZhiduError
from zhidu.org.models import Member
from zhidu.records import services
from zhidu.records.models import Approval, Record
from zhidu.texts import gettext
from zhidu.texts import lazy_gettext as _l
from zhidu.web import (
    context,
    filters,
    present,
    record_acting,
    record_batch,
    record_page,
    record_submit,
)
from zhidu.web.base_view import MEMBER, door
from zhidu.web.listing import Column, Filter, Query, Tab
from zhidu.web.print_view import PrintedRecord
from zhidu.web.record_acts import new_key
from zhidu.web.record_batch import OK
from zhidu.web.record_parts import RecordParts
from zhidu.workflow import engine, trail
from zhidu.workflow.fields_hidden import hidden_by_field


def _approval_options() -> Sequence[tuple[str, str]]:
    return [(a.value, present.approval_title(a)) for a in Approval]


def _by(*states: Approval) -> Any:
    return lambda _session: Record.approval.in_(states)


TABS = (
    Tab("all", _l("All"), lambda _session: None),
    Tab("mine", _l("My own"), lambda session: Record.applicant_id == session.actor.member_id),
    Tab("running", _l("In approval"), _by(Approval.IN_APPROVAL)),
    Tab("approved", _l("Approved"), _by(Approval.APPROVED)),
    Tab("ended", _l("Rejected or withdrawn"), _by(Approval.REJECTED, Approval.WITHDRAWN)),
    Tab("drafts", _l("Drafts and returned"), _by(Approval.DRAFT, Approval.RETURNED)),
)


class RecordView(PrintedRecord, RecordParts):
    """The pages of one kind; a subclass adds columns, the form, and what the page shows."""

    can_new = True
    tabs = TABS
    more_columns: ClassVar[Sequence[Column]] = ()
    search_columns = (Record.number, Record.title, Member.name, Member.name_key)
    search_hint = _l("Number, title or applicant")
    filters_of: ClassVar[Sequence[Filter]] = (
        Filter("approval", _l("Status"), Record.approval, "choices", _approval_options),
        Filter("submitted", _l("Submitted"), Record.submitted_at, "dates"),
    )
    accept = ".pdf,.doc,.docx,.xls,.xlsx,.ppt,.pptx,.png,.jpg,.jpeg,.txt,.zip,.ofd,.wps"
    log_labels: ClassVar[Mapping[str, Any]] = {}
    log_values: ClassVar[Mapping[str, Callable[[Any], Any]]] = {}
    """How a field's value is written in the log, where it is not plain."""

    @property
    def key(self) -> Any:
        """Give the header's id: the detail has the same."""
        return Record.id

    @property
    def columns(self) -> Sequence[Column]:  # type: ignore[override]  # computed from the kind
        """Give the columns that every kind has, around the kind's own."""
        return (
            Column("title", _l("Title"), Record.title, "link", phone="title"),
            Column("number", _l("Number"), Record.number, "code"),
            Column("applicant", _l("Applicant"), Member.name, "person"),
            Column("department", _l("Department"), Record.department_name, phone="hide"),
            *self.more_columns,
            Column(
                "approval",
                _l("Approval"),
                Record.approval,
                "tag",
                present.approval_tag,
                phone="tag",
            ),
            Column("execution", _l("Progress"), Record.execution, "tag", self.execution_tag),
            Column("submitted_at", _l("Submitted"), Record.submitted_at, "time"),
        )

    def execution_tag(self, value: str) -> dict[str, str]:
        """Make the tag of an execution state."""
        declared = context.extension("registry").kinds[self.kind].execution
        if value == declared.initial:
            return present.tag(declared.states.get(value, ""), "plain")
        return present.tag(declared.states.get(value, value), "good")

    def source(self, statement: Select[Any], _session: Session) -> Select[Any]:
        """Join header, detail and applicant."""
        return (
            statement.select_from(Record)
            .join(self.model, self.model.id == Record.id)
            .join(Member, Member.id == Record.applicant_id)
        )

    # --- what a step hides is hidden in lists, exports and prints as well

    def _hidden(self, session: Session) -> dict[str, set[int]]:
        """Give by field the records in which a step hides it from the reader; read once."""
        kept: dict[str, dict[str, set[int]]] = g.setdefault("hidden_by_field", {})
        if self.kind not in kept:
            kept[self.kind] = hidden_by_field(session, context.actor(), self.kind)
        return kept[self.kind]

    def _expr(self, session: Session, column: Column) -> Any:
        """Select a column; in rows whose step hides the field it is empty."""
        shown = super()._expr(session, column)
        ids = self._hidden(session).get(column.field or column.key)
        if not ids:
            return shown
        return case((Record.id.in_(sorted(ids)), null()), else_=shown.element).label(column.key)

    def statement(self, session: Session, query: Query, columns: Sequence[Column]) -> Select[Any]:
        """Leave out rows in which what is filtered by is hidden: a hit would tell it."""
        found = super().statement(session, query, columns)
        for one in self.filters_of:
            ids = self._hidden(session).get(one.name)
            if ids and any(query.get(name) for name in filters.names([one])):
                found = found.where(Record.id.not_in(sorted(ids)))
        return found

    # --- bulk: agree to several tasks of one's own

    def bulk(self, _session: Session) -> list[dict[str, str]]:
        """Offer to agree to the ticked rows."""
        return [
            {
                "name": "approve",
                "label": gettext("Approve"),
                "tone": "primary",
                "icon": "check",
                "url": self.link("bulk_view"),
                "confirm": gettext("Approve all ticked requests that wait for your decision?"),
                "key": new_key(),
            }
        ]

    @door("/bulk", "POST", needs=".read")
    def bulk_view(self) -> Any:
        """Agree to each ticked row on its own; say which were left out and why."""
        session = context.session()
        if request.form.get("action") != "approve":
            raise NotFound
        ids = [int(i) for i in request.form.getlist("ids") if i.isdecimal() and len(i) < 19][:100]
        tasks, refused = [], []
        for pk in ids:
            record = scope.get(session, self.kind, pk).header
            try:
                tasks.append(engine.task_for(session, context.actor(), record))
            except ZhiduError as no:
                refused.append((record.number or record.title, no))
        key = request.form.get("key", "")[:64]
        results = engine.batch_approve(session, context.actor(), tasks, key)
        status = record_batch.report(results, refused)
        if status != OK:
            context.start_over()
            return self.list_page(), status
        return self.back(self.link("index_view"))

    # --- the page

    def submit_fields(self, session: Session, row: Any) -> Any:
        """Ask for what a submit needs beside the form: people to choose."""
        return record_submit.inputs(session, row)

    def act_fields(self, _session: Session, _row: Any, _allowed: Any) -> Any:
        """Give more inputs for an act's dialog, as Markup, or nothing."""
        return None

    def act_values(self, _session: Session, _row: Any, _action: str) -> Mapping[str, Any]:
        """Read those inputs from the posted form."""
        return {}

    @door("/<int:pk>", needs=MEMBER)
    def row_view(self, pk: int) -> str:
        """Show one record to whoever may read it, by a grant or by a task."""
        return self.page(pk)

    def page(self, pk: int, refusal: ZhiduError | None = None) -> str:
        """Draw the record's page."""
        session = context.session()
        row = self.load(session, pk)
        return self.show(
            "zhidu/record.html",
            row.header.title,
            record=record_page.build(self, session, row, refusal),
            phrases=record_page.phrases(session),
            crumbs=[{"label": str(self.title), "url": self.link("index_view")}],
        )

    # --- acts

    @door("/<int:pk>/act", "POST", needs=MEMBER)
    def act_view(self, pk: int) -> Any:
        """Take one step; a refusal shows the page with its rule and source, nothing changed."""
        session = context.session()
        row = self.load(session, pk)
        title = row.header.title
        action = request.form.get("action", "")
        opinion = request.form.get("opinion", "").strip()
        try:
            record_acting.carry_out(self, session, row, action, opinion)
            session.flush()
        except ZhiduError as error:
            context.start_over()
            return self.page(pk, error), error.status
        flash(record_acting.told(action, title), "success")
        return self.back(self.link("row_view", pk=pk))

    @door("/<int:pk>/delete-draft", "POST", needs=MEMBER)
    def delete_record_view(self, pk: int) -> Any:
        """Delete a draft for good; the audit keeps it."""
        session = context.session()
        row = self.load(session, pk)
        if request.form.get("confirmed") != "1":
            return self.show(
                "zhidu/confirm.html",
                gettext("Delete draft"),
                page={
                    "text": gettext("Delete this draft for good?"),
                    "action": self.link("delete_record_view", pk=pk),
                    "hidden": [],
                    "label": gettext("Delete draft"),
                    "tone": "danger",
                    "cancel_url": self.link("row_view", pk=pk),
                },
            )
        services.delete_draft(session, context.actor(), row)
        flash(gettext("The draft was deleted."), "success")
        return redirect(self.link("index_view"), code=303)

    # --- create and change: «save draft» or «submit»

    def form_buttons(self, row: Any | None) -> list[dict[str, Any]]:
        """Offer to save for later, or to submit at once."""
        return [
            {"name": "do", "value": "save", "label": gettext("Save draft"), "tone": "plain"},
            {"name": "do", "value": "submit", "label": gettext("Submit"), "tone": "primary"},
        ]

    @door("/<int:pk>/edit", "GET", "POST", needs=MEMBER)
    def change_view(self, pk: int) -> Any:
        """Change an own draft or returned request."""
        return self.change_page(pk)

    def load(self, session: Session, pk: int, action: str = "read") -> Any:
        """Give the detail; only the applicant edits, and only before or between submits."""
        row = scope.get(session, self.kind, pk)
        if action == "edit":
            services.require_editable(context.actor(), row.header)
        return row

    def form_key(self) -> str:
        """Give what the form carries so that it is submitted once: as posted, else a new one."""
        return request.form.get("key", "")[:64] or new_key()

    def create(self, session: Session, form: Any) -> Any:
        """Create the draft, and submit it if wanted: both or neither; a second click finds it."""
        known = trail.sent(session, context.actor(), request.form.get("key", "")[:64])
        if known is not None:
            return scope.get(session, self.kind, known)
        row = self.create_draft(session, form)
        session.flush()
        self.keep_files(session, row, form)
        if request.form.get("do") == "submit":
            record_submit.submit(session, row, request.form.get("key", "")[:64])
        return row

    def create_draft(self, session: Session, form: Any) -> Any:
        """Create the detail by the addon's service."""
        raise NotImplementedError

    def save(self, session: Session, row: Any, form: Any, version: int | None) -> Any:
        """Save the draft, and submit it if wanted: both or neither."""
        if version is None:
            raise ValidationError(_l("The form lacks the version that it was opened with."))
        self.change(session, row, form, version)
        self.keep_files(session, row, form)
        if request.form.get("do") == "submit":
            session.flush()
            record_submit.submit(session, row, request.form.get("key", "")[:64])
        return row

    def change(self, session: Session, row: Any, form: Any, version: int) -> None:
        """Save the detail by the addon's service."""
        raise NotImplementedError

    def form_page(self, form: Any, row: Any | None, **extra: Any) -> str:
        """Draw the form with the header's version."""
        if row is not None:
            extra.setdefault("version", row.header.version)
        extra.setdefault("key", self.form_key())
        return super().form_page(form, row, **extra)

    def done_url(self, row: Any) -> str:
        """Show the record after a save."""
        if request.form.get("do") == "submit":
            flash(record_acting.told("submit", row.header.title), "success")
        return self.link("row_view", pk=row.id)

    def form_title(self, row: Any | None) -> str:
        """Name the form's page."""
        return str(self.new_label) if row is None else str(row.header.title)
