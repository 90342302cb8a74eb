"""Companies: opened, described and closed by the system administrator, who reads none of their rows."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request
from sqlalchemy import select
from wtforms import SelectField, StringField
from wtforms.validators import DataRequired, Length, Optional

from zhidu.access.administrators import appoint_admin
from zhidu.access.user import User, UserCompany
from zhidu.access.users import normalized
from zhidu.clock import DEFAULT_ZONE
from zhidu.errors import NotFound, ZhiduError
from zhidu.org import companies
from zhidu.org.models import Company
from zhidu.texts import DEFAULT_LOCALE, gettext
from zhidu.texts import lazy_gettext as _l
from zhidu.web import context
from zhidu.web.base_view import SYSTEM, door, say
from zhidu.web.forms import OfficeForm
from zhidu.web.pages.coded import used_tag
from zhidu.web.pages.member_forms import find_user
from zhidu.web.pages.parts import confirmed, place, question, sheet, table
from zhidu.web.pages.system.frame import SystemView, language_choices, when
from zhidu.web.shell import LANGUAGE_NAMES, company_url


class CompanyForm(OfficeForm):
    """A company."""

    name = StringField(_l("Name"), [DataRequired(), Length(max=100)])
    code = StringField(
        _l("Code"),
        [DataRequired(), Length(max=32)],
        description=_l("Stands in addresses, /c/code/, and never changes: a–z, 0–9, hyphen."),
        render_kw={"autocomplete": "off"},
    )
    locale = SelectField(
        _l("Language"),
        choices=language_choices,
        default=DEFAULT_LOCALE,
        description=_l("For texts that the company itself keeps."),
    )
    timezone = StringField(_l("Time zone"), [DataRequired()], default=DEFAULT_ZONE)
    currency = StringField(_l("Currency"), [DataRequired()], default="CNY")
    admin = StringField(
        _l("Administrator's user name"),
        [Optional(), Length(max=64)],
        description=_l("An existing log-in; it can be named later, too."),
        render_kw={"autocomplete": "off"},
    )
    admin_name = StringField(_l("Administrator's name"), [Optional(), Length(max=100)])


class AdminForm(OfficeForm):
    """The first administrator of a company."""

    username = StringField(
        _l("User name"), [DataRequired(), Length(max=64)], render_kw={"autocomplete": "off"}
    )
    name = StringField(
        _l("Name"),
        [Optional(), Length(max=100)],
        description=_l("Of the person, where the log-in is nobody in the company yet."),
    )


class CompaniesView(SystemView):
    """The register of companies."""

    @door("/", needs=SYSTEM)
    def index_view(self) -> str:
        """List the companies."""
        statement = select(
            Company.id.label("id"),
            Company.name,
            Company.code,
            Company.locale,
            Company.currency,
            Company.created_at,
            Company.archived_at,
        )

        def row(one: Any) -> dict[str, Any]:
            return {
                "url": self.link("row_view", pk=one.id),
                "cells": [
                    one.name,
                    one.code,
                    LANGUAGE_NAMES.get(one.locale, one.locale),
                    one.currency,
                    when(one.created_at),
                    used_tag(one.archived_at),
                ],
            }

        return self.list_page(
            statement,
            Company.id,
            (
                (_l("Name"), "link", "title"),
                (_l("Code"), "text"),
                (_l("Language"), "text"),
                (_l("Currency"), "text"),
                (_l("Opened"), "date"),
                (_l("Status"), "tag", "tag"),
            ),
            row,
            search=(Company.name, Company.code),
            hint=_l("Name or code"),
            tabs=(
                ("used", _l("In use"), Company.archived_at.is_(None)),
                ("archived", _l("Archived"), Company.archived_at.is_not(None)),
            ),
            primary={"label": gettext("New company"), "url": self.link("new_view")},
            empty={
                "icon": "building",
                "title": gettext("No companies here."),
                "text": gettext("Open a company and name its administrator."),
            },
        )

    def _company(self, pk: int) -> Company:
        found = context.session().get(Company, pk)
        if found is None:
            raise NotFound
        return found

    @door("/<int:pk>", needs=SYSTEM)
    def row_view(self, pk: int) -> str:
        """Show a company and who may enter it."""
        session, row = context.session(), self._company(pk)
        users = session.execute(
            select(User.id, User.username, User.active)
            .join(UserCompany, UserCompany.user_id == User.id)
            .where(UserCompany.company_id == pk)
            .order_by(User.username)
        ).all()
        views = context.extension("views")
        rows = [
            (
                views["system_logins"].link("row_view", pk=key),
                (name, used_tag(None if active else row.created_at)),
            )
            for key, name, active in users
        ]
        archive = self.link("archive_view", pk=pk)
        ask = gettext("Close “%(name)s”? Its rows stay; nobody enters it any more.", name=row.name)
        posts = [{"label": gettext("Close"), "url": archive, "icon": "archive", "confirm": ask}]
        if row.archived_at is not None:
            posts = [{"label": gettext("Open again"), "url": archive, "icon": "undo"}]
        admin = {"label": gettext("Name the administrator"), "url": self.link("admin_view", pk=pk)}
        edit = {"label": gettext("Edit"), "url": self.link("change_view", pk=pk), "icon": "edit"}
        page = {
            "kind": gettext("Company"),
            "icon": "building",
            "tags": [used_tag(row.archived_at)],
            "meta": [company_url(row.code)],
            "here": self.link("row_view", pk=pk),
            "more_links": [{**admin, "icon": "shield"}],
            "more": posts,
            "links": [{**edit, "tone": "primary"}],
            "panes": [
                {
                    "id": "company",
                    "label": gettext("Company"),
                    "blocks": [
                        sheet(
                            (
                                (_l("Code"), row.code),
                                (_l("Language"), LANGUAGE_NAMES.get(row.locale, row.locale)),
                                (_l("Time zone"), row.timezone),
                                (_l("Currency"), row.currency),
                                (_l("Opened"), when(row.created_at)),
                                (_l("Closed"), when(row.archived_at)),
                                (_l("Demo"), gettext("yes") if row.is_demo else gettext("no")),
                            )
                        ),
                        table(
                            ((_l("User name"), "link", "title"), (_l("Status"), "tag", "tag")),
                            rows,
                            title=_l("Log-ins that may enter"),
                            empty={
                                "icon": "key",
                                "title": gettext("Nobody may enter yet."),
                                "text": gettext("Name the administrator to begin."),
                            },
                        ),
                    ],
                }
            ],
        }
        return self.show("zhidu/detail.html", row.name, page=page, crumbs=self.crumbs())

    @door("/new", "GET", "POST", needs=SYSTEM)
    def new_view(self) -> Any:
        """Open a company, with its administrator if named."""
        form = CompanyForm(request.form if request.method == "POST" else None)
        if request.method == "POST" and form.validate():
            session = context.session()
            actor = context.actor()
            try:
                row = companies.create_company(
                    session,
                    actor,
                    form.code.data.strip(),
                    form.name.data,
                    locale=form.locale.data,
                    timezone=form.timezone.data.strip(),
                    currency=form.currency.data.strip().upper(),
                )
                session.flush()
                if normalized(form.admin.data or ""):
                    user = find_user(session, form.admin.data)
                    if user is not None:
                        appoint_admin(session, actor, row, user, form.admin_name.data or "")
            except ZhiduError as error:
                fields = getattr(error, "fields", {})
                if "username" in fields:
                    fields["admin"] = fields.pop("username")
                place(form, error)
                return self._form(form, None), error.status
            flash(gettext("“%(name)s” is open.", name=row.name), "success")
            return redirect(self.link("row_view", pk=row.id), code=303)
        return self._form(form, None), (422 if form.errors else 200)

    @door("/<int:pk>/edit", "GET", "POST", needs=SYSTEM)
    def change_view(self, pk: int) -> Any:
        """Change name, language, time zone and currency."""
        row = self._company(pk)
        form = CompanyForm(request.form if request.method == "POST" else None, obj=row)
        del form["code"], form["admin"], form["admin_name"]
        if request.method == "POST" and form.validate():
            session = context.session()
            try:
                companies.edit_company(
                    session,
                    context.actor(),
                    row,
                    name=form.name.data,
                    locale=form.locale.data,
                    timezone=form.timezone.data.strip(),
                    currency=form.currency.data.strip().upper(),
                )
                session.flush()
            except ZhiduError as error:
                place(form, error)
                return self._form(form, self._company(pk)), error.status
            return redirect(self.link("row_view", pk=pk), code=303)
        return self._form(form, row), (422 if form.errors else 200)

    def _form(self, form: Any, row: Company | None) -> str:
        sections = [
            {
                "title": gettext("Company"),
                "items": [f for f in form if f.name not in ("admin", "admin_name")],
            }
        ]
        if row is None:
            items = [form.admin, form.admin_name]
            sections.append({"title": gettext("Administrator"), "items": items})
        here = self.link("row_view", pk=row.id) if row else self.link("index_view")
        return self.form_page(
            form,
            row.name if row else _l("New company"),
            cancel_url=here,
            sections=sections,
            crumbs=self.crumbs(*([(row.name, here)] if row else [])),
            label=_l("Save"),
        )

    @door("/<int:pk>/admin", "GET", "POST", needs=SYSTEM)
    def admin_view(self, pk: int) -> Any:
        """Name the first administrator of a company that has none."""
        row = self._company(pk)
        form = AdminForm(request.form if request.method == "POST" else None)
        here = self.link("row_view", pk=pk)
        status = 422 if request.method == "POST" else 200
        if request.method == "POST" and form.validate():
            session = context.session()
            try:
                user = find_user(session, form.username.data)
                if user is None:
                    raise NotFound
                appoint_admin(session, context.actor(), row, user, form.name.data or "")
                session.flush()
            except ZhiduError as error:
                place(form, error)
                row, status = self._company(pk), error.status
            else:
                name = user.username
                flash(gettext("%(name)s administers the company now.", name=name), "success")
                return redirect(here, code=303)
        return self.form_page(
            form,
            _l("Administrator of %(name)s", name=row.name),
            cancel_url=here,
            sections=[{"items": [form.username, form.name]}],
            crumbs=self.crumbs((row.name, here)),
            label=_l("Save"),
        ), status

    @door("/<int:pk>/archive", "POST", needs=SYSTEM)
    def archive_view(self, pk: int) -> Any:
        """Close a company, or open it again."""
        session, row, here = context.session(), self._company(pk), self.link("row_view", pk=pk)
        if row.archived_at is None and not confirmed():
            text = _l("Close “%(name)s”? Its rows stay; nobody enters it any more.", name=row.name)
            return question(self, row.name, text, _l("Close"), cancel_url=here)
        try:
            if row.archived_at is None:
                companies.archive_company(session, context.actor(), row)
            else:
                companies.restore_company(session, context.actor(), row)
            session.flush()
        except ZhiduError as error:
            context.start_over()
            say(error)
        return redirect(here, code=303)
