"""Roles of the company: what each grants over whose rows, and who has it."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request
from sqlalchemy import Select, func, select
from wtforms import StringField
from wtforms.validators import DataRequired, Length, Optional

from zhidu.access import duties
from zhidu.access import roles as access
from zhidu.access.models import Grant, MemberRole, Role
from zhidu.db import Session
from zhidu.errors import ZhiduError
from zhidu.org.models import Member, MemberStatus
from zhidu.texts import LOCALES, gettext, localize
from zhidu.texts import lazy_gettext as _l
from zhidu.web import context
from zhidu.web.base_view import door, say
from zhidu.web.forms import OfficeForm
from zhidu.web.listing import Column, Tab
from zhidu.web.pages.audit_words import row_log
from zhidu.web.pages.coded import used_tag
from zhidu.web.pages.fields import choose_people
from zhidu.web.pages.member_acts import holders
from zhidu.web.pages.member_forms import GiveForm
from zhidu.web.pages.parts import confirmed, place, question, table
from zhidu.web.pages.role_grants import RoleGrants, grant_blocks
from zhidu.web.shell import LANGUAGE_NAMES

PEOPLE = (
    select(func.count())
    .select_from(MemberRole)
    .join(Member, Member.id == MemberRole.member_id)
    .where(MemberRole.role_id == Role.id, Member.status == MemberStatus.ACTIVE)
    .correlate(Role)
    .scalar_subquery()
)
RIGHTS = (
    select(func.count())
    .select_from(Grant)
    .where(Grant.role_id == Role.id)
    .correlate(Role)
    .scalar_subquery()
)


class RoleForm(OfficeForm):
    """A role: its code, and its name in each language."""

    code = StringField(
        _l("Code"),
        [DataRequired(), Length(max=32)],
        description=_l("Policies name the role by it: a–z, 0–9 and underscore; it never changes."),
        render_kw={"autocomplete": "off"},
    )


for _code in LOCALES:
    _field = StringField(LANGUAGE_NAMES[_code], [Optional(), Length(max=100)])
    setattr(RoleForm, f"name_{_code}", _field)


class RolesView(RoleGrants):
    """The register of roles."""

    verbs = {".read": "core.role.edit", ".create": "core.role.edit", ".edit": "core.role.edit"}
    kind = "core.role"
    model = Role
    can_new = True
    newest_first = False
    new_label = _l("New role")
    empty_title = _l("No roles.")
    empty_icon = "shield"
    search_columns = (Role.code,)
    search_hint = _l("Code")
    tabs = (
        Tab("used", _l("In use"), lambda _s: Role.archived_at.is_(None)),
        Tab("archived", _l("Archived"), lambda _s: Role.archived_at.is_not(None)),
    )
    columns = (
        Column("code", _l("Code"), Role.code, "link", phone="title", sort=True),
        Column("name", _l("Name"), Role.name, "translated"),
        Column("people", _l("People"), PEOPLE, "number"),
        Column("rights", _l("Rights"), RIGHTS, "number"),
        Column("archived", _l("Status"), Role.archived_at, "tag", used_tag, phone="tag"),
    )

    def source(self, statement: Select[Any], _session: Session) -> Select[Any]:
        """Read roles only."""
        return statement.select_from(Role)

    @door("/<int:pk>", needs=".read")
    def row_view(self, pk: int) -> str:
        """Show a role."""
        session = context.session()
        row: Role = self.load(session, pk)
        here = self.link("row_view", pk=pk)
        people = holders(session, pk)
        panes = [
            {
                "id": "grants",
                "label": gettext("Rights"),
                "count": len(row.grants),
                "blocks": grant_blocks(session, row),
            },
            {
                "id": "people",
                "label": gettext("People"),
                "count": len(people),
                "blocks": [self._people(people)],
            },
        ]
        if self.may("core.audit.read"):
            log = row_log(session, "core.role", pk)
            panes.append({"id": "log", "label": gettext("Log"), "blocks": [log]})
        clashes = [v for v in duties.violations(session) if v.member in people]
        page = {
            "kind": gettext("Role"),
            "icon": "shield",
            "tags": [used_tag(row.archived_at)],
            "meta": [row.code],
            "here": here,
            "panes": panes,
            "note": _clash_note(session, clashes),
            **self._buttons(row),
        }
        name = localize(row.name) or row.code
        return self.show("zhidu/detail.html", name, page=page, crumbs=self.crumbs())

    def _buttons(self, row: Role) -> dict[str, Any]:
        archive = self.link("archive_view", pk=row.id)
        if row.archived_at is not None:
            again = {"label": gettext("Use again"), "url": archive, "icon": "undo"}
            return {"posts": [{**again, "tone": "primary"}]}
        ask = gettext("Take the role “%(code)s” out of use?", code=row.code)
        rename = {
            "label": gettext("Rename"),
            "url": self.link("change_view", pk=row.id),
            "icon": "edit",
        }
        return {
            "more_links": [rename],
            "more": [
                {"label": gettext("Archive"), "url": archive, "icon": "archive", "confirm": ask}
            ],
            "links": [
                {
                    "label": gettext("Give to a person"),
                    "url": self.link("give_view", pk=row.id),
                    "icon": "plus",
                },
                {
                    "label": gettext("Edit rights"),
                    "url": self.link("grants_view", pk=row.id),
                    "icon": "edit",
                    "tone": "primary",
                },
            ],
        }

    def _people(self, people: list[Member]) -> dict[str, Any]:
        from flask import url_for

        return table(
            ((_l("Full name"), "link", "title"), (_l("Staff number"), "text")),
            [(url_for("members.roles_view", pk=m.id), (m.name, m.number)) for m in people],
            empty={"icon": "users", "title": gettext("Nobody has this role.")},
        )

    # --- forms

    def form_for(self, _session: Session, row: Role | None, data: Any) -> RoleForm:
        """Bind the form; the code of a role never changes."""
        values: dict[str, Any] = {}
        if row is not None:
            values = {f"name_{code}": row.name.get(code, "") for code in LOCALES}
            values["code"] = row.code
        form = RoleForm(data, data=values)
        if row is not None:
            form.code.ui["lock"] = gettext("Policies name the role by its code.")
            form.code.validators, form.code.data = [], row.code
            form.code.raw_data, form.code.flags.required = None, False
        return form

    def _names(self, form: Any) -> dict[str, str]:
        return {code: form[f"name_{code}"].data or "" for code in LOCALES}

    def sections(self, form: Any) -> list[dict[str, Any]]:
        """Put the code first, then the names."""
        names = [form[f"name_{code}"] for code in LOCALES]
        hint = gettext("At least one; the others follow it.")
        return [
            {"title": gettext("Role"), "items": [form.code]},
            {"title": gettext("Name"), "hint": hint, "items": names},
        ]

    def create(self, session: Session, form: Any) -> Role:
        """Add a role."""
        return access.create_role(session, context.actor(), form.code.data, self._names(form))

    def save(self, session: Session, row: Role, form: Any, _version: int | None) -> None:
        """Rename it."""
        access.edit_role(session, context.actor(), row, name=self._names(form))

    def refused(self, form: Any, row: Any | None, error: ZhiduError) -> Any:
        """Put the complaint about the name beside the first name."""
        fields = getattr(error, "fields", {})
        if "name" in fields:
            fields[f"name_{LOCALES[0]}"] = fields.pop("name")
        return super().refused(form, row, error)

    def form_title(self, row: Role | None) -> str:
        """Name the page."""
        return str(self.new_label) if row is None else (localize(row.name) or row.code)

    # --- verbs

    @door("/<int:pk>/give", "GET", "POST", needs=".edit")
    def give_view(self, pk: int) -> Any:
        """Give the role to a person."""
        session = context.session()
        row: Role = self.load(session, pk, "edit")
        form: Any = GiveForm(request.form if request.method == "POST" else None)
        if request.method == "POST" and form.validate():
            try:
                access.give_role(session, context.actor(), form.member_id.data, row)
                session.flush()
            except ZhiduError as error:
                place(form, error)
                session = context.session()
                row = self.load(session, pk)
                return self._give_page(session, row, form), error.status
            member = session.get_one(Member, form.member_id.data)
            flash(gettext("%(name)s has the role now.", name=member.name), "success")
            return redirect(f"{self.link('row_view', pk=pk)}#people", code=303)
        return self._give_page(session, row, form), (422 if form.errors else 200)

    def _give_page(self, session: Session, row: Role, form: Any) -> str:
        choose_people(session, form.member_id)
        here, name = self.link("row_view", pk=row.id), localize(row.name) or row.code
        return self.form_shown(
            form,
            _l("Give the role “%(name)s”", name=name),
            cancel_url=here,
            sections=[{"items": [form.member_id]}],
            crumbs=self.crumbs((name, here)),
            label=_l("Give"),
        )

    @door("/<int:pk>/archive", "POST", needs=".edit")
    def archive_view(self, pk: int) -> Any:
        """Take a role out of use, or into use again."""
        session = context.session()
        row: Role = self.load(session, pk, "edit")
        here = self.link("row_view", pk=pk)
        if row.archived_at is None and not confirmed():
            text = _l("Take the role “%(code)s” out of use?", code=row.code)
            return question(self, row.code, text, _l("Archive"), cancel_url=here)
        try:
            if row.archived_at is None:
                access.archive_role(session, context.actor(), row)
            else:
                access.restore_role(session, context.actor(), row)
            session.flush()
        except ZhiduError as error:
            context.start_over()
            say(error)
        return redirect(here, code=303)


def _clash_note(session: Session, clashes: list[duties.Violation]) -> dict[str, str] | None:
    """Say who has two rights that must be in two hands, and so can use neither."""
    if not clashes:
        return None
    texts = [
        gettext(
            "%(name)s has both “%(first)s” and “%(second)s” and can use neither (%(source)s).",
            name=clash.member.name,
            first=str(duties.title(session, clash.duty.first)),
            second=str(duties.title(session, clash.duty.second)),
            source=str(clash.duty.source.label),
        )
        for clash in clashes
    ]
    return {"text": " ".join(texts), "tone": "warn"}
