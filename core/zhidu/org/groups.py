"""Groups of people, and the leaders in charge of a matter in a department."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlalchemy import select

from zhidu import clock
from zhidu.access import check
from zhidu.actor import Actor
from zhidu.db import Session
from zhidu.org.departments import EDIT as EDIT_DEPARTMENT
from zhidu.org.lists import usable
from zhidu.org.locking import fetch, lock_company
from zhidu.org.models import Department, Member, MemberStatus
from zhidu.org.models_groups import Group, GroupMember, InCharge
from zhidu.org.models_lists import Matter
from zhidu.org.naming import clean_name, wrong
from zhidu.texts import lazy_gettext as _l

EDIT = "core.group.edit"

_CODE = re.compile(r"[a-z][a-z0-9_]{0,31}")


def create_group(
    session: Session, actor: Actor, code: str, name: str, members: Sequence[Member | int] = ()
) -> Group:
    """Add a group such as a purchasing committee; policies name it by its code.

    :param members: in their order.
    :raises ValidationError: the code is malformed or taken, or someone does not work here.
    """
    check.require(session, EDIT)
    if not _CODE.fullmatch(code):
        raise wrong(
            "code",
            _l("A group's code begins with a lower-case letter and has at most 32 characters."),
            cure=_l("Use a–z, 0–9 and the underscore, e.g. purchase_committee."),
        )
    if session.scalar(select(Group.id).where(Group.code == code)) is not None:
        raise wrong("code", _l("There is a group with the code “%(code)s”.", code=code))
    group = Group(code=code, name=clean_name(name))
    session.add(group)
    session.flush()
    set_group_members(session, actor, group, members)
    return group


def edit_group(session: Session, actor: Actor, group: Group | int, *, name: str) -> Group:
    """Rename a group; its code stays, because policies name it."""
    check.require(session, EDIT)
    found = fetch(session, Group, group)
    found.name = clean_name(name)
    return found


def set_group_members(
    session: Session, actor: Actor, group: Group | int, members: Sequence[Member | int]
) -> None:
    """Say who is in a group, in their order.

    :raises ValidationError: one of them does not work here.
    """
    check.require(session, EDIT)
    found = fetch(session, Group, group)
    lock_company(session)
    wanted = [_working(session, member, "members").id for member in members]
    keep = {row.member_id: row for row in found.members}
    for member_id in keep.keys() - set(wanted):
        found.members.remove(keep[member_id])
    for place, member_id in enumerate(dict.fromkeys(wanted), start=1):
        if member_id in keep:
            keep[member_id].sort = place
        else:
            found.members.append(GroupMember(member_id=member_id, sort=place))
    session.flush()
    session.expire(found, ["members"])


def archive_group(session: Session, actor: Actor, group: Group | int) -> None:
    """Take a group out of use: flows that name it find nobody in it."""
    check.require(session, EDIT)
    found = fetch(session, Group, group)
    found.archived_at = found.archived_at or clock.now()


def restore_group(session: Session, actor: Actor, group: Group | int) -> None:
    """Take an archived group into use again."""
    check.require(session, EDIT)
    fetch(session, Group, group).archived_at = None


def set_in_charge_of(
    session: Session,
    actor: Actor,
    department: Department | int,
    matter: Matter | int,
    member: Member | int | None,
) -> None:
    """Name the leader in charge of a matter in a department and those below it, or none.

    :raises ValidationError: the person does not work here, or the matter is archived.
    """
    place = fetch(session, Department, department)
    check.require(session, EDIT_DEPARTMENT, place)
    lock_company(session)
    about = usable(session, Matter, matter, "matter_id")
    row = session.scalars(
        select(InCharge).where(InCharge.department_id == place.id, InCharge.matter_id == about.id)
    ).one_or_none()
    if member is None:
        if row is not None:
            session.delete(row)
    elif row is None:
        person = _working(session, member, "member_id")
        session.add(InCharge(department_id=place.id, matter_id=about.id, member_id=person.id))
    else:
        row.member_id = _working(session, member, "member_id").id
    session.flush()


def hand_over(session: Session, member: Member, heir: Member | None) -> None:
    """Let a person who leaves go from groups and charges: to the heir, or to nobody.

    Called by the members' service, which has checked the right and locked the company.
    """
    for place in session.scalars(select(GroupMember).where(GroupMember.member_id == member.id)):
        group, sort = place.group, place.sort
        known = heir is None or any(row.member_id == heir.id for row in group.members)
        group.members.remove(place)
        if heir is not None and not known:
            group.members.append(GroupMember(member_id=heir.id, sort=sort))
    for charge in session.scalars(select(InCharge).where(InCharge.member_id == member.id)):
        if heir is None:
            session.delete(charge)
        else:
            charge.member_id = heir.id
    session.flush()


def _working(session: Session, ref: Member | int, field: str) -> Member:
    member = fetch(session, Member, ref)
    if member.status != MemberStatus.ACTIVE:
        raise wrong(field, _l("%(name)s does not work here any more.", name=member.name))
    return member
