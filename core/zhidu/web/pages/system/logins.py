"""Log-ins: made, given a new password, switched off; shared by all companies."""

from __future__ import annotations

import secrets
from typing import Any

from flask import flash, redirect, request
from sqlalchemy import select
from wtforms import BooleanField, PasswordField, SelectField, StringField
from wtforms.validators import DataRequired, Length, Optional

from zhidu.access import users
from zhidu.access.user import User, UserCompany
from zhidu.errors import NotFound, ZhiduError
from zhidu.org.models import Company
from zhidu.texts import DEFAULT_LOCALE, enumerate_texts, gettext
from zhidu.texts import lazy_gettext as _l
from zhidu.web import context, present
from zhidu.web.base_view import SYSTEM, door, say
from zhidu.web.forms import OfficeForm
from zhidu.web.pages.parts import confirmed, place, question, sheet, table
from zhidu.web.pages.system.frame import SystemView, language_choices, when
from zhidu.web.shell import LANGUAGE_NAMES

EMPTY_PASSWORD = _l("Leave it empty for a random one, which is shown once.")


class LoginForm(OfficeForm):
    """A log-in."""

    username = StringField(
        _l("User name"),
        [DataRequired(), Length(max=64)],
        description=_l("2 to 64 letters and digits of any script, with . - _ between them."),
        render_kw={"autocomplete": "off"},
    )
    email = StringField(
        _l("E-mail"), [Optional(), Length(max=254)], description=_l("May be empty.")
    )
    locale = SelectField(
        _l("Language"),
        choices=language_choices,
        default=DEFAULT_LOCALE,
    )
    password = PasswordField(
        _l("Password"),
        [Optional(), Length(max=128)],
        description=EMPTY_PASSWORD,
        render_kw={"autocomplete": "new-password"},
    )
    is_system = BooleanField(
        _l("System administrator: runs the installation, reads no company's rows"),
        ui={"width": "full"},
    )


class ResetForm(OfficeForm):
    """A new password."""

    password = PasswordField(
        _l("New password"),
        [Optional(), Length(max=128)],
        description=EMPTY_PASSWORD,
        render_kw={"autocomplete": "new-password"},
    )


def status_tag(active: bool) -> dict[str, str]:
    """Say whether a log-in is open."""
    return present.tag(*((gettext("open"), "good") if active else (gettext("off"), "bad")))


class LoginsView(SystemView):
    """The register of log-ins."""

    @door("/", needs=SYSTEM)
    def index_view(self) -> str:
        """List the log-ins."""
        companies = self._companies()
        statement = select(
            User.id.label("id"),
            User.username,
            User.email,
            User.active,
            User.is_system,
            User.created_at,
        )

        def row(one: Any) -> dict[str, Any]:
            tags = [present.tag(gettext("system"), "info")] if one.is_system else []
            return {
                "url": self.link("row_view", pk=one.id),
                "cells": [
                    one.username,
                    one.email,
                    enumerate_texts(companies.get(one.id, [])),
                    tags or None,
                    when(one.created_at),
                    status_tag(one.active),
                ],
            }

        return self.list_page(
            statement,
            User.id,
            (
                (_l("User name"), "link", "title"),
                (_l("E-mail"), "text"),
                (_l("Companies"), "text"),
                (_l("Rights"), "tags"),
                (_l("Made"), "date"),
                (_l("Status"), "tag", "tag"),
            ),
            row,
            search=(User.username, User.email),
            hint=_l("User name or e-mail"),
            tabs=(
                ("open", _l("Open"), User.active),
                ("off", _l("Switched off"), User.active.is_(False)),
                ("system", _l("System administrators"), User.is_system),
            ),
            primary={"label": gettext("New log-in"), "url": self.link("new_view")},
            empty={"icon": "key", "title": gettext("No log-ins here.")},
        )

    def _companies(self) -> dict[int, list[str]]:
        found: dict[int, list[str]] = {}
        rows = context.session().execute(
            select(UserCompany.user_id, Company.code)
            .join(Company, Company.id == UserCompany.company_id)
            .order_by(Company.code)
        )
        for user_id, code in rows:
            found.setdefault(user_id, []).append(code)
        return found

    def _user(self, pk: int) -> User:
        found = context.session().get(User, pk)
        if found is None:
            raise NotFound
        return found

    @door("/<int:pk>", needs=SYSTEM)
    def row_view(self, pk: int) -> str:
        """Show a log-in."""
        session, row = context.session(), self._user(pk)
        found = session.execute(
            select(Company.id, Company.name, Company.code)
            .join(UserCompany, UserCompany.company_id == Company.id)
            .where(UserCompany.user_id == pk)
            .order_by(Company.name)
        )
        link = context.extension("views")["system_companies"].link
        rows = [(link("row_view", pk=key), (name, code)) for key, name, code in found]
        me = context.actor().user_id == pk
        toggle = {"url": self.link("active_view", pk=pk), "icon": "lock"}
        if row.active:
            ask = gettext("Switch “%(name)s” off? Its sessions end at once.", name=row.username)
            toggle |= {"label": gettext("Switch off"), "confirm": ask}
        else:
            toggle |= {"label": gettext("Switch on"), "icon": "key"}
        system = {"url": self.link("rights_view", pk=pk), "icon": "shield"}
        if row.is_system:
            ask = gettext("Take system administration from “%(name)s”?", name=row.username)
            system |= {"label": gettext("No system administrator any more"), "confirm": ask}
        else:
            ask = gettext(
                "“%(name)s” will run the installation: companies, log-ins, addons.",
                name=row.username,
            )
            system |= {"label": gettext("Make system administrator"), "confirm": ask}
        tags = [status_tag(row.active)]
        if row.is_system:
            tags.append(present.tag(gettext("system administrator"), "info"))
        page = {
            "kind": gettext("Log-in"),
            "icon": "key",
            "tags": tags,
            "here": self.link("row_view", pk=pk),
            "note": {"text": gettext("This is you."), "tone": "info"} if me else None,
            "more": [toggle, system],
            "links": [
                {
                    "label": gettext("New password"),
                    "url": self.link("password_view", pk=pk),
                    "icon": "key",
                },
                {
                    "label": gettext("Edit"),
                    "url": self.link("change_view", pk=pk),
                    "icon": "edit",
                    "tone": "primary",
                },
            ],
            "panes": [
                {
                    "id": "login",
                    "label": gettext("Log-in"),
                    "blocks": [
                        sheet(
                            (
                                (_l("User name"), row.username),
                                (_l("E-mail"), row.email),
                                (_l("Language"), LANGUAGE_NAMES.get(row.locale, row.locale)),
                                (_l("Made"), when(row.created_at)),
                            )
                        ),
                        table(
                            ((_l("Company"), "link", "title"), (_l("Code"), "text")),
                            rows,
                            title=_l("Companies that it may enter"),
                            empty={
                                "icon": "building",
                                "title": gettext("None."),
                                "text": gettext(
                                    "A company's administrator links the log-in to a person."
                                ),
                            },
                        ),
                    ],
                }
            ],
        }
        return self.show("zhidu/detail.html", row.username, page=page, crumbs=self.crumbs())

    @door("/new", "GET", "POST", needs=SYSTEM)
    def new_view(self) -> Any:
        """Make a log-in."""
        form = LoginForm(request.form if request.method == "POST" else None)
        if request.method == "POST" and form.validate():
            session = context.session()
            password = form.password.data or random_password()
            try:
                row = users.create_user(
                    session,
                    context.actor(),
                    form.username.data,
                    password,
                    form.email.data,
                    system=form.is_system.data,
                    locale=form.locale.data,
                )
                session.flush()
            except ZhiduError as error:
                place(form, error)
                return self._form(form, None), error.status
            flash(gettext("The log-in “%(name)s” was made.", name=row.username), "success")
            if not form.password.data:
                tell_password(password)
            return redirect(self.link("row_view", pk=row.id), code=303)
        return self._form(form, None), (422 if form.errors else 200)

    @door("/<int:pk>/edit", "GET", "POST", needs=SYSTEM)
    def change_view(self, pk: int) -> Any:
        """Change e-mail and language."""
        row = self._user(pk)
        form = LoginForm(request.form if request.method == "POST" else None, obj=row)
        del form["username"], form["password"], form["is_system"]
        if request.method == "POST" and form.validate():
            session, actor = context.session(), context.actor()
            try:
                users.set_email(session, actor, row, form.email.data)
                users.set_locale(session, actor, row, form.locale.data)
                session.flush()
            except ZhiduError as error:
                place(form, error)
                return self._form(form, self._user(pk)), error.status
            return redirect(self.link("row_view", pk=pk), code=303)
        return self._form(form, row), (422 if form.errors else 200)

    def _form(self, form: Any, row: User | None) -> str:
        here = self.link("row_view", pk=row.id) if row else self.link("index_view")
        return self.form_page(
            form,
            row.username if row else _l("New log-in"),
            cancel_url=here,
            sections=[{"items": list(form)}],
            crumbs=self.crumbs(*([(row.username, here)] if row else [])),
            label=_l("Save"),
        )

    @door("/<int:pk>/password", "GET", "POST", needs=SYSTEM)
    def password_view(self, pk: int) -> Any:
        """Give a new password; the old sessions end."""
        row, here = self._user(pk), self.link("row_view", pk=pk)
        form = ResetForm(request.form if request.method == "POST" else None)
        status = 200
        if request.method == "POST" and form.validate():
            password = form.password.data or random_password()
            session = context.session()
            try:
                users.set_password(session, context.actor(), row, password)
                session.flush()
            except ZhiduError as error:
                place(form, error)
                row, status = self._user(pk), error.status
            else:
                name = row.username
                flash(gettext("“%(name)s” has a new password.", name=name), "success")
                if not form.password.data:
                    tell_password(password)
                return redirect(here, code=303)
        return self.form_page(
            form,
            _l("New password for %(name)s", name=row.username),
            cancel_url=here,
            sections=[{"items": [form.password]}],
            crumbs=self.crumbs((row.username, here)),
            label=_l("Save"),
            note={"text": gettext("All sessions of this log-in end."), "tone": "info"},
        ), (422 if form.errors and status == 200 else status)

    @door("/<int:pk>/active", "POST", needs=SYSTEM)
    def active_view(self, pk: int) -> Any:
        """Switch a log-in off or on."""
        row = self._user(pk)
        if row.active and not confirmed():
            text = _l("Switch “%(name)s” off? Its sessions end at once.", name=row.username)
            here = self.link("row_view", pk=pk)
            return question(self, row.username, text, _l("Switch off"), cancel_url=here)
        act = users.deactivate if row.active else users.activate
        return self._do(pk, lambda: act(context.session(), context.actor(), row))

    @door("/<int:pk>/rights", "POST", needs=SYSTEM)
    def rights_view(self, pk: int) -> Any:
        """Make someone system administrator, or no longer."""
        row = self._user(pk)
        if not confirmed():
            text = (
                _l("Take system administration from “%(name)s”?", name=row.username)
                if row.is_system
                else _l(
                    "“%(name)s” will run the installation: companies, log-ins, addons.",
                    name=row.username,
                )
            )
            here = self.link("row_view", pk=pk)
            return question(
                self, row.username, text, _l("Confirm"), cancel_url=here, tone="primary"
            )
        wanted = not row.is_system
        return self._do(
            pk, lambda: users.set_system(context.session(), context.actor(), row, wanted)
        )

    def _do(self, pk: int, act: Any) -> Any:
        try:
            act()
            context.session().flush()
        except ZhiduError as error:
            context.start_over()
            say(error)
        return redirect(self.link("row_view", pk=pk), code=303)


def random_password() -> str:
    """Make a password that can be read out."""
    return secrets.token_urlsafe(9)


def tell_password(password: str) -> None:
    """Show a random password once."""
    flash(
        gettext(
            "Password: %(password)s. Hand it over now; it is not shown again.", password=password
        ),
        "warning",
    )
