"""The audit trail in words: acts, doors, fields; values that the reader may not see are masked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
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
from zhidu.texts import Text, gettext, lazy_pgettext, ngettext, pgettext
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


ACTIONS: Mapping[str, Text] = {
    "insert": lazy_pgettext("audit", "Created"),
    "update": lazy_pgettext("audit", "Changed"),
    "delete": lazy_pgettext("audit", "Deleted"),
    "amend": lazy_pgettext("audit", "Corrected"),
    "submit": lazy_pgettext("trail", "Submitted"),
    "resubmit": lazy_pgettext("trail", "Submitted again"),
    "approve": lazy_pgettext("trail", "Approved"),
    "approved": lazy_pgettext("audit", "Approval completed"),
    "handle": lazy_pgettext("trail", "Handled"),
    "reject": lazy_pgettext("trail", "Rejected"),
    "return": lazy_pgettext("trail", "Returned"),
    "withdraw": lazy_pgettext("trail", "Withdrawn"),
    "take_back": lazy_pgettext("audit", "Decision taken back"),
    "terminate": lazy_pgettext("audit", "Terminated"),
    "void": lazy_pgettext("audit", "Voiding asked for"),
    "voided": lazy_pgettext("audit", "Voided"),
    "transition": lazy_pgettext("audit", "Step taken"),
    "add_signer": lazy_pgettext("audit", "One more person asked"),
    "remove_signer": lazy_pgettext("audit", "Person asked no more"),
    "consult": lazy_pgettext("audit", "Asked for an opinion"),
    "answer": lazy_pgettext("audit", "Opinion given"),
    "transfer": lazy_pgettext("audit", "Transferred"),
    "hand_over": lazy_pgettext("audit", "Handed over"),
    "circulate": lazy_pgettext("audit", "Copies sent"),
    "urge": lazy_pgettext("audit", "Urged"),
    "object": lazy_pgettext("audit", "Objected"),
    "window_over": lazy_pgettext("audit", "Time for objections over"),
    "jump": lazy_pgettext("audit", "Moved to another step"),
    "merge": lazy_pgettext("audit", "Decided already"),
    "resume": lazy_pgettext("audit", "Went on"),
    "ask_anew": lazy_pgettext("audit", "Asked anew"),
    "auto_approve": lazy_pgettext("audit", "Passed by itself"),
    "auto_reject": lazy_pgettext("audit", "Rejected by itself"),
    "timeout_remind": lazy_pgettext("audit", "Reminded by the clock"),
    "timeout_escalate": lazy_pgettext("audit", "Superior asked by the clock"),
    "timeout_manager": lazy_pgettext("audit", "Handed to the manager by the clock"),
    "timeout_approve": lazy_pgettext("audit", "Approved by the clock"),
    "timeout_reject": lazy_pgettext("audit", "Rejected by the clock"),
    "export": lazy_pgettext("audit", "Exported"),
    "download": lazy_pgettext("audit", "Downloaded"),
    "print": lazy_pgettext("audit", "Printed"),
    "login": lazy_pgettext("audit", "Logged in"),
    "logout": lazy_pgettext("audit", "Logged out"),
    "login_failed": lazy_pgettext("audit", "Log-in failed"),
    "password_changed": lazy_pgettext("audit", "Password changed"),
    "all_companies": lazy_pgettext("audit", "Worked across companies"),
}
"""Acts by what they are called, as the filter offers them."""


def action_title(action: str) -> str:
    """Name an act; one of an addon that is gone keeps its technical name."""
    return str(ACTIONS.get(action, action))


TONES = {
    "insert": "good",
    "delete": "bad",
    "login_failed": "bad",
    "reject": "bad",
    "terminate": "bad",
    "voided": "bad",
    "export": "warn",
}

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
