"""Which addons work in this company: switched on and off here, at once, with all data kept."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import flash, request

from zhidu.db import Session
from zhidu.errors import NotFound, ZhiduError
from zhidu.policy import activation, versions
from zhidu.policy.errors import OpenTasks
from zhidu.registry import LoadedAddon, Registry
from zhidu.texts import enumerate_texts, gettext, ngettext
from zhidu.texts import lazy_gettext as _l
from zhidu.web import context, present
from zhidu.web.base_view import OfficeView, door, say
from zhidu.web.pages.parts import confirmed, question


class AddonsView(OfficeView):
    """Cards with a switch each."""

    @door("/", needs="core.addon.switch")
    def index_view(self) -> str:
        """List the enabled addons by category; those of the installation only are not shown."""
        session = context.session()
        text = request.args.get("q", "").strip()
        groups: dict[str, list[dict[str, Any]]] = {}
        for loaded in session.registry.addons:
            if loaded.core:
                continue
            card = self._card(session, loaded)
            if text.lower() not in f"{card['title']} {card['name']} {card['text']}".lower():
                continue
            groups.setdefault(gettext(str(loaded.addon.category or "")), []).append(card)
        page = {
            "search": {"name": "q", "value": text, "placeholder": gettext("Addon")},
            "action": self.link("index_view"),
            "groups": [{"title": title, "items": cards} for title, cards in groups.items()],
            "next": self.link("index_view"),
            "empty": {
                "title": gettext("Nothing matches.") if text else gettext("No addon is enabled."),
                "text": gettext("The system administrator enables addons in this installation."),
            },
        }
        return self.show("zhidu/cards.html", self.title, page=page)

    def _card(self, session: Session, loaded: LoadedAddon) -> dict[str, Any]:
        name, addon = loaded.name, loaded.addon
        on = name in session.active_addons
        title = gettext(str(addon.title))
        users = dependants(session, name) if on else []
        counts = activation.impact(session, name) if on else {}
        tags = [present.tag(gettext("active"), "good") if on else present.tag(gettext("off"))]
        needs = [title_of(session.registry, need) for need in addon.needed_names]
        if needs:
            tags.append(present.tag(gettext("needs %(names)s", names=enumerate_texts(needs))))
        switch: dict[str, Any] = {
            "url": self.link("switch_view", addon=name),
            "on": on,
            "label": gettext("%(title)s: active", title=title),
        }
        if users:
            names = enumerate_texts(title_of(session.registry, user) for user in users)
            switch["locked"] = gettext("Needed by: %(names)s.", names=names)
        elif on:
            switch["confirm"] = self._warning(session, name, counts)
        card: dict[str, Any] = {
            "title": title,
            "name": f"{name} {addon.version}",
            "icon": addon.icon or "plug",
            "text": gettext(str(addon.summary)) if addon.summary else "",
            "brings": brings(session.registry, name, self._pages(name)),
            "tags": tags,
            "switch": switch,
        }
        if counts:
            total = sum(counts.values())
            card["note"] = {
                "text": ngettext("%(num)s task is open.", "%(num)s tasks are open.", total),
                "tone": "info",
            }
        return card

    def _pages(self, name: str) -> int:
        return sum(1 for view in context.extension("views").values() if view.addon == name)

    def _warning(self, session: Session, name: str, counts: dict[str, int]) -> str:
        """Say what switching off hides."""
        if counts:
            kinds = session.registry.kinds
            error = OpenTasks(counts, {k: kinds[k].title for k in counts if k in kinds})
            return f"{error.message} {error.cure}"
        return gettext(
            "Switch “%(title)s” off? Its pages and jobs are hidden; nothing is lost.",
            title=title_of(session.registry, name),
        )

    @door("/<addon>", "POST", needs="core.addon.switch")
    def switch_view(self, addon: str) -> Any:
        """Switch one on or off; it takes effect at the next click."""
        session, name = context.session(), addon
        if name not in session.registry.names or name == "core":
            raise NotFound
        wanted, title = request.form.get("on") == "1", title_of(session.registry, name)
        try:
            if wanted:
                version = activation.activate(session, context.actor(), name)
            else:
                if name in session.active_addons and not confirmed():
                    return self._ask(session, name)
                version = activation.deactivate(session, context.actor(), name, confirmed=True)
            session.flush()
        except ZhiduError as error:
            context.start_over()
            say(error)
            return self.back(self.link("index_view"))
        number = version.number if version else versions.next_number(session) - 1
        text = (
            gettext(
                "“%(title)s” is active. Policy version %(number)s says so.",
                title=title,
                number=number,
            )
            if wanted
            else gettext(
                "“%(title)s” is off. Policy version %(number)s says so.", title=title, number=number
            )
        )
        flash(text, "success")
        return self.back(self.link("index_view"))

    def _ask(self, session: Session, name: str) -> Any:
        users = dependants(session, name)
        if users:  # the service says so with its rule
            activation.deactivate(session, context.actor(), name)
        text = self._warning(session, name, activation.impact(session, name))
        title = title_of(session.registry, name)
        return question(
            self,
            _l("Switch “%(title)s” off", title=title),
            text,
            _l("Switch off"),
            cancel_url=self.link("index_view"),
        )


def dependants(session: Session, name: str) -> list[str]:
    """Name the active addons that require this one."""
    registry = session.registry
    return [
        loaded.name
        for loaded in registry.addons
        if loaded.name in session.active_addons and name in loaded.addon.needed_names
    ]


def title_of(registry: Registry, name: str) -> str:
    """Give an addon's title, or its name where it is not loaded."""
    if name not in registry.names:
        return name
    return gettext(str(registry.addon(name).addon.title))


def brings(registry: Registry, name: str, pages: int) -> str:
    """Say what comes with an addon: forms, pages, rights, settings, jobs."""
    kinds = [str(kind.title) for key, kind in registry.kinds.items() if registry.owner(key) == name]
    parts = []
    if kinds:
        parts.append(gettext("Forms: %(names)s", names=enumerate_texts(kinds)))
    if pages:
        parts.append(ngettext("%(num)s page", "%(num)s pages", pages))
    rights = _count(registry, registry.permissions, name)
    if rights:
        parts.append(ngettext("%(num)s right", "%(num)s rights", rights))
    settings = _count(registry, registry.settings, name)
    if settings:
        parts.append(ngettext("%(num)s setting", "%(num)s settings", settings))
    schedules = _count(registry, registry.schedules, name)
    if schedules:
        parts.append(ngettext("%(num)s timed job", "%(num)s timed jobs", schedules))
    return " · ".join(parts)


def _count(registry: Registry, keys: Iterable[str], name: str) -> int:
    return sum(1 for key in keys if registry.owner(key) == name)
