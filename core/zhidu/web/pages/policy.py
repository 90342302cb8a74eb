"""The company's policy: its versions, what each says, and what each changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import url_for
from sqlalchemy import Select, case, literal

from zhidu.db import Session
from zhidu.policy import versions
from zhidu.policy.models import PolicyVersion, VersionOrigin
from zhidu.texts import gettext
from zhidu.texts import lazy_gettext as _l
from zhidu.web import context
from zhidu.web.listing import Column, Filter
from zhidu.web.pages import policy_words as words
from zhidu.web.pages.policy_version import PolicyVersionPages, origin_tag, state_tag
from zhidu.web.pages.version_names import version_name_column


class PolicyView(PolicyVersionPages):
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
            Column("name", _l("Policy version"), version_name_column(), "link", phone="title"),
            Column("edition", _l("Edition"), PolicyVersion.pack_version, phone="hide"),
            Column("state", _l("Status"), state, "tag", state_tag, phone="tag"),
            Column("origin", _l("Came by"), PolicyVersion.origin, "tag", origin_tag),
            Column("note", _l("Change"), PolicyVersion.note),
            Column("applied_name", _l("By"), PolicyVersion.applied_name, phone="hide"),
            Column("applied_at", _l("Applied"), PolicyVersion.applied_at, "time"),
        )

    def source(self, statement: Select[Any], _session: Session) -> Select[Any]:
        """Read versions only."""
        return statement.select_from(PolicyVersion)

    def primary(self, session: Session) -> dict[str, str] | None:
        """Offer to apply a policy, and to write another version of the one in force."""
        if not self.may(".edit"):
            return None
        if versions.current(session) is not None:
            url = url_for("policy_drafts.new_view")
            return {"label": gettext("Edit in a draft"), "url": url, "icon": "edit"}
        return self._apply()

    def _apply(self) -> dict[str, str]:
        url = url_for("policy_apply.index_view")
        return {"label": gettext("Apply a policy"), "url": url, "icon": "upload"}

    def more(self, session: Session) -> list[dict[str, str]]:
        """Offer the policy in force, the records under it, the drafts."""
        if versions.current(session) is None:
            return []
        found = [
            {"label": gettext("Policy in force"), "url": self.link("now_view"), "icon": "book"},
            {
                "label": gettext("Records"),
                "url": url_for("policy_records.index_view"),
                "icon": "list",
            },
        ]
        if self.may(".edit"):
            url = url_for("policy_drafts.index_view")
            found += [{"label": gettext("Drafts"), "url": url, "icon": "doc"}, self._apply()]
        return found
