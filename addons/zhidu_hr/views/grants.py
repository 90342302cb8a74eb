"""Entitlements to leave: the register that HR keeps."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import Select

from zhidu import clock
from zhidu.db import Session
from zhidu.org.models import Member
from zhidu.texts import lazy_gettext as _l
from zhidu.texts import localize
from zhidu.web import context
from zhidu.web.listing import Column, Filter
from zhidu.web.service_view import ServiceView
from zhidu_hr.forms import GrantChangeForm, GrantForm
from zhidu_hr.models import LeaveGrant, LeaveType
from zhidu_hr.services import grants
from zhidu_hr.views.people import choose_person, limited_types, member_name, people_lookup


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
        Column("available", _l("Remaining"), LeaveGrant.available, "number", sort=True),
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
            return GrantChangeForm(data, obj=row)
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

    def save(self, session: Session, row: LeaveGrant, form: Any, version: int | None) -> None:
        """Correct."""
        grants.change(
            session,
            context.actor(),
            row,
            days=form.days.data,
            expires_on=form.expires_on.data,
            note=form.note.data or "",
            version=version,
        )

    def form_title(self, row: LeaveGrant | None) -> str:
        """Name the page."""
        if row is None:
            return str(self.new_label)
        return f"{row.member.name} · {localize(row.leave_type.name)}"

    def done_url(self, _row: Any) -> str:
        """Go back to the list."""
        return self.link("index_view")
