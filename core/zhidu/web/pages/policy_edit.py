"""The acts of the policy's editor on a draft: read its text, change a flow, keep it as one step.

A draft is nothing but the text of a pack; what the forms change is written into that text, so the
editor and whoever writes YAML make the same versions. Earlier steps are read from the audit trail,
which keeps every text that a draft ever had.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from zhidu.actor import Actor
from zhidu.audit import queries as audit
from zhidu.db import Session
from zhidu.errors import Conflict, ValidationError
from zhidu.policy import drafts, export, loader
from zhidu.policy.models import DraftStatus, PolicyDraft
from zhidu.policy.tree import plain
from zhidu.texts import lazy_gettext as _l

Plain = dict[str, Any]
Change = Callable[[Plain], Plain]

STEPS = 200
"""Acts of the trail that are read for the way back."""


class NotReadable(ValidationError):
    """The text of a draft is no YAML, so that no form can stand on it."""

    def __init__(self, why: object) -> None:
        super().__init__(
            _l("The text of this draft cannot be read: %(why)s", why=why),
            cure=_l("Mend it as text first."),
        )


class BuiltOnAnother(ValidationError):
    """A draft that extends another pack says only what differs; the forms show whole flows."""

    def __init__(self) -> None:
        super().__init__(
            _l("This draft builds on another policy and states only what differs from it."),
            cure=_l("Change it as text, or edit the policy in force in a new draft."),
        )


class DraftChanged(Conflict):
    """Somebody else saved the draft since this form was opened."""

    rule = "policy.draft_changed"

    def __init__(self, who: str) -> None:
        super().__init__(
            _l("%(who)s has changed the draft since you opened it.", who=who),
            cure=_l("Look at it as it is now, and do it again if it is still wanted."),
        )


class NothingToUndo(Conflict):
    """The draft is as it was made."""

    rule = "policy.nothing_to_undo"

    def __init__(self) -> None:
        super().__init__(_l("There is no earlier step."), cure=_l("The draft is as it was made."))


@dataclass(frozen=True, slots=True)
class Step:
    """One saved state of a draft."""

    text: str
    who: str
    at: Any


def tree(text: str, filename: str = "") -> Plain:
    """Read the text of a draft as plain values.

    :raises NotReadable: it is no pack at all.
    """
    found, problems = loader.load(text, filename)
    if found is None:
        raise NotReadable(problems[0].message if problems else _l("it is empty"))
    data: Plain = plain(found)
    return data


def whole(draft: PolicyDraft) -> Plain:
    """Read a draft for the forms.

    :raises BuiltOnAnother: it extends another pack.
    """
    data = tree(draft.source, draft.filename)
    if "extends" in data:
        raise BuiltOnAnother
    return data


def flow_of(data: Mapping[str, Any], kind: str) -> Plain:
    """Give the flow of a kind; an empty one where the draft states none."""
    flows = data.get("flows")
    found = flows.get(kind) if isinstance(flows, dict) else None
    return deepcopy(found) if isinstance(found, dict) else {}


def keep(session: Session, actor: Actor, draft: PolicyDraft, data: Mapping[str, Any]) -> None:
    """Save the changed values as the draft's text: one step, which can be taken back."""
    text = export.write(data)
    if text != draft.source:
        drafts.save(session, actor, text, draft.filename, effective=draft.effective, draft=draft)


def change_flow(
    session: Session, actor: Actor, draft: PolicyDraft, kind: str, change: Change
) -> None:
    """Change one flow of a draft and keep it."""
    data = whole(draft)
    if not isinstance(data.get("flows"), dict):
        data["flows"] = {}
    data["flows"][kind] = change(flow_of(data, kind))
    keep(session, actor, draft, _in_order(data))


def drop_flow(session: Session, actor: Actor, draft: PolicyDraft, kind: str) -> None:
    """Take a whole flow out of a draft."""
    data = whole(draft)
    data.get("flows", {}).pop(kind, None)
    keep(session, actor, draft, data)


def _in_order(data: Plain) -> Plain:
    """Put a part that came new where a pack has it: flows before tests."""
    if list(data)[-1] != "flows":
        return data
    late = {key: data.pop(key) for key in ("flows",)}
    before = {key: value for key, value in data.items() if key not in _BEHIND}
    behind = {key: value for key, value in data.items() if key in _BEHIND}
    return {**before, **late, **behind}


_BEHIND = (
    "numbering",
    "duties",
    "deadlines",
    "retention",
    "confidentiality",
    "segregation",
    "waivers",
    "tests",
)


def check_version(draft: PolicyDraft, version: str) -> None:
    """See that nobody has saved the draft since a form was opened.

    :raises DraftChanged: somebody has.
    """
    if not version.isdecimal() or int(version) != draft.version:
        raise DraftChanged(draft.made_name)


# --- the way back


def history(session: Session, draft: PolicyDraft) -> list[Step]:
    """List the saved states that a draft can go back to, the present one last.

    Going back is a save like any other: a text equal to the one before the last takes that step
    away again, so that one can go back all the way.
    """
    acts = audit.for_row(session, PolicyDraft.__kind__, draft.id, limit=STEPS).acts
    saved = [
        Step(str(change.after), act.who, act.at)
        for act in reversed(acts)
        for change in act.fields
        if change.name == "source" and change.after is not None
    ]
    return stack(saved)


def stack(saved: Iterable[Step]) -> list[Step]:
    """Give what is left when every return to the text before is taken as a step back."""
    found: list[Step] = []
    for step in saved:
        if len(found) > 1 and found[-2].text == step.text:
            found.pop()
        else:
            found.append(step)
    return found


def undo(session: Session, actor: Actor, draft: PolicyDraft) -> None:
    """Go one saved step back.

    :raises NothingToUndo: there is none.
    """
    steps = history(session, draft)
    if len(steps) < 2:
        raise NothingToUndo
    text = steps[-2].text
    drafts.save(session, actor, text, draft.filename, effective=draft.effective, draft=draft)


def is_open(draft: PolicyDraft) -> bool:
    """Tell whether a draft can still be changed."""
    return draft.status in (DraftStatus.DRAFT, DraftStatus.PROPOSED)


# --- two people at one form


@dataclass(frozen=True, slots=True)
class Clash:
    """A key that two people changed, each in another way; values as YAML."""

    key: str
    was: str
    theirs: str
    yours: str


def merge(
    was: Mapping[str, Any], theirs: Mapping[str, Any], yours: Mapping[str, Any]
) -> tuple[Plain, list[Clash]]:
    """Put two changes of one step together.

    :returns: the step with what only one of the two changed, and yours where both did; and those
        keys at which they differ.
    """
    made: Plain = {}
    clashes = []
    for key in [*yours, *(one for one in theirs if one not in yours)]:
        old, other, own = was.get(key), theirs.get(key), yours.get(key)
        value = other if own == old else own
        if own not in (old, other) and other != old:
            clashes.append(Clash(key, shown(old), shown(other), shown(own)))
        if value is not None:
            made[key] = value
    return made, clashes


def shown(value: Any) -> str:
    """Write a value as the text has it, for people who compare."""
    if value is None:
        return "–"
    return export.write({"x": value}).removeprefix("x:").strip()
