"""What the trail of an approval says, in words and symbols."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from zhidu.policy import phrases
from zhidu.texts import Text, enumerate_texts, gettext
from zhidu.workflow.definition import Node, OnTimeout
from zhidu.workflow.engine import NOBODY
from zhidu.workflow.errors import Waiting
from zhidu.workflow.models import Sign, Trail, TrailAction
from zhidu.workflow.standing import JUMPED

TONES: Mapping[TrailAction, str] = {
    TrailAction.APPROVE: "good",
    TrailAction.HANDLE: "good",
    TrailAction.REJECT: "bad",
    TrailAction.TERMINATE: "bad",
    TrailAction.RETURN: "warn",
    TrailAction.WITHDRAW: "warn",
    TrailAction.TAKE_BACK: "warn",
    TrailAction.TIMEOUT: "warn",
    TrailAction.JUMP: "warn",
    TrailAction.OBJECT: "warn",
    TrailAction.WAIT: "warn",
    TrailAction.VOID: "warn",
}

ICONS: Mapping[TrailAction, str] = {
    TrailAction.TRANSFER: "swap",
    TrailAction.HAND_OVER: "swap",
    TrailAction.ADD: "plus",
    TrailAction.REMOVE: "minus",
    TrailAction.CONSULT: "help",
    TrailAction.ANSWER: "comment",
    TrailAction.OBJECT: "alert",
    TrailAction.READ: "eye",
    TrailAction.CC: "copy",
    TrailAction.URGE: "bell",
    TrailAction.EDIT: "edit",
    TrailAction.AUTO: "sliders",
    TrailAction.MERGE: "users",
    TrailAction.TIMEOUT: "clock",
    TrailAction.WAIT: "clock",
    TrailAction.RESUME: "right",
    TrailAction.SKIP: "right",
    TrailAction.JUMP: "flag",
    TrailAction.TERMINATE: "ban",
    TrailAction.TAKE_BACK: "undo",
    TrailAction.WITHDRAW: "undo",
    TrailAction.RETURN: "undo",
    TrailAction.REJECT: "x",
    TrailAction.VOID: "ban",
    TrailAction.TRANSITION: "wrench",
    TrailAction.SUBMIT: "send",
    TrailAction.RESUBMIT: "send",
}
"""Symbols of the theme; what is not named shows the tick of a step that is done."""

ACTS = frozenset(
    {
        TrailAction.TRANSFER,
        TrailAction.HAND_OVER,
        TrailAction.ADD,
        TrailAction.REMOVE,
        TrailAction.CONSULT,
        TrailAction.URGE,
        TrailAction.EDIT,
        TrailAction.TIMEOUT,
        TrailAction.WAIT,
        TrailAction.RESUME,
        TrailAction.SKIP,
        TrailAction.JUMP,
        TrailAction.OBJECT,
        TrailAction.TRANSITION,
    }
)
"""What happened on the way and passes no step."""


@dataclass(frozen=True, slots=True)
class Words:
    """Writes the remark of an entry.

    :param nodes: the flow's nodes by id.
    :param facts: of the record's kind, for conditions.
    :param labels: of the form's fields.
    :param name: gives a person's name.
    :param transition: names a transition.
    """

    nodes: Mapping[str, Node]
    facts: Mapping[str, Any]
    labels: Mapping[str, Text | str]
    name: Callable[[int | None], str]
    transition: Callable[[str], str]

    def note(self, entry: Trail) -> str:
        """Say what an act was about beyond its title: to whom, whither, why."""
        other = self.name(entry.other_id)
        match entry.action:
            case TrailAction.TRANSFER | TrailAction.HAND_OVER:
                return gettext("to %(name)s", name=other)
            case TrailAction.ADD:
                return _added(entry.note, other)
            case TrailAction.REMOVE | TrailAction.CONSULT:
                return other
            case TrailAction.ANSWER:
                return gettext("to the question of %(name)s", name=other)
            case TrailAction.RETURN if entry.note:
                return gettext("to “%(step)s”", step=self._step(entry.note))
            case TrailAction.RETURN:
                return gettext("to the applicant")
            case TrailAction.MERGE:
                return gettext(
                    "%(name)s approved the step before (“%(step)s”) and is not asked twice",
                    name=other,
                    step=self._step(entry.note),
                )
            case TrailAction.TIMEOUT:
                return self._timeout(entry, other)
            case TrailAction.WAIT:
                return self._waiting(entry.note)
            case TrailAction.SKIP:
                return self._skipped(entry.note)
            case TrailAction.URGE:
                keys = [int(key) for key in entry.note.split(",") if key.isdecimal()]
                return enumerate_texts(filter(None, map(self.name, keys)))
            case TrailAction.EDIT:
                names = (self.labels.get(key) for key in entry.note.split(","))
                return enumerate_texts(str(one) for one in names if one)
            case TrailAction.TRANSITION:
                return self.transition(entry.note)
            case _:
                return ""

    def opinion(self, entry: Trail) -> str:
        """Give the words of an act; a reason of the engine's own in words."""
        if entry.action is TrailAction.AUTO and entry.opinion == NOBODY:
            return gettext("Nobody was found; the policy says that the step is passed then.")
        return entry.opinion

    def _step(self, node_id: str) -> str:
        node = self.nodes.get(node_id)
        return node.name if node is not None else node_id

    def _timeout(self, entry: Trail, other: str) -> str:
        action, _, why = entry.note.partition(":")
        try:
            said = phrases.word(OnTimeout(action))
        except ValueError:
            said = action
        if why:
            return gettext("%(act)s: not possible, so those asked stay", act=said)
        if action in {OnTimeout.ESCALATE, OnTimeout.MANAGER} and other:
            return gettext("%(act)s: %(name)s", act=said, name=other)
        return said

    def _waiting(self, code: str) -> str:
        try:
            return str(Waiting(code).label)
        except ValueError:
            return ""

    def _skipped(self, note: str) -> str:
        if note.endswith(JUMPED):
            return gettext("left out by the jump")
        if note in {"", "final"}:
            return ""
        condition = phrases.condition(note, self.facts)
        return gettext("“%(condition)s” does not hold", condition=condition)


def _added(place: str, name: str) -> str:
    match place:
        case Sign.BEFORE:
            return gettext("%(name)s, who decides first", name=name)
        case Sign.AFTER:
            return gettext("%(name)s, who decides afterwards", name=name)
        case _:
            return gettext("%(name)s, who decides as well", name=name)
