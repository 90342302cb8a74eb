"""Pure rules of one node: what one person's act does to the others' tasks, and to the node.

The semantics are those of Chinese approval practice: 会签 (all), 或签 (any), 依次 (sequential).
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
    """The record returns to the applicant."""


@dataclass(frozen=True, slots=True)
class Seat:
    """One person's task on the node, without the acting one's.

    :param key: the task's id.
    """

    key: int
    status: TaskStatus
    position: int = 1


@dataclass(frozen=True, slots=True)
class Outcome:
    """The verdict, with the tasks to cancel and those whose turn has come."""

    verdict: Verdict
    cancel: tuple[int, ...] = ()
    open: tuple[int, ...] = ()


def decide(mode: Mode, action: Action, others: Sequence[Seat]) -> Outcome:
    """Say what follows from an act.

    All: the first reject ends it, it passes when everybody approved. Any: the first to act
    decides for all. Sequential: the next is asked only when the one before approved. A return
    takes the record from everybody.
    """
    pending = [seat for seat in others if seat.status in {TaskStatus.OPEN, TaskStatus.WAITING}]
    everybody = tuple(seat.key for seat in pending)
    if action is Action.REJECT:
        return Outcome(Verdict.ENDS, cancel=everybody)
    if action is Action.RETURN:
        return Outcome(Verdict.GOES_BACK, cancel=everybody)
    if mode is Mode.ANY or not pending:
        return Outcome(Verdict.PASSES, cancel=everybody)
    if mode is Mode.ALL:
        return Outcome(Verdict.STAYS)
    turn = min(pending, key=lambda seat: seat.position)
    return Outcome(Verdict.STAYS, open=(turn.key,) if turn.status is TaskStatus.WAITING else ())


def opened_at_once(mode: Mode, position: int) -> bool:
    """Tell whether the person at this position is asked when the node begins."""
    return mode is not Mode.SEQUENTIAL or position == 1
