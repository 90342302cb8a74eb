"""What stands around every page: menu, company and language switch, notices, the user."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import g, request, url_for
from sqlalchemy import select

from zhidu.access import check
from zhidu.access.user import UserCompany
from zhidu.db import Session
from zhidu.notify import inbox
from zhidu.org import queries as org
from zhidu.org.models import Company
from zhidu.texts import LOCALES, Text, current_locale
from zhidu.web import context, present
from zhidu.web.base_view import MEMBER, SYSTEM, OfficeView
from zhidu.workflow import queries as workflow

if TYPE_CHECKING:
    from zhidu.web.declarations import View

LANGUAGE_NAMES = {"zh_Hans_CN": "简体中文", "zh_Hant_TW": "繁體中文", "en": "English"}


@dataclass(frozen=True, slots=True)
class Entry:
    """A page in the menu, bound to the view of this app."""

    declared: View
    view: OfficeView

    @property
    def sort(self) -> int:
        """Order within the menu."""
        return self.declared.sort


def languages() -> list[dict[str, Any]]:
    """List the languages, each in itself."""
    now = current_locale()
    return [{"code": c, "name": LANGUAGE_NAMES[c], "current": c == now} for c in LOCALES]


def company_url(code: str, path: str = "") -> str:
    """Give an address within a company, whatever the present one is."""
    return f"/c/{code}/{path}"


def site_url(endpoint: str, **values: Any) -> str:
    """Give an address of a site page, without the company's prefix: one copy for all."""
    prefix = request.script_root
    made = url_for(endpoint, **values)
    return made[len(prefix) :] if prefix and made.startswith(prefix) else made


def here_url() -> str:
    """Give path and query of the present page."""
    query = request.query_string.decode()
    return request.script_root + request.path + (f"?{query}" if query else "")


def my_companies() -> list[Company]:
    """List the companies that the user may enter, by name."""
    who = context.user()
    if who is None:
        return []
    found: list[Company] | None = g.get("my_companies")
    if found is None:
        found = g.my_companies = list(
            context.session().scalars(
                select(Company)
                .join(UserCompany, UserCompany.company_id == Company.id)
                .where(UserCompany.user_id == who.id, Company.archived_at.is_(None))
                .order_by(Company.name, Company.id)
            )
        )
    return found


def may_open(session: Session, entry: Entry) -> bool:
    """Tell whether the person may open a menu entry now."""
    view = entry.view
    if view.addon != "core" and view.addon not in session.active_addons:
        return False
    needs = view.needed(view._default_view or "index_view")
    return needs == MEMBER or (needs != SYSTEM and check.can(session, needs))


def menu(session: Session, entries: Iterable[Entry]) -> list[dict[str, Any]]:
    """Make the sidebar: home without a heading, then one group for each module."""
    here = request.path
    todo = workflow.count_todo(session, context.member_id())
    home = {
        "title": str(_home_title()),
        "url": request.script_root + "/",
        "icon": "home",
        "current": here == "/",
        "badge": todo or None,
    }
    groups: dict[str, dict[str, Any]] = {}
    for entry in sorted(entries, key=lambda e: e.sort):
        if not entry.declared.group or not may_open(session, entry):
            continue
        title = str(entry.declared.group)
        group = groups.setdefault(
            title, {"name": f"g{len(groups)}", "title": title, "open": True, "items": []}
        )
        url = entry.view.link(entry.view._default_view or "index_view")
        path = url[len(request.script_root) :]
        group["items"].append(
            {
                "title": str(entry.declared.title),
                "url": url,
                "icon": entry.declared.icon,
                "current": here == path or here.startswith(path.rstrip("/") + "/"),
            }
        )
    return [{"name": "home", "title": None, "open": True, "items": [home]}, *groups.values()]


def _home_title() -> Text | str:
    from zhidu.texts import pgettext

    return pgettext("menu", "Workbench")


def shell() -> dict[str, Any]:
    """Make what the frame of an office page needs."""
    session, here = context.session(), context.here()
    who = context.actor()
    department = org.primary_department(session, context.member_id())
    notices = inbox.newest(session, context.member_id(), limit=5)
    return {
        "company": {"name": here.name, "home_url": company_url(here.code)},
        "companies": [
            {
                "name": c.name,
                "code": c.code,
                "url": company_url(c.code),
                "current": c.id == here.id,
            }
            for c in my_companies()
        ],
        "menu": menu(session, context.extension("menu")),
        "user": {
            **present.person(who.name, department.name if department else ""),
            "approvals_url": url_for("mine.index_view"),
            "account_url": site_url("site.account"),
            "password_url": site_url("security.change_password"),
            "logout_url": site_url("security.logout"),
        },
        "languages": languages(),
        "language_url": site_url("site.language"),
        "here": here_url(),
        "notices": {
            "unread": inbox.unread(session, context.member_id()),
            "url": url_for("notices.index_view"),
            "items": [notice_row(n) for n in notices],
        },
    }


def notice_row(notice: Any) -> dict[str, Any]:
    """Make a notice for the bell and for lists."""
    return {
        "id": notice.id,
        "title": inbox.text_of(notice),
        "url": url_for("notices.open_view", pk=notice.id),
        "when": present.when(notice.created_at, context.here().timezone),
        "unread": notice.read_at is None,
    }


def bare() -> dict[str, Any]:
    """Make what the frame of a site page needs."""
    return {"languages": languages(), "language_url": site_url("site.language"), "here": here_url()}
