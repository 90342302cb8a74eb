"""The clocks of records: which run, reckoned afresh from header and trail whenever something moved.

:func:`refresh` may be called as often as one likes: it brings the rows of ``core_deadline`` in line
with what happened. Hooks call it at once; the job calls it for every record whose version rose
since, so that nothing is lost where no hook fires. What is told and when, is in
:mod:`zhidu.policy.deadlines_watch`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Any

from sqlalchemy import select

from zhidu import expressions
from zhidu.clock import now
from zhidu.db import Session
from zhidu.org.clocks import work_clock
from zhidu.org.worktime import WorkClock
from zhidu.policy import versions
from zhidu.policy.deadline_models import Deadline
from zhidu.policy.deadlines_past import past
from zhidu.policy.deadlines_stated import Span, StatedDeadline, spans
from zhidu.policy.duty_models import KIND as DUTY
from zhidu.policy.duty_models import Duty
from zhidu.policy.models import PolicyVersion
from zhidu.records import windows
from zhidu.records.guarding import EDITABLE
from zhidu.records.kinds import RecordKind
from zhidu.records.models import Record
from zhidu.records.queries import detail, kind_is_active
from zhidu.workflow import scopes
from zhidu.workflow.definition import Node, Timeout
from zhidu.workflow.timeouts import Stroke, following, strokes

_A_DAY = timedelta(days=1)

ITSELF = -1
"""In ``Deadline.next_index``: the deadline itself, before the clocks behind it."""


@dataclass(frozen=True, slots=True)
class Due:
    """The nearest deadline of a record.

    :param missed: its time is over, and what it waits for has not happened.
    """

    title: str
    clause: str
    due_at: datetime
    missed: bool


def deadlines_of(session: Session, record_ids: Iterable[int]) -> dict[int, Due]:
    """Give the nearest running deadline of each record that has one, for a whole page at once."""
    ids = list(record_ids)
    if not ids:
        return {}
    rows = session.execute(
        select(Deadline.record_id, Deadline.title, Deadline.clause, Deadline.due_at)
        .where(Deadline.record_id.in_(ids), Deadline.stopped_at.is_(None))
        .order_by(Deadline.due_at.desc(), Deadline.id.desc())
    )
    at = now()
    return {row.record_id: Due(row.title, row.clause, row.due_at, row.due_at < at) for row in rows}


def refresh(session: Session, record: Record) -> None:
    """Bring the clocks of a record in line with what happened to it."""
    if record.kind == DUTY:
        if record.ended_at is not None:
            for row in _rows(session, record).values():
                _stop(row, record.ended_at)
        return
    if not kind_is_active(session, record.kind):
        return
    version = versions.held(session, record.policy_version_id)
    stated = versions.content(version).deadlines.get(record.kind, ()) if version else ()
    if not stated or version is None:
        return
    reckoned = _Reckoned(session, record, version)
    for one in stated:
        reckoned.bring(one)
    session.flush()


def start_duty(session: Session, row: Duty, title: str) -> None:
    """Show when a duty is due, as a deadline of its record; its step's own clocks tell people."""
    header = row.header
    deadline = Deadline(
        record_id=header.id,
        kind=header.kind,
        member_id=header.applicant_id,
        deadline=row.duty,
        title=title,
        clause=row.clause,
        policy_version_id=header.policy_version_id,
        started_at=header.created_at,
        due_at=row.due_at,
        next_at=row.due_at,
        next_index=ITSELF,
        next_count=1,
    )
    session.add(deadline)
    session.flush()


def strokes_of(
    session: Session, due_at: datetime, escalate: tuple[Timeout, ...], version: int | None
) -> list[Stroke]:
    """List when somebody is told: at the deadline itself, then by the clocks behind it."""
    node = Node("", "", "", timeouts=escalate)
    return [Stroke(due_at, ITSELF, 1), *strokes(session, node, due_at, version)]


def point(row: Deadline, stroke: Stroke | None) -> None:
    """Set what comes next on a clock."""
    row.next_at = stroke.at if stroke else None
    if stroke is not None:
        row.next_index, row.next_count = stroke.index, stroke.count


def _rows(session: Session, record: Record) -> dict[tuple[str, int], Deadline]:
    found = session.scalars(select(Deadline).where(Deadline.record_id == record.id))
    return {(row.deadline, row.turn): row for row in found}


def _stop(row: Deadline, at: datetime) -> None:
    row.stopped_at = at
    row.missed = at > row.due_at
    row.next_at = None


class _Reckoned:
    """What is known of one record, read once for all of its deadlines."""

    def __init__(self, session: Session, record: Record, version: PolicyVersion) -> None:
        self.session = session
        self.record = record
        self.version = version
        self.kind: RecordKind = session.registry.kinds[record.kind]
        self.rows = _rows(session, record)
        self.facts: Mapping[str, Any] = windows.facts_of(
            session, self.kind, detail(session, record)
        )
        self.past = past(session, record, self.kind, self.facts)

    @cached_property
    def clock(self) -> WorkClock:
        """Read the company's calendar from the first day that a deadline may count from."""
        days = [day for day in self.past.days.values() if day is not None]
        first = [self.past.created_at, *(datetime.combine(day, time(), UTC) for day in days)]
        return work_clock(self.session, min(first) - _A_DAY, self.version.id)

    def bring(self, stated: StatedDeadline) -> None:
        """Start, move, stop or take away the clocks of one deadline."""
        mine = {turn: row for (name, turn), row in self.rows.items() if name == stated.id}
        found = {span.turn: span for span in spans(stated, self.past)}
        if not mine and not found:
            return
        fits = None
        for turn, span in found.items():
            row = mine.get(turn)
            free = row is None or (self.record.approval in EDITABLE and row.stopped_at is None)
            if free and fits is None:
                fits = self._applies(stated)
            if row is None and fits:
                row = self._start(stated, span)
            elif row is not None and free and not fits and not row.missed:
                self.session.delete(row)
                continue
            if row is not None:
                self._move(stated, row, span)
        for turn, row in mine.items():
            # what it counted from is not there any more: the day was taken out of the form
            if turn not in found and row.stopped_at is None and not row.missed:
                self.session.delete(row)

    def _applies(self, stated: StatedDeadline) -> bool:
        if stated.when:
            condition = expressions.compile_condition(stated.when, self.kind.facts)
            if not condition.matches(self.facts):
                return False
        whose = self.record.applicant_id
        return scopes.covers(self.session, whose, stated.applies_to, stated.excepted)

    def _start(self, stated: StatedDeadline, span: Span) -> Deadline:
        row = Deadline(
            record_id=self.record.id,
            kind=self.record.kind,
            member_id=self.record.applicant_id,
            deadline=stated.id,
            turn=span.turn,
            title=stated.title,
            clause=stated.clause,
            policy_version_id=self.version.id,
            started_at=self._instant(span.began),
            due_at=stated.due_at(self.clock, span.began),
            missed=False,
        )
        self._restart(stated, row)
        self.session.add(row)
        return row

    def _move(self, stated: StatedDeadline, row: Deadline, span: Span) -> None:
        """Follow a day that was changed, a stop, or a stop that was undone."""
        if not isinstance(span.began, datetime):
            due_at = stated.due_at(self.clock, span.began)
            if due_at != row.due_at:
                row.started_at, row.due_at = self._instant(span.began), due_at
                row.missed = False
                self._restart(stated, row)
        if span.stopped_at is not None:
            _stop(row, span.stopped_at)
        elif row.stopped_at is not None:
            row.stopped_at = None
            row.missed = row.next_index != ITSELF
            self._go_on(stated, row)

    def _instant(self, began: datetime | date) -> datetime:
        return began if isinstance(began, datetime) else self.clock.midnight(began)

    def _restart(self, stated: StatedDeadline, row: Deadline) -> None:
        point(row, self._strokes(stated, row)[0])

    def _go_on(self, stated: StatedDeadline, row: Deadline) -> None:
        """Let a clock that was stopped go on: what was told is not told again."""
        every = self._strokes(stated, row)
        left = [one for one in every if (one.index, one.count) == (row.next_index, row.next_count)]
        point(row, left[0] if left else None)

    def _strokes(self, stated: StatedDeadline, row: Deadline) -> list[Stroke]:
        return strokes_of(self.session, row.due_at, stated.escalate, row.policy_version_id)


def after(session: Session, row: Deadline, escalate: tuple[Timeout, ...]) -> Stroke | None:
    """Give the stroke behind the one that was just carried out."""
    every = strokes_of(session, row.due_at, escalate, row.policy_version_id)
    return following(every, row.next_index, row.next_count)


def stated_of(session: Session, row: Deadline) -> StatedDeadline | None:
    """Give the deadline of the version under which a clock was started; none of a duty."""
    version = versions.held(session, row.policy_version_id)
    if version is None:
        return None
    found = versions.content(version).deadlines.get(row.kind, ())
    return next((one for one in found if one.id == row.deadline), None)
