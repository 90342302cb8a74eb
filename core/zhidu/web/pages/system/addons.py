"""Addons of the installation: enabled and disabled in this database; code comes by the command line."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request
from sqlalchemy import func, select

from zhidu import enabling
from zhidu.db.activation import CompanyAddon, EnabledAddon
from zhidu.discovery import Discovery, Found, discover
from zhidu.errors import NotFound, ZhiduError
from zhidu.registry import Registry
from zhidu.texts import enumerate_texts, gettext, ngettext
from zhidu.texts import lazy_gettext as _l
from zhidu.web import context, present
from zhidu.web.base_view import SYSTEM, door, say
from zhidu.web.pages.addons import brings
from zhidu.web.pages.parts import confirmed, question
from zhidu.web.pages.system.frame import SystemView

REASON = "how many companies use an addon is shown to the system administrator"


class SystemAddonsView(SystemView):
    """Cards with a switch each."""

    @door("/", needs=SYSTEM)
    def index_view(self) -> str:
        """List the installed addons, and those that cannot be used."""
        found = discover(context.extension("config").addon_folders)
        enabled = dict(
            iter(context.session().execute(select(EnabledAddon.name, EnabledAddon.version)))
        )
        uses = self._uses()
        text = request.args.get("q", "").strip().lower()
        cards = [
            self._card(one, found, enabled, uses.get(name, 0))
            for name, one in found.installed.items()
            if text in f"{name} {gettext(str(one.addon.title))}".lower()
        ]
        broken = self._broken(found, enabled) if not text else []
        page = {
            "search": {"name": "q", "value": request.args.get("q", ""), "placeholder": ""},
            "action": self.link("index_view"),
            "groups": [
                {"title": gettext("Installed"), "items": cards},
                {"title": gettext("Cannot be used"), "items": broken},
            ],
            "next": self.link("index_view"),
            "empty": {
                "title": gettext("No addon is installed."),
                "text": gettext("Addons are installed by the command line, never by a web page."),
            },
        }
        return self.show("zhidu/cards.html", self.title, page=page)

    def _uses(self) -> dict[str, int]:
        """Count the companies in which each addon is active."""
        with context.database().all_companies(context.actor(), REASON) as session:
            rows = session.execute(
                select(CompanyAddon.addon, func.count())
                .where(CompanyAddon.active)
                .group_by(CompanyAddon.addon)
            )
            return dict(iter(rows))

    def _card(
        self, one: Found, found: Discovery, enabled: dict[str, str], uses: int
    ) -> dict[str, Any]:
        addon, registry = one.addon, context.database().registry
        name, title = addon.name, gettext(str(addon.title))
        on = name in enabled
        needing = [
            other
            for other in enabled
            if other in found.installed and name in found.installed[other].addon.needed_names
        ]
        switch: dict[str, Any] = {
            "url": self.link("switch_view", addon=name),
            "on": on,
            "label": gettext("%(title)s: enabled", title=title),
        }
        if on and needing:
            switch["locked"] = gettext("Needed by: %(names)s.", names=enumerate_texts(needing))
        elif on:
            switch["confirm"] = warning(title, uses)
        tags = [present.tag(gettext("enabled"), "good") if on else present.tag(gettext("off"))]
        if addon.needed_names:
            needs = enumerate_texts(addon.needed_names)
            tags.append(present.tag(gettext("needs %(names)s", names=needs)))
        if uses:
            text = ngettext("active in %(num)s company", "active in %(num)s companies", uses)
            tags.append(present.tag(text, "info"))
        return {
            "title": title,
            "name": f"{name} {addon.version}",
            "icon": addon.icon or "plug",
            "text": gettext(str(addon.summary)) if addon.summary else "",
            "brings": self._brings(registry, name),
            "tags": tags,
            "switch": switch,
            "note": self._note(registry, name, enabled.get(name), addon.version),
        }

    def _brings(self, registry: Registry, name: str) -> str:
        views = context.extension("views").values()
        return brings(registry, name, sum(1 for view in views if view.addon == name))

    def _note(
        self, registry: Registry, name: str, version: str | None, installed: str
    ) -> dict[str, str] | None:
        """Say what keeps an enabled addon from running here and now."""
        for problem in registry.problems:
            if problem.addon == name:
                return {"text": f"{problem.text} {problem.cure}", "tone": "bad"}
        if version is None and name in registry.names:
            return {"text": gettext("It ends with the restart that is under way."), "tone": "info"}
        if version is not None and name not in registry.names:
            return {"text": gettext("It starts within seconds; reload the page."), "tone": "info"}
        if version is not None and version != installed:
            text = gettext(
                "Version %(version)s is installed. Run: zhidu db upgrade", version=installed
            )
            return {"text": text, "tone": "warn"}
        return None

    def _broken(self, found: Discovery, enabled: dict[str, str]) -> list[dict[str, Any]]:
        known = {problem.addon: problem for problem in found.problems}
        for problem in context.database().registry.problems:
            if problem.addon not in found.installed:
                known.setdefault(problem.addon, problem)
        return [
            {
                "title": name,
                "name": "",
                "icon": "alert",
                "text": "",
                "tags": [present.tag(gettext("enabled"), "warn")] if name in enabled else [],
                "note": {"text": f"{problem.text} {problem.cure}", "tone": "bad"},
            }
            for name, problem in sorted(known.items())
        ]

    @door("/<addon>", "POST", needs=SYSTEM)
    def switch_view(self, addon: str) -> Any:
        """Enable or disable an addon; the running processes follow within seconds.

        It works in units of work of its own: making tables takes the database for itself.
        """
        config, db = context.extension("config"), context.database()
        found, back = discover(config.addon_folders), self.link("index_view")
        name, one = addon, found.installed.get(addon)
        if one is None:
            raise NotFound
        title, wanted = gettext(str(one.addon.title)), request.form.get("on") == "1"
        actor = context.actor()
        if not wanted and not confirmed():
            return self._ask(name, title, back)
        context.close_reading()
        try:
            if wanted:
                names = enabling.enable(db, config, name, actor)
            else:
                enabling.disable(db, config, name, actor)
        except ZhiduError as error:
            say(error)
            return redirect(back, code=303)
        if wanted:
            flash(
                gettext(
                    "Enabled: %(names)s. It starts within seconds; companies switch it on for"
                    " themselves.",
                    names=enumerate_texts(names),
                ),
                "success",
            )
        else:
            flash(
                gettext(
                    "“%(title)s” is disabled; the server starts again without it. All rows stay.",
                    title=title,
                ),
                "success",
            )
        return redirect(back, code=303)

    def _ask(self, name: str, title: str, back: str) -> str:
        text = warning(title, self._uses().get(name, 0))
        return question(
            self,
            _l("Disable “%(title)s”", title=title),
            text,
            _l("Disable"),
            cancel_url=back,
        )


def warning(title: str, uses: int) -> str:
    """Say what disabling means."""
    text = gettext(
        "Disable “%(title)s”? The server starts again; its pages, jobs and tasks are gone until it"
        " is enabled again. No row is lost.",
        title=title,
    )
    if uses:
        used = ngettext(
            "It is active in %(num)s company.", "It is active in %(num)s companies.", uses
        )
        return f"{used} {text}"
    return text
