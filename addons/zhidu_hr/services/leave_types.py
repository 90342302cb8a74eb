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
from zhidu_hr import queries
from zhidu_hr.data import LEAVE_TYPES
from zhidu_hr.errors import SOURCE
from zhidu_hr.models import DayCount, LeaveType
from zhidu_hr.services.versions import require_version

TYPED = ("name", "limited", "counts", "reason", "reason_typed", "sort")
"""The columns that people fill in."""


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


def change(
    session: Session, actor: Actor, row: LeaveType, *, version: int | None, **values: Any
) -> None:
    """Change a kind of leave.

    One that entitlements or running or approved requests name keeps its way of counting: their
    days and balances would no longer be right.

    :param version: of the row, as the form was opened with it.
    :raises Conflict: its way of counting is to change, and it is in use.
    :raises StaleRecord: someone saved in between.
    :raises PermissionDenied: the actor lacks ``hr.leave_type.edit``.
    """
    check.require(session, "hr.leave_type.edit", row)
    require_version(session, row, version, values)
    counting = {"limited": row.limited, "counts": row.counts.value}
    if any(values.get(n, v) != v for n, v in counting.items()) and queries.is_in_use(
        session, row.id
    ):
        raise Conflict(
            _l("This kind of leave is in use: its way of counting stays."),
            cure=_l("Take it out of use and create another one."),
        )
    _set(row, values)
    session.flush()


def archive(session: Session, actor: Actor, row: LeaveType, *, archived: bool) -> None:
    """Take a kind out of use, or back; requests that name it stay."""
    check.require(session, "hr.leave_type.edit", row)
    row.archived_at = clock.now() if archived else None
    session.flush()


def _set(row: LeaveType, values: dict[str, Any]) -> None:
    if not any(str(text).strip() for text in values.get("name", row.name).values()):
        text = _l("Give it a name.")
        raise ValidationError(text, fields={"name": text})
    for name in TYPED:
        if name in values:
            value = values[name]
            setattr(row, name, DayCount(value) if name == "counts" else value)
