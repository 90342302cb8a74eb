"""The staff file of a member."""

from __future__ import annotations

import re
from typing import Any

from zhidu.access import check, scope
from zhidu.actor import Actor
from zhidu.db import Session
from zhidu.errors import Conflict, ValidationError
from zhidu.org import queries as org
from zhidu.texts import lazy_gettext as _l
from zhidu_hr.models import Employee
from zhidu_hr.rules.id_number import id_number_is_valid

FIELDS = (
    "employment",
    "hired_on",
    "career_start_on",
    "phone",
    "id_number",
    "birthday",
    "emergency_contact",
)
_PHONE = re.compile(r"\+?[0-9][0-9 -]{5,24}")


def create(session: Session, actor: Actor, member_id: int, **values: Any) -> Employee:
    """Open the file of a member who has none.

    :raises ValidationError: names the field.
    :raises Conflict: the member has a file already.
    """
    check.require(session, "hr.employee.create")
    if not org.works_here(session, member_id):
        text = _l("Choose a person who works here.")
        raise ValidationError(text, fields={"member_id": text})
    if session.get(Employee, member_id) is not None:
        raise Conflict(
            _l("This person has a staff file already."), cure=_l("Open that file and edit it.")
        )
    row = Employee(id=member_id)
    _set(session, row, values)
    session.add(row)
    session.flush()
    return row


def change(session: Session, actor: Actor, row: Employee, **values: Any) -> None:
    """Save a file; guarded fields change only for those who may read them on this row."""
    check.require(session, "hr.employee.edit", row)
    hidden = scope.hidden_fields(session, "hr.employee", row)
    _set(session, row, {k: v for k, v in values.items() if k not in hidden})
    session.flush()


def _set(session: Session, row: Employee, values: dict[str, Any]) -> None:
    errors = {}
    phone = values.get("phone") or ""
    if phone and not _PHONE.fullmatch(phone.strip()):
        errors["phone"] = _l("A phone number has digits only, e.g. 13800000000.")
    number = (values.get("id_number") or "").strip().upper()
    if number and not id_number_is_valid(number):
        errors["id_number"] = _l("The check digit of this identity number is not right.")
    hired, career = values.get("hired_on"), values.get("career_start_on")
    if hired and career and career > hired:
        errors["career_start_on"] = _l("A career begins before or on the day of hiring.")
    if errors:
        raise ValidationError(
            _l("Some fields are not right yet."), fields={k: str(v) for k, v in errors.items()}
        )
    if "id_number" in values:
        values["id_number"] = number
    for field in FIELDS:
        if field in values:
            value = values[field]
            setattr(row, field, value.strip() if isinstance(value, str) else value)
