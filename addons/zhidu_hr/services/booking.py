"""What a request holds: its half days, and its part of the entitlements.

The invariant of both: a running or approved request takes every half day of its period, and of a
limited kind exactly its counted days are reserved (running) or used (approved).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from zhidu.db import Session, ledger
from zhidu.texts import localize
from zhidu_hr import queries
from zhidu_hr.errors import LeaveOverlap, NotEnoughLeave
from zhidu_hr.models import LeaveEntry, LeaveGrant, LeaveRequest, LeaveSlot
from zhidu_hr.queries import source_of
from zhidu_hr.rules.allocation import Allocation
from zhidu_hr.services.leave import Computed


def hold(session: Session, request: LeaveRequest, days: Mapping[date, Decimal]) -> None:
    """Take the half days of a request.

    :param days: the counted ones.
    :raises LeaveOverlap: another leave of the person takes one of them.
    """
    member_id, period = request.header.applicant_id, request.period
    for other in queries.overlapping(session, member_id, period, request.id):
        raise LeaveOverlap(other.first_day, other.last_day, other.header.number or "")
    session.flush()
    session.add_all(
        LeaveSlot(
            member_id=member_id, record_id=request.id, day=day, half=half, counted=day in days
        )
        for day, half in period.slots
    )
    try:
        session.flush()
    except IntegrityError as error:  # the last lock: a half day belongs to one leave
        raise LeaveOverlap(period.first_day, period.last_day) from error


def recount_slots(session: Session, request: LeaveRequest, days: Mapping[date, Decimal]) -> None:
    """Note anew which of the half days count."""
    for slot in session.scalars(select(LeaveSlot).where(LeaveSlot.record_id == request.id)):
        slot.counted = slot.day in days


def free(session: Session, request_id: int) -> None:
    """Give the half days back."""
    session.execute(delete(LeaveSlot).where(LeaveSlot.record_id == request_id))


def require_enough(request: LeaveRequest, computed: Computed) -> None:
    """Refuse days that the entitlements do not pay.

    :raises NotEnoughLeave: names the kind, what may be had on these dates, and what is wanted.
    """
    if computed.missing:
        raise NotEnoughLeave(
            localize(request.leave_type.name),
            computed.amount - computed.missing,
            computed.amount,
        )


def reserve(session: Session, request_id: int, allocation: Allocation, step: str) -> None:
    """Bring what a running request has reserved to what the allocation says."""
    for grant, delta in _differences(session, request_id, allocation.amounts):
        act = ledger.reserve if delta > 0 else ledger.release
        act(session, grant, abs(delta), LeaveEntry, source=source_of(request_id), step=step)


def use_reserved(session: Session, request_id: int, step: str) -> None:
    """Use what a request has reserved."""
    ledger.commit_all(session, LeaveGrant, LeaveEntry, source=source_of(request_id), step=step)


def release(session: Session, request_id: int, step: str) -> None:
    """Give back what a request has reserved."""
    ledger.release_all(session, LeaveGrant, LeaveEntry, source=source_of(request_id), step=step)


def use(session: Session, request_id: int, amounts: Mapping[int, Decimal], step: str) -> None:
    """Bring what an approved request has used to these amounts, by entitlement."""
    source = source_of(request_id)
    for grant, delta in _differences(session, request_id, amounts):
        if delta > 0:
            ledger.reserve(session, grant, delta, LeaveEntry, source=source, step=step)
            ledger.commit(session, grant, delta, LeaveEntry, source=source, step=step)
        else:
            ledger.restore(session, grant, -delta, LeaveEntry, source=source, step=step)


def _differences(
    session: Session, request_id: int, wanted: Mapping[int, Decimal]
) -> list[tuple[LeaveGrant, Decimal]]:
    """Give what is to be added or taken, in the order of keys: two of these cannot deadlock."""
    held = queries.held_by(session, request_id)
    zero = Decimal(0)
    return [
        (session.get_one(LeaveGrant, key), wanted.get(key, zero) - held.get(key, zero))
        for key in sorted({*held, *wanted})
        if wanted.get(key, zero) != held.get(key, zero)
    ]
