"""Who the actor is in the session's company: read once per unit of work, by every check."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sqlalchemy import BindParameter, bindparam, select, union

from zhidu.access.duties import PROFILE, Duty, duties, role_side
from zhidu.access.models import Grant, MemberRole, Role, Scope
from zhidu.db import Session
from zhidu.org.models import (
    Department,
    DepartmentLeader,
    Member,
    MemberDepartment,
    MemberStatus,
)

WIDTH = {scope: width for width, scope in enumerate(Scope)}
"""Scopes from narrow to wide."""

_ME: BindParameter[int] = bindparam("member_id")
_WORKS_HERE = select(Member.id).where(Member.id == _ME, Member.status == MemberStatus.ACTIVE)
_GRANTS = (
    select(Role.code, Grant.permission, Grant.scope)
    .join(MemberRole, MemberRole.role_id == Role.id)
    .outerjoin(Grant, Grant.role_id == Role.id)
    .where(MemberRole.member_id == _ME, Role.archived_at.is_(None))
)
_PLACES = union(
    select(MemberDepartment.department_id).where(MemberDepartment.member_id == _ME),
    select(DepartmentLeader.department_id).where(DepartmentLeader.member_id == _ME),
    select(Department.id).where(Department.in_charge_id == _ME),
)


@dataclass(frozen=True, slots=True)
class Profile:
    """What the actor may do, and where.

    :param everything: the system itself acts.
    :param member_id: the person, if they work here now.
    :param grants: the widest scope per permission, of active addons only, and without those that
        duties keep apart.
    :param apart: permission -> the duty that takes it away, because the person has both.
    :param places: departments where the person works, which they lead or have charge of.
    """

    everything: bool = False
    member_id: int | None = None
    grants: Mapping[str, Scope] = field(default_factory=dict)
    apart: Mapping[str, Duty] = field(default_factory=dict)
    places: frozenset[int] = frozenset()


SYSTEM = Profile(everything=True)
NOBODY = Profile()


def profile(session: Session) -> Profile:
    """Give the profile of the session's actor."""
    if session.actor.is_system:
        return SYSTEM
    found: Profile | None = session.info.get(PROFILE)
    if found is None:
        found = session.info[PROFILE] = _read(session)
    return found


def forget(session: Session) -> None:
    """Read again at the next question: rights or places changed in this unit of work."""
    session.info.pop(PROFILE, None)


def _read(session: Session) -> Profile:
    member_id = session.actor.member_id
    if member_id is None or session.company_id is None or session.everywhere:
        return NOBODY
    me = {"member_id": member_id}
    if session.scalar(_WORKS_HERE, me) is None:
        return NOBODY
    rows = session.execute(_GRANTS, me).all()
    sides = {side for code, name, _scope in rows for side in (role_side(code), name)}
    clashing = {
        name: duty
        for duty in duties(session)
        if duty.first in sides and duty.second in sides
        for name in (duty.first, duty.second)
    }
    # what one of two roles kept apart grants is lost, unless a third role grants it as well
    held = widest(
        (name, scope)
        for code, name, scope in rows
        if name is not None and role_side(code) not in clashing
    )
    grants = {
        name: scope
        for name, scope in held.items()
        if name not in clashing and is_active(session, name)
    }
    apart = {
        name: clashing.get(name) or clashing[role_side(code)]
        for code, name, _scope in rows
        if name is not None
        and name not in grants
        and (name in clashing or role_side(code) in clashing)
    }
    places = frozenset(session.scalars(_PLACES, me))
    return Profile(
        member_id=member_id,
        grants=MappingProxyType(grants),
        apart=MappingProxyType(apart),
        places=places,
    )


def widest(grants: Iterable[tuple[str, Scope]]) -> dict[str, Scope]:
    """Keep the widest scope of each permission out of ``(permission, scope)`` pairs."""
    found: dict[str, Scope] = {}
    for name, scope in grants:
        if name not in found or WIDTH[scope] > WIDTH[found[name]]:
            found[name] = scope
    return found


def is_active(session: Session, key: str) -> bool:
    """Tell whether a permission or resource is declared by an addon that is active here."""
    try:
        return session.registry.owner(key) in session.active_addons
    except KeyError:
        return False
