"""A deadline as a policy states it, and when its clock runs: pure reckoning over what happened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from zhidu.durations import Duration
from zhidu.org.worktime import WorkClock
from zhidu.policy import definitions, flows
from zhidu.workflow.definition import Scope, Timeout

CREATED, SUBMIT, APPROVE, END = "created", "submit", "approve", "end"

_DAY = timedelta(days=1)

ANYBODY = Scope()


@dataclass(frozen=True, slots=True)
class StatedDeadline:
    """How long something may take.

    :param start: an event, a day of the form, or a step (a transition of the kind).
    :param until: an event or a step that stops the clock.
    :param escalate: clocks that count from when it was due.
    """

    id: str
    title: str
    kind: str
    within: Duration
    clause: str
    start: str = SUBMIT
    until: str = END
    when: str = ""
    escalate: tuple[Timeout, ...] = ()
    applies_to: Scope = ANYBODY
    excepted: Scope = ANYBODY

    @classmethod
    def of(cls, data: Mapping[str, Any], words: Mapping[str, str]) -> StatedDeadline:
        """Read a deadline of a version's content.

        :param words: conditions by the name of their definition.
        """
        return cls(
            id=data["id"],
            title=data.get("title") or data["id"],
            kind=data["of"],
            within=Duration.parse(data["within"]),
            clause=data["clause"],
            start=data.get("from", SUBMIT),
            until=data.get("until", END),
            when=definitions.expand(data.get("when", ""), words),
            escalate=flows.timeouts(data.get("escalate")),
            applies_to=flows.scope(data.get("applies_to")),
            excepted=flows.scope(data.get("except")),
        )

    def due_at(self, clock: WorkClock, began: datetime | date) -> datetime:
        """Give the instant at which the time is over.

        A time that counts from a day of the form: whole days last until the end of the day that
        they reach, hours begin with the end of the day itself.
        """
        if isinstance(began, datetime):
            return clock.add(began, self.within)
        try:
            reached = clock.day_away(began, self.within, before=False)
        except ValueError:  # shorter than a day
            return clock.add(clock.midnight(began + _DAY), self.within)
        return clock.midnight(reached + _DAY)


@dataclass(frozen=True, slots=True)
class Past:
    """What happened to a record.

    :param submits: every submit, in order.
    :param left: when it was returned to its applicant or withdrawn, in order.
    :param ended_at: of an approved record: when nothing was left to do.
    :param over_at: when it was rejected, withdrawn, terminated or voided, if it still is.
    :param steps: by transition, when it was performed last.
    :param days: by fact, the days of the form.
    """

    created_at: datetime
    submits: tuple[datetime, ...] = ()
    left: tuple[datetime, ...] = ()
    approved_at: datetime | None = None
    ended_at: datetime | None = None
    over_at: datetime | None = None
    steps: Mapping[str, datetime] = field(default_factory=dict)
    days: Mapping[str, date | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Span:
    """One run of a clock.

    :param turn: 1 for the first; a submit after a return begins another one.
    :param began: an instant, or a day of the form.
    :param stopped_at: when what it waits for happened, or could not happen any more.
    """

    turn: int
    began: datetime | date
    stopped_at: datetime | None


def spans(stated: StatedDeadline, past: Past) -> list[Span]:
    """Say when a deadline's clock ran, and whether it runs."""
    found = []
    for turn, began in enumerate(_begins(stated.start, past), 1):
        ends = [past.over_at, _reached(stated.until, began, past)]
        if stated.start == SUBMIT:
            ends.append(
                next((at for at in past.left if isinstance(began, datetime) and at >= began), None)
            )
        stops = [at for at in ends if at is not None]
        found.append(Span(turn, began, min(stops) if stops else None))
    return found


def _begins(start: str, past: Past) -> Iterator[datetime | date]:
    match start:
        case "created":
            yield past.created_at
        case "submit":
            yield from past.submits
        case _:
            began = _event(start, past) or past.days.get(start)
            if began is not None:
                yield began


def _reached(until: str, began: datetime | date, past: Past) -> datetime | None:
    """Give when what is waited for happened; before an instant at which the clock began is not."""
    at = past.submits[0] if until == SUBMIT and past.submits else _event(until, past)
    if at is not None and isinstance(began, datetime) and at < began:
        return None
    return at


def _event(name: str, past: Past) -> datetime | None:
    match name:
        case "approve":
            return past.approved_at
        case "end":
            return past.ended_at
    return past.steps.get(name)
