"""The registers that HR keeps: entitlements, kinds of leave, staff files, corrections."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from flask import flash, redirect, request, url_for
from sqlalchemy import Select, func, select

from zhidu import clock
from zhidu.db import Session
from zhidu.org.models import Department, Member, MemberDepartment
from zhidu.records.models import Record
from zhidu.texts import LOCALES, gettext, localize
from zhidu.texts import lazy_gettext as _l
from zhidu.web import context, present
from zhidu.web.base_view import door
from zhidu.web.listing import Column, Filter, Tab
from zhidu.web.service_view import ServiceView
from zhidu_hr import queries
from zhidu_hr.forms import (
    EmployeeForm,
    GrantChangeForm,
    GrantForm,
    LeaveTypeChangeForm,
    LeaveTypeForm,
    SettleForm,
    employment_titles,
)
from zhidu_hr.models import Employee, LeaveCorrection, LeaveGrant, LeaveRequest, LeaveType
from zhidu_hr.services import calendar_changes, employees, grants, leave_types


def limited_types() -> list[tuple[str, str]]:
    """Offer the kinds that have entitlements."""
    return [
        (str(t.id), localize(t.name)) for t in queries.leave_types(context.session()) if t.limited
    ]


def people_lookup() -> str:
    """Give the address of the look-up of colleagues."""
    return url_for("people.lookup_view")


def member_name(session: Session, member_id: int) -> str:
    """Name a member."""
    return session.scalar(select(Member.name).where(Member.id == member_id)) or ""


class GrantView(ServiceView):
    """Entitlements: granted by hand, with what is left of each."""

    kind = "hr.leave_grant"
    model = LeaveGrant
    row_links = False
    can_new = True
    new_label = _l("Grant an entitlement")
    empty_title = _l("No entitlements yet.")
    empty_text = _l("Grant days to a person; a limited kind of leave needs them.")
    empty_icon = "wallet"
    columns = (
        Column("person", _l("Person"), Member.name, "person", phone="title"),
        Column("leave_type", _l("Kind of leave"), LeaveType.name, "translated"),
        Column("available", _l("Left"), LeaveGrant.available, "number", sort=True),
        Column("reserved", _l("Reserved"), LeaveGrant.reserved, "number"),
        Column("used", _l("Used"), LeaveGrant.used, "number"),
        Column("starts_on", _l("Usable from"), LeaveGrant.starts_on, "date"),
        Column("expires_on", _l("Usable until"), LeaveGrant.expires_on, "date", sort=True),
        Column("note", _l("Note"), LeaveGrant.note, phone="hide"),
    )
    search_columns = (Member.name, Member.name_key, LeaveGrant.note)
    search_hint = _l("Name, pinyin or note")
    filters_of = (
        Filter(
            "person",
            _l("Person"),
            LeaveGrant.member_id,
            "person",
            lookup=people_lookup,
            who=member_name,
        ),
        Filter("type", _l("Kind of leave"), LeaveGrant.leave_type_id, "choice", limited_types),
        Filter("expires", _l("Usable until"), LeaveGrant.expires_on, "dates"),
    )

    def visible_columns(self, session: Session) -> list[Column]:
        """Let those who may correct an entitlement open it by the person's name."""
        columns = super().visible_columns(session)
        if not self.may(".edit"):
            return columns
        return [replace(c, kind="link") if c.key == "person" else c for c in columns]

    def source(self, statement: Select[Any], _session: Session) -> Select[Any]:
        """Join person and kind."""
        return (
            statement.select_from(LeaveGrant)
            .join(Member, Member.id == LeaveGrant.member_id)
            .join(LeaveType, LeaveType.id == LeaveGrant.leave_type_id)
        )

    def form_for(self, session: Session, row: LeaveGrant | None, data: Any) -> Any:
        """Bind the form to grant, or to correct."""
        if row is not None:
            total = row.available + row.reserved + row.used
            return GrantChangeForm(
                data, data={"days": total, "expires_on": row.expires_on, "note": row.note}
            )
        year = clock.today(context.here().timezone).year
        form = GrantForm(
            data, data={"starts_on": date(year, 1, 1), "expires_on": date(year, 12, 31)}
        )
        form.leave_type_id.choices = [(int(v), t) for v, t in limited_types()]
        choose_person(form.member_id, session)
        return form

    def create(self, session: Session, form: Any) -> Any:
        """Grant."""
        return grants.grant(
            session,
            context.actor(),
            member_id=form.member_id.data,
            leave_type_id=form.leave_type_id.data,
            days=form.days.data,
            starts_on=form.starts_on.data,
            expires_on=form.expires_on.data,
            note=form.note.data or "",
        )

    def save(self, session: Session, row: LeaveGrant, form: Any, _version: int | None) -> None:
        """Correct."""
        grants.change(
            session,
            context.actor(),
            row,
            days=form.days.data,
            expires_on=form.expires_on.data,
            note=form.note.data or "",
        )

    def form_title(self, row: LeaveGrant | None) -> str:
        """Name the page."""
        if row is None:
            return str(self.new_label)
        return f"{row.member.name} · {localize(row.leave_type.name)}"

    def done_url(self, _row: Any) -> str:
        """Go back to the list."""
        return self.link("index_view")


def choose_person(field: Any, session: Session) -> None:
    """Give a person field its look-up and the name of what is chosen."""
    field.ui = {**field.ui, "lookup_url": people_lookup()}
    if field.data:
        field.ui["chosen"] = [{"id": field.data, "text": member_name(session, field.data)}]


class LeaveTypeView(ServiceView):
    """Kinds of leave."""

    kind = "hr.leave_type"
    model = LeaveType
    can_new = True
    new_label = _l("New kind of leave")
    exports = ()
    newest_first = False
    columns = (
        Column("code", _l("Code"), LeaveType.code, "link", phone="title"),
        Column("name", _l("Name"), LeaveType.name, "translated"),
        Column("limited", _l("Balance"), LeaveType.limited, "tag", lambda v: limited_tag(v)),
        Column("counts", _l("Days count"), LeaveType.counts, "tag", lambda v: counts_tag(v)),
        Column("archived", _l("Status"), LeaveType.archived_at, "tag", lambda v: archived_tag(v)),
        Column("sort", _l("Order"), LeaveType.sort, "number", sort=True),
    )
    search_columns = (LeaveType.code,)

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

    def save(self, session: Session, row: LeaveType, form: Any, _version: int | None) -> None:
        """Change a kind."""
        leave_types.change(session, context.actor(), row, **self._values(form))

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
        return super().change_view.__wrapped__(self, pk)


def limited_tag(value: bool) -> dict[str, str]:
    """Say whether a balance is needed."""
    return present.tag(gettext("needs a balance") if value else gettext("no balance"))


def counts_tag(value: Any) -> dict[str, str]:
    """Say which days count."""
    working = str(getattr(value, "value", value)) == "working"
    return present.tag(gettext("working days") if working else gettext("calendar days"))


def archived_tag(value: Any) -> dict[str, str]:
    """Say whether a kind is in use."""
    return present.tag(
        *((gettext("in use"), "good") if value is None else (gettext("out of use"), "plain"))
    )


class EmployeeView(ServiceView):
    """Staff files."""

    kind = "hr.employee"
    model = Employee
    can_new = True
    new_label = _l("New staff file")
    form_class = EmployeeForm
    empty_title = _l("No staff files yet.")
    empty_icon = "people"
    columns = (
        Column("name", _l("Name"), Member.name, "link", phone="title"),
        Column("number", _l("Staff number"), func.coalesce(Member.number, ""), sort=True),
        Column("department", _l("Department"), func.coalesce(Department.name, "")),
        Column(
            "employment", _l("Employment"), Employee.employment, "tag", lambda v: employment_tag(v)
        ),
        Column("hired_on", _l("Hired on"), Employee.hired_on, "date"),
        Column("phone", _l("Phone"), Employee.phone),
        Column("birthday", _l("Birthday"), Employee.birthday, "date", phone="hide"),
        Column("id_number", _l("Identity number"), Employee.id_number, phone="hide"),
    )
    search_columns = (Member.name, Member.name_key, Member.number, Employee.phone)
    search_hint = _l("Name, pinyin, number or phone")
    filters_of = (
        Filter(
            "employment",
            _l("Employment"),
            Employee.employment,
            "choice",
            lambda: [(v, str(t)) for v, t in employment_titles()],
        ),
        Filter("hired", _l("Hired on"), Employee.hired_on, "dates"),
    )

    def source(self, statement: Select[Any], _session: Session) -> Select[Any]:
        """Join person and primary department."""
        return (
            statement.select_from(Employee)
            .join(Member, Member.id == Employee.id)
            .outerjoin(
                MemberDepartment,
                (MemberDepartment.member_id == Member.id) & MemberDepartment.is_primary,
            )
            .outerjoin(Department, Department.id == MemberDepartment.department_id)
        )

    def form_for(self, session: Session, row: Employee | None, data: Any) -> Any:
        """Bind the form; guarded fields that the person may not read are not in it."""
        form = EmployeeForm(data, obj=row)
        from zhidu.access import scope

        hidden = set(scope.hidden_fields(session, self.kind, row))
        if row is not None:
            hidden.add("member_id")
        for name in hidden:
            if name in form:
                del form[name]
        if row is None:
            choose_person(form.member_id, session)
        return form

    def _values(self, form: Any) -> dict[str, Any]:
        return {f.name: f.data for f in form if f.name != "member_id"}

    def create(self, session: Session, form: Any) -> Any:
        """Open a file."""
        return employees.create(session, context.actor(), form.member_id.data, **self._values(form))

    def save(self, session: Session, row: Employee, form: Any, version: int | None) -> None:
        """Save a file."""
        employees.change(session, context.actor(), row, version=version, **self._values(form))

    def form_title(self, row: Employee | None) -> str:
        """Name the page."""
        return str(self.new_label) if row is None else row.member.name

    def done_url(self, _row: Any) -> str:
        """Go back to the list."""
        return self.link("index_view")


def employment_tag(value: Any) -> dict[str, str]:
    """Name a kind of employment."""
    titles = dict(employment_titles())
    key = str(getattr(value, "value", value))
    return present.tag(str(titles.get(key, key)))


class CorrectionView(ServiceView):
    """Approved leave whose days changed and that HR has to settle."""

    kind = "hr.leave_correction"
    model = LeaveCorrection
    form_class = SettleForm
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
        Column("note", _l("Settled by"), LeaveCorrection.note, phone="hide"),
    )

    def source(self, statement: Select[Any], _session: Session) -> Select[Any]:
        """Join record and person."""
        return (
            statement.select_from(LeaveCorrection)
            .join(Record, Record.id == LeaveCorrection.record_id)
            .join(LeaveRequest, LeaveRequest.id == Record.id)
            .join(Member, Member.id == Record.applicant_id)
        )

    def save(self, session: Session, row: LeaveCorrection, form: Any, _version: int | None) -> None:
        """Settle it."""
        calendar_changes.settle(session, context.actor(), row, form.note.data)
        flash(gettext("The correction is settled."), "success")

    def form_title(self, row: LeaveCorrection | None) -> str:
        """Name the page."""
        return row.record.title if row is not None else ""

    def done_url(self, _row: Any) -> str:
        """Go back to the list."""
        return self.link("index_view")
