"""Why this person is asked: how the policy finds people, and what happened on the way, in words.

:func:`explain` is pure: it only puts together what the engine found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zhidu.texts import enumerate_texts, gettext
from zhidu.workflow.engine import PASSED
from zhidu.workflow.errors import Waiting
from zhidu.workflow.models import Origin


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is asked.

    :param origin: why this one.
    :param other: on whose behalf, or who asked for this person.
    """

    name: str
    origin: Origin = Origin.RESOLVED
    other: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """A step and who was found for it.

    :param way: how the policy finds people, in words.
    :param clause: the id of the clause that demands the step.
    :param left_out: people whom the way names, but who may not or cannot act.
    :param note: why nobody is asked: a code of ``Waiting``, or ``PASSED``.
    :param condition: in words, where the step has one.
    :param skipped: the condition does not hold.
    """

    way: str
    people: Sequence[Person] = ()
    clause: str = ""
    left_out: Sequence[str] = ()
    note: str = ""
    condition: str = ""
    skipped: bool = False


def explain(asked: Question) -> list[str]:
    """Say step by step how the people were found."""
    if asked.skipped:
        if asked.condition:
            return [gettext("Left out: “%(condition)s” does not hold.", condition=asked.condition)]
        return [gettext("Left out: another way is taken.")]
    said = []
    if asked.clause and asked.way:
        said.append(
            gettext("Clause %(clause)s asks here: %(way)s.", clause=asked.clause, way=asked.way)
        )
    elif asked.way:
        said.append(gettext("The flow asks here: %(way)s.", way=asked.way))
    if asked.condition:
        said.append(gettext("The step applies, because: %(what)s.", what=asked.condition))
    if asked.left_out:
        said.append(
            gettext(
                "Not asked: %(names)s (left, away, without a log-in, the applicant, or kept apart"
                " by the policy).",
                names=enumerate_texts(asked.left_out),
            )
        )
    found = [one.name for one in asked.people if one.origin is Origin.RESOLVED]
    if found:
        said.append(gettext("That is: %(names)s.", names=enumerate_texts(found)))
    said += [_otherwise(one) for one in asked.people if one.origin is not Origin.RESOLVED]
    if not asked.people:
        said.append(_nobody(asked))
    return [one for one in said if one]


def _nobody(asked: Question) -> str:
    """Say why nobody is asked."""
    if asked.note == PASSED:
        return gettext("Nobody was found; the policy says that the step is passed then.")
    try:
        return str(Waiting(asked.note).label) if asked.note else ""
    except ValueError:
        return ""


def _otherwise(one: Person) -> str:
    """Say why somebody else than the one named is asked."""
    names = {"name": one.name, "other": one.other}
    match one.origin:
        case Origin.SUPERIOR:
            return gettext(
                "Nobody else may decide here, so the applicant's superior is asked: %(name)s.",
                **names,
            )
        case Origin.MANAGER:
            return gettext(
                "Not even a superior may decide, so the flow's manager is asked: %(name)s.", **names
            )
        case Origin.STAND_IN:
            return gettext("For the case that nobody is found, the policy names %(name)s.", **names)
        case Origin.DELEGATED:
            return gettext("%(name)s decides for %(other)s, who has delegated it.", **names)
        case Origin.TRANSFERRED:
            return gettext("%(other)s passed the task on to %(name)s.", **names)
        case Origin.ADDED:
            return gettext("%(other)s asked for %(name)s as well.", **names)
        case Origin.ESCALATED:
            return gettext("%(other)s did not decide in time, so %(name)s was asked, too.", **names)
        case Origin.HANDED_OVER:
            return gettext("The task was handed over from %(other)s to %(name)s.", **names)
        case Origin.SUCCESSOR:
            return gettext("%(name)s follows %(other)s in what the record names.", **names)
        case Origin.OBJECTIONS:
            return gettext("There were objections, so %(name)s decides.", **names)
    return gettext("That is: %(names)s.", names=one.name)
