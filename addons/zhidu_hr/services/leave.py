"""Ask for leave: days by the calendar, half days held, balance reserved, used or given back.

The effects at the end are the record kind's own: they run in the transaction of the act, and an
error in one of them undoes the whole act.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from zhidu.actor import Actor
from zhidu.db import Session, ledger
from zhidu.errors import ValidationError
from zhidu.events import RecordEvent
from zhidu.org import calendar
from zhidu.org.models import Member
from zhidu.records import services as records
from zhidu.texts import gettext, localize
from zhidu.texts import lazy_gettext as _l
from zhidu_hr import queries
from zhidu_hr.errors import SOURCE, LeaveOverlap, NoLeaveDays, NotEnoughLeave, ReasonNeeded
from zhidu_hr.models import DayCount, LeaveEntry, LeaveGrant, LeaveRequest, LeaveSlot, LeaveType
from zhidu_hr.rules.allocation import Allocation, allocate
from zhidu_hr.rules.days import LONGEST, Half, count_days, half_days

KIND = "hr.leave_request"
LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Period:
    """The half days from the first to the last, both included."""

    first_day: date
    first_half: Half
    last_day: date
    last_half: Half


@dataclass(frozen=True, slots=True)
class Computed:
    """What a request would take.

    :param days: counted days by day.
    :param provisional_years: years in the period that are not announced yet.
    """

    days: Mapping[date, Decimal]
    provisional_years: tuple[int, ...] = ()
    allocation: Allocation | None = None
    available: Decimal | None = None
    """What is left of a limited kind on these dates; None for an unlimited one."""
    amount: Decimal = field(default=Decimal(0))


def check_period(period: Period) -> None:
    """Refuse a period that ends before it starts, or runs for more than a year.

    :raises ValidationError: names the field.
    """
    text = None
    if period.last_day < period.first_day:
        text = _l("The end lies before the start.")
    elif (period.last_day - period.first_day).days > LONGEST:
        text = _l("A request covers at most %(days)s days.", days=LONGEST)
    elif not slots(period):
        text = _l("The end lies before the start.")
    if text is not None:
        raise ValidationError(
            text, cure=_l("Correct the dates."), fields={"last_day": text}, source=SOURCE
        )


def compute(
    session: Session,
    member_id: int,
    leave_type: LeaveType,
    period: Period,
    *,
    request_id: int | None = None,
    lock: bool = False,
) -> Computed:
    """Count days by the calendar and see what the balance says.

    :param request_id: the request itself: what it has reserved counts as free for it.
    :raises ValidationError: the period is impossible.
    """
    check_period(period)
    years = range(period.first_day.year, period.last_day.year + 1)
    provisional = tuple(year for year in years if not calendar.announced(session, year))
    if leave_type.counts is DayCount.CALENDAR:
        working = None
    else:
        working = set(calendar.working_days(session, period.first_day, period.last_day))
    days = count_days(
        period.first_day,
        period.first_half,
        period.last_day,
        period.last_half,
        lambda day: working is None or day in working,
    )
    amount = sum(days.values(), Decimal(0))
    if not leave_type.limited:
        return Computed(days, provisional if working is not None else (), amount=amount)
    grants = queries.lots(
        session, member_id, leave_type.id, period.first_day, period.last_day, lock=lock
    )
    held = reserved_by(session, request_id) if request_id is not None else {}
    lots = queries.as_lots(grants, held)
    return Computed(
        days,
        provisional,
        allocate(days, lots),
        sum((lot.available for lot in lots), Decimal(0)),
        amount,
    )


def reserved_by(session: Session, request_id: int) -> dict[int, Decimal]:
    """Give what a request holds of each entitlement now."""
    return ledger.reserved_for(session, LeaveEntry, source=_source(request_id))


def _source(request_id: int) -> str:
    return f"leave:{request_id}"


def draft(
    session: Session,
    actor: Actor,
    *,
    leave_type_id: int,
    period: Period,
    reason: str,
) -> LeaveRequest:
    """Write a draft for the person who acts.

    :raises ValidationError: the period or the kind is impossible.
    """
    leave_type = _type(session, leave_type_id)
    computed = compute(session, _member(actor), leave_type, period)
    request: LeaveRequest = records.create(
        session,
        actor,
        KIND,
        {
            "leave_type_id": leave_type.id,
            **_columns(period),
            "days": computed.amount,
            "reason": check_reason(reason),
            "provisional": bool(computed.provisional_years),
        },
        title=title(leave_type, period, computed.amount),
    )
    return request


def change(
    session: Session,
    actor: Actor,
    request: LeaveRequest,
    *,
    leave_type_id: int,
    period: Period,
    reason: str,
    version: int,
) -> LeaveRequest:
    """Change a draft or a returned request.

    :param version: of the header, as the form was opened with it.
    :raises StaleRecord: someone changed it in between.
    """
    leave_type = _type(session, leave_type_id, keep=request.leave_type_id)
    computed = compute(
        session, request.header.applicant_id, leave_type, period, request_id=request.id
    )
    records.edit(
        session,
        actor,
        request,
        {
            "leave_type_id": leave_type.id,
            **_columns(period),
            "days": computed.amount,
            "reason": check_reason(reason),
            "provisional": bool(computed.provisional_years),
        },
        version,
        title=title(leave_type, period, computed.amount),
    )
    return request


def check_reason(reason: str) -> str:
    """Refuse an empty or endless reason.

    :raises ValidationError: names the field.
    """
    reason = reason.strip()
    if not reason or len(reason) > LONGEST_REASON:
        text = (
            _l("A reason has at most %(n)s characters.", n=LONGEST_REASON)
            if reason
            else _l("Please give a reason.")
        )
        raise ValidationError(text, fields={"reason": text}, source=SOURCE)
    return reason


def title(leave_type: LeaveType, period: Period, days: Decimal) -> str:
    """Make the record's title, in the language of the person who writes it."""
    name = localize(leave_type.name)
    ends = period.first_day.isoformat()
    if period.last_day != period.first_day:
        ends = f"{ends} – {period.last_day.isoformat()}"
    return gettext(
        "%(name)s %(days)s days, %(ends)s", name=name, days=f"{days.normalize():f}", ends=ends
    )


def period_of(request: LeaveRequest) -> Period:
    """Give a request's period."""
    return Period(request.first_day, request.first_half, request.last_day, request.last_half)


def slots(period: Period) -> list[tuple[date, Half]]:
    """List the half days of a period."""
    return list(half_days(period.first_day, period.first_half, period.last_day, period.last_half))


def takes_same_half_day(one: Period, other: Period) -> bool:
    """Tell whether two periods share a half day."""
    return bool(set(slots(one)) & set(slots(other)))


def overlapping(
    session: Session, member_id: int, period: Period, but: int | None
) -> list[LeaveRequest]:
    """List the person's running and approved leave that takes one of these half days."""
    near = queries.overlapping(session, member_id, period.first_day, period.last_day, but)
    return [other for other in near if takes_same_half_day(period, period_of(other))]


def _columns(period: Period) -> dict[str, Any]:
    return {
        "first_day": period.first_day,
        "first_half": period.first_half,
        "last_day": period.last_day,
        "last_half": period.last_half,
    }


def _member(actor: Actor) -> int:
    if actor.member_id is None:
        raise ValidationError(_l("Only a member of the company can ask for leave."))
    return actor.member_id


def _type(session: Session, leave_type_id: int, keep: int | None = None) -> LeaveType:
    found = session.get(LeaveType, leave_type_id)
    if found is None or (found.archived_at is not None and found.id != keep):
        text = _l("Choose a kind of leave that is in use.")
        raise ValidationError(text, fields={"leave_type_id": text}, source=SOURCE)
    return found


# --- effects of the approval; see ``zhidu_hr.workflow``


def on_submit(event: RecordEvent) -> None:
    """Hold the half days and reserve the balance; recompute the days by today's calendar.

    :raises LeaveOverlap: another leave of the person takes one of these half days.
    :raises NotEnoughLeave: a balance can never go below zero.
    """
    session = event.session
    request = session.get_one(LeaveRequest, event.record.id)
    # one person's requests are counted one after the other
    session.execute(
        select(Member.id).where(Member.id == event.record.applicant_id).with_for_update()
    )
    leave_type, period = request.leave_type, period_of(request)
    if leave_type.reason_typed and request.reason.strip() in _phrases(leave_type):
        raise ReasonNeeded
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
    _hold(session, request, event.record.applicant_id, period)
    if computed.allocation is not None:
        if computed.allocation.missing:
            raise NotEnoughLeave(
                localize(leave_type.name),
                computed.amount - computed.allocation.missing,
                computed.amount,
            )
        reserve(session, request, computed.allocation, event.round)


def _phrases(leave_type: LeaveType) -> set[str]:
    return {str(text).strip() for text in (leave_type.reason or {}).values()}


def _hold(session: Session, request: LeaveRequest, member_id: int, period: Period) -> None:
    for other in overlapping(session, member_id, period, request.id):
        raise LeaveOverlap(other.first_day, other.last_day, other.header.number or "")
    session.add_all(
        LeaveSlot(member_id=member_id, record_id=request.id, day=day, half=half)
        for day, half in slots(period)
    )
    try:
        session.flush()
    except IntegrityError as error:  # the database holds a half day to one leave
        raise LeaveOverlap(period.first_day, period.last_day) from error


def reserve(session: Session, request: LeaveRequest, allocation: Allocation, round_: int) -> None:
    """Reserve what the allocation says; the guarded balance refuses what is not there."""
    for grant_id, amount in sorted(allocation.amounts.items()):
        grant = session.get_one(LeaveGrant, grant_id)
        ledger.reserve(
            session, grant, amount, LeaveEntry, source=_source(request.id), step=f"r{round_}"
        )


def on_approved(event: RecordEvent) -> None:
    """Use what was reserved, in the transaction of the last approval."""
    ledger.commit_all(
        event.session, LeaveGrant, LeaveEntry, source=_source(event.record.id), step="approved"
    )


def on_released(event: RecordEvent) -> None:
    """Give back what was reserved, and free the half days: rejected, returned or withdrawn."""
    ledger.release_all(
        event.session,
        LeaveGrant,
        LeaveEntry,
        source=_source(event.record.id),
        step=f"x{event.round}",
    )
    event.session.execute(delete(LeaveSlot).where(LeaveSlot.record_id == event.record.id))
