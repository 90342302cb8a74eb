"""What the outcomes of an approval do to a leave; wired to the kind in ``addon.py``.

They run in the transaction of the act: an error in one of them undoes the whole act.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from sqlalchemy import select

from zhidu.db import Session
from zhidu.events import RecordEvent
from zhidu.org.models import Member
from zhidu.records.kinds import RecordKind
from zhidu_hr import queries
from zhidu_hr.errors import NoLeaveDays, ReasonNeeded
from zhidu_hr.models import LeaveRequest, LeaveType
from zhidu_hr.services import booking, corrections
from zhidu_hr.services.leave import check_reason, compute, title


def on_submit(event: RecordEvent) -> None:
    """Count by today's calendar, hold the half days, reserve the balance.

    :raises LeaveOverlap: another leave of the person takes one of these half days.
    :raises NotEnoughLeave: a balance can never go below zero.
    :raises NoLeaveDays: nothing in the period counts.
    :raises ReasonNeeded: the kind wants the applicant's own words.
    """
    session = event.session
    request = session.get_one(LeaveRequest, event.record.id)
    leave_type, period = request.leave_type, request.period
    reason = check_reason(request.reason)
    if leave_type.reason_typed and reason in _phrases(leave_type):
        raise ReasonNeeded
    lock_person(session, event.record.applicant_id)
    computed = compute(
        session,
        event.record.applicant_id,
        leave_type,
        period,
        request_id=request.id,
        lock=leave_type.limited,
    )
    if not computed.days:
        raise NoLeaveDays
    request.days = computed.amount
    request.provisional = bool(computed.provisional_years)
    event.record.title = title(leave_type, period, computed.amount)
    booking.hold(session, request, computed.days)
    if computed.allocation is not None:
        booking.require_enough(request, computed)
        booking.reserve(session, request.id, computed.allocation, f"r{event.round}")


def on_approved(event: RecordEvent) -> None:
    """Use what was reserved, in the transaction of the last approval.

    Days that were counted anew meanwhile and did not fit are asked for once more.

    :raises NotEnoughLeave: they still do not fit; the approver may return the request.
    """
    session, key = event.session, event.record.id
    request = session.get_one(LeaveRequest, key)
    reserved = sum(queries.held_by(session, key).values(), Decimal(0))
    if request.leave_type.limited and reserved != request.days:
        computed = compute(
            session,
            event.record.applicant_id,
            request.leave_type,
            request.period,
            request_id=key,
            lock=True,
        )
        booking.require_enough(request, computed)
        request.days = computed.amount
        booking.recount_slots(session, request, computed.days)
        if computed.allocation is not None:
            booking.reserve(session, key, computed.allocation, "approved")
    booking.use_reserved(session, key, "approved")


def on_released(event: RecordEvent) -> None:
    """Give back what was reserved, and free the half days: rejected, returned or withdrawn."""
    booking.release(event.session, event.record.id, f"x{event.round}")
    booking.free(event.session, event.record.id)


def on_voided(event: RecordEvent) -> None:
    """Give the days used back to their entitlements, and free the half days.

    What the calendar left for HR to settle has nothing to be settled of any more.
    """
    session = event.session
    request = session.get_one(LeaveRequest, event.record.id)
    booking.use(session, request.id, {}, "voided")
    booking.free(session, request.id)
    corrections.close_void(session, request)


def with_effects(kind: RecordKind) -> RecordKind:
    """Wire the effects to the declaration of the kind, which stands below them."""
    return replace(
        kind,
        on_submit=on_submit,
        on_approved=on_approved,
        on_returned=on_released,
        on_rejected=on_released,
        on_withdrawn=on_released,  # and where the flow's manager ends it on its way
        on_voided=on_voided,
    )


def lock_person(session: Session, member_id: int) -> None:
    """Count one person's requests one after the other.

    NO KEY UPDATE: whoever only points at the person (a new draft, a task) does not wait for us.
    """
    session.execute(select(Member.id).where(Member.id == member_id).with_for_update(key_share=True))


def _phrases(leave_type: LeaveType) -> set[str]:
    return {str(text).strip() for text in (leave_type.reason or {}).values()}
