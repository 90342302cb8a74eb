"""A recurring duty as a policy states it, in typed values; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from zhidu.durations import Duration
from zhidu.org.worktime import WorkClock
from zhidu.policy import flows
from zhidu.policy.duty_dates import WEEKDAYS, Every, On
from zhidu.workflow.definition import Approver, Scope, Timeout

TEXT, FILE = "text", "file"
"""What may prove a duty, beside a record of a kind."""

ANYBODY = Scope()


@dataclass(frozen=True, slots=True)
class StatedDuty:
    """What is to be done again and again.

    :param by: minutes from midnight until which it is due on its day; None: none is stated.
    :param within: how long it may take from then on.
    :param evidence: ``text``, ``file`` or a kind of record; empty: none is demanded.
    :param escalate: clocks that count from when it is due.
    """

    id: str
    title: str
    every: Every
    on: On
    who: Approver
    clause: str
    by: int | None = None
    within: Duration | None = None
    evidence: str = ""
    escalate: tuple[Timeout, ...] = ()
    applies_to: Scope = ANYBODY
    excepted: Scope = ANYBODY

    @classmethod
    def of(cls, data: Mapping[str, Any], words: Mapping[str, str]) -> StatedDuty:
        """Read a duty of a version's content.

        :param words: conditions by the name of their definition.
        """
        within = data.get("within")
        return cls(
            id=data["id"],
            title=data["title"],
            every=Every(data["every"]),
            on=day_of(data.get("on")),
            who=flows.approver(data["who"], words),
            clause=data["clause"],
            by=minutes(data["by"]) if data.get("by") else None,
            within=Duration.parse(within) if within else None,
            evidence=data.get("evidence", ""),
            escalate=flows.timeouts(data.get("escalate")),
            applies_to=flows.scope(data.get("applies_to")),
            excepted=flows.scope(data.get("except")),
        )

    def due_at(self, clock: WorkClock, day: date) -> datetime:
        """Give the instant until which it is to be done when it falls on a day.

        With ``within``: so long from ``by`` on, or from the beginning of work. Without: at ``by``,
        or at the end of work.
        """
        opens, closes = clock.hours[0][0], clock.hours[-1][1]
        if self.within is None:
            return clock.moment(day, closes if self.by is None else self.by)
        return clock.add(clock.moment(day, opens if self.by is None else self.by), self.within)


def day_of(on: Any) -> On:
    """Read the day of a duty: ``mon``, ``25``, ``{month: 1, day: 15}`` or none."""
    match on:
        case None:
            return On()
        case Mapping():
            return On(month=int(on.get("month", 0)), day=int(on["day"]))
        case str() if on in WEEKDAYS:
            return On(weekday=WEEKDAYS.index(on))
    return On(day=int(on))


def minutes(text: str) -> int:
    """Read a time of day as minutes from midnight: ``09:30``."""
    hour, _, minute = text.partition(":")
    return int(hour) * 60 + int(minute)
