"""When a form may be submitted: the windows of a flow, and where this request stands in them.

A window is made of days of the month (the 1st to the 5th), or of days before or after a day of the
form: advance notice is a window that closes so long before. Days count whole: what closes three
working days before a Thursday is open to the end of the Monday.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any

from zhidu.clock import now
from zhidu.db import Session
from zhidu.durations import Duration
from zhidu.errors import Refused, clause
from zhidu.org.clocks import work_clock
from zhidu.org.worktime import WorkClock
from zhidu.texts import lazy_gettext as _l
from zhidu.workflow import scopes
from zhidu.workflow.definition import Window

REFUSE = "refuse"
NEXT_PERIOD = "next_period"

_ONE_DAY = timedelta(days=1)
_MOMENT = timedelta(microseconds=1)
_LOOK_BACK = timedelta(days=800)
"""How far behind the present a calendar is read: notice of two years is the longest known."""


class Standing(StrEnum):
    """Where a request stands in a window."""

    EARLY = "early"
    OPEN = "open"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class Opening:
    """A window, for one request at one instant.

    :param opens_at: when it opens or opened, UTC; None: it was always open. While it is late: when
        it opens again, if it does.
    :param closes_at: when it closes or closed, UTC, that instant not included; None: never.
    :param opens_on: the day of ``opens_at`` in the company's time zone.
    :param last_day: the last day on which it is open.
    """

    window: Window
    standing: Standing
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    opens_on: date | None = None
    last_day: date | None = None

    @property
    def left(self) -> timedelta | None:
        """Tell how long it is still open, for the clock on the form."""
        if self.standing is not Standing.OPEN or self.closes_at is None:
            return None
        return self.closes_at - now()


class NotOpen(Refused):
    """The form is submitted before its window opens, or after it closed."""

    def __init__(self, opening: Opening) -> None:
        opens, last = opening.opens_on, opening.last_day
        early = opening.standing is Standing.EARLY
        super().__init__(
            _l("This form cannot be submitted yet.")
            if early or last is None
            else _l("This form could be submitted until %(day)s.", day=last.isoformat()),
            rule=f"workflow.window_{opening.standing}",
            source=clause(opening.window.clause),
            cure=""
            if opens is None
            else _l("It can be submitted from %(day)s on.", day=opens.isoformat()),
        )
        self.opening = opening


def openings(
    session: Session,
    windows: Iterable[Window],
    facts: Mapping[str, Any],
    member_id: int,
    *,
    policy_version_id: int | None = None,
    at: datetime | None = None,
) -> list[Opening]:
    """Say where a request of this person stands in each window that is for them.

    A window that counts from a day which the form does not have yet is left out.

    :param facts: the record's.
    :param member_id: the applicant.
    :param at: default: now.
    """
    mine = [
        window
        for window in windows
        if scopes.covers(session, member_id, window.applies_to, window.excepted)
    ]
    if not mine:
        return []
    instant = at or now()
    clock = _clock(session, mine, facts, instant, policy_version_id)
    found = (_standing(clock, window, facts, instant) for window in mine)
    return [opening for opening in found if opening is not None]


def require_open(
    session: Session,
    windows: Iterable[Window],
    facts: Mapping[str, Any],
    member_id: int,
    *,
    policy_version_id: int | None = None,
    at: datetime | None = None,
) -> list[Opening]:
    """Go on only if no window forbids it now; give those for which the request is late.

    What late means stands in ``window.late``: :data:`NEXT_PERIOD`, or the node to be added.

    :param at: when the request came; default: now.
    :raises NotOpen: it is too early, or too late where that is refused.
    """
    found = openings(session, windows, facts, member_id, policy_version_id=policy_version_id, at=at)
    for opening in found:
        refused = opening.standing is Standing.LATE and opening.window.late == REFUSE
        if refused or opening.standing is Standing.EARLY:
            raise NotOpen(opening)
    return [opening for opening in found if opening.standing is Standing.LATE]


def _clock(
    session: Session,
    windows: Iterable[Window],
    facts: Mapping[str, Any],
    instant: datetime,
    policy_version_id: int | None,
) -> WorkClock:
    """Read the company's calendar far enough back for every day that a window counts from."""
    days = [facts.get(window.field) for window in windows if window.field]
    starts = [datetime(day.year, day.month, day.day, tzinfo=UTC) for day in days if day is not None]
    return work_clock(session, min([instant, *starts]) - _LOOK_BACK, policy_version_id)


def _standing(
    clock: WorkClock, window: Window, facts: Mapping[str, Any], instant: datetime
) -> Opening | None:
    if not window.field:
        return _in_month(clock, window, instant)
    day: date | None = facts.get(window.field)
    if day is None:
        return None
    opens_at = _edge(clock, day, window.opens, window, ends=False)
    closes_at = _edge(clock, day, window.closes, window, ends=True)
    if closes_at is not None and instant >= closes_at:
        return _opening(clock, window, Standing.LATE, None, closes_at)
    early = opens_at is not None and instant < opens_at
    standing = Standing.EARLY if early else Standing.OPEN
    return _opening(clock, window, standing, opens_at, closes_at)


def _opening(
    clock: WorkClock,
    window: Window,
    standing: Standing,
    opens_at: datetime | None,
    closes_at: datetime | None,
) -> Opening:
    """Add the days in the company's time zone."""
    opens_on = None if opens_at is None else opens_at.astimezone(clock.zone).date()
    last = None if closes_at is None else (closes_at - _MOMENT).astimezone(clock.zone).date()
    return Opening(window, standing, opens_at, closes_at, opens_on, last)


def _edge(
    clock: WorkClock, day: date, length: int | Duration | None, window: Window, *, ends: bool
) -> datetime | None:
    """Give the instant at which a window begins, or is over, so long before or after a day."""
    if not isinstance(length, Duration):
        return None
    try:
        reached = clock.day_away(day, length, before=not window.after)
    except ValueError:  # hours and minutes: from the day's own beginning, or its end
        if window.after:
            return clock.add(clock.midnight(day + _ONE_DAY), length)
        return clock.subtract(clock.midnight(day), length)
    return clock.midnight(reached + _ONE_DAY if ends else reached)


def _in_month(clock: WorkClock, window: Window, instant: datetime) -> Opening:
    """Judge days of the month; a window whose end lies before its beginning goes over the month."""
    today = instant.astimezone(clock.zone).date()
    first = window.opens if isinstance(window.opens, int) else 1
    last = window.closes if isinstance(window.closes, int) else 31
    spans = [_span(today, months, first, last) for months in (-1, 0, 1, 2)]
    around = next(((start, end) for start, end in spans if start <= today <= end), None)
    if around is not None:
        start, end = around
        opens_at, closes_at = clock.midnight(start), clock.midnight(end + _ONE_DAY)
        return _opening(clock, window, Standing.OPEN, opens_at, closes_at)
    closed = max(end for _, end in spans if end < today)
    opening = min(start for start, _ in spans if start > today)
    late = (closed.year, closed.month) == (today.year, today.month)
    standing = Standing.LATE if late else Standing.EARLY
    return _opening(
        clock, window, standing, clock.midnight(opening), clock.midnight(closed + _ONE_DAY)
    )


def _span(today: date, months: int, first: int, last: int) -> tuple[date, date]:
    """Give the first and last day of the window that begins so many months from now."""
    year, month = divmod(today.year * 12 + today.month - 1 + months, 12)
    start = _day(year, month + 1, first)
    end = _day(year, month + 1, last)
    if end < start:
        year, month = divmod(year * 12 + month + 1, 12)
        end = _day(year, month + 1, last)
    return start, end


def _day(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, monthrange(year, month)[1]))
