"""Ask for leave: count days by the calendar, see what the balance says, write and change drafts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from zhidu.access import check
from zhidu.actor import Actor
from zhidu.db import Session
from zhidu.errors import FieldClash, StaleRecord, ValidationError
from zhidu.org import calendar
from zhidu.records import services as records
from zhidu.texts import lazy_gettext as _l
from zhidu.texts import localize, ngettext
from zhidu_hr import queries
from zhidu_hr.errors import SOURCE
from zhidu_hr.models import DayCount, LeaveRequest, LeaveType
from zhidu_hr.rules.allocation import Allocation, allocate
from zhidu_hr.rules.days import LONGEST, Period, count_days

KIND = "hr.leave_request"
LONGEST_REASON = 500

TYPED = ("leave_type_id", "first_day", "first_half", "last_day", "last_half", "reason")
"""What people fill in; the rest is computed."""


@dataclass(frozen=True, slots=True)
class Computed:
    """What a request would take.

    :param days: counted days by day, each 0.5 or 1.
    :param provisional_years: years in the period whose holidays are not announced yet and that
        matter for the count.
    :param allocation: which entitlement pays what; None for an unlimited kind.
    :param available: what is left of a limited kind on these dates.
    """

    days: Mapping[date, Decimal]
    provisional_years: tuple[int, ...] = ()
    allocation: Allocation | None = None
    available: Decimal | None = None

    @property
    def amount(self) -> Decimal:
        """Give the sum of the counted days."""
        return sum(self.days.values(), Decimal(0))

    @property
    def missing(self) -> Decimal:
        """Give the days that no entitlement pays; zero for an unlimited kind."""
        return self.allocation.missing if self.allocation is not None else Decimal(0)


def check_period(period: Period) -> None:
    """Refuse a period that ends before it starts, or runs for more than a year.

    :raises ValidationError: names the field.
    """
    text = None
    if (period.last_day - period.first_day).days > LONGEST:
        text = _l("A request covers at most %(days)s days.", days=LONGEST)
    elif not period.slots:
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

    :param request_id: the request itself: what it holds of the balance counts as free for it.
    :param lock: hold the entitlements until the end of the unit of work.
    :raises ValidationError: the period is impossible.
    """
    check_period(period)
    working: set[date] | None = None
    provisional: tuple[int, ...] = ()
    if leave_type.counts is DayCount.WORKING:
        working = set(calendar.working_days(session, period.first_day, period.last_day))
        years = range(period.first_day.year, period.last_day.year + 1)
        provisional = tuple(year for year in years if not calendar.announced(session, year))
    days = count_days(period, lambda day: working is None or day in working)
    if not leave_type.limited:
        return Computed(days, provisional)
    grants = queries.lots(
        session, member_id, leave_type.id, period.first_day, period.last_day, lock=lock
    )
    held = queries.held_by(session, request_id) if request_id is not None else {}
    lots = queries.as_lots(grants, held)
    left = sum((lot.available for lot in lots), Decimal(0))
    return Computed(days, provisional, allocate(days, lots), left)


def draft(
    session: Session,
    actor: Actor,
    *,
    leave_type_id: int,
    period: Period,
    reason: str,
) -> LeaveRequest:
    """Write a draft for the person who acts.

    :raises ValidationError: the period, the kind or the reason is impossible.
    :raises PermissionDenied: the actor lacks ``hr.leave_request.create``.
    """
    check.require(session, f"{KIND}.create")
    leave_type = _type(session, leave_type_id)
    computed = compute(session, _member(actor), leave_type, period)
    request: LeaveRequest = records.create(
        session,
        actor,
        KIND,
        _columns(leave_type, period, computed, check_reason(reason)),
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
    """Change an own draft, or a request that came back.

    :param version: of the header, as the form was opened with it.
    :raises StaleRecord: someone changed it in between; names what differs of the typed fields.
    :raises PermissionDenied: the actor lacks ``hr.leave_request.edit``.
    """
    check.require(session, f"{KIND}.edit", request)
    leave_type = _type(session, leave_type_id, keep=request.leave_type_id)
    computed = compute(
        session, request.header.applicant_id, leave_type, period, request_id=request.id
    )
    values = _columns(leave_type, period, computed, check_reason(reason))
    records.require_editable(actor, request.header)
    typed = {name: values[name] for name in TYPED}
    try:
        records.check_version(request, typed, version)
    except StaleRecord as stale:
        stale.clashes = tuple(_named(session, clash) for clash in stale.clashes)
        raise
    records.edit(
        session,
        actor,
        request,
        values,
        version,
        title=title(leave_type, period, computed.amount),
    )
    return request


def _named(session: Session, clash: FieldClash) -> FieldClash:
    """Name the kinds of leave where their keys stand."""
    if clash.name != "leave_type_id":
        return clash
    rows = session.execute(select(LeaveType.id, LeaveType.name))
    names = {str(row.id): localize(row.name) for row in rows}
    return replace(clash, theirs=names[clash.theirs], yours=names[clash.yours])


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
    ends = period.first_day.isoformat()
    if period.last_day != period.first_day:
        ends = f"{ends} – {period.last_day.isoformat()}"
    return ngettext(
        "%(name)s %(num)s day, %(ends)s",
        "%(name)s %(num)s days, %(ends)s",
        days,
        name=localize(leave_type.name),
        ends=ends,
    )


def _columns(
    leave_type: LeaveType, period: Period, computed: Computed, reason: str
) -> dict[str, Any]:
    return {
        "leave_type_id": leave_type.id,
        "first_day": period.first_day,
        "first_half": period.first_half,
        "last_day": period.last_day,
        "last_half": period.last_half,
        "days": computed.amount,
        "reason": reason,
        "provisional": bool(computed.provisional_years),
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
