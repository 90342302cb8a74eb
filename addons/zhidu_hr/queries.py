"""Questions about leave: who is away, what is left, what a request would take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import bindparam, func, select

from zhidu.db import Session
from zhidu.org.models import Member
from zhidu.records.models import Approval, Record
from zhidu_hr.models import LeaveGrant, LeaveRequest, LeaveSlot, LeaveType
from zhidu_hr.rules.allocation import Lot

LIVE = (Approval.IN_APPROVAL, Approval.APPROVED)

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


@dataclass(frozen=True, slots=True)
class Balance:
    """What a person has of one kind of leave: days left, and days asked for but not decided."""

    available: Decimal
    reserved: Decimal


def leave_types(session: Session) -> Sequence[LeaveType]:
    """List the kinds of leave in use, in their order."""
    return session.scalars(_TYPES).all()


def lots(
    session: Session, member_id: int, leave_type_id: int, first: date, last: date, *, lock: bool
) -> list[LeaveGrant]:
    """List the entitlements that are valid on some day between ``first`` and ``last``.

    :param lock: hold them until the end of the unit of work, so that two requests of one person
        are counted one after the other.
    """
    statement = _LOTS.with_for_update() if lock else _LOTS
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


def overlapping(
    session: Session, member_id: int, first: date, last: date, but: int | None
) -> Sequence[LeaveRequest]:
    """List running and approved leave of the person that takes one of these days.

    :param but: the request itself.
    """
    statement = (
        select(LeaveRequest)
        .join(LeaveRequest.header)
        .where(
            Record.applicant_id == member_id,
            Record.approval.in_(LIVE),
            LeaveRequest.first_day <= last,
            LeaveRequest.last_day >= first,
        )
        .order_by(LeaveRequest.first_day)
    )
    if but is not None:
        statement = statement.where(LeaveRequest.id != but)
    return session.scalars(statement).all()


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
    ).tuples():
        found.setdefault(day, []).append((member_id, name))
    return found


def away(
    session: Session, member_ids: Sequence[int], first: date, last: date
) -> dict[date, list[str]]:
    """Name who of these people is away on each day; one query for the whole span."""
    days = away_members(session, member_ids, first, last)
    return {day: [name for _member, name in people] for day, people in days.items()}
