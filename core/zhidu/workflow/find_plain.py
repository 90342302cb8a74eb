"""People named outright: a person, whoever has a role, a post, a group, a field of the record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, select

from zhidu.access.user import User
from zhidu.org import queries as org
from zhidu.org.models import Member
from zhidu.texts import lazy_gettext as _l
from zhidu.workflow.find_arguments import (
    CODE_SHAPE,
    FIELD_SHAPE,
    check_code,
    check_field,
    check_login,
    check_path,
    people_in,
)
from zhidu.workflow.resolvers import Named, Question, Resolver
from zhidu.workflow.succession import successor_of_login

_BY_LOGIN = (
    select(Member.id)
    .join(User, User.id == Member.user_id)
    .where(User.username == bindparam("name"))
)


def _user(question: Question, name: Any) -> Sequence[int]:
    found = question.session.scalars(_BY_LOGIN, {"name": str(name)}).all()
    if found:
        return found
    heir = successor_of_login(question.session, str(name))  # the person has left
    return () if heir is None else (heir,)


def _role(question: Question, code: Any) -> Sequence[int]:
    return org.people_by_role(question.session, str(code))


def _post(question: Question, code: Any) -> Sequence[int]:
    return org.people_by_post(question.session, str(code))


def _group(question: Question, code: Any) -> Sequence[int]:
    return org.people_by_group(question.session, str(code))


def _field(question: Question, path: Any) -> Sequence[int]:
    return people_in(question.detail, str(path))


RESOLVERS = (
    Resolver(
        "user",
        _l("A certain person"),
        _user,
        check_login,
        names=lambda name: [(Named.USER, name)],
        shape={**CODE_SHAPE, "description": "A person, by log-in name."},
    ),
    Resolver(
        "role",
        _l("Whoever has a role"),
        _role,
        check_code,
        names=lambda code: [(Named.ROLE, code)],
        shape={**CODE_SHAPE, "description": "Everyone with the role, by code."},
    ),
    Resolver(
        "post",
        _l("Whoever holds a post"),
        _post,
        check_code,
        names=lambda code: [(Named.POST, code)],
        shape={**CODE_SHAPE, "description": "Everyone on the post, by code."},
    ),
    Resolver(
        "group",
        _l("The people of a group"),
        _group,
        check_code,
        names=lambda code: [(Named.GROUP, code)],
        shape={**CODE_SHAPE, "description": "Everyone in the group, by code, in its order."},
    ),
    Resolver(
        "field",
        _l("Person named in the record"),
        _field,
        check_path,
        check_kind=lambda lint, path: check_field(lint.kind, path),
        shape={**FIELD_SHAPE, "description": "The person in a record's field."},
    ),
)
