"""Roles of a company: what they grant, who has them, and how templates fill them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sqlalchemy import select

from zhidu import clock
from zhidu.access import check, duties, profile
from zhidu.access.models import Grant, MemberRole, Role, Scope
from zhidu.access.profile import WIDTH
from zhidu.actor import Actor
from zhidu.db import Session
from zhidu.errors import NotFound, ValidationError
from zhidu.org.locking import fetch, lock_company
from zhidu.org.logins import ADMIN, keep_an_admin
from zhidu.org.models import Member, MemberStatus
from zhidu.org.naming import clean_name, wrong
from zhidu.org.queries import people_by_role
from zhidu.texts import LOCALES
from zhidu.texts import lazy_gettext as _l

EDIT = "core.role.edit"

_CODE = re.compile(r"[a-z][a-z0-9_]{0,31}")


def ensure_roles(session: Session, actor: Actor) -> None:
    """Give the company the roles of core and its active addons, and new grants of old roles.

    May be repeated: a grant is offered once, so what the company took away, narrowed or archived
    stays as the company made it. Whoever switches addons has been checked by then.
    """
    lock_company(session)
    roles = {role.code: role for role in session.scalars(select(Role))}
    for key, template in session.registry.roles.items():
        if session.registry.owner(key) not in session.active_addons:
            continue
        role = roles.get(template.code)
        if role is None:
            role = roles[template.code] = Role(code=template.code, name={}, offered=[])
            session.add(role)
        role.name = {**template.name, **role.name}
        known = {grant.permission for grant in role.grants}
        for permission, scope in template.grants.items():
            if permission not in role.offered and permission not in known:
                role.grants.append(Grant(permission=permission, scope=scope))
        role.offered = sorted({*role.offered, *template.grants})
    session.flush()
    profile.forget(session)


def find_role(session: Session, ref: Role | int | str) -> Role:
    """Give a role of this company by row, key or code.

    :raises NotFound: there is none.
    """
    if not isinstance(ref, str):
        return fetch(session, Role, ref)
    role = session.scalar(select(Role).where(Role.code == ref))
    if role is None:
        raise NotFound
    return role


def create_role(session: Session, actor: Actor, code: str, name: Mapping[str, str]) -> Role:
    """Add a role; policies name it by its code.

    :param name: by locale.
    :raises ValidationError: the code is malformed or taken, or there is no name.
    """
    check.require(session, EDIT)
    if not _CODE.fullmatch(code):
        raise wrong(
            "code",
            _l("A role's code begins with a lower-case letter and has at most 32 characters."),
            cure=_l("Use a–z, 0–9 and the underscore, e.g. seal_keeper."),
        )
    if session.scalar(select(Role.id).where(Role.code == code)) is not None:
        raise wrong("code", _l("There is a role with the code “%(code)s”.", code=code))
    role = Role(code=code, name=_names(name), offered=[])
    session.add(role)
    session.flush()
    return role


def edit_role(
    session: Session, actor: Actor, role: Role | int | str, *, name: Mapping[str, str]
) -> Role:
    """Rename a role.

    :raises ValidationError: there is no name.
    """
    role = _editable(session, role)
    role.name = _names(name)
    return role


def archive_role(session: Session, actor: Actor, role: Role | int | str) -> None:
    """Take a role out of use; templates do not bring it back.

    :raises ValidationError: someone has it, or it is the administrator's.
    """
    role = _editable(session, role)
    if role.code == ADMIN:
        raise ValidationError(_l("A company always has the role of administrator."))
    if people_by_role(session, role.code):
        raise ValidationError(
            _l("Someone has the role “%(code)s”.", code=role.code),
            cure=_l("Take it from them first."),
        )
    role.archived_at = role.archived_at or clock.now()


def restore_role(session: Session, actor: Actor, role: Role | int | str) -> None:
    """Take an archived role into use again."""
    _editable(session, role).archived_at = None


def grant(
    session: Session, actor: Actor, role: Role | int | str, permission: str, scope: Scope
) -> Grant:
    """Let a role grant a permission over a scope, or change the scope.

    :raises ValidationError: no enabled addon declares the permission.
    :raises DutiesClash: the role itself, or someone who has it, would have a pair of permissions
        that must be in two hands.
    """
    role = _editable(session, role)
    if permission not in session.registry.permissions:
        raise wrong("permission", _l("There is no permission “%(name)s”.", name=permission))
    lock_company(session)
    found = next((row for row in role.grants if row.permission == permission), None)
    if found is not None:
        if role.code == ADMIN and permission == EDIT and WIDTH[scope] < WIDTH[found.scope]:
            raise ValidationError(_l("The administrator always may edit all roles."))
        found.scope = scope
    else:
        before = {row.permission for row in role.grants}
        whole = duties.clash(session, {permission, duties.role_side(role.code), *before})
        if whole is not None and permission in (whole.first, whole.second):
            raise duties.DutiesClash(session, whole)
        for member in _holders(session, role):
            duties.check_hand(session, member, {permission})
        found = Grant(permission=permission, scope=scope)
        role.grants.append(found)
    session.flush()
    profile.forget(session)
    return found


def revoke(session: Session, actor: Actor, role: Role | int | str, permission: str) -> None:
    """Let a role grant a permission no longer.

    :raises ValidationError: the administrator would lose the right to edit roles.
    """
    role = _editable(session, role)
    if role.code == ADMIN and permission == EDIT:
        raise ValidationError(_l("The administrator always may edit all roles."))
    for row in [row for row in role.grants if row.permission == permission]:
        role.grants.remove(row)
    session.flush()
    profile.forget(session)


def give_role(session: Session, actor: Actor, member: Member | int, role: Role | int | str) -> None:
    """Give a person a role; one that they have already is left as it is.

    :raises ValidationError: the person left, or the role is archived.
    :raises DutiesClash: the person would have a pair of permissions, or of roles, that must be in
        two hands.
    """
    role = _editable(session, role)
    member = fetch(session, Member, member)
    lock_company(session)
    if member.status != MemberStatus.ACTIVE:
        raise wrong("member_id", _l("%(name)s does not work here any more.", name=member.name))
    if role.archived_at is not None:
        raise wrong("role_id", _l("The role “%(code)s” is archived.", code=role.code))
    if session.get(MemberRole, (member.id, role.id)) is not None:
        return
    more = {duties.role_side(role.code), *(row.permission for row in role.grants)}
    duties.check_hand(session, member, more)
    session.add(MemberRole(member_id=member.id, role_id=role.id))
    session.flush()
    profile.forget(session)


def take_role(session: Session, actor: Actor, member: Member | int, role: Role | int | str) -> None:
    """Take a role from a person.

    :raises ValidationError: the company would be left without an administrator.
    """
    role = _editable(session, role)
    member = fetch(session, Member, member)
    lock_company(session)
    held = session.get(MemberRole, (member.id, role.id))
    if held is None:
        return
    if role.code == ADMIN:
        keep_an_admin(session, member.id)
    session.delete(held)
    session.flush()
    profile.forget(session)


def roles_of(session: Session, member_id: int) -> list[Role]:
    """List the roles that a person has, by code."""
    return list(
        session.scalars(
            select(Role)
            .join(MemberRole, MemberRole.role_id == Role.id)
            .where(MemberRole.member_id == member_id, Role.archived_at.is_(None))
            .order_by(Role.code)
        )
    )


def _editable(session: Session, ref: Role | int | str) -> Role:
    role = find_role(session, ref)
    check.require(session, EDIT, role)
    return role


def _holders(session: Session, role: Role) -> list[Member]:
    return list(
        session.scalars(
            select(Member)
            .join(MemberRole, MemberRole.member_id == Member.id)
            .where(MemberRole.role_id == role.id, Member.status == MemberStatus.ACTIVE)
        )
    )


def _names(name: Mapping[str, str]) -> dict[str, str]:
    kept = {
        locale: clean_name(text)
        for locale, text in name.items()
        if locale in LOCALES and text.strip()
    }
    if not kept:
        raise wrong("name", _l("Please enter a name."))
    return kept
