"""Carry out the recurring duties of a policy: open what falls due, once, and say what finishes it.

A duty that falls on a day is opened on that day under the version in force on it, as a record
with one step to be done. The job looks again at every day since it last ran, so that nothing is
missed while nothing ran; what is open stays as it was opened, whatever the policy says later.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from zhidu.db import Session
from zhidu.db.conflict import insert_unless_taken
from zhidu.errors import Busy
from zhidu.jobs import enqueue
from zhidu.org import queries as org
from zhidu.org.clocks import work_clock
from zhidu.org.logins import ADMIN
from zhidu.org.worktime import WorkClock
from zhidu.policy import deadlines, versions
from zhidu.policy.duties_stated import FILE, TEXT, StatedDuty
from zhidu.policy.duty_dates import Period, days_between
from zhidu.policy.duty_models import KIND, Duty, DutyMark
from zhidu.policy.models import PolicyVersion
from zhidu.records import services as records
from zhidu.records.guarding import engine_writes
from zhidu.records.models import Record
from zhidu.texts import gettext
from zhidu.workflow import engine, scopes
from zhidu.workflow.definition import Approver, Flow, Node, NodeKind, Opinion, Withdraw
from zhidu.workflow.routing import Router

log = logging.getLogger("zhidu.policy")

JOB = "core.open_duties"

NODE = "do"
TRANSITION = "do"

LONGEST_GAP = timedelta(days=366)
"""Days that are looked at again at most, after nothing ran for longer."""

BATCH = 100
"""Duties opened in one transaction; what is left is opened by the next run, which follows at once."""

_DAY = timedelta(days=1)


def open_due(session: Session, _args: Mapping[str, Any]) -> None:
    """Open every duty that fell due since the last look: the job of each hour."""
    mark = _hold(session)
    if mark is None:
        return
    today = versions.today(session)
    first = max(min(mark.looked_on, today), today - LONGEST_GAP)
    # a duty moves within its period only, which lasts a year at most
    clock = work_clock(session, datetime(first.year - 1, 1, 1, tzinfo=UTC))
    opened, failed = 0, False
    for version, stated, period, day in _falling(session, clock, first, today):
        if opened >= BATCH:
            enqueue(session, JOB)
            return
        made = _open_apart(session, clock, version, stated, period, day)
        opened += bool(made)
        failed = failed or made is None
        if not failed and day > mark.looked_on:
            mark.looked_on = day
    if not failed:
        mark.looked_on = today


def _hold(session: Session) -> DutyMark | None:
    """Take the company's mark; nothing where another worker is at it."""
    today = versions.today(session)
    insert_unless_taken(session, DutyMark, {"looked_on": today}, on=["company_id"])
    return session.scalars(select(DutyMark).with_for_update(skip_locked=True)).one_or_none()


def _falling(
    session: Session, clock: WorkClock, first: date, last: date
) -> Iterator[tuple[PolicyVersion, StatedDuty, Period, date]]:
    """Walk what falls due between two days and is not open yet, by day."""
    days = [first + n * _DAY for n in range((last - first).days + 1)]
    for version, span in groupby(days, lambda day: versions.current(session, day)):
        if version is None:
            continue
        held = list(span)
        found = [
            (day, stated.id, stated, period)
            for stated in versions.content(version).duties.values()
            for period, day in days_between(stated.every, stated.on, held[0], held[-1], clock.works)
        ]
        known = _known(session, {period.key for *_, period in found})
        for day, _id, stated, period in sorted(found, key=lambda one: one[:2]):
            if (stated.id, period.key) not in known:
                yield version, stated, period, day


def _known(session: Session, periods: set[str]) -> set[tuple[str, str]]:
    rows = session.execute(select(Duty.duty, Duty.period).where(Duty.period.in_(sorted(periods))))
    return {(row.duty, row.period) for row in rows}


def _open_apart(
    session: Session,
    clock: WorkClock,
    version: PolicyVersion,
    stated: StatedDuty,
    period: Period,
    day: date,
) -> bool | None:
    """Open a duty so that a failure undoes only itself; tell whether it was, None: try again."""
    savepoint = session.begin_nested()
    try:
        made = open_duty(session, clock, version, stated, period, day)
        savepoint.commit()
    except (Busy, SQLAlchemyError):  # nobody's fault: the whole job is tried again
        savepoint.rollback()
        raise
    except Exception:  # a policy may name what an addon cannot answer; other duties go on
        savepoint.rollback()
        log.exception("the duty %s of %s could not be opened", stated.id, period.key)
        return None
    if made is None:
        log.warning("nobody is found for the duty %s of %s", stated.id, period.key)
        return None
    return True


def open_duty(
    session: Session,
    clock: WorkClock,
    version: PolicyVersion,
    stated: StatedDuty,
    period: Period,
    day: date,
) -> Record | None:
    """Open a duty for a day; nothing where the company has nobody at all to ask.

    It is the record of the first person whom the policy names, for whoever reads by department.
    """
    values = {
        "duty": stated.id,
        "period": period.key,
        "starts_on": period.starts_on,
        "falls_on": day,
        "clause": stated.clause,
        "due_at": stated.due_at(clock, day),
        "evidence": stated.evidence,
    }
    whose = _whose(session, version, stated, values)
    if whose is None:
        return None
    title = f"{stated.title[: records.MAX_TITLE - len(period.key) - 3]} · {period.key}"
    row: Duty = records.create(session, session.actor, KIND, values, title, applicant_id=whose)
    with engine_writes(session):
        row.header.policy_version_id = version.id
    engine.submit(session, session.actor, row.header)
    deadlines.start_duty(session, row, stated.title)
    return row.header


def people(session: Session, version: PolicyVersion, stated: StatedDuty) -> list[int]:
    """List whom a duty is for now: any one of them does it."""
    return _people(session, version, stated, {"duty": stated.id, "clause": stated.clause})


def _people(
    session: Session, version: PolicyVersion, stated: StatedDuty, values: Mapping[str, Any]
) -> list[int]:
    admins = org.people_by_role(session, ADMIN)
    header = Record(
        kind=KIND,
        title=stated.title,
        applicant_id=admins[0] if admins else None,
        policy_version_id=version.id,
        department_path="",
        execution="open",
    )
    row = Duty(header=header, **values)
    router = Router(session, session.registry.kinds[KIND], header, row)
    return [
        one
        for one in router.find(stated.who)
        if scopes.covers(session, one, stated.applies_to, stated.excepted)
    ]


def _whose(
    session: Session, version: PolicyVersion, stated: StatedDuty, values: Mapping[str, Any]
) -> int | None:
    found = _people(session, version, stated, values)
    return next(iter([*found, *org.people_by_role(session, ADMIN)]), None)


def flow_of(session: Session, record: Record) -> Flow | None:
    """Give the flow of one duty: a single step, done by any of those whom the policy names."""
    row = session.get(Duty, record.id)
    version = versions.held(session, record.policy_version_id)
    if row is None or version is None:
        return None
    stated = versions.content(version).duties.get(row.duty)
    return flow_for(stated, row.due_at) if stated else None


def flow_for(stated: StatedDuty, due_at: datetime) -> Flow:
    """Build the flow of a duty that is due at an instant."""
    node = Node(
        id=NODE,
        name=gettext("To be done"),
        clause=stated.clause,
        approver=stated.who,
        kind=NodeKind.HANDLE,
        transition=TRANSITION,
        opinion=Opinion.REQUIRED if stated.evidence == TEXT else Opinion.OPTIONAL,
        attachment=stated.evidence == FILE,
        timeouts=stated.escalate,
        applies_to=stated.applies_to,
        excepted=stated.excepted,
        counts_from=due_at.isoformat(),
    )
    return Flow(KIND, Approver("role", ADMIN), (node,), withdraw=Withdraw.NEVER)
