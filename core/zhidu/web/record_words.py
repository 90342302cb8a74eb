"""What the trail of an approval says, in words and symbols."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from zhidu.policy import phrases
from zhidu.texts import Text, enumerate_texts, gettext, pgettext
from zhidu.workflow.definition import Node, OnTimeout
from zhidu.workflow.engine import PASSED
from zhidu.workflow.errors import Waiting
from zhidu.workflow.models import Sign, Trail, TrailAction
from zhidu.workflow.opening import NEXT_PERIOD
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
    TrailAction.LATE: "warn",
    TrailAction.HURRY: "warn",
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
    TrailAction.LATE: "clock",
    TrailAction.HURRY: "horn",
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
        TrailAction.LATE,
        TrailAction.HURRY,
    }
)
"""What happened on the way and passes no step."""


def trail_title(action: TrailAction) -> str:
    """Name an act of the trail."""
    match action:
        case TrailAction.SUBMIT:
            return pgettext("trail", "Submitted")
        case TrailAction.RESUBMIT:
            return pgettext("trail", "Submitted again")
        case TrailAction.LATE:
            return pgettext("trail", "Handed in late")
        case TrailAction.HURRY:
            return pgettext("trail", "Done first, written up after")
        case TrailAction.APPROVE:
            return pgettext("trail", "Approved")
        case TrailAction.HANDLE:
            return pgettext("trail", "Handled")
        case TrailAction.REJECT:
            return pgettext("trail", "Rejected")
        case TrailAction.RETURN:
            return pgettext("trail", "Returned")
        case TrailAction.WITHDRAW:
            return pgettext("trail", "Withdrawn")
        case TrailAction.CC:
            return pgettext("trail", "Copied to")
        case TrailAction.WAIT:
            return pgettext("trail", "Waiting")
        case TrailAction.RESUME:
            return pgettext("trail", "Resumed")
        case TrailAction.SKIP:
            return pgettext("trail", "Skipped")
        case TrailAction.TRANSITION:
            return pgettext("trail", "Step taken")
        case TrailAction.END:
            return pgettext("trail", "Finished")
        case TrailAction.ENTER:
            return pgettext("trail", "Begun")
        case TrailAction.PASS:
            return pgettext("trail", "Passed")
        case TrailAction.CLEAR:
            return pgettext("trail", "To be done again")
        case TrailAction.TAKE_BACK:
            return pgettext("trail", "Taken back")
        case TrailAction.TRANSFER:
            return pgettext("trail", "Passed on to another person")
        case TrailAction.ADD:
            return pgettext("trail", "Asked one more person")
        case TrailAction.REMOVE:
            return pgettext("trail", "Took a person off")
        case TrailAction.CONSULT:
            return pgettext("trail", "Asked for an opinion")
        case TrailAction.ANSWER:
            return pgettext("trail", "Gave an opinion")
        case TrailAction.READ:
            return pgettext("trail", "Read")
        case TrailAction.URGE:
            return pgettext("trail", "Urged")
        case TrailAction.EDIT:
            return pgettext("trail", "Changed the form")
        case TrailAction.OBJECT:
            return pgettext("trail", "Objected")
        case TrailAction.AUTO:
            return pgettext("trail", "Decided by the policy, by nobody")
        case TrailAction.TIMEOUT:
            return pgettext("trail", "Time is up")
        case TrailAction.JUMP:
            return pgettext("trail", "Led to another step")
        case TrailAction.TERMINATE:
            return pgettext("trail", "Ended by the flow's manager")
        case TrailAction.HAND_OVER:
            return pgettext("trail", "Handed over")
        case TrailAction.CHOOSE:
            return pgettext("trail", "Way chosen")
        case TrailAction.MERGE:
            return pgettext("trail", "Not asked again: has just approved")
        case TrailAction.VOID:
            return pgettext("trail", "Asked for it to be voided")


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
            case TrailAction.LATE:
                return self._late(entry.note)
            case TrailAction.HURRY:
                late = gettext("the paper came late") if entry.note else ""
                said = gettext("%(name)s had consented", name=other)
                return enumerate_texts(filter(None, (said, late)))
            case TrailAction.EDIT:
                names = (self.labels.get(key) for key in entry.note.split(","))
                return enumerate_texts(str(one) for one in names if one)
            case TrailAction.TRANSITION:
                return self.transition(entry.note)
            case _:
                return ""

    def opinion(self, entry: Trail) -> str:
        """Give the words of an act; a reason of the engine's own in words."""
        if entry.action is TrailAction.AUTO and entry.opinion == PASSED:
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

    def _late(self, means: str) -> str:
        if means == NEXT_PERIOD:
            return gettext("counts for the next period")
        return gettext("“%(step)s” has to agree, too", step=self._step(means))

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
