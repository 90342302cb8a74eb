"""What the arguments of resolvers have in common: their checks, their shapes, fields of a record."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlalchemy import Column, inspect

from zhidu.db import Session
from zhidu.org import queries as org
from zhidu.org.models import Department, Member
from zhidu.records.kinds import RecordKind
from zhidu.texts import gettext as _
from zhidu.workflow.resolvers import Question

MAX_LEVEL = 9
"""Levels of departments or superiors above the applicant."""

APPLICANT = "applicant"
"""In ``of:`` the applicant instead of a field of the record."""

TOP = "top"

_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*\Z")

Check = Callable[[Any], str]

CODE_SHAPE = {"type": "string", "minLength": 1}
FIELD_SHAPE = {"type": "string", "pattern": r"^[a-z][a-z0-9_.]*$"}
LEVEL_SHAPE = {"type": "integer", "minimum": 1, "maximum": MAX_LEVEL}
TO_SHAPE = {
    "oneOf": [
        LEVEL_SHAPE,
        {"const": TOP},
        {
            "type": "object",
            "properties": {"post": CODE_SHAPE},
            "required": ["post"],
            "additionalProperties": False,
        },
    ]
}


def closed(required: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    """Make the schema of a mapping that knows these keys only."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def check_mapping(
    argument: Any,
    known: Mapping[str, Check],
    *,
    required: Iterable[str] = (),
    one_of: Iterable[str] = (),
) -> str:
    """Say what is wrong with an argument of several words.

    :param known: the check of each word.
    :param one_of: exactly one of these stands there.
    """
    if not isinstance(argument, Mapping):
        return _("Here stand words of their own: %(known)s.", known=", ".join(known))
    unknown = [key for key in argument if key not in known]
    if unknown:
        return _(
            "“%(word)s” is not known here; known are: %(known)s.",
            word=str(unknown[0]),
            known=", ".join(known),
        )
    for key in required:
        if key not in argument:
            return _("“%(word)s” is missing.", word=key)
    choice = list(one_of)
    if choice and len([key for key in choice if key in argument]) != 1:
        return _("Exactly one of these is wanted: %(known)s.", known=", ".join(choice))
    for key, value in argument.items():
        wrong = known[key](value)
        if wrong:
            return _("%(word)s: %(wrong)s", word=key, wrong=wrong)
    return ""


def check_code(argument: Any) -> str:
    """Want a code."""
    if isinstance(argument, str) and argument.strip():
        return ""
    return _("A code is wanted, e.g. “hr”.")


def check_login(argument: Any) -> str:
    """Want a log-in name."""
    if isinstance(argument, str) and argument.strip():
        return ""
    return _("A log-in name is wanted.")


def check_logins(argument: Any) -> str:
    """Want a list of log-in names."""
    if isinstance(argument, list) and argument and not any(map(check_login, argument)):
        return ""
    return _("A list of log-in names is wanted.")


def check_path(argument: Any) -> str:
    """Want the name of a field, or a path to one."""
    if isinstance(argument, str) and _NAME.match(argument):
        return ""
    return _("The name of a field is wanted, e.g. “custodian”.")


def check_count(argument: Any) -> str:
    """Want a small whole number."""
    if _whole(argument) and 1 <= argument <= 99:
        return ""
    return _("A whole number from 1 to 99 is wanted.")


def check_flag(argument: Any) -> str:
    """Want yes or no."""
    return "" if isinstance(argument, bool) else _("Here stands true or false.")


def check_true(argument: Any) -> str:
    """Want the word ``true``, which says nothing more."""
    return "" if argument is True else _("Here stands true.")


def check_level(argument: Any) -> str:
    """Want a level."""
    if _whole(argument) and 1 <= argument <= MAX_LEVEL:
        return ""
    return _(
        "“level” is a whole number from 1 (the applicant's own department) to %(most)s.",
        most=MAX_LEVEL,
    )


def check_to(argument: Any) -> str:
    """Want the end of a chain: a level, ``top``, or the holder of a post."""
    if argument == TOP or (_whole(argument) and 1 <= argument <= MAX_LEVEL):
        return ""
    if isinstance(argument, Mapping):
        return check_mapping(argument, {"post": check_code}, required=("post",))
    return _(
        "“to” is a whole number from 1 to %(most)s, “top”, or a post as in {post: director}.",
        most=MAX_LEVEL,
    )


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


# -- fields of a record


def people_in(row: Any, path: str) -> list[int]:
    """Follow a path over a row's attributes to a member, a member's key, or a list of them."""
    value = _follow(row, path.split("."))
    found = value if isinstance(value, Iterable) else (value,)
    return [one.id if isinstance(one, Member) else int(one) for one in found if one is not None]


def _follow(row: Any, names: Iterable[str]) -> Any:
    value = row
    for name in names:
        if value is None:
            return None
        value = getattr(value, name if hasattr(value, name) else f"{name}_id", None)
    return value


def check_field(kind: RecordKind, path: str) -> str:
    """Say what is wrong with a field of a kind: the first name must be the detail's."""
    wrong = check_path(path)
    if wrong:
        return wrong
    first = path.partition(".")[0]
    model = kind.model
    if hasattr(model, first) or hasattr(model, f"{first}_id"):
        return ""
    columns = (attribute.key for attribute in inspect(model).column_attrs)
    known = sorted(name for name in columns if name.endswith("_id") and name != "company_id")
    return _(
        "“%(kind)s” has no field “%(field)s”; people stand in: %(known)s.",
        kind=kind.name,
        field=first,
        known=", ".join(known) or "–",
    )


def check_of(kind: RecordKind, argument: Any) -> str:
    """Say what is wrong with ``of:`` in an argument: a field that the kind does not have."""
    of = argument.get("of", APPLICANT) if isinstance(argument, Mapping) else APPLICANT
    return "" if of == APPLICANT else check_field(kind, of)


def person_of(question: Question, argument: Any) -> int | None:
    """Give whom ``of:`` means: the applicant, or the person in a field."""
    of = argument.get("of", APPLICANT) if isinstance(argument, Mapping) else APPLICANT
    if of == APPLICANT:
        return question.record.applicant_id
    return next(iter(people_in(question.detail, of)), None)


def department_of(question: Question, argument: Any) -> int | None:
    """Give the department that ``of:`` means.

    The applicant's as the record has it, the department in a field, or the primary one of the
    person in a field.
    """
    of = argument.get("of", APPLICANT) if isinstance(argument, Mapping) else APPLICANT
    if of == APPLICANT:
        return question.record.department_id
    *way, last = of.split(".")
    row = _follow(question.detail, way)
    value = None if row is None else _follow(row, (last,))
    if isinstance(value, Department):
        return value.id
    if isinstance(value, int) and not _is_person(row, last):
        return value
    member_id = value.id if isinstance(value, Member) else value
    return None if member_id is None else _primary(question.session, member_id)


def _is_person(row: Any, name: str) -> bool:
    """Tell whether a key points at a member: its column says so."""
    columns = inspect(type(row)).columns
    column: Column[Any] | None = columns.get(name, columns.get(f"{name}_id"))
    if column is None:
        return False
    return any(key.target_fullname.startswith("core_member.") for key in column.foreign_keys)


def _primary(session: Session, member_id: int) -> int | None:
    found = org.primary_department(session, member_id)
    return None if found is None else found.id
