"""Pure rules of one node: what one person's act does to the others' tasks, and to the node.

The semantics are those of Chinese approval practice: 会签 (all), 或签 (any), 依次 (sequential),
票签 (ratio and count).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from zhidu.workflow.definition import Mode
from zhidu.workflow.models import TaskStatus


class Action(StrEnum):
    """What a person does with a task."""

    APPROVE = "approve"
    HANDLE = "handle"
    REJECT = "reject"
    RETURN = "return"


class Verdict(StrEnum):
    """What the act does to the node."""

    STAYS = "stays"
    """Others are still to act."""
    PASSES = "passes"
    ENDS = "ends"
    """The record is rejected."""
    GOES_BACK = "goes_back"
    """The record returns to the applicant or to an earlier node."""


@dataclass(frozen=True, slots=True)
class Seat:
    """One person's task on the node, without the acting one's.

    :param key: the task's id.
    :param agreed: of a seat that is done: whether the person agreed.
    """

    key: int
    status: TaskStatus
    position: int = 1
    agreed: bool = True


@dataclass(frozen=True, slots=True)
class Outcome:
    """The verdict, with the tasks to cancel and those whose turn has come."""

    verdict: Verdict
    cancel: tuple[int, ...] = ()
    open: tuple[int, ...] = ()


def decide(mode: Mode, action: Action, others: Sequence[Seat], quota: int = 0) -> Outcome:
    """Say what follows from an act.

    All: the first reject ends it, it passes when everybody approved. Any: the first to act
    decides for all. Sequential: the next is asked only when the one before approved. Ratio and
    count: it passes as soon as enough approved, and ends as soon as they cannot be enough any
    more. A return takes the record from everybody, whatever the mode.

    :param quota: percent of the people (ratio), or how many (count; all where fewer are asked).
    """
    pending = [seat for seat in others if seat.status in {TaskStatus.OPEN, TaskStatus.WAITING}]
    everybody = tuple(seat.key for seat in pending)
    if action is Action.RETURN:
        return Outcome(Verdict.GOES_BACK, cancel=everybody)
    if mode in {Mode.RATIO, Mode.COUNT}:
        return _count(mode, action, others, everybody, quota)
    if action is Action.REJECT:
        return Outcome(Verdict.ENDS, cancel=everybody)
    if mode is Mode.ANY or not pending:
        return Outcome(Verdict.PASSES, cancel=everybody)
    if mode is Mode.ALL:
        return Outcome(Verdict.STAYS)
    turn = min(pending, key=lambda seat: seat.position)
    return Outcome(Verdict.STAYS, open=(turn.key,) if turn.status is TaskStatus.WAITING else ())


def _count(
    mode: Mode, action: Action, others: Sequence[Seat], pending: tuple[int, ...], quota: int
) -> Outcome:
    """Count votes: those given, this one, and those that may still come."""
    done = [seat for seat in others if seat.status is TaskStatus.DONE]
    agreed = sum(seat.agreed for seat in done) + (action is not Action.REJECT)
    needed = votes_needed(mode, len(done) + len(pending) + 1, quota)
    if agreed >= needed:
        return Outcome(Verdict.PASSES, cancel=pending)
    if agreed + len(pending) < needed:
        return Outcome(Verdict.ENDS, cancel=pending)
    return Outcome(Verdict.STAYS)


def votes_needed(mode: Mode, people: int, quota: int) -> int:
    """Give how many of so many people must agree in the modes ratio and count; one at least."""
    wanted = -(-people * quota // 100) if mode is Mode.RATIO else quota
    return max(1, min(wanted, people))
