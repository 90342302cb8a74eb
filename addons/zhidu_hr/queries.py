"""Questions about leave: who is away, what is left, what a request holds."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import bindparam, func, select

from zhidu.db import Session
from zhidu.org.models import Member
from zhidu.records.models import Approval, Record
from zhidu_hr.models import LeaveEntry, LeaveGrant, LeaveRequest, LeaveSlot, LeaveType
from zhidu_hr.rules.allocation import Lot
from zhidu_hr.rules.days import HALF_DAY, Half, Period

LIVE = (Approval.IN_APPROVAL, Approval.APPROVED)
"""States in which a request takes its half days."""

_TYPES = (
    select(LeaveType).where(LeaveType.archived_at.is_(None)).order_by(LeaveType.sort, LeaveType.id)
)
_LOTS = (
    select(LeaveGrant)
    .where(
        LeaveGrant.member_id == bindparam("member_id"),
        LeaveGrant.leave_type_id == bindparam("leave_type_id"),
        LeaveGrant.starts_on <= bindparam("last"),
        LeaveGrant.expires_on >= bindparam("first"),
    )
    .order_by(LeaveGrant.id)
)
_HELD = (
    select(LeaveEntry.balance_id, func.sum(LeaveEntry.reserved_delta + LeaveEntry.used_delta))
    .where(LeaveEntry.source == bindparam("source"))
    .group_by(LeaveEntry.balance_id)
    .order_by(LeaveEntry.balance_id)
)
_COUNTED = (
    select(LeaveSlot.day, func.count(LeaveSlot.id))
    .where(LeaveSlot.record_id == bindparam("record_id"), LeaveSlot.counted)
    .group_by(LeaveSlot.day)
)


@dataclass(frozen=True, slots=True)
class Balance:
    """What a person has of one kind of leave: days left, and days asked for but not decided."""

    available: Decimal
    reserved: Decimal


def leave_types(session: Session) -> Sequence[LeaveType]:
    """List the kinds of leave in use, in their order."""
    return session.scalars(_TYPES).all()


def source_of(request_id: int) -> str:
    """Name a request in the ledger."""
    return f"leave:{request_id}"


def lots(
    session: Session, member_id: int, leave_type_id: int, first: date, last: date, *, lock: bool
) -> list[LeaveGrant]:
    """List the entitlements that are valid on some day between ``first`` and ``last``.

    :param lock: hold them until the end of the unit of work, so that two requests of one person
        are counted one after the other.
    """
    # NO KEY UPDATE: the ledger's entries that point at the row do not wait for us
    statement = _LOTS.with_for_update(key_share=True) if lock else _LOTS
    found = session.scalars(
        statement,
        {"member_id": member_id, "leave_type_id": leave_type_id, "first": first, "last": last},
        execution_options={"populate_existing": lock},
    )
    return list(found)


def as_lots(grants: Sequence[LeaveGrant], given_back: Mapping[int, Decimal]) -> list[Lot]:
    """Give the values that the allocation rule wants.

    :param given_back: by grant: what the same request holds already and would give back.
    """
    return [
        Lot(g.id, g.starts_on, g.expires_on, g.available + given_back.get(g.id, Decimal(0)))
        for g in grants
    ]


def held_by(session: Session, request_id: int) -> dict[int, Decimal]:
    """Give what a request has reserved or used of each entitlement, by its key."""
    found = session.execute(_HELD, {"source": source_of(request_id)})
    return {row[0]: row[1] for row in found if row[1]}


def counted_days(session: Session, request_id: int) -> dict[date, Decimal]:
    """Give the counted days of a running or approved request, each as 0.5 or 1."""
    found = session.execute(_COUNTED, {"record_id": request_id})
    return {day: HALF_DAY * count for day, count in found}


def balances(
    session: Session, member_ids: Sequence[int], on: date
) -> dict[tuple[int, int], Balance]:
    """Give balances by (member, leave type) for entitlements valid on a day; one query."""
    rows = session.execute(
        select(
            LeaveGrant.member_id,
            LeaveGrant.leave_type_id,
            func.sum(LeaveGrant.available).label("available"),
            func.sum(LeaveGrant.reserved).label("reserved"),
        )
        .where(
            LeaveGrant.member_id.in_(member_ids),
            LeaveGrant.starts_on <= on,
            LeaveGrant.expires_on >= on,
        )
        .group_by(LeaveGrant.member_id, LeaveGrant.leave_type_id)
    )
    return {
        (r.member_id, r.leave_type_id): Balance(Decimal(r.available), Decimal(r.reserved))
        for r in rows
    }


def balances_for(session: Session, requests: Sequence[LeaveRequest]) -> dict[int, Balance]:
    """Give by request what its applicant has of its kind on its days; limited kinds only.

    One query for all of them.
    """
    people = {request.header.applicant_id for request in requests}
    grants: dict[tuple[int, int], list[LeaveGrant]] = {}
    for row in session.scalars(select(LeaveGrant).where(LeaveGrant.member_id.in_(sorted(people)))):
        grants.setdefault((row.member_id, row.leave_type_id), []).append(row)
    found = {}
    for request in requests:
        if not request.leave_type.limited:
            continue
        fitting = [
            g
            for g in grants.get((request.header.applicant_id, request.leave_type_id), ())
            if g.starts_on <= request.last_day and g.expires_on >= request.first_day
        ]
        found[request.id] = Balance(
            sum((g.available for g in fitting), Decimal(0)),
            sum((g.reserved for g in fitting), Decimal(0)),
        )
    return found


def overlapping(
    session: Session, member_id: int, period: Period, but: int | None
) -> list[LeaveRequest]:
    """List the person's running and approved leave that takes one of these half days.

    :param but: the request itself.
    """
    statement = (
        select(LeaveRequest)
        .join(LeaveRequest.header)
        .where(
            Record.applicant_id == member_id,
            Record.approval.in_(LIVE),
            LeaveRequest.first_day <= period.last_day,
            LeaveRequest.last_day >= period.first_day,
        )
        .order_by(LeaveRequest.first_day)
    )
    if but is not None:
        statement = statement.where(LeaveRequest.id != but)
    return [other for other in session.scalars(statement) if period.overlaps(other.period)]


def own_days(
    session: Session, member_id: int, first: date, last: date, but: int | None
) -> dict[date, dict[str, str]]:
    """Give the kind of leave, by locale, that the person has on each day.

    :param but: the request that is being changed.
    """
    rows = session.execute(
        select(LeaveSlot.day, LeaveType.name)
        .join(LeaveRequest, LeaveRequest.id == LeaveSlot.record_id)
        .join(LeaveType, LeaveType.id == LeaveRequest.leave_type_id)
        .where(
            LeaveSlot.member_id == member_id,
            LeaveSlot.day.between(first, last),
            LeaveSlot.record_id != (but or 0),
        )
    )
    return dict(rows.all())


def away_members(
    session: Session, member_ids: Sequence[int], first: date, last: date
) -> dict[date, list[tuple[int, str]]]:
    """Give who of these people is away on each day, with names; one query for the whole span."""
    found: dict[date, list[tuple[int, str]]] = {}
    for day, member_id, name in session.execute(
        select(LeaveSlot.day, LeaveSlot.member_id, Member.name)
        .join(Member, Member.id == LeaveSlot.member_id)
        .where(LeaveSlot.member_id.in_(member_ids), LeaveSlot.day.between(first, last))
        .distinct()
        .order_by(LeaveSlot.day, Member.name)
    ):
        found.setdefault(day, []).append((member_id, name))
    return found


def away(
    session: Session, member_ids: Sequence[int], first: date, last: date
) -> dict[date, list[str]]:
    """Name who of these people is away on each day; one query for the whole span."""
    days = away_members(session, member_ids, first, last)
    return {day: [name for _member, name in people] for day, people in days.items()}


def on_leave(session: Session, member_ids: Collection[int], day: date, half: Half) -> list[int]:
    """Name those of these people whose approved leave takes a half day."""
    return list(
        session.scalars(
            select(LeaveSlot.member_id)
            .join(Record, Record.id == LeaveSlot.record_id)
            .where(
                LeaveSlot.member_id.in_(sorted(member_ids)),
                LeaveSlot.day == day,
                LeaveSlot.half == half,
                Record.approval == Approval.APPROVED,
            )
            .order_by(LeaveSlot.member_id)
        )
    )


def is_in_use(session: Session, leave_type_id: int) -> bool:
    """Tell whether entitlements, or running or approved requests, name a kind of leave."""
    granted = select(LeaveGrant.id).where(LeaveGrant.leave_type_id == leave_type_id).limit(1)
    asked = (
        select(LeaveRequest.id)
        .join(LeaveRequest.header)
        .where(LeaveRequest.leave_type_id == leave_type_id, Record.approval.in_(LIVE))
        .limit(1)
    )
    return session.scalar(granted) is not None or session.scalar(asked) is not None
