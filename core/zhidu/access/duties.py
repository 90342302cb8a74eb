"""Segregation of duties: pairs of permissions or roles that one person may not have together.

Pairs are data: an addon declares them on its permissions, a company adds those of its policy, which
may name roles as well. They are checked when a role is given or widened, and again when a permission
is used: then neither of the two counts, nor anything that one of the two roles grants. An
administrator is not exempt.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select

from zhidu.access.models import DutyPair, Grant, MemberRole, Role
from zhidu.actor import Actor
from zhidu.db import Session
from zhidu.errors import Refused, Source, clause
from zhidu.org.models import Member, MemberStatus
from zhidu.texts import lazy_gettext as _l
from zhidu.texts import localize

PROFILE = "zhidu_profile"
"""Where a unit of work keeps who the actor is: :mod:`zhidu.access.profile`."""

_ROLE = "role:"

_PAIRS = select(DutyPair).order_by(DutyPair.id)


@dataclass(frozen=True, slots=True)
class Duty:
    """A pair to be kept apart, and who says so.

    :param first: a permission, or a role as :func:`role_side` writes it.
    """

    first: str
    second: str
    source: Source


class DutiesClash(Refused):
    """One person would have, or has, two permissions or roles that must be kept apart."""

    def __init__(self, session: Session, duty: Duty, member: Member | None = None) -> None:
        titles = {
            "first": title(session, duty.first),
            "second": title(session, duty.second),
        }
        message = (
            _l("“%(first)s” and “%(second)s” may not be in one hand.", **titles)
            if member is None
            else _l(
                "“%(first)s” and “%(second)s” may not be in one hand: that of %(name)s.",
                name=member.name,
                **titles,
            )
        )
        super().__init__(
            message,
            rule="access.segregation",
            source=duty.source,
            cure=_l("Let two people have the two roles."),
        )
        self.duty = duty
        self.member = member


@dataclass(frozen=True, slots=True)
class Violation:
    """Someone who has both sides of a pair, and so can use neither."""

    member: Member
    duty: Duty


def role_side(code: str) -> str:
    """Write a role as one side of a pair."""
    return f"{_ROLE}{code}"


def title(session: Session, permission: str) -> object:
    """Give the title of a permission or of a role, or its name if it is known no more."""
    if permission.startswith(_ROLE):
        code = permission.removeprefix(_ROLE)
        name = session.scalar(select(Role.name).where(Role.code == code))
        return (localize(name) if name else "") or code
    declared = session.registry.permissions.get(permission)
    return declared.title if declared else permission


def duties(session: Session) -> list[Duty]:
    """List the pairs that hold in the session's company, each once; the policy's first."""
    found: dict[frozenset[str], Duty] = {}
    for pair in session.scalars(_PAIRS):
        found[frozenset((pair.first, pair.second))] = Duty(
            pair.first, pair.second, clause(pair.clause)
        )
    for name, permission in session.registry.permissions.items():
        if session.registry.owner(name) not in session.active_addons:
            continue
        for other, source in permission.apart.items():
            found.setdefault(frozenset((name, other)), Duty(name, other, source))
    return [duty for key, duty in found.items() if len(key) == 2]


def state_pairs(session: Session, actor: Actor, pairs: Mapping[tuple[str, str], str]) -> None:
    """Let the company's policy keep exactly these pairs apart, besides what the addons declare.

    Called when a policy version comes into force; whoever publishes it has been checked.

    :param pairs: two sides, each a permission or a role -> the clause that says so.
    """
    wanted = {tuple(sorted(pair)): stated for pair, stated in pairs.items()}
    for row in session.scalars(_PAIRS):
        stated = wanted.pop((row.first, row.second), None)
        if stated is None:
            session.delete(row)
        else:
            row.clause = stated
    for (first, second), stated in wanted.items():
        session.add(DutyPair(first=first, second=second, clause=stated))
    session.flush()
    session.info.pop(PROFILE, None)


def clash(session: Session, permissions: Collection[str]) -> Duty | None:
    """Give the first pair that is whole among these permissions."""
    return next(
        (
            duty
            for duty in duties(session)
            if duty.first in permissions and duty.second in permissions
        ),
        None,
    )


def check_hand(session: Session, member: Member, more: Iterable[str]) -> None:
    """Refuse to give a person more if a pair would be whole.

    :param more: permissions, and roles as :func:`role_side` writes them.
    :raises DutiesClash: it would.
    """
    more = set(more)
    before = permissions_of(session, member.id) | roles_of(session, member.id)
    for duty in duties(session):
        both = {duty.first, duty.second}
        if both <= before | more and not both <= before:
            raise DutiesClash(session, duty, member)


def permissions_of(session: Session, member_id: int) -> set[str]:
    """Name the permissions that a person's roles grant."""
    return set(
        session.scalars(
            select(Grant.permission)
            .join(Role, Role.id == Grant.role_id)
            .join(MemberRole, MemberRole.role_id == Role.id)
            .where(MemberRole.member_id == member_id, Role.archived_at.is_(None))
        )
    )


def roles_of(session: Session, member_id: int) -> set[str]:
    """Name the roles that a person has, as sides of pairs."""
    codes = session.scalars(
        select(Role.code)
        .join(MemberRole, MemberRole.role_id == Role.id)
        .where(MemberRole.member_id == member_id, Role.archived_at.is_(None))
    )
    return {role_side(code) for code in codes}


def violations(session: Session) -> list[Violation]:
    """List who has both sides of a pair, e.g. since the policy states a new one."""
    held: dict[Member, set[str]] = {}
    rows = session.execute(
        select(Member, Role.code, Grant.permission)
        .join(MemberRole, MemberRole.member_id == Member.id)
        .join(Role, Role.id == MemberRole.role_id)
        .outerjoin(Grant, Grant.role_id == Role.id)
        .where(Role.archived_at.is_(None), Member.status == MemberStatus.ACTIVE)
        .order_by(Member.id)
    )
    for member, code, permission in rows:
        held.setdefault(member, set()).update(
            side for side in (role_side(code), permission) if side is not None
        )
    pairs = duties(session)
    return [
        Violation(member, duty)
        for member, permissions in held.items()
        for duty in pairs
        if duty.first in permissions and duty.second in permissions
    ]
