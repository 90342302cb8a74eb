"""The register of written authority (授权登记): who may decide which matter, up to which amount."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request
from sqlalchemy import Select, case, literal, or_
from wtforms import DateField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from zhidu import clock
from zhidu.db import Session
from zhidu.errors import ZhiduError
from zhidu.org.models import Member
from zhidu.org.models_lists import Matter
from zhidu.texts import enumerate_texts, gettext
from zhidu.texts import lazy_gettext as _l
from zhidu.web import context, present
from zhidu.web.base_view import door
from zhidu.web.forms import NumberField, OfficeForm, PersonField
from zhidu.web.listing import Column, Filter, Tab
from zhidu.web.pages.core_view import CoreView, names_of
from zhidu.web.pages.fields import choose_people
from zhidu.web.pages.parts import place
from zhidu.workflow import authority
from zhidu.workflow.models_people import Authority


class AuthorityForm(OfficeForm):
    """A letter of authority."""

    member_id = PersonField(_l("Person"), [InputRequired()], ui={"kind": "person"})
    matter_id = SelectField(_l("Matter"), [InputRequired()], coerce=int)
    ceiling = NumberField(
        _l("Largest amount"), [Optional()], description=_l("Of one decision; empty: no limit.")
    )
    unit = StringField(
        _l("Unit"), [Optional(), Length(max=16)], description=_l("A currency such as CNY.")
    )
    exclusions = StringField(
        _l("Not for"),
        [Optional(), Length(max=500)],
        description=_l("What it leaves out, with | between the words."),
    )
    starts_on = DateField(_l("From"), [InputRequired()])
    ends_on = DateField(_l("Until before"), [Optional()])
    document = StringField(
        _l("Letter of authority"),
        [DataRequired(), Length(max=200)],
        description=_l("Its number, or where the signed letter is kept."),
    )
    note = TextAreaField(_l("Note"), [Optional(), Length(max=500)])


class RevokeForm(OfficeForm):
    """Why an entry ends."""

    reason = StringField(_l("Reason"), [DataRequired(), Length(max=500)])


class AuthorityView(CoreView):
    """The register; an entry is never rewritten, it ends or is revoked."""

    verbs = {
        ".read": "core.authority.read",
        ".create": authority.EDIT,
        ".edit": authority.EDIT,
        ".export": "core.authority.read",
    }
    kind = "core.authority"
    model = Authority
    form_class = AuthorityForm
    can_new = True
    exports = ("xlsx", "csv")
    new_label = _l("New entry")
    empty_title = _l("No written authority yet.")
    empty_text = _l("Where a policy asks for it, only people of this register may decide.")
    empty_icon = "shield"
    search_columns = (Member.name, Matter.name, Authority.document)
    search_hint = _l("Person, matter or letter")
    tabs = (
        Tab("valid", _l("In force"), lambda _s: _valid()),
        Tab("over", _l("Over"), lambda _s: ~_valid()),
    )
    filters = (
        Filter(
            "matter",
            _l("Matter"),
            Authority.matter_id,
            "choice",
            options=lambda: [
                (str(key), name) for key, name in names_of(context.session(), Matter, archived=True)
            ],
        ),
    )

    columns = (
        Column("member", _l("Person"), Member.name, "link", phone="title", sort=True),
        Column("matter", _l("Matter"), Matter.name, sort=True),
        Column("ceiling", _l("Largest amount"), Authority.ceiling, "money"),
        Column("unit", _l("Unit"), Authority.unit),
        Column("starts_on", _l("From"), Authority.starts_on, "date", sort=True),
        Column("ends_on", _l("Until before"), Authority.ends_on, "date"),
        Column("document", _l("Letter of authority"), Authority.document),
        Column(
            "state",
            _l("Status"),
            case((Authority.revoked_at.is_not(None), literal("revoked")), else_=literal("")),
            "tag",
            lambda v: _state(v),
            phone="tag",
        ),
    )

    def source(self, statement: Select[Any], _session: Session) -> Select[Any]:
        """Read the register with its names."""
        return (
            statement.select_from(Authority)
            .join(Member, Member.id == Authority.member_id)
            .join(Matter, Matter.id == Authority.matter_id)
        )

    def form_for(self, session: Session, row: Authority | None, data: Any) -> AuthorityForm:
        """Bind the form."""
        form = AuthorityForm(data, obj=row)
        form.matter_id.choices = names_of(session, Matter)
        if not form.matter_id.choices:
            form.matter_id.ui["lock"] = gettext("There are no matters yet: add one under Lists.")
        choose_people(session, form.member_id)
        return form

    def create(self, session: Session, form: Any) -> Authority:
        """Enter a letter."""
        return authority.grant(
            session,
            context.actor(),
            form.member_id.data,
            form.matter_id.data,
            document=form.document.data,
            starts_on=form.starts_on.data,
            ends_on=form.ends_on.data,
            ceiling=form.ceiling.data,
            unit=form.unit.data or "",
            exclusions=(form.exclusions.data or "").split("|"),
            note=form.note.data or "",
        )

    def form_title(self, row: Authority | None) -> str:
        """Name the page."""
        return str(self.new_label if row is None else _l("Revoke an authority"))

    def done_url(self, _row: Any) -> str:
        """Go back to the register."""
        flash(gettext("The register of written authority was saved."), "success")
        return self.link("index_view")

    @door("/<int:pk>", needs=".read")
    def row_view(self, pk: int) -> Any:
        """Show an entry, and what ended it."""
        row: Authority = self.load(context.session(), pk)
        limit = (
            _l("no limit") if row.ceiling is None else f"{present.number(row.ceiling)} {row.unit}"
        )
        facts = [
            (_l("Matter"), row.matter.name),
            (_l("Largest amount"), limit),
            (_l("Not for"), enumerate_texts(row.exclusions)),
            (_l("From"), present.day(row.starts_on)),
            (_l("Until before"), present.day(row.ends_on)),
            (_l("Letter of authority"), row.document),
            (_l("Note"), row.note),
            (_l("Revoked for"), row.revoked_for),
        ]
        revoke = {"label": gettext("Revoke"), "url": self.link("change_view", pk=pk)}
        page = {
            "kind": gettext("Written authority"),
            "icon": "shield",
            "tags": [] if row.revoked_at is None else [_state("revoked")],
            "links": [{**revoke, "tone": "danger"}]
            if row.revoked_at is None and self.may(".edit")
            else [],
            "here": self.link("row_view", pk=pk),
            "panes": [
                {
                    "id": "entry",
                    "label": gettext("Entry"),
                    "blocks": [
                        {
                            "type": "sheet",
                            "fields": [
                                {"label": str(label), "value": str(value) or None}
                                for label, value in facts
                            ],
                        }
                    ],
                }
            ],
        }
        return self.show("zhidu/detail.html", row.member.name, page=page, crumbs=self.crumbs())

    @door("/<int:pk>/edit", "GET", "POST", needs=".edit")
    def change_view(self, pk: int) -> Any:
        """End an entry at once, with a reason; what was decided under it stays."""
        session = context.session()
        row = self.load(session, pk, "edit")
        form = RevokeForm(request.form if request.method == "POST" else None)
        if request.method == "POST" and form.validate():
            try:
                authority.revoke(session, context.actor(), row, form.reason.data)
            except ZhiduError as error:
                place(form, error)
            else:
                return redirect(self.done_url(row), code=303)
        return self.form_shown(
            form,
            self.form_title(row),
            cancel_url=self.link("row_view", pk=pk),
            sections=[{"items": [form.reason]}],
            crumbs=self.crumbs(),
            label=gettext("Revoke"),
            tone="danger",
        ), (422 if form.errors else 200)


def _valid() -> Any:
    """Tell what holds today."""
    today = clock.today(context.here().timezone)
    return (
        Authority.revoked_at.is_(None)
        & (Authority.starts_on <= today)
        & or_(Authority.ends_on.is_(None), Authority.ends_on > today)
    )


def _state(value: Any) -> dict[str, str]:
    return present.tag(gettext("revoked"), "bad") if value else present.tag("", "plain")
