"""The audit trail in words: acts, doors, fields; values that the reader may not see are masked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from zhidu.access import scope
from zhidu.access.check import grants
from zhidu.access.models import Scope
from zhidu.actor import Via
from zhidu.audit import queries as audit
from zhidu.audit.changes import HIDDEN
from zhidu.audit.labels import column_label, is_technical
from zhidu.db import Session
from zhidu.texts import gettext, ngettext, pgettext
from zhidu.texts import lazy_gettext as _l
from zhidu.web import context, present
from zhidu.web.pages.audit_values import Values
from zhidu.web.pages.audit_values import kind_title as kind_title
from zhidu.web.pages.parts import table


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
        case "print":
            return pgettext("audit", "Printed")
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
        case "amend":
            return pgettext("audit", "Corrected")
        case "resume":
            return pgettext("audit", "Went on")
        case "ask_anew":
            return pgettext("audit", "Asked anew")
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
    *(
        "reject",
        "return",
        "withdraw",
        "transition",
        "export",
        "download",
        "print",
        "login",
        "logout",
    ),
)
"""Acts that the filter offers."""

DOORS = tuple(Via)


def action_tag(action: str) -> dict[str, str]:
    """Make the tag of an act."""
    return present.tag(action_title(action), TONES.get(action, "plain"))


@dataclass(frozen=True, slots=True)
class Change:
    """One field, ready to be shown; None where there was no value."""

    label: str
    before: str | None
    after: str | None


class Reader:
    """Reads changes for one page: masks what the reader may not see, says the rest in words."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._values = Values(session, context.here().timezone)
        self._known: dict[str, frozenset[str]] = {}

    def hidden(self, kind: str) -> frozenset[str]:
        """Name the guarded fields of a kind that the reader may not see in all rows."""
        found = self._known.get(kind)
        if found is None:
            found = self._known[kind] = self._read(kind)
        return found

    def _read(self, kind: str) -> frozenset[str]:
        resource = self._session.registry.resources.get(kind)
        if resource is None or self._session.actor.is_system:
            return frozenset()
        held = grants(self._session)
        narrow = {
            name
            for name, permission in resource.guarded.items()
            if held.get(permission) is not Scope.COMPANY
        }
        return frozenset(narrow) | scope.hidden_fields(self._session, kind)

    def prepare(self, acts: Iterable[tuple[str, Iterable[audit.FieldChange]]]) -> None:
        """Read what the fields of a page's acts name, in few queries; each act with its kind."""
        self._values.prepare(acts)

    def changes(self, kind: str, fields: Iterable[audit.FieldChange]) -> Iterator[Change]:
        """Say the fields of an act; technical ones are left out."""
        hidden = self.hidden(kind)
        for one in fields:
            if is_technical(kind, one.name):
                continue
            pair = (one.before, one.after)
            if one.name in hidden:
                said = [HIDDEN if value is not None else None for value in pair]
            else:
                said = [self._values.shown(kind, one.name, value) for value in pair]
            yield Change(str(column_label(kind, one.name)), *said)


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
    reader, zone = Reader(session), context.here().timezone
    acts = audit.for_row(session, kind, row_id).acts
    reader.prepare((kind, act.fields) for act in acts)
    rows = [
        (
            "",
            (
                present.when(act.at, zone),
                act.who,
                action_tag(act.action),
                lines(reader.changes(kind, act.fields)),
            ),
        )
        for act in acts
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
