"""People of a company: they come, change places, get a log-in, and leave."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from zhidu import clock, hooks
from zhidu.access import check, profile
from zhidu.access.models import MemberRole
from zhidu.access.user import User
from zhidu.actor import Actor
from zhidu.db import Session
from zhidu.errors import ValidationError
from zhidu.events import LeavingEvent
from zhidu.org import lists, logins
from zhidu.org.locking import fetch, lock_company
from zhidu.org.models import (
    Department,
    Member,
    MemberDepartment,
    MemberPost,
    MemberStatus,
    Post,
)
from zhidu.org.models_lists import ContractType, Grade, Site
from zhidu.org.naming import clean_name, name_key, wrong
from zhidu.org.queries import superiors
from zhidu.texts import lazy_gettext as _l

EDIT = "core.member.edit"


def create_member(
    session: Session,
    actor: Actor,
    name: str,
    number: str | None = None,
    department: Department | int | None = None,
    posts: Sequence[Post | int] = (),
    superior: Member | int | None = None,
    user: User | int | None = None,
    *,
    departments: Sequence[Department | int] = (),
) -> Member:
    """Take a person in.

    :param number: the staff number, unique in the company.
    :param department: the primary department; required.
    :param departments: further departments.
    :param user: the log-in, if the person has one.
    :raises ValidationError: a value breaks a rule.
    """
    check.require(session, EDIT)
    lock_company(session)
    name = clean_name(name)
    member = Member(
        name=name,
        name_key=name_key(name),
        number=_free_number(session, number, None),
        created_at=clock.now(),
    )
    if department is None:
        raise wrong("department_id", _l("Everyone works in a department; please choose one."))
    _place(session, member, department, departments)
    session.add(member)
    session.flush()
    check.require(session, EDIT, member)  # a narrow grant reaches its own departments only
    if posts:
        set_posts(session, actor, member, posts)
    if superior is not None:
        set_superior(session, actor, member, superior)
    if user is not None:
        logins.link(session, member, user)
    return member


def edit_member(
    session: Session,
    actor: Actor,
    member: Member | int,
    *,
    name: str | None = None,
    number: str | None = None,
) -> Member:
    """Change name or staff number; an empty number is none.

    :raises ValidationError: the name is empty, or the number is taken.
    """
    member = _mine(session, member)
    if name is not None:
        member.name = clean_name(name)
        member.name_key = name_key(member.name)
    if number is not None:
        member.number = _free_number(session, number, member.id)
    return member


def set_departments(
    session: Session,
    actor: Actor,
    member: Member | int,
    primary: Department | int,
    others: Sequence[Department | int] = (),
) -> None:
    """Say where a person works: exactly one primary department, and any others.

    :raises ValidationError: a department is archived.
    """
    member = _mine(session, member)
    lock_company(session)
    _place(session, member, primary, others)
    session.flush()
    session.expire(member, ["departments"])
    profile.forget(session)
    check.require(session, EDIT, member)


def set_posts(
    session: Session, actor: Actor, member: Member | int, posts: Sequence[Post | int]
) -> None:
    """Say which posts a person holds.

    :raises ValidationError: a post is archived.
    """
    member = _mine(session, member)
    wanted = {post.id: post for post in (fetch(session, Post, ref) for ref in posts)}
    keep = {row.post_id: row for row in member.posts}
    for post_id in keep.keys() - wanted.keys():
        member.posts.remove(keep[post_id])
    for post_id in wanted.keys() - keep.keys():
        if wanted[post_id].archived_at is not None:
            raise wrong("posts", _l("The post “%(name)s” is archived.", name=wanted[post_id].name))
        member.posts.append(MemberPost(post_id=post_id))
    session.flush()


def set_terms(
    session: Session,
    actor: Actor,
    member: Member | int,
    *,
    grade: Grade | int | None,
    contract: ContractType | int | None,
    site: Site | int | None,
) -> None:
    """Say a person's grade, kind of contract and place of work, or none.

    :raises ValidationError: an entry is archived that the person did not have before.
    """
    member = _mine(session, member)
    lock_company(session)
    member.grade_id = _term(session, Grade, grade, member.grade_id, "grade_id")
    member.contract_id = _term(session, ContractType, contract, member.contract_id, "contract_id")
    member.site_id = _term(session, Site, site, member.site_id, "site_id")
    session.flush()
    session.expire(member, ["grade", "contract", "site"])


def set_superior(
    session: Session, actor: Actor, member: Member | int, superior: Member | int | None
) -> None:
    """Name a person's direct superior (直属上级), or none.

    :raises ValidationError: the superior does not work here, or stands below the person.
    """
    member = _mine(session, member)
    lock_company(session)
    if superior is None:
        member.superior_id = None
        return
    above = fetch(session, Member, superior)
    if above.status != MemberStatus.ACTIVE:
        raise wrong("superior_id", _l("%(name)s does not work here any more.", name=above.name))
    if above.id == member.id or member.id in superiors(session, above.id):
        raise wrong(
            "superior_id",
            _l("%(above)s stands below %(name)s already.", above=above.name, name=member.name),
            cure=_l("Nobody is their own superior; change the other one first."),
        )
    member.superior_id = above.id
    session.flush()


def link_user(
    session: Session, actor: Actor, member: Member | int, user: User | int | None
) -> None:
    """Give a person a log-in, another one, or none; the log-in may then enter the company.

    Whoever gives a log-in to a person gives it that person's roles: with roles, the right to give
    roles is needed, too.

    :raises ValidationError: the person left, or the log-in is another person's here.
    """
    member = _mine(session, member)
    lock_company(session)
    has_roles = select(MemberRole.role_id).where(MemberRole.member_id == member.id).limit(1)
    if user is not None and session.scalar(has_roles) is not None:
        check.require(session, "core.role.edit")
    logins.link(session, member, user)


def leave(
    session: Session,
    actor: Actor,
    member: Member | int,
    successor: Member | int | None = None,
) -> None:
    """Let a person leave: the log-in loses the company at once, roles and posts end.

    Who reported to them reports to the successor, or else to their superior; departments that
    they led or had charge of go to the successor, or lose that leader.

    :raises ValidationError: the successor does not work here, or the company would be left
        without an administrator.
    """
    member = _mine(session, member)
    lock_company(session)
    if member.status == MemberStatus.LEFT:
        return
    heir = None if successor is None else fetch(session, Member, successor)
    if heir is not None and (heir.id == member.id or heir.status != MemberStatus.ACTIVE):
        raise wrong("successor", _l("The successor must be someone else who works here."))
    hooks.before_member_leaves(session, LeavingEvent(session, actor, member, heir))
    logins.end(session, member, heir)
    member.status = MemberStatus.LEFT
    member.left_at = clock.now()
    session.flush()
    profile.forget(session)


def rejoin(session: Session, actor: Actor, member: Member | int) -> None:
    """Take a person who left in again, without log-in, posts or roles.

    :raises ValidationError: the department where they worked is archived.
    """
    member = _mine(session, member)
    lock_company(session)
    for place in member.departments:
        if place.is_primary and place.department.archived_at is not None:
            raise ValidationError(
                _l("The department “%(name)s” is archived.", name=place.department.name),
                cure=_l("Give the person another department first."),
            )
    member.status, member.left_at = MemberStatus.ACTIVE, None
    session.flush()


def _mine(session: Session, ref: Member | int) -> Member:
    """Give the member, if the actor may edit this one."""
    member = fetch(session, Member, ref)
    check.require(session, EDIT, member)
    return member


def _term(
    session: Session,
    model: type[lists.Entry],
    wanted: lists.Entry | int | None,
    before: int | None,
    field: str,
) -> int | None:
    if wanted is None:
        return None
    key = wanted if isinstance(wanted, int) else wanted.id
    return key if key == before else lists.usable(session, model, wanted, field).id


def _place(
    session: Session,
    member: Member,
    primary: Department | int,
    others: Sequence[Department | int],
) -> None:
    first = fetch(session, Department, primary).id
    wanted = {
        row.id: row for row in (fetch(session, Department, ref) for ref in (primary, *others))
    }
    keep = {row.department_id: row for row in member.departments}
    for key, department in wanted.items():
        if key not in keep and department.archived_at is not None:
            raise wrong(
                "department_id", _l("The department “%(name)s” is archived.", name=department.name)
            )
    for key in keep.keys() - wanted.keys():
        member.departments.remove(keep[key])
    for key, row in keep.items():
        row.is_primary = row.is_primary and key == first
    if keep:
        session.flush()  # never two primary ones, not even between two statements
    for key in wanted:
        if key in keep:
            keep[key].is_primary = key == first
        else:
            member.departments.append(MemberDepartment(department_id=key, is_primary=key == first))


def _free_number(session: Session, number: str | None, own: int | None) -> str | None:
    number = (number or "").strip()
    if not number:
        return None
    number = clean_name(number, "number", longest=32)
    taken = session.scalar(select(Member).where(Member.number == number))
    if taken is not None and taken.id != own:
        raise wrong(
            "number",
            _l("The staff number %(number)s is %(name)s's.", number=number, name=taken.name),
        )
    return number
