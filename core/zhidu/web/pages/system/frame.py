"""What stands around the system administrator's pages, and how their lists are drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import request

from zhidu import clock
from zhidu.texts import LOCALES, Text, gettext
from zhidu.texts import lazy_gettext as _l
from zhidu.web import context, present
from zhidu.web.base_view import OfficeView, one_of, positive
from zhidu.web.listing import PAGE_SIZES, Query, fetch, pager, search_clause
from zhidu.web.shell import LANGUAGE_NAMES, company_url, here_url, languages, my_companies, site_url

MENU: tuple[tuple[str, Text, str], ...] = (
    ("system", _l("Health"), "shield"),
    ("system_companies", _l("Companies"), "building"),
    ("system_logins", _l("Log-ins"), "key"),
    ("system_addons", _l("Addons"), "plug"),
    ("system_jobs", _l("Jobs"), "clock"),
    ("system_calendar", _l("Statutory calendar"), "calendar"),
)

ZONE = clock.DEFAULT_ZONE
"""The time zone in which the installation's own times are shown."""


def system_shell() -> dict[str, Any]:
    """Make what the frame of a page outside any company needs."""
    who = context.user()
    views: Mapping[str, OfficeView] = context.extension("views")
    items = []
    for endpoint, title, icon in MENU:
        url = views[endpoint].link("index_view")
        first = endpoint == MENU[0][0]
        current = request.path == url if first else request.path.startswith(url)
        items.append({"title": str(title), "url": url, "icon": icon, "current": current})
    name = gettext("System administration")
    companies = [
        {"name": c.name, "code": c.code, "url": company_url(c.code), "current": False}
        for c in my_companies()
    ]
    home = views[MENU[0][0]].link("index_view")
    here = {"name": name, "code": "", "url": home, "current": True}
    return {
        "company": {"name": name, "home_url": home},
        "companies": [here, *companies] if companies else [],
        "menu": [{"name": "system", "title": None, "open": True, "items": items}],
        "user": {
            **present.person(who.username if who else ""),
            "account_url": site_url("site.account"),
            "password_url": site_url("security.change_password"),
            "logout_url": site_url("security.logout"),
        },
        "languages": languages(),
        "language_url": site_url("site.language"),
        "here": here_url(),
        "notices": None,
    }


class SystemView(OfficeView):
    """A page outside any company."""

    def show(self, template: str, title: Text | str, **values: Any) -> str:
        """Render a page inside the system's frame."""
        html: str = self.render(template, title=str(title), shell=system_shell(), **values)
        return html

    def crumbs(self, *more: tuple[str, str]) -> list[dict[str, str]]:
        """Give the way back to the list."""
        first = (str(self.title), self.link("index_view"))
        return [{"label": label, "url": url} for label, url in (first, *more)]

    def form_page(
        self,
        form: Any,
        title: Text | str,
        *,
        cancel_url: str,
        sections: list[dict[str, Any]],
        crumbs: list[dict[str, str]],
        label: Text | str,
        **extra: Any,
    ) -> str:
        """Draw a form."""
        page = {
            "action": request.path,
            "cancel_url": cancel_url,
            "upload": False,
            "sections": sections,
            "errors": form.error_list(),
            "buttons": [{"name": "do", "value": "save", "label": str(label), "tone": "primary"}],
            **extra,
        }
        return self.show(
            "zhidu/form.html", title, form=form, page=page, preview=None, crumbs=crumbs
        )

    def list_page(
        self,
        statement: Any,
        key: Any,
        columns: Sequence[tuple[Text | str, str] | tuple[Text | str, str, str]],
        row: Callable[[Any], dict[str, Any]],
        *,
        search: Sequence[Any] = (),
        hint: Text | str = "",
        tabs: Sequence[tuple[str, Text | str, Any]] = (),
        primary: dict[str, str] | None = None,
        empty: dict[str, Any],
    ) -> str:
        """Draw a list, newest first.

        :param statement: selects the columns and ``key`` labelled ``id``.
        :param columns: label, kind, and what it is on the phone.
        :param row: makes ``{url, cells}`` of a row; see list.html.
        :param tabs: name, label, and a criterion or nothing.
        """
        query = Query(request.args, request.args.getlist, self.link("index_view"))
        size = positive(query.get("size"), PAGE_SIZES[0])
        size = size if size in PAGE_SIZES else PAGE_SIZES[0]
        tab = one_of(query.get("tab"), [t[0] for t in tabs], tabs[0][0]) if tabs else ""
        for name, _label, where in tabs:
            if name == tab and where is not None:
                statement = statement.where(where)
        if query.get("q") and search:
            statement = statement.where(search_clause(query.get("q"), search))
        found = fetch(
            context.session(),
            statement,
            key,
            order=None,
            descending=True,
            query=query,
            size=size,
        )
        looked = query.get("q")
        page = {
            "primary": primary,
            "tabs": [
                {"label": str(label), "url": query.url(tab=name), "current": name == tab}
                for name, label, _where in tabs
            ],
            "action": self.link("index_view"),
            "hidden": [(n, query.get(n)) for n in ("tab", "size") if query.get(n)],
            "search": {"name": "q", "value": looked, "placeholder": str(hint)} if search else None,
            "filters": [],
            "active": [
                {"label": gettext("Search"), "value": looked, "remove_url": query.url(["q"])}
            ]
            if looked
            else [],
            "clear_url": query.url(["q"]),
            "columns": [
                {"label": str(c[0]), "kind": c[1], "phone": c[2] if len(c) > 2 else ""}
                for c in columns
            ],
            "rows": [{"id": one.id, **row(one)} for one in found.rows],
            "bulk": [],
            "exports": [],
            "pager": pager(query, found, size),
            "next": query.url(),
            "empty": empty,
        }
        return self.show("zhidu/list.html", self.title, page=page)


def language_choices() -> list[tuple[str, str]]:
    """Offer the languages, each in itself."""
    return [(code, LANGUAGE_NAMES[code]) for code in LOCALES]


def when(instant: Any) -> str | None:
    """Write an instant for a list."""
    made = present.when(instant, ZONE)
    return made["text"] if made else None
