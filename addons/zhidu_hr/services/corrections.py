"""Approved leave whose days changed with the calendar: adjusted where it fits, settled by HR else."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from sqlalchemy import select

from zhidu import clock, notify
from zhidu.access import check
from zhidu.actor import Actor
from zhidu.db import Session
from zhidu.errors import Conflict, ValidationError
from zhidu.ids import token
from zhidu.org import queries as org
from zhidu.records import services as records
from zhidu.texts import Text, lazy_ngettext
from zhidu.texts import lazy_gettext as _l
from zhidu_hr import queries
from zhidu_hr.errors import SOURCE
from zhidu_hr.models import LeaveCorrection, LeaveGrant, LeaveRequest
from zhidu_hr.services import booking
from zhidu_hr.services.leave import Computed, compute, title

LONGEST_NOTE = 500


def fits(session: Session, request: LeaveRequest, computed: Computed) -> bool:
    """Tell whether the entitlements pay the new days; fewer days always fit."""
    if not request.leave_type.limited or not computed.missing:
        return True
    return computed.amount <= sum(queries.held_by(session, request.id).values(), Decimal(0))


def adjust(session: Session, request: LeaveRequest, computed: Computed) -> None:
    """Bring the ledger and the half days of an approved request to its new days, if they fit."""
    if computed.allocation is not None:
        amounts = computed.allocation.amounts
        if computed.missing:  # HR shortened the entitlement meanwhile: what was paid stays paid
            amounts = _less(session, request, computed.amount)
        booking.use(session, request.id, amounts, f"calendar:{token(6)}")
    booking.recount_slots(session, request, computed.days)


def _less(session: Session, request: LeaveRequest, wanted: Decimal) -> Mapping[int, Decimal]:
    """Keep the wanted days out of what is held, first those of the entitlement that ends first."""
    held = queries.held_by(session, request.id)
    kept: dict[int, Decimal] = {}
    for grant in sorted(
        (session.get_one(LeaveGrant, key) for key in held), key=lambda g: (g.expires_on, g.id)
    ):
        kept[grant.id] = min(held[grant.id], wanted)
        wanted -= kept[grant.id]
    return kept


def days_text(days: Decimal) -> Text:
    """Say a count of days with its unit, also inside a notice."""
    return lazy_ngettext("%(num)s day", "%(num)s days", days)


def put_open(session: Session, request: LeaveRequest, after: Decimal) -> None:
    """Hand an approved request over to HR; one that waits already gets the newer number."""
    found = _open_of(session, request)
    if found is not None:
        if found.days_after == after:
            return
        found.days_after = after
    else:
        session.add(
            LeaveCorrection(
                record_id=request.id,
                days_before=request.days,
                days_after=after,
                created_at=clock.now(),
            )
        )
    notify.send(
        session,
        org.people_by_role(session, "hr"),
        _l(
            "The approved leave %(number)s now counts %(after)s instead of %(before)s,"
            " and its entitlement is too small: please settle it.",
            number=request.header.number or "",
            before=days_text(request.days),
            after=days_text(after),
        ),
        record_id=request.id,
    )


def drop_open(session: Session, request: LeaveRequest) -> None:
    """Close a correction that the calendar itself has settled since."""
    found = _open_of(session, request)
    if found is not None:
        found.days_after = request.days
        _close(found, None, str(_l("The calendar changed again; nothing is left to correct.")))


def close_void(session: Session, request: LeaveRequest) -> None:
    """Close the correction of a leave that was voided: no day of it counts any more."""
    found = _open_of(session, request)
    if found is not None:
        found.days_after = Decimal(0)
        _close(found, None, str(_l("The leave was voided; nothing is left to correct.")))


def settle(
    session: Session, actor: Actor, correction: LeaveCorrection, *, note: str, take: bool
) -> None:
    """Settle a correction.

    :param note: what was done, for the record.
    :param take: count the days anew and take them from the entitlements, as after HR has granted
        more; else the leave stays as it was approved.
    :raises Conflict: it is settled already.
    :raises NotEnoughLeave: the days are to be taken and still do not fit.
    """
    check.require(session, "hr.leave_correction.edit", correction)
    note = note.strip()
    if not note or len(note) > LONGEST_NOTE:
        text = _l("Say in up to %(n)s characters what was done.", n=LONGEST_NOTE)
        raise ValidationError(text, fields={"note": text}, source=SOURCE)
    # one after the other with a recount, and with another person who settles
    session.refresh(correction.record, with_for_update={"key_share": True})
    session.refresh(correction)
    if correction.settled_at is not None:
        raise Conflict(
            _l("This correction is settled already."), cure=_l("Reload the page to see by whom.")
        )
    if take:
        _take(session, correction)
    _close(correction, actor.member_id, note)
    session.flush()


def _take(session: Session, correction: LeaveCorrection) -> None:
    request: LeaveRequest = records.detail(session, correction.record)
    computed = compute(
        session,
        request.header.applicant_id,
        request.leave_type,
        request.period,
        request_id=request.id,
        lock=request.leave_type.limited,
    )
    if not fits(session, request, computed):
        booking.require_enough(request, computed)
    adjust(session, request, computed)
    records.amend(
        session,
        Actor.system(session.company, source=session.actor.source),
        request,
        {"days": computed.amount, "provisional": bool(computed.provisional_years)},
        _l("The working days of the period changed."),
        title=title(request.leave_type, request.period, computed.amount),
    )
    correction.days_after = computed.amount


def _open_of(session: Session, request: LeaveRequest) -> LeaveCorrection | None:
    return session.scalars(
        select(LeaveCorrection).where(
            LeaveCorrection.record_id == request.id, LeaveCorrection.settled_at.is_(None)
        )
    ).one_or_none()


def _close(correction: LeaveCorrection, member_id: int | None, note: str) -> None:
    correction.settled_at = clock.now()
    correction.settled_by = member_id
    correction.note = note
