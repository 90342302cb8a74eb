"""How many days of leave were approved: by kind of leave, and by department or month.

Source of the need: PN-5.1.2-4. What counts are the counted half days of approved requests, on the
day on which they lie: a leave over the turn of a month counts in both months.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, distinct, extract, func, select

from zhidu.access import scope
from zhidu.db import Session
from zhidu.records.models import Approval, Record
from zhidu_hr.models import LeaveRequest, LeaveSlot, LeaveType
from zhidu_hr.rules.days import HALF_DAY


@dataclass(frozen=True, slots=True)
class Table:
    """Days of leave in a year.

    :param keys: of the rows, in order: department ids, or months from 1.
    :param labels: names of the departments as at the last submit, by key.
    :param types: ids of the kinds of leave that occur, in their order.
    :param days: by (row, kind of leave).
    :param requests: how many requests were approved.
    """

    keys: Sequence[int]
    labels: Mapping[int, str]
    types: Sequence[int]
    days: Mapping[tuple[int, int], Decimal]
    requests: int

    @property
    def total(self) -> Decimal:
        """Give all days."""
        return sum(self.days.values(), Decimal(0))

    def of_row(self, key: int) -> Decimal:
        """Give the days of one row."""
        return sum((self.days.get((key, kind), Decimal(0)) for kind in self.types), Decimal(0))


def table(session: Session, year: int, group: str) -> Table:
    """Add up the approved leave that the actor may report on.

    :param group: ``department`` (as at the submit) or ``month``.
    """
    row: ColumnElement[Any] = (
        func.coalesce(Record.department_id, 0)
        if group == "department"
        else extract("month", LeaveSlot.day)
    )
    found = session.execute(
        _joined(
            select(
                row.label("row"),
                LeaveRequest.leave_type_id.label("kind"),
                func.count(LeaveSlot.id).label("halves"),
                func.max(Record.department_name).label("label"),
            )
        )
        .where(*_where(session, year))
        .group_by(row, LeaveRequest.leave_type_id)
    ).all()
    requests = session.scalar(
        _joined(select(func.count(distinct(Record.id)))).where(*_where(session, year))
    )
    labels = {int(one.row): str(one.label or "") for one in found}
    order = sorted(labels, key=lambda key: (labels[key], key) if group == "department" else (key,))
    used = {int(one.kind) for one in found}
    types = session.scalars(select(LeaveType.id).order_by(LeaveType.sort, LeaveType.id))
    return Table(
        order,
        labels,
        [key for key in types if key in used],
        {(int(one.row), int(one.kind)): HALF_DAY * one.halves for one in found},
        requests or 0,
    )


def years(session: Session, chosen: int) -> list[int]:
    """List the years with approved leave that the actor may report on, and the chosen one."""
    first, last = session.execute(
        _joined(select(func.min(LeaveSlot.day), func.max(LeaveSlot.day))).where(*_where(session))
    ).one()
    ends = [chosen] if first is None else [chosen, first.year, last.year]
    return list(range(max(ends), min(ends) - 1, -1))


def type_names(session: Session, keys: Iterable[int]) -> dict[int, dict[str, str]]:
    """Give the names of kinds of leave, by locale."""
    rows = session.execute(select(LeaveType.id, LeaveType.name).where(LeaveType.id.in_(list(keys))))
    return dict(rows.all())


def _joined(statement: Any) -> Any:
    return (
        statement.select_from(LeaveSlot)
        .join(Record, Record.id == LeaveSlot.record_id)
        .join(LeaveRequest, LeaveRequest.id == Record.id)
    )


def _where(session: Session, year: int | None = None) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = [
        scope.visible(session, "hr.leave_request", "report"),
        Record.approval == Approval.APPROVED,
        LeaveSlot.counted.is_(True),
    ]
    if year is not None:
        where.append(LeaveSlot.day.between(date(year, 1, 1), date(year, 12, 31)))
    return where
