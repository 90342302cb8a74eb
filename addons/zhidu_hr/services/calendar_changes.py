"""A year's holidays are announced, or a company day changes: leave is counted again.

Drafts and running requests are recomputed and say so; an approved one gets an adjusting ledger
entry if it fits its entitlements, else HR gets a correction to settle.
"""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import select

from zhidu import clock, notify
from zhidu.access import check
from zhidu.actor import Actor
from zhidu.db import Session, ledger
from zhidu.errors import Conflict
from zhidu.events import CalendarEvent
from zhidu.money import show_number
from zhidu.org import queries as org
from zhidu.records import services as records
from zhidu.records.models import Approval, Record
from zhidu.texts import lazy_gettext as _l
from zhidu_hr.models import LeaveCorrection, LeaveEntry, LeaveGrant, LeaveRequest
from zhidu_hr.services import leave

OPEN = (Approval.DRAFT, Approval.RETURNED, Approval.WITHDRAWN)


def recount(event: CalendarEvent) -> None:
    """Count every leave again that touches the changed days."""
    session = event.session
    actor = Actor.system(session.company, source=event.actor.source)
    requests = session.scalars(
        select(LeaveRequest)
        .join(LeaveRequest.header)
        .where(
            LeaveRequest.first_day <= event.last,
            LeaveRequest.last_day >= event.first,
            Record.approval.in_((*OPEN, Approval.IN_APPROVAL, Approval.APPROVED)),
        )
        .order_by(LeaveRequest.id)
    ).all()
    for request in requests:
        _recount_one(session, actor, request)


def _recount_one(session: Session, actor: Actor, request: LeaveRequest) -> None:
    record = request.header
    running = record.approval is Approval.IN_APPROVAL
    computed = leave.compute(
        session,
        record.applicant_id,
        request.leave_type,
        leave.period_of(request),
        request_id=request.id,
        lock=running,
    )
    provisional = bool(computed.provisional_years)
    before, after = request.days, computed.amount
    if before == after and request.provisional == provisional:
        return
    if record.approval is Approval.APPROVED:
        if before != after:
            _settle_approved(session, actor, request, after)
        else:
            records.amend(
                session, actor, request, {"provisional": provisional}, _l("calendar announced")
            )
        return
    if running and computed.allocation is not None and before != after:
        if computed.allocation.missing:
            _tell(session, request, before, after, short=True)
            return
        step = f"calendar:{clock.now():%Y%m%d%H%M%S%f}"
        ledger.release_all(session, LeaveGrant, LeaveEntry, source=f"leave:{request.id}", step=step)
        for grant_id, amount in sorted(computed.allocation.amounts.items()):
            grant = session.get_one(LeaveGrant, grant_id)
            ledger.reserve(
                session, grant, amount, LeaveEntry, source=f"leave:{request.id}", step=step
            )
    records.amend(
        session,
        actor,
        request,
        {"days": after, "provisional": provisional},
        _l("The working days of the period changed."),
    )
    if before != after:
        record.title = leave.title(request.leave_type, leave.period_of(request), after)
        _tell(session, request, before, after)


def _settle_approved(session: Session, actor: Actor, request: LeaveRequest, after: Decimal) -> None:
    """Adjust the ledger of an approved leave if it fits, else leave it to HR."""
    before = request.days
    difference = after - before
    grants = _grants_used(session, request)
    fits = True
    if request.leave_type.limited and grants:
        grant = grants[-1]
        try:
            ledger.adjust(
                session,
                grant,
                -difference,
                LeaveEntry,
                source=f"leave:{request.id}",
                step=f"calendar:{after}",
            )
        except ledger.NotEnough:
            fits = False
    if fits:
        records.amend(
            session,
            actor,
            request,
            {"days": after, "provisional": False},
            _l("The working days of the period changed."),
        )
        _tell(session, request, before, after)
        return
    session.add(
        LeaveCorrection(
            record_id=request.id, days_before=before, days_after=after, created_at=clock.now()
        )
    )
    notify.send(
        session,
        org.people_by_role(session, "hr"),
        _l(
            "The approved leave %(number)s now counts %(after)s days instead of %(before)s,"
            " and its entitlement is too small: please settle it.",
            number=request.header.number or "",
            before=show_number(before),
            after=show_number(after),
        ),
        record_id=request.id,
    )


def _grants_used(session: Session, request: LeaveRequest) -> list[LeaveGrant]:
    return list(
        session.scalars(
            select(LeaveGrant)
            .join(LeaveEntry, LeaveEntry.balance_id == LeaveGrant.id)
            .where(LeaveEntry.source == f"leave:{request.id}")
            .distinct()
            .order_by(LeaveGrant.id)
        )
    )


def _tell(
    session: Session, request: LeaveRequest, before: Decimal, after: Decimal, short: bool = False
) -> None:
    said = {
        "number": request.header.number or "",
        "before": show_number(before),
        "after": show_number(after),
    }
    message = (
        _l(
            "Your leave %(number)s now counts %(after)s days instead of %(before)s, which is more"
            " than your balance: please withdraw it or ask HR.",
            **said,
        )
        if short
        else _l(
            "Your leave %(number)s now counts %(after)s days instead of %(before)s:"
            " the working calendar changed.",
            **said,
        )
    )
    notify.send(session, [request.header.applicant_id], message, record_id=request.id)


def settle(session: Session, actor: Actor, correction: LeaveCorrection, note: str) -> None:
    """Mark a correction as settled by HR, with what was done.

    :raises Conflict: it is settled already.
    """
    check.require(session, "hr.leave_correction.edit", correction)
    if correction.settled_at is not None:
        raise Conflict(_l("This correction is settled already."))
    correction.settled_at = clock.now()
    correction.settled_by = actor.member_id
    correction.note = note.strip()[:500]
    session.flush()
