"""A policy version in words for its page: its clauses as chips, settings, what it changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import url_for

from zhidu.db import Session
from zhidu.policy import diff, versions
from zhidu.policy.content import EMPTY
from zhidu.policy.models import DraftStatus, PolicyVersion, VersionOrigin
from zhidu.texts import enumerate_texts, gettext
from zhidu.web import present


def origin_title(origin: VersionOrigin | str) -> str:
    """Name how a version came to be."""
    match VersionOrigin(origin):
        case VersionOrigin.PACK:
            return gettext("policy text")
        case VersionOrigin.ACTIVATION:
            return gettext("addon switched")
        case VersionOrigin.SETTING:
            return gettext("setting changed")


def kind_title(session: Session, kind: str) -> str:
    """Name a kind of record; one of an addon that is not loaded keeps its technical name."""
    declared = session.registry.kinds.get(kind)
    return str(declared.title) if declared else kind


def addon_title(session: Session, name: str) -> str:
    """Name an addon; one that is not loaded keeps its technical name."""
    if name not in session.registry.names:
        return name
    return gettext(str(session.registry.addon(name).addon.title))


def chip(clause: str, version: PolicyVersion | None) -> dict[str, str] | None:
    """Make the chip of a clause that leads to its own page."""
    if not clause:
        return None
    found = versions.clauses(version)
    title = found[clause].title if clause in found else clause
    return {"id": clause, "title": title, "url": clause_url(version, clause)}


def clause_url(version: PolicyVersion | None, clause: str) -> str:
    """Give the address of a clause as a version words it; nothing for a version not stored."""
    if version is None or version.id is None or clause not in versions.clauses(version):
        return ""
    return str(url_for("policy.clause_view", pk=version.id, ident=clause))


def settings(session: Session, version: PolicyVersion) -> list[list[Any]]:
    """Give the settings that a version holds: title, value, who states it, clause."""
    content = versions.content(version)
    rows = []
    for key, entry in content.settings.items():
        who = present.tag(gettext("policy"), "info")
        clause = chip(entry.clause, version)
        rows.append([_setting_title(session, key), _shown(entry.value), who, clause])
    own: Mapping[str, Any] = content.data.get("company_settings", {})
    for key, value in own.items():
        if key not in content.settings:
            who = present.tag(gettext("the company's choice"))
            rows.append([_setting_title(session, key), _shown(value), who, None])
    return rows


def _setting_title(session: Session, key: str) -> str:
    declared = session.registry.settings.get(key)
    return str(declared.title) if declared else key


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    return str(value)


def changes(
    session: Session, old: PolicyVersion | None, new: PolicyVersion | None
) -> list[dict[str, str]]:
    """Say line by line what the newer version changes, and for whom."""
    before, after = (
        versions.content(one) if one else versions.Content(EMPTY) for one in (old, new)
    )
    return [
        {"sign": one.sign.value, "text": one.line[2:]}
        for one in diff.changes(session.registry, before, after)
    ]


def draft(content: Mapping[str, Any], base: PolicyVersion | None) -> PolicyVersion:
    """Make a version that is not stored, to compare what a pack would change with what holds."""
    own = versions.content(base).data.get("company_settings", {}) if base else {}
    data = {**content, "company_settings": own}
    return PolicyVersion(content=data, checksum=versions.checksum(data))


def places(flows: Sequence[str]) -> str:
    """Join names for one line."""
    return enumerate_texts(flows)


def status_tag(status: DraftStatus) -> dict[str, str]:
    """Say where a draft stands."""
    match status:
        case DraftStatus.DRAFT:
            return present.tag(gettext("being written"), "info")
        case DraftStatus.PROPOSED:
            return present.tag(gettext("waits for a second person"), "warn")
        case DraftStatus.PUBLISHED:
            return present.tag(gettext("published"), "good")
        case DraftStatus.DECLINED:
            return present.tag(gettext("declined"), "bad")
        case DraftStatus.WITHDRAWN:
            return present.tag(gettext("discarded"))
