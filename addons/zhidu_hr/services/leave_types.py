"""Kinds of leave: the ones a company begins with, and HR's changes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from zhidu import clock
from zhidu.access import check
from zhidu.actor import Actor
from zhidu.db import Session
from zhidu.errors import Conflict, ValidationError
from zhidu.texts import lazy_gettext as _l
from zhidu_hr.data import LEAVE_TYPES
from zhidu_hr.errors import SOURCE
from zhidu_hr.models import DayCount, LeaveGrant, LeaveType

FIELDS = ("name", "limited", "counts", "reason", "reason_typed", "sort")


def ensure_types(session: Session) -> None:
    """Create the kinds a company begins with; those that are there stay as the company made them."""
    known = set(session.scalars(select(LeaveType.code)))
    session.add_all(LeaveType(**row) for row in LEAVE_TYPES if row["code"] not in known)
    session.flush()


def create(session: Session, actor: Actor, *, code: str, **values: Any) -> LeaveType:
    """Add a kind of leave.

    :param code: short ASCII name that conditions of a policy use, e.g. ``annual``.
    :raises ValidationError: the code is taken or is no plain ASCII word, or the name is empty.
    """
    check.require(session, "hr.leave_type.create")
    code = code.strip().lower()
    if not code.isascii() or not code.replace("_", "a").isalnum() or len(code) > 32:
        text = _l("A code is an ASCII word such as “annual”.")
        raise ValidationError(text, fields={"code": text}, source=SOURCE)
    if session.scalar(select(LeaveType.id).where(LeaveType.code == code)) is not None:
        text = _l("This code is taken.")
        raise ValidationError(text, fields={"code": text}, source=SOURCE)
    row = LeaveType(code=code, counts=DayCount.WORKING, reason={}, name={})
    _set(row, values)
    session.add(row)
    session.flush()
    return row


def change(session: Session, actor: Actor, row: LeaveType, **values: Any) -> None:
    """Change a kind of leave. A limited kind with entitlements stays limited.

    :raises Conflict: entitlements exist.
    """
    check.require(session, "hr.leave_type.edit", row)
    if row.limited and values.get("limited") is False and _has_grants(session, row):
        raise Conflict(
            _l("This kind of leave has entitlements."),
            cure=_l("Archive it and create another one without a balance."),
        )
    _set(row, values)
    session.flush()


def archive(session: Session, actor: Actor, row: LeaveType, *, archived: bool) -> None:
    """Take a kind out of use, or back; requests that name it stay."""
    check.require(session, "hr.leave_type.edit", row)
    row.archived_at = clock.now() if archived else None
    session.flush()


def _set(row: LeaveType, values: dict[str, Any]) -> None:
    if not any(str(text).strip() for text in (values.get("name") or row.name or {}).values()):
        text = _l("Give it a name.")
        raise ValidationError(text, fields={"name": text})
    for field in FIELDS:
        if field in values:
            setattr(row, field, values[field])


def _has_grants(session: Session, row: LeaveType) -> bool:
    found = session.scalar(select(LeaveGrant.id).where(LeaveGrant.leave_type_id == row.id).limit(1))
    return found is not None
