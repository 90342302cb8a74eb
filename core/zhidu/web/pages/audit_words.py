"""The audit trail in words: acts, doors, fields; values that the reader may not see are masked."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from zhidu.access import scope
from zhidu.access.check import grants
from zhidu.access.models import Scope
from zhidu.actor import Via
from zhidu.audit import queries as audit
from zhidu.audit.changes import HIDDEN
from zhidu.db import Session
from zhidu.texts import gettext, localize, ngettext, pgettext
from zhidu.texts import lazy_gettext as _l
from zhidu.web import context, present
from zhidu.web.pages.parts import table

LONGEST = 200
"""Characters of a value on a page."""


def door_title(source: str) -> str:
    """Name the door through which an act came."""
    match source:
        case Via.WEB:
            return pgettext("door", "back office")
        case Via.API:
            return pgettext("door", "interface")
        case Via.CLI:
            return pgettext("door", "command line")
        case Via.JOB:
            return pgettext("door", "background job")
        case Via.IMPORT:
            return pgettext("door", "import")
        case Via.SYSTEM:
            return pgettext("door", "system")
    return source


def action_title(action: str) -> str:
    """Name an act."""
    match action:
        case "insert":
            return pgettext("audit", "Created")
        case "update":
            return pgettext("audit", "Changed")
        case "delete":
            return pgettext("audit", "Deleted")
        case "export":
            return pgettext("audit", "Exported")
        case "download":
            return pgettext("audit", "Downloaded")
        case "login":
            return pgettext("audit", "Logged in")
        case "logout":
            return pgettext("audit", "Logged out")
        case "login_failed":
            return pgettext("audit", "Log-in failed")
        case "password_changed":
            return pgettext("audit", "Password changed")
        case "all_companies":
            return pgettext("audit", "Worked across companies")
        case "transition":
            return pgettext("audit", "Step taken")
        case "submit":
            return pgettext("trail", "Submitted")
        case "resubmit":
            return pgettext("trail", "Submitted again")
        case "approve":
            return pgettext("trail", "Approved")
        case "approved":
            return pgettext("audit", "Approval completed")
        case "reject":
            return pgettext("trail", "Rejected")
        case "return":
            return pgettext("trail", "Returned")
        case "withdraw":
            return pgettext("trail", "Withdrawn")
        case "handle":
            return pgettext("trail", "Handled")
    return action


TONES = {
    "insert": "good",
    "delete": "bad",
    "login_failed": "bad",
    "reject": "bad",
    "export": "warn",
}

ACTIONS = (
    *("insert", "update", "delete", "submit", "resubmit", "approve", "approved", "handle"),
    *("reject", "return", "withdraw", "transition", "export", "download", "login", "logout"),
)
"""Acts that the filter offers."""

DOORS = tuple(Via)


def action_tag(action: str) -> dict[str, str]:
    """Make the tag of an act."""
    return present.tag(action_title(action), TONES.get(action, "plain"))


KINDS = {
    "core.member": _l("Person"),
    "core.member_department": _l("Person's department"),
    "core.member_post": _l("Person's post"),
    "core.member_role": _l("Person's role"),
    "core.department": _l("Department"),
    "core.department_leader": _l("Department's leader"),
    "core.post": _l("Post"),
    "core.role": _l("Role"),
    "core.grant": _l("Right of a role"),
    "core.duty_pair": _l("Duties kept apart"),
    "core.company": _l("Company"),
    "core.company_day": _l("Company's day"),
    "core.company_addon": _l("Addon of the company"),
    "core.company_setting": _l("Company's setting"),
    "core.policy_version": _l("Policy version"),
    "core.user": _l("Log-in"),
    "core.user_company": _l("Log-in's company"),
    "core.record": _l("Record"),
    "core.attachment": _l("Attachment"),
    "core.comment": _l("Comment"),
    "core.task": _l("Task"),
    "core.addon": _l("Addon"),
    "core.statutory_day": _l("Statutory day"),
    "core.calendar_year": _l("Calendar year"),
    "core.audit": _l("Audit trail"),
    "core.trail": _l("Trail of an approval"),
    "core.flow_instance": _l("Run of a flow"),
    "core.record_reader": _l("Reader of a record"),
    "core.copy": _l("Copy of a record"),
    "core.blob": _l("Stored file"),
    "core.notice": _l("Notice"),
    "core.job": _l("Background job"),
    "core.schedule": _l("Timed job"),
    "core.sequence": _l("Number series"),
}


def kind_title(session: Session, kind: str) -> str:
    """Name what an act was about; what nobody names keeps its technical name."""
    declared = session.registry.kinds.get(kind)
    if declared is not None:
        return str(declared.title)
    if kind in KINDS:
        return str(KINDS[kind])
    pages = context.extension("views").values()
    return next((str(page.title) for page in pages if page.kind == kind), kind)


@dataclass(frozen=True, slots=True)
class Change:
    """One field, ready to be shown; None where there was no value."""

    label: str
    before: str | None
    after: str | None


class Masks:
    """Knows which fields of a kind the reader may see in all rows."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[str, frozenset[str]] = {}

    def hidden(self, kind: str) -> frozenset[str]:
        """Name the guarded fields of a kind that are masked."""
        found = self._known.get(kind)
        if found is None:
            found = self._known[kind] = self._read(kind)
        return found

    def _read(self, kind: str) -> frozenset[str]:
        resource = self._session.registry.resources.get(kind)
        if resource is None:
            return frozenset()
        held = grants(self._session)
        narrow = {
            name
            for name, permission in resource.guarded.items()
            if held.get(permission) is not Scope.COMPANY
        }
        if self._session.actor.is_system:
            return frozenset()
        return frozenset(narrow) | scope.hidden_fields(self._session, kind)

    def changes(self, kind: str, stored: str) -> Iterator[Change]:
        """Read the stored changes of an act."""
        hidden = self.hidden(kind)
        values: Mapping[str, Any] = json.loads(stored)
        for name, value in values.items():
            if name == "company_id":  # the same in every row
                continue
            pair = value if isinstance(value, list) and len(value) == 2 else [None, value]
            before, after = pair
            if name in hidden:
                before, after = (HIDDEN if v is not None else None for v in (before, after))
            yield Change(name, shown(before), shown(after))


def shown(value: Any) -> str | None:
    """Write a value for people, in one line."""
    if value is None:
        return None
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, dict) and not (set(value) - {"zh_Hans_CN", "zh_Hant_TW", "en"}):
        return localize(value)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


def lines(changes: Iterator[Change], most: int | None = None) -> Markup:
    """Draw changes as «field before → after».

    :param most: how many are drawn; how many are left out is said.
    """
    every = list(changes)
    made = [
        Markup('<p class="change"><span class="mute">{}</span> {}<ins>{}</ins></p>').format(
            change.label,
            Markup("<del>{}</del> → ").format(change.before) if change.before else "",
            "–" if change.after is None or change.after == "" else change.after,
        )
        for change in every[:most]
    ]
    if most is not None and len(every) > most:
        left = ngettext("%(num)s more", "%(num)s more", len(every) - most)
        made.append(Markup('<p class="change mute">{}</p>').format(left))
    return Markup("").join(made)


def plain_lines(changes: Iterator[Change]) -> str:
    """Write changes as text, for exports."""
    return "; ".join(
        f"{c.label}: {c.before or '–'} → {'–' if c.after in (None, '') else c.after}"
        for c in changes
    )


def row_log(session: Session, kind: str, row_id: int) -> dict[str, Any]:
    """Make the block of what was done to one row, newest first."""
    masks, zone = Masks(session), context.here().timezone
    found = audit.for_row(session, kind, row_id)
    rows = [
        (
            "",
            (
                present.when(act.at, zone),
                act.who,
                action_tag(act.action),
                lines(_fields(masks, kind, act)),
            ),
        )
        for act in found.acts
    ]
    return table(
        (
            (_l("Time"), "time"),
            (_l("Who"), "text"),
            (_l("What"), "tag", "tag"),
            (_l("Before → after"), "html"),
        ),
        rows,
        empty={"icon": "history", "title": gettext("Nothing has happened yet.")},
    )


def _fields(masks: Masks, kind: str, act: audit.Act) -> Iterator[Change]:
    hidden = masks.hidden(kind)
    for change in act.fields:
        before, after = change.before, change.after
        if change.name in hidden:
            before, after = (HIDDEN if v is not None else None for v in (before, after))
        yield Change(change.name, shown(before), shown(after))
