"""HR grants entitlements by hand; what is used or reserved stays."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy.orm.attributes import flag_modified

from zhidu.access import check
from zhidu.actor import Actor
from zhidu.db import Session, ledger
from zhidu.errors import ValidationError
from zhidu.ids import token
from zhidu.org import queries as org
from zhidu.texts import lazy_gettext as _l
from zhidu_hr.errors import SOURCE, GrantInUse
from zhidu_hr.models import LeaveEntry, LeaveGrant, LeaveType
from zhidu_hr.rules.days import HALF_DAY
from zhidu_hr.services.versions import require_version

MOST = Decimal(400)
"""Days of one entitlement; more is a typing error."""


def grant(
    session: Session,
    actor: Actor,
    *,
    member_id: int,
    leave_type_id: int,
    days: Decimal,
    starts_on: date,
    expires_on: date,
    note: str = "",
) -> LeaveGrant:
    """Give a person days of a limited kind of leave, usable between two days (both included).

    :param days: a multiple of 0.5, more than zero.
    :raises ValidationError: names the field.
    :raises PermissionDenied: the actor lacks ``hr.leave_grant.create``.
    """
    check.require(session, "hr.leave_grant.create")
    _check_days(days)
    leave_type = session.get(LeaveType, leave_type_id)
    if leave_type is None or not leave_type.limited or leave_type.archived_at is not None:
        text = _l("Only limited kinds of leave in use have entitlements.")
        raise ValidationError(text, fields={"leave_type_id": text}, source=SOURCE)
    if not org.works_here(session, member_id):
        text = _l("Choose a person who works here.")
        raise ValidationError(text, fields={"member_id": text})
    _check_span(starts_on, expires_on)
    row = LeaveGrant(
        member_id=member_id,
        leave_type_id=leave_type_id,
        starts_on=starts_on,
        expires_on=expires_on,
        note=note.strip()[:200],
    )
    session.add(row)
    session.flush()
    ledger.grant(session, row, days, LeaveEntry, source=f"grant:{row.id}")
    return row


def change(
    session: Session,
    actor: Actor,
    row: LeaveGrant,
    *,
    days: Decimal,
    expires_on: date,
    note: str,
    version: int | None,
) -> None:
    """Correct an entitlement: its whole amount, its last day, its note.

    :param days: the whole amount, used and reserved days included.
    :param version: of the row, as the form was opened with it.
    :raises GrantInUse: more days than that are used or reserved.
    :raises StaleRecord: someone corrected it in between.
    :raises PermissionDenied: the actor lacks ``hr.leave_grant.edit``.
    """
    check.require(session, "hr.leave_grant.edit", row)
    # under the lock: the amounts may have moved since the row was read
    session.refresh(row, with_for_update={"key_share": True})
    note = note.strip()[:200]
    typed = {"days": days, "expires_on": expires_on, "note": note}
    require_version(session, row, version, typed)
    _check_days(days)
    _check_span(row.starts_on, expires_on)
    delta = days - row.days
    if delta:
        try:
            ledger.adjust(session, row, delta, LeaveEntry, source=f"edit:{row.id}", step=token(6))
        except ledger.NotEnough as error:
            raise GrantInUse(row.reserved + row.used) from error
    row.expires_on = expires_on
    row.note = note
    flag_modified(row, "note")  # the version rises also when only the amount changed
    session.flush()


def _check_days(days: Decimal) -> None:
    if days <= 0 or days > MOST or days % HALF_DAY:
        text = _l("Days are a multiple of 0.5, more than 0 and at most %(most)s.", most=int(MOST))
        raise ValidationError(text, fields={"days": text}, source=SOURCE)


def _check_span(first: date, last: date) -> None:
    if last < first:
        text = _l("The end lies before the start.")
        raise ValidationError(text, fields={"expires_on": text})
