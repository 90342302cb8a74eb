"""The core's own ways to find an approver: user, role, post, dept_leader, superior, field."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, inspect, select

from zhidu.access.user import User
from zhidu.db import Session
from zhidu.org import queries as org
from zhidu.org.models import Member
from zhidu.records.kinds import RecordKind
from zhidu.records.models import Record
from zhidu.records.queries import detail
from zhidu.texts import gettext as _
from zhidu.texts import lazy_gettext as _l
from zhidu.workflow.resolvers import Resolver

MAX_LEVEL = 9
"""Levels of departments above the applicant's."""

_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*\Z")

_BY_LOGIN = (
    select(Member.id)
    .join(User, User.id == Member.user_id)
    .where(User.username == bindparam("name"))
)


def _user(session: Session, _record: Record, name: Any) -> Sequence[int]:
    return session.scalars(_BY_LOGIN, {"name": str(name)}).all()


def _role(session: Session, _record: Record, code: Any) -> Sequence[int]:
    return org.people_by_role(session, str(code))


def _post(session: Session, _record: Record, code: Any) -> Sequence[int]:
    return org.people_by_post(session, str(code))


def _dept_leader(session: Session, record: Record, argument: Any) -> Sequence[int]:
    if record.department_id is None:
        return ()
    return org.department_leaders(session, record.department_id, _level(argument))


def _level(argument: Any) -> int:
    if isinstance(argument, Mapping):
        argument = argument.get("level", 1)
    return argument if isinstance(argument, int) and not isinstance(argument, bool) else 1


def _superior(session: Session, record: Record, _argument: Any) -> Sequence[int]:
    above = org.superior(session, record.applicant_id)
    return () if above is None else (above,)


def _field(session: Session, record: Record, path: Any) -> Sequence[int]:
    return people_in(detail(session, record), str(path))


def people_in(row: Any, path: str) -> list[int]:
    """Follow a path over a row's attributes to a member, a member's key, or a list of them."""
    value: Any = row
    for name in path.split("."):
        if value is None:
            return []
        value = getattr(value, name if hasattr(value, name) else f"{name}_id", None)
    found = value if isinstance(value, Iterable) else (value,)
    return [one.id if isinstance(one, Member) else int(one) for one in found if one is not None]


def check_field(kind: RecordKind, path: str) -> str:
    """Say what is wrong with a ``field`` approver of a kind: the first name must be the detail's."""
    wrong = _check_path(path)
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


def _check_code(argument: Any) -> str:
    if isinstance(argument, str) and argument.strip():
        return ""
    return _("A code is wanted, e.g. “hr”.")


def _check_login(argument: Any) -> str:
    if isinstance(argument, str) and argument.strip():
        return ""
    return _("A log-in name is wanted.")


def _check_path(argument: Any) -> str:
    if isinstance(argument, str) and _NAME.match(argument):
        return ""
    return _("The name of a field is wanted, e.g. “custodian”.")


def _check_level(argument: Any) -> str:
    level = argument
    if isinstance(argument, Mapping):
        if set(argument) - {"level"}:
            return _("Only “level” is known here.")
        level = argument.get("level", 1)
    if level is None or level is True:
        return ""
    if isinstance(level, int) and not isinstance(level, bool) and 1 <= level <= MAX_LEVEL:
        return ""
    return _(
        "“level” is a whole number from 1 (the applicant's own department) to %(most)s.",
        most=MAX_LEVEL,
    )


def _check_nothing(argument: Any) -> str:
    if argument in (None, True, {}, ""):
        return ""
    return _("The direct superior needs no further word.")


RESOLVERS = (
    Resolver("user", _l("A certain person"), _user, _check_login),
    Resolver("role", _l("Whoever has a role"), _role, _check_code),
    Resolver("post", _l("Whoever holds a post"), _post, _check_code),
    Resolver("dept_leader", _l("Leader of the department"), _dept_leader, _check_level),
    Resolver("superior", _l("Direct superior"), _superior, _check_nothing),
    Resolver("field", _l("Person named in the record"), _field, _check_path),
)
