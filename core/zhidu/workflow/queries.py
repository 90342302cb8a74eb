"""Lists across all addons: what waits for me, what I did, what I started, what was copied to me.

Columns, not entities; newest first by keyset over ``since`` and ``id``, both never empty. What
belongs to an addon that is not active in the company is hidden, and comes back with it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, literal, null, or_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, selectinload

from zhidu.clock import now
from zhidu.db import Session
from zhidu.org.models import Member
from zhidu.records.models import Record
from zhidu.records.queries import active_kinds
from zhidu.workflow.models import Copy, Instance, Purpose, Task, TaskStatus, Trail

MOST = 1000
"""A counter stops here: nobody reads further, and no list is counted to its end."""

Cursor = tuple[datetime, int]
"""``since`` and ``id`` of the last row of the page before."""


@dataclass(frozen=True, slots=True)
class Order:
    """The sorted column of a list: its name in the rows, and the column itself."""

    key: str
    expr: InstrumentedAttribute[Any]


@dataclass(frozen=True, slots=True)
class Listing:
    """A list before it is cut into pages.

    :param statement: unsorted; its columns are those of ``COLUMNS``.
    :param order: the column behind ``since``.
    :param key: the column behind ``id``, the tie-breaker.
    """

    statement: Select[Any]
    order: Order
    key: InstrumentedAttribute[int]

    def page(self, after: Cursor | None = None, limit: int | None = None) -> Select[Any]:
        """Sort newest first, behind a cursor."""
        statement = self.statement
        if after is not None:
            statement = statement.where(tuple_(self.order.expr, self.key) < tuple_(*after))
        return statement.order_by(self.order.expr.desc(), self.key.desc()).limit(limit)


_RECORD = (
    Record.id.label("record_id"),
    Record.kind,
    Record.number,
    Record.title,
    Record.summary,
    Record.approval,
    Record.execution,
    Record.department_name,
    Record.applicant_id,
    Member.name.label("applicant_name"),
)


def _present_node() -> ColumnElement[str]:
    """Name the node that is asked now, for lists of records."""
    return (
        select(func.min(Task.node_name))
        .where(Task.record_id == Record.id, Task.status == TaskStatus.OPEN)
        .correlate(Record)
        .scalar_subquery()
    )


def _is_overdue() -> ColumnElement[bool]:
    """Tell whether a task should be done by now: it is to be brought to mind, or a clock strikes.

    A clock that stands still is not late; its ``due_at`` is moved on when it goes again.
    """
    running = and_(Task.due_left.is_(None), Task.due_at < now())
    return func.coalesce(or_(Task.remind_at < now(), running), false())


def _of_tasks(session: Session, member_id: int, status: TaskStatus, since: Any) -> Select[Any]:
    """List a person's tasks in one status."""
    overdue = literal(False) if status is not TaskStatus.OPEN else _is_overdue()
    return (
        select(
            Task.id.label("id"),
            since.label("since"),
            *_RECORD,
            Task.id.label("task_id"),
            Task.node_name.label("node_name"),
            Task.node_kind.label("node_kind"),
            Task.clause.label("clause"),
            overdue.label("overdue"),
            null().label("read_at"),
        )
        .join(Record, Record.id == Task.record_id)
        .join(Member, Member.id == Record.applicant_id)
        .where(
            Task.member_id == member_id,
            Task.status == status,
            Task.kind.in_(active_kinds(session)),
        )
    )


def todo_list(session: Session, member_id: int) -> Listing:
    """待办: what waits for the person; ``since`` is when it was asked."""
    statement = _of_tasks(session, member_id, TaskStatus.OPEN, Task.opened_at)
    return Listing(statement, Order("since", Task.opened_at), Task.id)


def done_list(session: Session, member_id: int) -> Listing:
    """已办: what the person decided or handled; ``since`` is when."""
    statement = _of_tasks(session, member_id, TaskStatus.DONE, Task.done_at)
    return Listing(statement, Order("since", Task.done_at), Task.id)


def _own_kinds(session: Session) -> list[str]:
    """Name the kinds that people request themselves."""
    kinds = session.registry.kinds
    return [name for name in active_kinds(session) if not kinds[name].assigned]


def started_list(session: Session, member_id: int) -> Listing:
    """我发起的: the person's own requests, drafts included; ``since`` is when it was written."""
    statement = (
        select(
            Record.id.label("id"),
            Record.created_at.label("since"),
            *_RECORD,
            null().label("task_id"),
            _present_node().label("node_name"),
            null().label("node_kind"),
            null().label("clause"),
            literal(False).label("overdue"),
            null().label("read_at"),
        )
        .join(Member, Member.id == Record.applicant_id)
        .where(Record.applicant_id == member_id, Record.kind.in_(_own_kinds(session)))
    )
    return Listing(statement, Order("since", Record.created_at), Record.id)


def copies_list(session: Session, member_id: int, *, unread_only: bool = False) -> Listing:
    """抄送我的: copies, with their read mark; ``since`` is when it was sent."""
    statement = (
        select(
            Copy.id.label("id"),
            Copy.at.label("since"),
            *_RECORD,
            null().label("task_id"),
            _present_node().label("node_name"),
            null().label("node_kind"),
            null().label("clause"),
            literal(False).label("overdue"),
            Copy.read_at.label("read_at"),
        )
        .join(Record, Record.id == Copy.record_id)
        .join(Member, Member.id == Record.applicant_id)
        .where(Copy.member_id == member_id, Copy.kind.in_(active_kinds(session)))
    )
    if unread_only:
        statement = statement.where(Copy.read_at.is_(None))
    return Listing(statement, Order("since", Copy.at), Copy.id)


def listing(tab: str, member_id: int, session: Session) -> Listing:
    """Give one of the four lists: ``todo``, ``done``, ``started`` or ``copies``."""
    return {
        "todo": todo_list,
        "done": done_list,
        "started": started_list,
        "copies": copies_list,
    }[tab](session, member_id)


def todo(
    session: Session, member_id: int, after: Cursor | None = None, limit: int | None = None
) -> Select[Any]:
    """Select a page of what waits for the person."""
    return todo_list(session, member_id).page(after, limit)


def done(
    session: Session, member_id: int, after: Cursor | None = None, limit: int | None = None
) -> Select[Any]:
    """Select a page of what the person decided or handled."""
    return done_list(session, member_id).page(after, limit)


def started(
    session: Session, member_id: int, after: Cursor | None = None, limit: int | None = None
) -> Select[Any]:
    """Select a page of the person's own requests."""
    return started_list(session, member_id).page(after, limit)


def copies(
    session: Session, member_id: int, after: Cursor | None = None, limit: int | None = None
) -> Select[Any]:
    """Select a page of the copies sent to the person."""
    return copies_list(session, member_id).page(after, limit)


def count(session: Session, listing: Listing) -> int:
    """Count a list by the very condition that fills it, up to ``MOST``."""
    cut = listing.statement.with_only_columns(listing.key.label("id")).limit(MOST).subquery()
    return session.scalar(select(func.count()).select_from(cut)) or 0


def count_todo(session: Session, member_id: int) -> int:
    """Count what waits for the person."""
    return count(session, todo_list(session, member_id))


def count_done(session: Session, member_id: int) -> int:
    """Count what the person decided or handled."""
    return count(session, done_list(session, member_id))


def count_started(session: Session, member_id: int) -> int:
    """Count the person's own requests."""
    return count(session, started_list(session, member_id))


def count_unread(session: Session, member_id: int) -> int:
    """Count the copies that the person has not read."""
    return count(session, copies_list(session, member_id, unread_only=True))


def counts(session: Session, member_id: int) -> dict[str, int]:
    """Count the four lists; of the copies, those not read."""
    return {
        "todo": count_todo(session, member_id),
        "done": count_done(session, member_id),
        "started": count_started(session, member_id),
        "copies": count_unread(session, member_id),
    }


# -- one record


def records_by_id(session: Session, ids: Iterable[int]) -> dict[int, Record]:
    """Load the headers of a page's rows with their applicants, in two statements."""
    found = session.scalars(
        select(Record).where(Record.id.in_(list(ids))).options(selectinload(Record.applicant))
    )
    return {record.id: record for record in found}


def instance_of(session: Session, record_id: int) -> Instance | None:
    """Give a record's approval, running or ended; none while it was never submitted."""
    return session.scalars(
        select(Instance).where(
            Instance.record_id == record_id, Instance.purpose == Purpose.APPROVAL
        )
    ).one_or_none()


def trail(session: Session, record_id: int) -> list[Trail]:
    """List what happened to a record, oldest first."""
    return list(
        session.scalars(
            select(Trail)
            .where(Trail.record_id == record_id)
            .options(selectinload(Trail.member))
            .order_by(Trail.id)
        )
    )


def open_tasks(session: Session, record_id: int) -> list[Task]:
    """List who is asked now, and whose turn is still to come, in their order."""
    return list(
        session.scalars(
            select(Task)
            .where(
                Task.record_id == record_id,
                Task.status.in_([TaskStatus.OPEN, TaskStatus.WAITING]),
            )
            .order_by(Task.position, Task.id)
        )
    )


def copy_of(session: Session, record_id: int, member_id: int) -> Copy | None:
    """Give the copy that a person got of a record."""
    return session.scalars(
        select(Copy).where(Copy.record_id == record_id, Copy.member_id == member_id)
    ).one_or_none()
