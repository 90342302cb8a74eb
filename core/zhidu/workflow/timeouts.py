"""When the clocks of a task strike: pure reckoning over its node, and the task's own columns.

A node may have several clocks, each counted from when the person was asked; a reminder strikes up
to ``most`` times, each its length after the one before. What strikes next is the earliest stroke
that has not been carried out; two at one instant strike in the order of the policy. A clock stands
still while others are asked before the person, and while the record's addon is not active.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from zhidu import settings
from zhidu.clock import now
from zhidu.db import Session
from zhidu.durations import Duration
from zhidu.org import clocks as working
from zhidu.workflow.definition import Node, OnTimeout, Timeout
from zhidu.workflow.models import Sign, Task

REMIND_HOURS = "core.remind_hours"
"""Setting: hours after which an open task is brought to mind where its node has no clock."""


@dataclass(frozen=True, slots=True)
class Stroke:
    """One stroke of one clock.

    :param index: which of the node's timeouts.
    :param count: the how manieth time, from 1.
    """

    at: datetime
    index: int
    count: int


def strokes(session: Session, node: Node, start: datetime, version: int | None) -> list[Stroke]:
    """List all strokes of a node's clocks for a person asked at an instant, in their order."""
    found = [
        Stroke(working.add(session, start, _times(timeout.after, count), version), index, count)
        for index, timeout in enumerate(node.timeouts)
        for count in range(1, _most(timeout) + 1)
    ]
    return sorted(found, key=lambda one: (one.at, one.index, one.count))


def _most(timeout: Timeout) -> int:
    return max(1, timeout.most) if timeout.action is OnTimeout.REMIND else 1


def _times(duration: Duration, count: int) -> Duration:
    return Duration(duration.amount * count, duration.unit)


def following(strokes: Sequence[Stroke], index: int, count: int) -> Stroke | None:
    """Give the stroke behind the one that was carried out last; the first one for a count of 0.

    :param index: the timeout of that one.
    :param count: the how manieth time it was.
    """
    if not count:
        return strokes[0] if strokes else None
    done = [place for place, one in enumerate(strokes) if (one.index, one.count) == (index, count)]
    return strokes[done[0] + 1] if done and done[0] + 1 < len(strokes) else None


def start(session: Session, node: Node, task: Task, version: int | None) -> None:
    """Let a task's clocks go: from now on, or on from where they stood.

    :param version: the policy version whose working hours count.
    """
    clocked = (
        bool(node.timeouts) and task.sign is not Sign.CONSULT and task.sign is not Sign.INSTEAD
    )
    if not clocked:
        hours = settings.get(session, REMIND_HOURS, version)
        task.remind_at = now() + timedelta(hours=hours)
        return
    task.remind_at = None
    if task.due_left is not None:
        resume(task)
        return
    task.clock_from = now()
    if node.counts_from:
        task.clock_from = max(task.clock_from, datetime.fromisoformat(node.counts_from))
    task.due_index = task.due_count = 0
    _point(task, following(strokes(session, node, task.clock_from, version), 0, 0))


def carried_out(session: Session, node: Node, task: Task, version: int | None) -> None:
    """Note that the stroke at hand was carried out, and wait for the next one."""
    if task.clock_from is None:
        task.due_at = None
        return
    all_of_them = strokes(session, node, task.clock_from, version)
    _point(task, following(all_of_them, task.due_index, task.due_count))


def _point(task: Task, stroke: Stroke | None) -> None:
    task.due_at = stroke.at if stroke else None
    if stroke is not None:
        task.due_index, task.due_count = stroke.index, stroke.count


def pause(task: Task) -> None:
    """Let a task's clocks stand still: keep what was left."""
    if task.due_at is not None and task.due_left is None:
        task.due_left = int((task.due_at - now()).total_seconds())
    if task.remind_at is not None:
        task.clock_left = int((task.remind_at - now()).total_seconds())
        task.remind_at = None


def resume(task: Task) -> None:
    """Let them go on with what was left."""
    if task.due_left is not None and task.due_at is not None and task.clock_from is not None:
        stood = now() - (task.due_at - timedelta(seconds=task.due_left))
        task.clock_from += stood
        task.due_at += stood
    task.due_left = None
    if task.clock_left is not None:
        task.remind_at = now() + timedelta(seconds=task.clock_left)
        task.clock_left = None


def forget(task: Task) -> None:
    """Put a task's clocks back to their beginning."""
    task.clock_from = task.due_at = task.due_left = task.remind_at = task.clock_left = None
    task.due_index = task.due_count = 0
