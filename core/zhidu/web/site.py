"""Pages outside any company: chooser, language, account, health."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, render_template, request
from flask import session as cookie
from flask_security import auth_required
from sqlalchemy import select

from zhidu.access import users
from zhidu.access.user import User
from zhidu.db.activation import EnabledAddon
from zhidu.texts import DEFAULT_LOCALE, LOCALES, gettext
from zhidu.web import context
from zhidu.web.shell import bare, company_url, my_companies, site_url

site = Blueprint("site", __name__)


def index() -> Any:
    """Go to the last company, or let the user choose; served by the workbench's own address."""
    who = context.user()
    companies = my_companies()
    if who is not None and who.is_system and not companies:
        return redirect(site_url("system.index_view"))
    last = next((c for c in companies if who and c.id == who.last_company_id), None)
    if last is not None or len(companies) == 1:
        return redirect(company_url((last or companies[0]).code))
    return render_template(
        "zhidu/chooser.html",
        title=gettext("Choose a company"),
        companies=[{"name": c.name, "code": c.code, "url": company_url(c.code)} for c in companies],
        user={"name": who.username if who else ""},
        system_url=site_url("system.index_view") if who and who.is_system else None,
        logout_url=site_url("security.logout"),
        bare=bare(),
    )


@site.post("/language")
def language() -> Any:
    """Speak another language from now on; for a user it is kept."""
    code = request.form.get("lang", "")
    if code in LOCALES:
        cookie["locale"] = code
        who = context.user()
        if who is not None and who.locale != code:
            context.close_reading()
            with context.database().write(context.actor()) as session:
                users.set_locale(session, session.actor, who.id, code)
    target = context.same_site(request.form.get("next")) or "/"
    return redirect(target, code=303)


@site.get("/account")
@auth_required()
def account() -> Any:
    """Show what the log-in is, and where to change it."""
    return render_template(
        "zhidu/account.html",
        title=gettext("My account"),
        user=context.user(),
        companies=[{"name": c.name, "url": company_url(c.code)} for c in my_companies()],
        password_url=site_url("security.change_password"),
        bare=bare(),
    )


@site.get("/healthz")
def health() -> Response:
    """Answer whether the database answers; says nothing else."""
    context.reading_session().execute(select(EnabledAddon.name).limit(1))
    return Response("ok\n", mimetype="text/plain")


def choose_locale() -> str:
    """Tell the language of this request: the user's, the cookie's, the browser's."""
    who: User | None = context.user()
    chosen = cookie.get("locale") or (who.locale if who else None)
    if chosen in LOCALES:
        return str(chosen)
    offered = {"zh-CN": "zh_Hans_CN", "zh-TW": "zh_Hant_TW", "zh-HK": "zh_Hant_TW"}
    offered |= {"zh": "zh_Hans_CN", "en": "en", "en-US": "en", "en-GB": "en"}
    best = request.accept_languages.best_match(list(offered))
    return offered[best] if best else DEFAULT_LOCALE


PUBLIC = {"site.language", "site.health", "security.login", "security.logout", "static"}
"""Endpoints that ask for no log-in; everything else is closed by default."""
