"""A year's holidays are announced, or a company day changes: leave is counted again.

Each request is counted in a job of its own: a short transaction that is tried again when it
fails. Drafts and running requests show the new days and tell the applicant; an approved one is
adjusted in the ledger if the days fit its entitlements, else HR gets a correction to settle.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from zhidu import notify
from zhidu.actor import Actor
from zhidu.db import Session
from zhidu.events import CalendarEvent
from zhidu.ids import token
from zhidu.jobs import enqueue
from zhidu.notify.service import locale_of
from zhidu.records import services as records
from zhidu.records.models import Approval, Record
from zhidu.texts import Text, use_locale
from zhidu.texts import lazy_gettext as _l
from zhidu_hr import queries
from zhidu_hr.models import DayCount, LeaveRequest, LeaveType
from zhidu_hr.services import booking, corrections
from zhidu_hr.services.effects import lock_person
from zhidu_hr.services.leave import Computed, compute, title

JOB = "hr.recount_leave"

COUNTED = (
    Approval.DRAFT,
    Approval.RETURNED,
    Approval.WITHDRAWN,
    Approval.IN_APPROVAL,
    Approval.APPROVED,
)
"""States in which a request's days still matter: not those of a rejected one."""


def enqueue_recount(event: CalendarEvent) -> None:
    """Have every leave counted again that touches the changed days."""
    session = event.session
    touched = session.scalars(
        select(LeaveRequest.id)
        .join(LeaveRequest.header)
        .join(LeaveType, LeaveType.id == LeaveRequest.leave_type_id)
        .where(
            LeaveRequest.first_day <= event.last,
            LeaveRequest.last_day >= event.first,
            Record.approval.in_(COUNTED),
            LeaveType.counts == DayCount.WORKING,
        )
        .order_by(LeaveRequest.id)
    ).all()
    for request_id in touched:
        enqueue(session, JOB, {"request": request_id})


def run(session: Session, args: Mapping[str, Any]) -> None:
    """Count one request again: the job. A draft that was deleted meanwhile is none."""
    record = session.scalars(
        select(Record).where(Record.id == args["request"]).with_for_update(key_share=True)
    ).one_or_none()
    if record is not None and record.approval in COUNTED:
        recount(session, records.detail(session, record))


def recount(session: Session, request: LeaveRequest) -> None:
    """Count one request by today's calendar; its record is locked."""
    record = request.header
    live = record.approval in queries.LIVE
    if live:
        lock_person(session, record.applicant_id)
    computed = compute(
        session,
        record.applicant_id,
        request.leave_type,
        request.period,
        request_id=request.id,
        lock=live and request.leave_type.limited,
    )
    before = queries.counted_days(session, request.id) if live else None
    same = before == computed.days if before is not None else request.days == computed.amount
    if same:
        corrections.drop_open(session, request)
        if request.provisional != bool(computed.provisional_years):
            _amend(session, request, computed)
        return
    if record.approval is Approval.APPROVED:
        _recount_approved(session, request, computed)
    else:
        _recount_open(session, request, computed, live=live)


def _recount_open(
    session: Session, request: LeaveRequest, computed: Computed, *, live: bool
) -> None:
    """Show the new days of a draft or a running request; a running one reserves them if they fit.

    One that no longer fits keeps what it has, and cannot be approved until it fits.
    """
    before = request.days
    if live:
        booking.recount_slots(session, request, computed.days)
        if computed.allocation is not None and not computed.missing:
            booking.reserve(session, request.id, computed.allocation, f"calendar:{token(6)}")
    _amend(session, request, computed)
    if before == computed.amount:
        return
    if live and computed.missing:
        _tell(
            session,
            request,
            _l(
                "Your leave from %(first)s to %(last)s now counts %(after)s instead of"
                " %(before)s, which is more than your balance: withdraw it, or ask HR.",
                **_said(request, before),
            ),
        )
    else:
        _tell_counted(session, request, before)


def _recount_approved(session: Session, request: LeaveRequest, computed: Computed) -> None:
    """Adjust the ledger if the new days fit, else leave it to HR."""
    before = request.days
    if not corrections.fits(session, request, computed):
        corrections.put_open(session, request, computed.amount)
        return
    corrections.adjust(session, request, computed)
    corrections.drop_open(session, request)
    _amend(session, request, computed)
    if before != computed.amount:
        _tell_counted(session, request, before)


def _amend(session: Session, request: LeaveRequest, computed: Computed) -> None:
    """Write the new count, with a title in the applicant's language; the trail says why."""
    with use_locale(locale_of(session, request.header.applicant_id)):
        records.amend(
            session,
            Actor.system(session.company, source=session.actor.source),
            request,
            {"days": computed.amount, "provisional": bool(computed.provisional_years)},
            _l("The working days of the period changed."),
            title=title(request.leave_type, request.period, computed.amount),
        )


def _said(request: LeaveRequest, before: Any) -> dict[str, Any]:
    return {
        "first": request.first_day,
        "last": request.last_day,
        "before": corrections.days_text(before),
        "after": corrections.days_text(request.days),
    }


def _tell_counted(session: Session, request: LeaveRequest, before: Any) -> None:
    message = _l(
        "Your leave from %(first)s to %(last)s now counts %(after)s instead of %(before)s:"
        " the working calendar changed.",
        **_said(request, before),
    )
    _tell(session, request, message)


def _tell(session: Session, request: LeaveRequest, message: Text) -> None:
    notify.send(session, [request.header.applicant_id], message, record_id=request.id)
