"""Approved leave whose days changed and that HR has to settle."""

from __future__ import annotations

from typing import Any

from flask import abort, flash
from sqlalchemy import Select

from zhidu.db import Session
from zhidu.org.models import Member
from zhidu.records.models import Record
from zhidu.texts import gettext
from zhidu.texts import lazy_gettext as _l
from zhidu.web import context
from zhidu.web.listing import Column, Tab
from zhidu.web.service_view import ServiceView
from zhidu_hr.forms import SettleForm
from zhidu_hr.models import LeaveCorrection, LeaveRequest
from zhidu_hr.services import corrections


class CorrectionView(ServiceView):
    """Approved leave whose days changed and that HR has to settle."""

    kind = "hr.leave_correction"
    model = LeaveCorrection
    exports = ()
    empty_title = _l("No corrections to settle.")
    empty_text = _l("They appear when a changed calendar does not fit an approved leave.")
    tabs = (
        Tab("open", _l("To settle"), lambda _s: LeaveCorrection.settled_at.is_(None)),
        Tab("settled", _l("Settled"), lambda _s: LeaveCorrection.settled_at.is_not(None)),
    )
    columns = (
        Column("title", _l("Leave"), Record.title, "link", phone="title"),
        Column("number", _l("Number"), Record.number),
        Column("person", _l("Person"), Member.name, "person"),
        Column("before", _l("Days before"), LeaveCorrection.days_before, "number"),
        Column("after", _l("Days now"), LeaveCorrection.days_after, "number"),
        Column("created_at", _l("Since"), LeaveCorrection.created_at, "time"),
        Column("note", _l("What was done"), LeaveCorrection.note, phone="hide"),
    )

    def source(self, statement: Select[Any], _session: Session) -> Select[Any]:
        """Join record and person."""
        return (
            statement.select_from(LeaveCorrection)
            .join(Record, Record.id == LeaveCorrection.record_id)
            .join(LeaveRequest, LeaveRequest.id == Record.id)
            .join(Member, Member.id == Record.applicant_id)
        )

    def form_for(self, _session: Session, row: LeaveCorrection | None, data: Any) -> Any:
        """Bind the form; it begins empty: what the row holds is no input."""
        if row is None:
            abort(404)
        return SettleForm(data)

    def form_page(self, form: Any, row: Any | None, **extra: Any) -> str:
        """Say above the form what differs."""
        if row is not None and row.settled_at is not None:
            text = gettext("This correction is settled: %(note)s", note=row.note)
            extra |= {"note": {"text": text, "tone": "good"}, "buttons": []}
        elif row is not None:
            text = gettext(
                "%(title)s: approved as %(before)s; by today's calendar it counts %(after)s.",
                title=row.record.title,
                before=corrections.days_text(row.days_before),
                after=corrections.days_text(row.days_after),
            )
            extra["note"] = {"text": text, "tone": "warn"}
        return super().form_page(form, row, **extra)

    def save(self, session: Session, row: LeaveCorrection, form: Any, _version: int | None) -> None:
        """Settle it."""
        corrections.settle(session, context.actor(), row, note=form.note.data, take=form.take.data)
        flash(gettext("The correction is settled."), "success")

    def form_title(self, row: LeaveCorrection | None) -> str:
        """Name the page."""
        return row.record.title if row is not None else ""

    def done_url(self, _row: Any) -> str:
        """Go back to the list."""
        return self.link("index_view")
