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
from zhidu_hr.models import Employee, EmploymentType
from zhidu_hr.rules.id_number import id_number_is_valid
from zhidu_hr.services.versions import require_version

KIND = "hr.employee"

TYPED = (
    *("employment", "hired_on", "career_start_on", "phone"),
    *("id_number", "birthday", "emergency_contact"),
)
"""The columns that people fill in."""

_PHONE = re.compile(r"\+?[0-9][0-9 -]{5,24}")


def create(session: Session, actor: Actor, member_id: int, **values: Any) -> Employee:
    """Open the file of a member who has none.

    :param values: columns of ``TYPED``; guarded ones only from those who may read them.
    :raises ValidationError: names the field.
    :raises Conflict: the member has a file already.
    :raises PermissionDenied: the actor lacks ``hr.employee.create``.
    """
    check.require(session, f"{KIND}.create")
    if not org.works_here(session, member_id):
        text = _l("Choose a person who works here.")
        raise ValidationError(text, fields={"member_id": text})
    if session.get(Employee, member_id) is not None:
        raise Conflict(
            _l("This person has a staff file already."), cure=_l("Open that file and edit it.")
        )
    row = Employee(id=member_id)
    _set(row, _without_hidden(session, values, None))
    session.add(row)
    session.flush()
    return row


def change(
    session: Session, actor: Actor, row: Employee, *, version: int | None, **values: Any
) -> None:
    """Save a file; guarded fields change only for those who may read them on this row.

    :param version: of the row, as the form was opened with it.
    :raises StaleRecord: someone saved in between.
    :raises ValidationError: names the field.
    :raises PermissionDenied: the actor lacks ``hr.employee.edit`` on this row.
    """
    check.require(session, f"{KIND}.edit", row)
    allowed = _without_hidden(session, values, row)
    require_version(session, row, version, allowed)
    _set(row, allowed)
    session.flush()


def _without_hidden(
    session: Session, values: dict[str, Any], row: Employee | None
) -> dict[str, Any]:
    hidden = scope.hidden_fields(session, KIND, row)
    return {
        name: value.strip() if isinstance(value, str) else value
        for name, value in values.items()
        if name in TYPED and name not in hidden
    }


def _set(row: Employee, values: dict[str, Any]) -> None:
    """Check the values and write them."""
    errors = {}
    if values.get("phone") and not _PHONE.fullmatch(values["phone"]):
        errors["phone"] = _l("A phone number has digits only, e.g. 13800000000.")
    if values.get("id_number"):
        values["id_number"] = values["id_number"].upper()
        if not id_number_is_valid(values["id_number"]):
            errors["id_number"] = _l("The check digit of this identity number is not right.")
    hired = values.get("hired_on", row.hired_on)
    career = values.get("career_start_on", row.career_start_on)
    if hired and career and career > hired:
        errors["career_start_on"] = _l("A career begins before or on the day of hiring.")
    if errors:
        raise ValidationError(_l("Some fields are not right yet."), fields=errors)
    for name, value in values.items():
        if name == "employment":
            value = EmploymentType(value)
        setattr(row, name, value)
