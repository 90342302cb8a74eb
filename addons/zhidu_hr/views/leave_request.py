"""Pages of the leave request: three presses from the workbench to a submitted request."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import render_template, request

from zhidu import clock
from zhidu.db import Session
from zhidu.texts import gettext, localize, ngettext
from zhidu.texts import lazy_gettext as _l
from zhidu.web import context, present
from zhidu.web.base_view import door
from zhidu.web.listing import Column, Filter
from zhidu.web.record_view import RecordView
from zhidu_hr import queries
from zhidu_hr.forms import LeaveForm, halves
from zhidu_hr.models import LeaveRequest, LeaveType
from zhidu_hr.services import leave
from zhidu_hr.views import leave_preview
from zhidu_hr.views.leave_calendar import WEEKS_BEFORE, day_names, weeks
from zhidu_hr.views.leave_preview import phrase, required_period, swap_phrase, unannounced
from zhidu_hr.views.people import type_options


def type_name(session: Session, leave_type_id: int) -> str:
    """Name a kind of leave."""
    found = session.get(LeaveType, leave_type_id)
    return localize(found.name) if found is not None else ""


class LeaveRequestView(RecordView):
    """Leave requests."""

    kind = "hr.leave_request"
    model = LeaveRequest
    form_class = LeaveForm
    new_label = _l("Ask for leave")
    empty_title = _l("No leave requests yet.")
    empty_text = _l("Ask for leave with the button above; it takes three clicks.")
    empty_icon = "leave"
    more_columns = (
        Column("first_day", _l("From"), LeaveRequest.first_day, "date", sort=True),
        Column("last_day", _l("To"), LeaveRequest.last_day, "date", phone="hide"),
        Column("days", _l("Days"), LeaveRequest.days, "number", sort=True),
    )
    filters_of = (
        Filter(
            "leave_type", _l("Kind of leave"), LeaveRequest.leave_type_id, "choice", type_options
        ),
        *RecordView.filters_of,
        Filter("first_day", _l("First day of leave"), LeaveRequest.first_day, "dates"),
    )
    log_labels = LeaveRequest.__labels__
    log_values = {
        "first_half": lambda value: dict(halves())[value],
        "last_half": lambda value: dict(halves())[value],
        "leave_type_id": lambda value: type_name(context.session(), value),
    }

    # --- form

    def form_for(self, session: Session, row: LeaveRequest | None, data: Any) -> LeaveForm:
        """Bind the form; a new one has the usual kind and its reason filled in."""
        types = list(queries.leave_types(session))
        if row is not None and row.leave_type not in types:
            types.append(row.leave_type)
        first = types[0] if types else None
        if row is not None:
            form = LeaveForm(data, obj=row)
        else:
            preset = {
                "leave_type_id": first.id if first else None,
                "reason": phrase(first) if first else "",
            }
            form = LeaveForm(data, data=preset)
        form.leave_type_id.choices = [(t.id, localize(t.name)) for t in types]
        form.leave_type_id.ui = {"kind": "cards", "cards": self._cards(session, types)}
        if data is not None:
            swap_phrase(form, types)
        return form

    def _cards(self, session: Session, types: list[LeaveType]) -> dict[int, dict[str, Any]]:
        """Show the balance on each card; offer the phrase that presets the reason."""
        today = clock.today(context.here().timezone)
        me = context.member_id()
        found = queries.balances(session, [me], today)
        cards: dict[int, dict[str, Any]] = {}
        for kind in types:
            card: dict[str, Any] = {"fills": {"reason": phrase(kind)}}
            if kind.limited:
                balance = found.get((me, kind.id))
                left = balance.available if balance else Decimal(0)
                card["hint"] = ngettext("%(num)s day left", "%(num)s days left", left)
            cards[kind.id] = card
        return cards

    def form_page(self, form: Any, row: LeaveRequest | None, **extra: Any) -> str:
        """Draw the form with the grid of weeks."""
        session = context.session()
        today = clock.today(context.here().timezone)
        page = {
            "action": request.script_root + request.path,
            "cancel_url": self.link("row_view", pk=row.id) if row else self.link("index_view"),
            "buttons": self.form_buttons(row),
            "errors": form.error_list(),
            "preview_url": self.link("preview_view", but=row.id if row else None),
            "upload": True,
            "version": row.header.version if row else None,
            "key": self.form_key(),
            "kinds": form.leave_type_id,
            "range": {
                "label": gettext("Days"),
                "required": True,
                "start": form.first_day,
                "end": form.last_day,
                "start_half": form.first_half,
                "end_half": form.last_half,
                "weeks": weeks(session, context.member_id(), today, row.id if row else None),
                "first": WEEKS_BEFORE,
                "visible": 6,
                "names": day_names(),
            },
            "items": [form.reason, form.files],
            **extra,
        }
        template = "zhidu/form.html" if page.get("conflict") else "zhidu/quick_request.html"
        if page.get("conflict"):
            page["sections"] = self.sections(form)
        return self.show(
            template,
            self.form_title(row),
            form=form,
            page=page,
            preview=leave_preview.preview(session, form, row.id if row else None),
            crumbs=[{"label": str(self.title), "url": self.link("index_view")}],
        )

    @door("/preview", "POST", needs=".create")
    def preview_view(self) -> str:
        """Compute days, balance and path of what is filled in so far; saves nothing."""
        but = request.args.get("but", "")
        row = self.load(context.session(), int(but), "edit") if but.isdecimal() else None
        form = self.form_for(context.session(), row, request.form)
        form.validate()
        preview = leave_preview.preview(context.session(), form, row.id if row else None)
        context.start_over()
        return render_template("zhidu/_preview.html", preview=preview)

    # --- services

    def create_draft(self, session: Session, form: LeaveForm) -> LeaveRequest:
        """Write the draft."""
        return leave.draft(
            session,
            context.actor(),
            leave_type_id=form.leave_type_id.data,
            period=required_period(form),
            reason=form.reason.data,
        )

    def change(self, session: Session, row: LeaveRequest, form: LeaveForm, version: int) -> None:
        """Save the draft."""
        leave.change(
            session,
            context.actor(),
            row,
            leave_type_id=form.leave_type_id.data,
            period=required_period(form),
            reason=form.reason.data,
            version=version,
        )

    # --- page

    def facts(self, session: Session, row: LeaveRequest) -> list[dict[str, Any]]:
        """Show the request."""
        titles = dict(halves())
        fields = [
            {"label": gettext("Kind of leave"), "value": localize(row.leave_type.name)},
            {
                "label": gettext("Days"),
                "value": present.number(row.days),
                "unit": ngettext("day", "days", row.days),
                "kind": "number",
            },
            {
                "label": gettext("From"),
                "value": f"{row.first_day.isoformat()} {titles[row.first_half.value]}",
                "kind": "date",
            },
            {
                "label": gettext("To"),
                "value": f"{row.last_day.isoformat()} {titles[row.last_half.value]}",
                "kind": "date",
            },
            {"label": gettext("Reason for leave"), "value": row.reason, "wide": True},
        ]
        if row.provisional:
            fields.append(
                {"label": gettext("Note"), "value": unannounced(row.last_day.year), "wide": True}
            )
        groups = [{"columns": 2, "fields": fields}]
        if row.leave_type.limited:
            balance = queries.balances_for(session, [row]).get(row.id)
            if balance is not None:
                groups.append(
                    {
                        "title": gettext("Balance"),
                        "columns": 2,
                        "fields": [
                            {
                                "label": gettext("Remaining"),
                                "value": present.number(balance.available),
                                "unit": ngettext("day", "days", balance.available),
                                "kind": "number",
                            },
                            {
                                "label": gettext("Reserved by running requests"),
                                "value": present.number(balance.reserved),
                                "unit": ngettext("day", "days", balance.reserved),
                                "kind": "number",
                            },
                        ],
                    }
                )
        return groups
