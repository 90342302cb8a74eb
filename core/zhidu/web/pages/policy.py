"""The company's policy: its versions, what each says, and what each changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response, url_for
from sqlalchemy import Select, case, literal, select

from zhidu.db import Session
from zhidu.errors import NotFound
from zhidu.policy import versions
from zhidu.policy.models import PolicyVersion, VersionOrigin
from zhidu.texts import gettext
from zhidu.texts import lazy_gettext as _l
from zhidu.web import context, present
from zhidu.web.base_view import door
from zhidu.web.list_view import ListView
from zhidu.web.listing import Column, Filter
from zhidu.web.pages import policy_words as words
from zhidu.web.pages.parts import block, sheet, table


class PolicyView(ListView):
    """Versions, newest first; small ones come from switching an addon or changing a setting."""

    kind = "core.policy"
    model = PolicyVersion
    exports = ()
    search_columns = (PolicyVersion.title, PolicyVersion.note)
    search_hint = _l("Title or change")
    empty_icon = "book"
    empty_title = _l("This company has no policy yet.")
    empty_text = _l("Without one the defaults of the addons hold. Apply a policy to begin.")
    filters_of = (
        Filter(
            "origin",
            _l("Came by"),
            PolicyVersion.origin,
            "choice",
            lambda: [(o.value, words.origin_title(o)) for o in VersionOrigin],
        ),
        Filter("effective", _l("In force from"), PolicyVersion.effective_from, "dates"),
    )

    @property
    def columns(self) -> Sequence[Column]:  # type: ignore[override]  # depends on the day
        """Give the columns; which version holds depends on the day."""
        session = context.session()
        now, today = versions.current(session), versions.today(session)
        state = case(
            (PolicyVersion.id == literal(now.id if now else 0), "now"),
            (PolicyVersion.effective_from > today, "coming"),
            else_="past",
        )
        return (
            Column("number", _l("Version"), PolicyVersion.number, "link", phone="title"),
            Column("title", _l("Policy"), PolicyVersion.title),
            Column("edition", _l("Edition"), PolicyVersion.pack_version, phone="hide"),
            Column("state", _l("Status"), state, "tag", state_tag, phone="tag"),
            Column("origin", _l("Came by"), PolicyVersion.origin, "tag", origin_tag),
            Column("note", _l("Change"), PolicyVersion.note),
            Column("effective_from", _l("In force from"), PolicyVersion.effective_from, "date"),
            Column("applied_name", _l("By"), PolicyVersion.applied_name, phone="hide"),
            Column("applied_at", _l("Applied"), PolicyVersion.applied_at, "time"),
        )

    def source(self, statement: Select[Any], _session: Session) -> Select[Any]:
        """Read versions only."""
        return statement.select_from(PolicyVersion)

    def primary(self, _session: Session) -> dict[str, str] | None:
        """Offer to apply a policy."""
        if not self.may(".edit"):
            return None
        url = url_for("policy_apply.index_view")
        return {"label": gettext("Apply a policy"), "url": url, "icon": "upload"}

    @door("/<int:pk>", needs=".read")
    def row_view(self, pk: int) -> str:
        """Show what a version says."""
        session = context.session()
        version = self._version(session, pk)
        content = versions.content(version)
        people = words.People(session)
        flows = [
            {
                "type": "html",
                "title": words.kind_title(session, kind),
                "html": block("flow", words.steps(people, flow, content.clauses)),
            }
            for kind, flow in content.flows.items()
        ]
        nothing = {
            "type": "empty",
            "icon": "book",
            "title": gettext("No flow is stated."),
            "text": gettext("Requests need a flow before anyone can submit them."),
        }
        before = session.get(PolicyVersion, version.base_id) if version.base_id else None
        settings = words.settings(session, content)
        panes = [
            pane("flows", gettext("Flows"), flows or [nothing], len(flows)),
            pane(
                "clauses",
                gettext("Clauses"),
                [{"type": "html", "html": block("clauses", list(content.clauses.values()))}]
                if content.clauses
                else [
                    {
                        "type": "empty",
                        "icon": "book",
                        "title": gettext("No clauses."),
                    }
                ],
                len(content.clauses),
            ),
            pane("settings", gettext("Settings"), [_settings(settings)], len(settings)),
            pane("changes", gettext("Changes"), [self._changes(session, before, version)]),
        ]
        links = []
        if version.origin is VersionOrigin.PACK:
            url = self.link("source_view", pk=pk)
            links.append({"label": gettext("Download YAML"), "url": url, "icon": "download"})
        page = {
            "kind": gettext("Policy version %(number)s", number=version.number),
            "icon": "book",
            "tags": [state_tag(self._state(session, version)), origin_tag(version.origin)],
            "meta": [
                f"{version.pack_id} {version.pack_version}".strip(),
                gettext("in force from %(day)s", day=version.effective_from.isoformat()),
                version.note,
            ],
            "links": links,
            "here": self.link("row_view", pk=pk),
            "panes": panes,
            "side": {
                "title": gettext("About this version"),
                "blocks": [self._side(session, version)],
            },
        }
        title = version.title or gettext("Version %(number)s", number=version.number)
        crumbs = [{"label": str(self.title), "url": self.link("index_view")}]
        return self.show("zhidu/detail.html", title, page=page, crumbs=crumbs)

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
    ) -> dict[str, Any]:
        lines = words.changes(session, before, version)
        title = (
            gettext("Against version %(number)s", number=before.number)
            if before
            else gettext("Against no policy")
        )
        if not lines:
            return {"type": "note", "text": gettext("Both say the same."), "tone": "info"}
        return {"type": "html", "title": title, "html": block("changes", lines)}

    def _side(self, session: Session, version: PolicyVersion) -> dict[str, Any]:
        content = versions.content(version)
        when = present.when(version.applied_at, context.here().timezone) or {"text": ""}
        addons = [
            present.tag(words.addon_title(session, name), "info") for name in sorted(content.addons)
        ]
        return sheet(
            (
                (_l("Applied"), when["text"]),
                (_l("By"), version.applied_name),
                {"label": gettext("Active addons"), "tags": addons, "value": None},
                (_l("Checksum"), version.checksum[:16]),
            ),
            columns=1,
        )

    @door("/<int:pk>/source.yaml", needs=".read")
    def source_view(self, pk: int) -> Response:
        """Give the text that was applied."""
        session = context.session()
        version = self._version(session, pk)
        text = session.scalar(select(PolicyVersion.source).where(PolicyVersion.id == version.id))
        if not text:
            raise NotFound
        name = f"{version.pack_id}-{version.number}.yaml"
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
