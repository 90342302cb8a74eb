"""Whom a rule is for: a scope of a policy, asked of one person or of the whole company."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import ColumnElement, and_, exists, false, not_, or_, select, true

from zhidu.access.models import MemberRole, Role
from zhidu.access.user import User
from zhidu.db import Session
from zhidu.org.models import Department, Member, MemberDepartment, MemberPost, Post
from zhidu.org.models_lists import ContractType, Grade, Site
from zhidu.org.queries import WORKS_HERE
from zhidu.workflow.definition import Scope

EVERYBODY = Scope()
"""The scope that limits nothing; as an exception it excepts nobody."""


def covers(session: Session, member_id: int, scope: Scope, excepted: Scope = EVERYBODY) -> bool:
    """Tell whether a rule is for a person.

    Every part of the scope that names something must fit; within a part one word is enough. An
    empty scope is for everybody, an empty exception for nobody. A word that the company does not
    know fits nobody.

    :param excepted: who is left out again.
    """
    if scope == EVERYBODY and excepted == EVERYBODY:
        return True
    found = select(Member.id).where(Member.id == member_id, _within(session, scope, excepted))
    return session.scalar(found) is not None


def people(session: Session, scope: Scope, excepted: Scope = EVERYBODY) -> list[int]:
    """List who works here and whom a rule is for."""
    found = select(Member.id).where(WORKS_HERE, _within(session, scope, excepted))
    return list(session.scalars(found.order_by(Member.id)))


def left_out(session: Session, rules: Iterable[tuple[Scope, Scope]]) -> list[int]:
    """List who works here and whom none of these rules is for.

    :param rules: each with what it leaves out.
    """
    reached = [_within(session, scope, excepted) for scope, excepted in rules]
    found = select(Member.id).where(WORKS_HERE, not_(or_(false(), *reached)))
    return list(session.scalars(found.order_by(Member.id)))


def unknown(session: Session, scope: Scope) -> list[tuple[str, str]]:
    """Give the words of a scope that the company does not know: (part, word), for lint."""
    known: dict[str, Collection[str]] = {
        "departments": [
            word
            for row in session.execute(
                select(Department.code, Department.name).where(Department.archived_at.is_(None))
            )
            for word in row
            if word
        ]
        if scope.departments
        else (),
        "posts": _codes(session, Post, scope.posts),
        "grades": _codes(session, Grade, scope.grades),
        "contracts": _codes(session, ContractType, scope.contracts),
        "sites": _codes(session, Site, scope.sites),
        "roles": _codes(session, Role, scope.roles),
        "people": session.scalars(
            select(User.username).join(Member, Member.user_id == User.id)
        ).all()
        if scope.people
        else (),
    }
    return [
        (part, word)
        for part, words in known.items()
        for word in getattr(scope, part)
        if word not in words
    ]


def _codes(
    session: Session, model: type[Post | Grade | ContractType | Site | Role], wanted: Iterable[str]
) -> Collection[str]:
    if not wanted:
        return ()
    return session.scalars(select(model.code).where(model.archived_at.is_(None))).all()


def _within(session: Session, scope: Scope, excepted: Scope) -> ColumnElement[bool]:
    inside = _criterion(session, scope)
    if excepted == EVERYBODY:
        return inside
    return and_(inside, not_(_criterion(session, excepted)))


def _criterion(session: Session, scope: Scope) -> ColumnElement[bool]:
    """Say it in SQL; only ``EXISTS``, which is never unknown, so that it can be turned round."""
    parts: list[ColumnElement[bool]] = []
    if scope.departments:
        parts.append(_in_departments(session, scope.departments))
    if scope.posts:
        parts.append(
            exists()
            .where(
                MemberPost.member_id == Member.id,
                MemberPost.post_id == Post.id,
                Post.code.in_(scope.posts),
            )
            .correlate(Member)
        )
    if scope.roles:
        parts.append(
            exists()
            .where(
                MemberRole.member_id == Member.id,
                MemberRole.role_id == Role.id,
                Role.code.in_(scope.roles),
                Role.archived_at.is_(None),
            )
            .correlate(Member)
        )
    if scope.grades:
        parts.append(
            exists()
            .where(Grade.id == Member.grade_id, Grade.code.in_(scope.grades))
            .correlate(Member)
        )
    if scope.contracts:
        parts.append(
            exists()
            .where(ContractType.id == Member.contract_id, ContractType.code.in_(scope.contracts))
            .correlate(Member)
        )
    if scope.sites:
        parts.append(
            exists().where(Site.id == Member.site_id, Site.code.in_(scope.sites)).correlate(Member)
        )
    if scope.people:
        parts.append(
            exists()
            .where(User.id == Member.user_id, User.username.in_(scope.people))
            .correlate(Member)
        )
    return and_(true(), *parts)


def _in_departments(session: Session, words: tuple[str, ...]) -> ColumnElement[bool]:
    """Fit who works in a department of these codes or names, or below one; a code goes first."""
    rows = session.execute(
        select(Department.code, Department.name, Department.path).where(
            or_(Department.code.in_(words), Department.name.in_(words))
        )
    ).all()
    coded = {row.code: row.path for row in rows if row.code in words}
    named = {row.path for row in rows if row.name in words and row.name not in coded}
    paths = {*coded.values(), *named}
    if not paths:
        return false()
    return (
        exists()
        .where(
            MemberDepartment.member_id == Member.id,
            MemberDepartment.department_id == Department.id,
            or_(*(Department.path.startswith(path) for path in sorted(paths))),
        )
        .correlate(Member)
    )
