"""The department tree and the posts: every change keeps the paths and the leaders in order."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlalchemy import exists, func, select

from zhidu import clock
from zhidu.access import check, profile
from zhidu.actor import Actor
from zhidu.db import Session
from zhidu.errors import ValidationError
from zhidu.org.locking import fetch, lock_company, reread
from zhidu.org.models import (
    Department,
    DepartmentLeader,
    Member,
    MemberDepartment,
    MemberPost,
    MemberStatus,
    Post,
)
from zhidu.org.naming import clean_code, clean_name, wrong
from zhidu.texts import lazy_gettext as _l

EDIT = "core.department.edit"
EDIT_POST = "core.post.edit"

_POST_CODE = re.compile(r"[a-z][a-z0-9_]{0,31}")


def create_department(
    session: Session,
    actor: Actor,
    name: str,
    parent: Department | int | None = None,
    *,
    leaders: Sequence[Member | int] = (),
    in_charge: Member | int | None = None,
    sort: int = 100,
    code: str | None = None,
) -> Department:
    """Add a department below ``parent``, or at the top.

    :param code: by which policies name it; without one they do by its name.
    :raises ValidationError: the name is taken among its sisters, the code in the company, the
        parent is archived, or a leader does not work here.
    """
    check.require(session, EDIT)
    lock_company(session)
    above = None if parent is None else _live(session, parent, "parent_id")
    department = Department(
        name=_free_name(session, clean_name(name), above, None),
        parent_id=above.id if above else None,
        sort=sort,
        code=_free_code(session, code, None),
    )
    session.add(department)
    session.flush()
    department.path = _path_below(above, department.id)
    if leaders:
        set_leaders(session, actor, department, leaders)
    if in_charge is not None:
        set_in_charge(session, actor, department, in_charge)
    session.flush()
    return department


def edit_department(
    session: Session,
    actor: Actor,
    department: Department | int,
    *,
    name: str | None = None,
    sort: int | None = None,
    code: str | None = None,
) -> Department:
    """Rename a department, change its place among its sisters, or its code; an empty one is none.

    :raises ValidationError: the name is empty, or taken among its sisters; the code is taken.
    """
    department = fetch(session, Department, department)
    check.require(session, EDIT, department)
    if name is not None:
        lock_company(session)
        above = department.parent
        department.name = _free_name(session, clean_name(name), above, department.id)
    if sort is not None:
        department.sort = sort
    if code is not None:
        lock_company(session)
        department.code = _free_code(session, code, department.id)
    return department


def move_department(
    session: Session, actor: Actor, department: Department | int, parent: Department | int | None
) -> Department:
    """Put a department with all that is below it under another one, or at the top.

    Submitted records keep the path that they had.

    :raises ValidationError: the new parent is the department itself or below it.
    """
    department = fetch(session, Department, department)
    check.require(session, EDIT, department)
    lock_company(session)
    reread(session, department)
    above = None if parent is None else _live(session, parent, "parent_id")
    if above is not None:
        reread(session, above)
        if above.path.startswith(department.path):
            raise wrong("parent_id", _l("A department cannot be put below itself."))
    _free_name(session, department.name, above, department.id)
    before, after = department.path, _path_below(above, department.id)
    subtree = session.scalars(
        select(Department).where(Department.path.startswith(before, autoescape=True))
    ).all()
    for row in subtree:
        row.path = after + row.path[len(before) :]
    department.parent_id = above.id if above else None
    session.flush()
    session.expire(department, ["parent"])
    profile.forget(session)
    return department


def set_leaders(
    session: Session, actor: Actor, department: Department | int, leaders: Sequence[Member | int]
) -> None:
    """Name the leaders of a department in their order; the first is the head.

    :raises ValidationError: one of them does not work here.
    """
    department = fetch(session, Department, department)
    check.require(session, EDIT, department)
    wanted = [_working(session, leader, "leaders").id for leader in leaders]
    keep = {row.member_id: row for row in department.leaders}
    for member_id in keep.keys() - set(wanted):
        department.leaders.remove(keep[member_id])
    for place, member_id in enumerate(dict.fromkeys(wanted), start=1):
        if member_id in keep:
            keep[member_id].sort = place
        else:
            department.leaders.append(DepartmentLeader(member_id=member_id, sort=place))
    session.flush()
    session.expire(department, ["leaders"])
    profile.forget(session)


def set_in_charge(
    session: Session, actor: Actor, department: Department | int, member: Member | int | None
) -> None:
    """Name the leader in charge (分管领导), who oversees the department without leading it.

    :raises ValidationError: the person does not work here.
    """
    department = fetch(session, Department, department)
    check.require(session, EDIT, department)
    department.in_charge_id = (
        None if member is None else _working(session, member, "in_charge_id").id
    )
    session.flush()
    profile.forget(session)


def archive_department(session: Session, actor: Actor, department: Department | int) -> None:
    """Take an empty department out of use; what names it keeps it.

    :raises ValidationError: people work in it, or departments are below it.
    """
    department = fetch(session, Department, department)
    check.require(session, EDIT, department)
    lock_company(session)
    if session.scalar(
        select(Department.id)
        .where(Department.parent_id == department.id, Department.archived_at.is_(None))
        .limit(1)
    ):
        raise ValidationError(
            _l("There are departments below “%(name)s”.", name=department.name),
            cure=_l("Move or archive them first."),
        )
    if session.scalar(
        select(Member.id)
        .join(MemberDepartment, MemberDepartment.member_id == Member.id)
        .where(
            MemberDepartment.department_id == department.id, Member.status == MemberStatus.ACTIVE
        )
        .limit(1)
    ):
        raise ValidationError(
            _l("People work in “%(name)s”.", name=department.name),
            cure=_l("Give them another department first."),
        )
    department.archived_at = department.archived_at or clock.now()


def restore_department(session: Session, actor: Actor, department: Department | int) -> None:
    """Take an archived department into use again.

    :raises ValidationError: its parent is archived, or its name is taken by now.
    """
    department = fetch(session, Department, department)
    check.require(session, EDIT, department)
    lock_company(session)
    above = (
        None if department.parent_id is None else _live(session, department.parent_id, "parent_id")
    )
    _free_name(session, department.name, above, department.id)
    department.archived_at = None


def create_post(session: Session, actor: Actor, code: str, name: str) -> Post:
    """Add a post such as cashier; policies name it by its code.

    :raises ValidationError: the code is malformed or taken.
    """
    check.require(session, EDIT_POST)
    if not _POST_CODE.fullmatch(code):
        raise wrong(
            "code",
            _l("A post's code begins with a lower-case letter and has at most 32 characters."),
            cure=_l("Use a–z, 0–9 and the underscore, e.g. general_manager."),
        )
    if session.scalar(select(Post.id).where(Post.code == code)) is not None:
        raise wrong("code", _l("There is a post with the code “%(code)s”.", code=code))
    post = Post(code=code, name=clean_name(name))
    session.add(post)
    session.flush()
    return post


def edit_post(session: Session, actor: Actor, post: Post | int, *, name: str) -> Post:
    """Rename a post; its code stays, because policies name it."""
    post = fetch(session, Post, post)
    check.require(session, EDIT_POST, post)
    post.name = clean_name(name)
    return post


def archive_post(session: Session, actor: Actor, post: Post | int) -> None:
    """Take a post out of use.

    :raises ValidationError: someone who works here holds it.
    """
    post = fetch(session, Post, post)
    check.require(session, EDIT_POST, post)
    held = (
        exists()
        .where(MemberPost.post_id == post.id, MemberPost.member_id == Member.id)
        .correlate(Member)
    )
    if session.scalar(select(Member.id).where(Member.status == MemberStatus.ACTIVE, held).limit(1)):
        raise ValidationError(
            _l("Someone holds the post “%(name)s”.", name=post.name),
            cure=_l("Take it from them first."),
        )
    post.archived_at = post.archived_at or clock.now()


def restore_post(session: Session, actor: Actor, post: Post | int) -> None:
    """Take an archived post into use again."""
    post = fetch(session, Post, post)
    check.require(session, EDIT_POST, post)
    post.archived_at = None


def _free_code(session: Session, code: str | None, own: int | None) -> str | None:
    """Give the code back if no other department of the company has it."""
    if not (code or "").strip():
        return None
    code = clean_code(str(code))
    other = session.scalar(select(Department).where(func.lower(Department.code) == code.lower()))
    if other is not None and other.id != own:
        raise wrong(
            "code", _l("The code “%(code)s” is that of “%(name)s”.", code=code, name=other.name)
        )
    return code


def _path_below(above: Department | None, key: int) -> str:
    return f"{above.path if above else '/'}{key}/"


def _live(session: Session, ref: Department | int, field: str) -> Department:
    department = fetch(session, Department, ref)
    if department.archived_at is not None:
        raise wrong(field, _l("The department “%(name)s” is archived.", name=department.name))
    return department


def _working(session: Session, ref: Member | int, field: str) -> Member:
    member = fetch(session, Member, ref)
    if member.status != MemberStatus.ACTIVE:
        raise wrong(field, _l("%(name)s does not work here any more.", name=member.name))
    return member


def _free_name(session: Session, name: str, above: Department | None, own: int | None) -> str:
    """Give the name back if no sister in use has it."""
    parent = above.id if above else None
    taken = select(Department.id).where(
        Department.name == name, Department.parent_id == parent, Department.archived_at.is_(None)
    )
    if own is not None:
        taken = taken.where(Department.id != own)
    if session.scalar(taken.limit(1)) is not None:
        raise wrong("name", _l("There is a department “%(name)s” in that place.", name=name))
    return name
