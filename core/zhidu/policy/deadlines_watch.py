"""What the clocks of records demand, carried out by the job runner: each stroke once.

The job takes the rows that are due with a lock that other workers pass by; telling people and
setting the next stroke are one transaction.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import exists, or_, select
from sqlalchemy.exc import SQLAlchemyError

from zhidu.clock import now
from zhidu.db import Session
from zhidu.errors import Busy
from zhidu.jobs import enqueue
from zhidu.notify.service import send
from zhidu.org import queries as org
from zhidu.org.logins import ADMIN
from zhidu.policy import deadlines, versions
from zhidu.policy.deadline_models import Deadline, DeadlineMark
from zhidu.policy.duty_models import KIND as DUTY
from zhidu.policy.models import PolicyVersion
from zhidu.records.models import Record
from zhidu.records.queries import active_kinds, detail
from zhidu.texts import Text
from zhidu.texts import lazy_gettext as _l
from zhidu.workflow.definition import Approver, Flow, OnTimeout, Timeout
from zhidu.workflow.models import Instance, Purpose, Task, TaskStatus
from zhidu.workflow.notices import name_of
from zhidu.workflow.routing import Router

log = logging.getLogger("zhidu.policy")

JOB = "core.watch_deadlines"

AGAIN = timedelta(hours=1)
"""After which a stroke that failed is tried again."""

BATCH = 200
"""Records, and clocks, per run; what is left is taken by the next run, which follows at once."""


def watch(session: Session, _args: Mapping[str, Any]) -> None:
    """Reckon the clocks of what moved, then carry out what is due."""
    moved, struck = _refresh_moved(session), _strike_due(session)
    if moved == BATCH or struck == BATCH:
        enqueue(session, JOB)


def _refresh_moved(session: Session) -> int:
    """Reckon anew for records that changed since they were reckoned last."""
    kinds, bound = _watched(session)
    if not kinds:
        return 0
    same = (
        exists()
        .where(DeadlineMark.record_id == Record.id, DeadlineMark.version == Record.version)
        .correlate(Record)
    )
    found = session.scalars(
        select(Record)
        .where(
            Record.kind.in_(kinds),
            or_(Record.policy_version_id.is_(None), Record.policy_version_id.in_(bound)),
            ~same,
        )
        .order_by(Record.id)
        .limit(BATCH)
        # another worker's, or one that is being moved just now, is left for later
        .with_for_update(skip_locked=True, key_share=True, of=Record)
        .execution_options(populate_existing=True)
    ).all()
    for record in found:
        # what cannot be reckoned is tried again when the record changes
        _apart(session, record.id, partial(deadlines.refresh, session, record))
        mark = session.get(DeadlineMark, record.id)
        if mark is None:
            session.add(DeadlineMark(record_id=record.id, version=record.version))
        else:
            mark.version = record.version
    session.flush()
    return len(found)


def _watched(session: Session) -> tuple[list[str], list[int]]:
    """Name the kinds that some version sets a deadline for, and these versions."""
    kinds, bound = set[str](), list[int]()
    for version in session.scalars(select(PolicyVersion)):
        stated = versions.content(version)
        if stated.deadlines or stated.duties:
            kinds |= stated.deadlines.keys() | ({DUTY} if stated.duties else set())
            bound.append(version.id)
    return sorted(kinds & set(active_kinds(session))), bound


def _strike_due(session: Session) -> int:
    due = session.scalars(
        select(Deadline)
        .where(
            Deadline.next_at <= now(),
            Deadline.stopped_at.is_(None),
            Deadline.kind.in_(active_kinds(session)),
        )
        .order_by(Deadline.next_at, Deadline.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True, of=Deadline)
        .execution_options(populate_existing=True)
    ).all()
    for row in due:
        if not _apart(session, row.record_id, partial(_strike, session, row)):
            row.next_at = now() + AGAIN
    session.flush()
    return len(due)


def _apart(session: Session, record_id: int, act: Callable[[], None]) -> bool:
    """Do something for one record so that a failure undoes only itself; tell whether it was done."""
    savepoint = session.begin_nested()
    try:
        act()
        savepoint.commit()
    except (Busy, SQLAlchemyError):  # nobody's fault: the whole job is tried again
        savepoint.rollback()
        raise
    except Exception:  # an addon may be broken; the clocks of other records go on
        savepoint.rollback()
        log.exception("the deadlines of record %s could not be reckoned", record_id)
        return False
    return True


def _strike(session: Session, row: Deadline) -> None:
    """Carry out all strokes of one clock whose time has come, in their order."""
    stated = deadlines.stated_of(session, row)
    escalate = stated.escalate if stated else ()
    teller = _Teller(session, row)
    while row.next_at is not None and row.next_at <= now():
        if row.next_index == deadlines.ITSELF:
            row.missed = True
            if row.kind != DUTY:  # its step's own clocks remind
                teller.missed()
        else:
            teller.behind(escalate[row.next_index])
        deadlines.point(row, deadlines.after(session, row, escalate))
    session.flush()


class _Teller:
    """Tells the people of one record that its time is over."""

    def __init__(self, session: Session, row: Deadline) -> None:
        self.session = session
        self.row = row
        self.record = session.get_one(Record, row.record_id)

    def missed(self) -> None:
        """Tell those who hold it up."""
        self._tell(
            self._asked(),
            _l("“%(title)s” should be done by now: %(deadline)s (%(clause)s).", **self._values),
        )

    def behind(self, timeout: Timeout) -> None:
        """Do what a clock behind the deadline demands."""
        clause = timeout.clause or self.row.clause
        values = {**self._values, "clause": clause}
        match timeout.action:
            case OnTimeout.REMIND:
                people = self._asked()
                text = _l("Reminder: “%(title)s” is late: %(deadline)s (%(clause)s).", **values)
            case OnTimeout.ESCALATE:
                asked = self._asked()
                people = list(self._above(asked))
                text = self._late(asked, values)
            case _:
                people = self._managers()
                text = self._late(self._asked(), values)
        self._tell(people, text)

    def _late(self, asked: Sequence[int], values: Mapping[str, Any]) -> Text:
        names = ", ".join(filter(None, (name_of(self.session, one) for one in asked)))
        return _l(
            "%(names)s: “%(title)s” is late: %(deadline)s (%(clause)s).", **values, names=names
        )

    @property
    def _values(self) -> dict[str, Any]:
        return {
            "title": self.record.title,
            "deadline": self.row.title,
            "clause": self.row.clause,
        }

    def _asked(self) -> list[int]:
        """Give who is asked now; the applicant, where nobody is."""
        found = self.session.scalars(
            select(Task.member_id)
            .where(Task.record_id == self.record.id, Task.status == TaskStatus.OPEN)
            .order_by(Task.id)
        ).all()
        return list(dict.fromkeys(found)) or [self.record.applicant_id]

    def _above(self, asked: Sequence[int]) -> Iterator[int]:
        """Give the superior of each; the flow's manager above the top."""
        for one in asked:
            above = org.superiors(self.session, one)
            if above:
                yield above[0]
            else:
                yield from self._managers()

    def _managers(self) -> list[int]:
        """Give the managers of the record's flow; the administrators where it has none."""
        instance = self.session.scalars(
            select(Instance).where(
                Instance.record_id == self.record.id, Instance.purpose == Purpose.APPROVAL
            )
        ).one_or_none()
        manager = Flow.from_json(instance.flow).manager if instance else Approver("role", ADMIN)
        kind = self.session.registry.kinds[self.record.kind]
        row = detail(self.session, self.record)
        found = Router(self.session, kind, self.record, row).find(manager)
        return found or org.people_by_role(self.session, ADMIN)

    def _tell(self, people: Sequence[int], text: Text) -> None:
        row = self.row
        key = f"deadline:{row.id}:{row.due_at.isoformat()}:{row.next_index}:{row.next_count}"
        send(self.session, people, text, record_id=self.record.id, dedupe=key)
