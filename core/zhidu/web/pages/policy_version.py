"""The pages of one policy version: its clauses and what carries them out, flows, settings, changes."""

from __future__ import annotations

from typing import Any

from flask import Response, request, url_for
from sqlalchemy import select

from zhidu.audit import trail as audit
from zhidu.db import Session
from zhidu.errors import NotFound
from zhidu.policy import export, queries, versions
from zhidu.policy import trial as trials
from zhidu.policy.models import PolicyVersion, VersionOrigin
from zhidu.texts import gettext
from zhidu.texts import lazy_gettext as _l
from zhidu.web import context, present
from zhidu.web.base_view import door
from zhidu.web.list_view import ListView
from zhidu.web.pages import policy_clauses as clauses
from zhidu.web.pages import policy_counts as counts
from zhidu.web.pages import policy_flows as flows
from zhidu.web.pages import policy_words as words
from zhidu.web.pages.parts import sheet, table
from zhidu.web.pages.policy_draw import block
from zhidu.web.pages.policy_records import list_url


class PolicyVersionPages(ListView):
    """What a version says, clause by clause and flow by flow."""

    kind = "core.policy"

    @door("/now", needs=".read")
    def now_view(self) -> Any:
        """Show the version in force."""
        version = versions.current(context.session())
        if version is None:
            raise NotFound
        return self._page(context.session(), version)

    @door("/<int:pk>", needs=".read")
    def row_view(self, pk: int) -> str:
        """Show what a version says."""
        session = context.session()
        return self._page(session, self._version(session, pk))

    def _page(self, session: Session, version: PolicyVersion) -> str:
        content = versions.content(version)
        here = self.link("row_view", pk=version.id)
        now = versions.current(session) is version
        settings = words.settings(session, version)
        panes = [
            self._clauses(session, version, here),
            pane(
                "flows",
                gettext("Flows"),
                flows.blocks(session, version, running=now)
                or [
                    {
                        "type": "empty",
                        "icon": "book",
                        "title": gettext("No flow is stated."),
                        "text": gettext("Requests need a flow before anyone can submit them."),
                    }
                ],
                len(content.flows),
            ),
            pane("settings", gettext("Settings"), [_settings(settings)], len(settings)),
        ]
        parts = clauses.parts(version, content)
        if parts:
            panes.append(pane("parts", gettext("Duties and rules"), parts))
        before = session.get(PolicyVersion, version.base_id) if version.base_id else None
        panes.append(pane("changes", gettext("Changes"), self._changes(session, before, version)))
        page = {
            "kind": gettext("Policy version %(number)s", number=version.number),
            "icon": "book",
            "tags": [state_tag(self._state(session, version)), origin_tag(version.origin)],
            "meta": [
                f"{version.pack_id} {version.pack_version}".strip(),
                gettext("in force from %(day)s", day=version.effective_from.isoformat()),
                version.note,
            ],
            "links": self._links(session, version),
            "posts": self._posts(version),
            "here": here,
            "panes": panes,
            "side": {
                "title": gettext("About this version"),
                "blocks": [self._side(session, version)],
            },
        }
        trial = trials.of(session) if now else None
        if trial is not None:
            page["note"] = present.tag(trial.text, "warn" if trial.wants_a_decision else "info")
        title = version.title or gettext("Version %(number)s", number=version.number)
        return self.show("zhidu/detail.html", title, page=page, crumbs=self._crumbs())

    def _crumbs(self, *more: tuple[str, str]) -> list[dict[str, str]]:
        crumbs = [{"label": str(self.title), "url": self.link("index_view")}]
        return crumbs + [{"label": label, "url": url} for label, url in more]

    def _links(self, session: Session, version: PolicyVersion) -> list[dict[str, str]]:
        if not self.may(".edit") or versions.current(session) is not version:
            return []
        return [
            {
                "label": gettext("Edit in a draft"),
                "url": url_for("policy_drafts.new_view"),
                "icon": "edit",
                "tone": "primary",
            }
        ]

    def _posts(self, version: PolicyVersion) -> list[dict[str, str]]:
        if not versions.content(version).clauses:
            return []
        url = self.link("export_yaml_view", pk=version.id)
        return [{"label": gettext("Download YAML"), "url": url, "icon": "download"}]

    def _clauses(self, session: Session, version: PolicyVersion, here: str) -> dict[str, Any]:
        found = clauses.measure(session, version)
        if not found.clauses:
            empty = {"type": "empty", "icon": "book", "title": gettext("No clauses.")}
            return pane("clauses", gettext("Clauses"), [empty], 0)
        html = block("tree", clauses.tree(session, version, found, here))
        return pane(
            "clauses", gettext("Clauses"), [{"type": "html", "html": html}], len(found.clauses)
        )

    def _version(self, session: Session, pk: int) -> PolicyVersion:
        version = versions.get(session, pk)
        if version is None:
            raise NotFound
        return version

    def _state(self, session: Session, version: PolicyVersion) -> str:
        if versions.current(session) is version:
            return "now"
        return "coming" if version.effective_from > versions.today(session) else "past"

    def _changes(
        self, session: Session, before: PolicyVersion | None, version: PolicyVersion
    ) -> list[dict[str, Any]]:
        title = (
            gettext("Against version %(number)s", number=before.number)
            if before
            else gettext("Against no policy")
        )
        made: list[dict[str, Any]] = [
            {"type": "html", "html": block("choose", self._choice(session, version, before))}
        ]
        lines = words.changes(session, before, version)
        if lines:
            made.append({"type": "html", "title": title, "html": block("changes", lines)})
        else:
            made.append({"type": "note", "text": gettext("Both say the same."), "tone": "info"})
        return made

    def _choice(
        self, session: Session, version: PolicyVersion, other: PolicyVersion | None
    ) -> dict[str, Any]:
        return {
            "action": self.link("compare_view", pk=version.id),
            "label": gettext("Compare with"),
            "name": "with",
            "value": str(other.id if other else ""),
            "options": [
                (
                    str(one.id),
                    gettext(
                        "Version %(number)s, from %(day)s",
                        number=one.number,
                        day=one.effective_from.isoformat(),
                    ),
                )
                for one in queries.history(session)
                if one is not version
            ],
        }

    def _side(self, session: Session, version: PolicyVersion) -> dict[str, Any]:
        content = versions.content(version)
        zone = context.here().timezone
        when = present.when(version.applied_at, zone) or {"text": ""}
        addons = [
            present.tag(words.addon_title(session, name), "info") for name in sorted(content.addons)
        ]
        rows: list[Any] = [(_l("Applied"), when["text"]), (_l("By"), version.applied_name)]
        if version.confirmed_name:
            rows.append((_l("Confirmed by"), version.confirmed_name))
        if version.effective_until:
            rows.append((_l("Trial until"), version.effective_until.isoformat()))
        rows += [
            {"label": gettext("Active addons"), "tags": addons, "value": None},
            (_l("Accepted findings"), len(version.acceptances) or None),
            (_l("Checksum"), version.checksum[:16]),
        ]
        return sheet(rows, columns=1)

    # --- one clause

    @door("/<int:pk>/clauses/<ident>", needs=".read")
    def clause_view(self, pk: int, ident: str) -> str:
        """Show one clause: its readings, what carries it out, the decisions that named it."""
        session = context.session()
        version = self._version(session, pk)
        clause = versions.clauses(version).get(ident)
        if clause is None:
            raise NotFound
        one = next(c for c in clauses.measure(session, version).clauses if c.id == ident)
        number = counts.governed_by(session, ident)
        links = []
        if number:
            label = gettext("Records that it governed (%(count)s)", count=number)
            links.append({"label": label, "url": list_url(clause=ident), "icon": "list"})
        page = {
            "kind": gettext("Clause %(clause)s", clause=ident),
            "icon": "book",
            "tags": [clauses.tag(one.standing)],
            "meta": [version.title, gettext("Version %(number)s", number=version.number)],
            "links": links,
            "here": self.link("clause_view", pk=pk, ident=ident),
            "panes": [
                pane("clause", gettext("Clause"), clauses.blocks(session, version, clause, one))
            ],
        }
        above = self.link("row_view", pk=pk)
        crumbs = self._crumbs((version.title or f"{version.number}", above))
        return self.show("zhidu/detail.html", clause.title, page=page, crumbs=crumbs)

    # --- two versions side by side, and the text

    @door("/<int:pk>/compare", needs=".read")
    def compare_view(self, pk: int) -> str:
        """Say what a version changes against another one."""
        session = context.session()
        version = self._version(session, pk)
        text = request.args.get("with", "")
        other = self._version(session, int(text)) if text.isdecimal() else None
        older, newer = (other, version)
        if other is not None and other.number > version.number:
            older, newer = version, other
        title = gettext(
            "Version %(old)s → version %(new)s",
            old=older.number if older else 0,
            new=newer.number,
        )
        page = {
            "kind": gettext("Comparison"),
            "icon": "book",
            "tags": [],
            "here": self.link("compare_view", pk=pk),
            "panes": [pane("changes", gettext("Changes"), self._changes(session, older, newer))],
        }
        above = self.link("row_view", pk=pk)
        crumbs = self._crumbs((version.title or f"{version.number}", above))
        return self.show("zhidu/detail.html", title, page=page, crumbs=crumbs)

    @door("/<int:pk>/export.yaml", "POST", needs=".read")
    def export_yaml_view(self, pk: int) -> Response:
        """Write a version as the text of a pack; written to the audit."""
        session = context.session()
        version = self._version(session, pk)
        text = export.export(session.registry, version)
        audit.log(session, "export", "core.policy_version", version.id)
        return _download(text, f"{version.pack_id or 'policy'}-{version.number}.yaml")

    @door("/<int:pk>/source.yaml", needs=".read")
    def source_view(self, pk: int) -> Response:
        """Give the text that was applied."""
        session = context.session()
        version = self._version(session, pk)
        text = session.scalar(select(PolicyVersion.source).where(PolicyVersion.id == version.id))
        if not text or version.origin is not VersionOrigin.PACK:
            raise NotFound
        return _download(text, f"{version.pack_id}-{version.number}.yaml")


def _download(text: str, name: str) -> Response:
    return Response(
        text,
        mimetype="application/yaml",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def pane(
    name: str, label: str, blocks: list[dict[str, Any]], count: int | None = None
) -> dict[str, Any]:
    """Make a part of a page."""
    return {"id": name, "label": label, "blocks": blocks, "count": count}


def _settings(rows: list[list[Any]]) -> dict[str, Any]:
    return table(
        (
            (_l("Setting"), "text", "title"),
            (_l("Value"), "text"),
            (_l("Stated by"), "tag", "tag"),
            (_l("Clause"), "clause"),
        ),
        [("", row) for row in rows],
        empty={
            "icon": "sliders",
            "title": gettext("No setting is stated."),
            "text": gettext("The defaults of the addons hold."),
        },
    )


def state_tag(state: str) -> dict[str, str]:
    """Say whether a version holds."""
    match state:
        case "now":
            return present.tag(gettext("in force"), "good")
        case "coming":
            return present.tag(gettext("to come"), "info")
    return present.tag(gettext("superseded"))


def origin_tag(origin: Any) -> dict[str, str]:
    """Say how a version came to be."""
    return present.tag(words.origin_title(origin))
