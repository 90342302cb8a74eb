"""Questions about the organisation: who leads, who is above whom, who holds what.

Only people who work here now are answers. Statements that run often are module constants.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import bindparam, case, or_, select

from zhidu.access.models import MemberRole, Role
from zhidu.db import Session
from zhidu.org.models import (
    Company,
    Department,
    DepartmentLeader,
    Member,
    MemberDepartment,
    MemberPost,
    MemberStatus,
    Post,
)
from zhidu.org.models_groups import Group, GroupMember, InCharge
from zhidu.org.models_lists import Matter

WORKS_HERE = Member.status == MemberStatus.ACTIVE

_BY_USER = select(Member).where(Member.user_id == bindparam("user_id"), WORKS_HERE)
_PRIMARY = (
    select(Department)
    .join(MemberDepartment, MemberDepartment.department_id == Department.id)
    .where(MemberDepartment.member_id == bindparam("member_id"), MemberDepartment.is_primary)
)
_PATH = select(Department.path).where(Department.id == bindparam("department_id"))
_LEADERS = (
    select(DepartmentLeader.member_id)
    .join(Member, Member.id == DepartmentLeader.member_id)
    .where(DepartmentLeader.department_id == bindparam("department_id"), WORKS_HERE)
    .order_by(DepartmentLeader.sort, DepartmentLeader.member_id)
)
_SUPERIOR = select(Member.superior_id).where(Member.id == bindparam("member_id"))
_WORKING = select(Member.id).where(Member.id == bindparam("member_id"), WORKS_HERE)
_BY_POST = (
    select(Member.id)
    .join(MemberPost, MemberPost.member_id == Member.id)
    .join(Post, Post.id == MemberPost.post_id)
    .where(Post.code == bindparam("code"), Post.archived_at.is_(None), WORKS_HERE)
    .order_by(Member.id)
)
_BY_ROLE = (
    select(Member.id)
    .join(MemberRole, MemberRole.member_id == Member.id)
    .join(Role, Role.id == MemberRole.role_id)
    .where(Role.code == bindparam("code"), Role.archived_at.is_(None), WORKS_HERE)
    .order_by(Member.id)
)


_BY_GROUP = (
    select(Member.id)
    .join(GroupMember, GroupMember.member_id == Member.id)
    .join(Group, Group.id == GroupMember.group_id)
    .where(Group.code == bindparam("code"), Group.archived_at.is_(None), WORKS_HERE)
    .order_by(GroupMember.sort, Member.id)
)
_CHARGES = (
    select(InCharge.department_id, InCharge.member_id)
    .join(Matter, Matter.id == InCharge.matter_id)
    .join(Member, Member.id == InCharge.member_id)
    .where(
        Matter.code == bindparam("matter"),
        InCharge.department_id.in_(bindparam("chain", expanding=True)),
        WORKS_HERE,
    )
)
_BY_CODE = select(Department.id).where(
    Department.code == bindparam("text"), Department.archived_at.is_(None)
)
_BY_NAME = (
    select(Department.id)
    .where(Department.name == bindparam("text"), Department.archived_at.is_(None))
    .order_by(Department.path)
)


def member_of(session: Session, user_id: int) -> Member | None:
    """Give the person that a log-in is in this company."""
    return session.scalars(_BY_USER, {"user_id": user_id}).one_or_none()


def works_here(session: Session, member_id: int) -> bool:
    """Tell whether the person is in this company now."""
    return session.scalar(_WORKING, {"member_id": member_id}) is not None


def working(session: Session, member_ids: Iterable[int]) -> list[int]:
    """Keep those who are in this company now, each once, in their order."""
    wanted = list(dict.fromkeys(member_ids))
    if not wanted:
        return []
    here = set(session.scalars(select(Member.id).where(Member.id.in_(wanted), WORKS_HERE)))
    return [one for one in wanted if one in here]


def primary_department(session: Session, member_id: int) -> Department | None:
    """Give the person's primary department."""
    return session.scalars(_PRIMARY, {"member_id": member_id}).one_or_none()


def department_chain(session: Session, department_id: int) -> list[int]:
    """List the keys from the department up to the root; empty for an unknown one."""
    path = session.scalar(_PATH, {"department_id": department_id})
    return [int(key) for key in reversed(path.strip("/").split("/"))] if path else []


def department_leaders(session: Session, department_id: int, level: int = 1) -> list[int]:
    """List the leaders of the department (level 1), or of the one ``level - 1`` above it.

    Empty when the department has none or the tree ends below that level.
    """
    chain = department_chain(session, department_id)
    if not 1 <= level <= len(chain):
        return []
    return list(session.scalars(_LEADERS, {"department_id": chain[level - 1]}))


def leaders_in_charge(session: Session, department_id: int) -> list[int]:
    """Name the leader in charge (分管领导) of the department, else of the nearest one above."""
    for key in department_chain(session, department_id):
        department = session.get(Department, key)
        if department is None or department.in_charge_id is None:
            continue
        if works_here(session, department.in_charge_id):
            return [department.in_charge_id]
    return []


def in_charge_of(session: Session, department_id: int, matter: str) -> list[int]:
    """Name the leader in charge of a matter (its code) in a department.

    The nearest department that has one for the matter counts, from this one up to the top; where
    none has, who has general charge of the department.
    """
    chain = department_chain(session, department_id)
    found = dict(session.execute(_CHARGES, {"matter": matter, "chain": chain}).all())
    for key in chain:
        if key in found:
            return [found[key]]
    return leaders_in_charge(session, department_id)


def departments_named(session: Session, text: str) -> list[int]:
    """Give the department with this code, else those in use with this name."""
    given = {"text": text}
    return list(session.scalars(_BY_CODE, given)) or list(session.scalars(_BY_NAME, given))


def superior(session: Session, member_id: int) -> int | None:
    """Give the direct superior (直属上级)."""
    above = session.scalar(_SUPERIOR, {"member_id": member_id})
    return above if above is not None and works_here(session, above) else None


def superiors(session: Session, member_id: int) -> list[int]:
    """List the superiors from the direct one to the top; the top ends the chain."""
    chain: list[int] = []
    above = superior(session, member_id)
    while above is not None and above not in chain:
        chain.append(above)
        above = superior(session, above)
    return chain


def department_full_name(session: Session, department_id: int, separator: str = " / ") -> str:
    """Join the names from the root: ``销售部 / 销售一部``.

    A root that is named as the company is left out: every page names the company anyway.
    """
    chain = department_chain(session, department_id)
    rows = session.execute(select(Department.id, Department.name).where(Department.id.in_(chain)))
    by_key = dict(rows.all())
    names = [by_key[key] for key in reversed(chain) if key in by_key]
    if (
        len(names) > 1
        and session.scalar(select(Company.name).where(Company.id == session.company)) == names[0]
    ):
        names = names[1:]
    return separator.join(names)


def people_by_post(session: Session, code: str) -> list[int]:
    """List who holds a post."""
    return list(session.scalars(_BY_POST, {"code": code}))


def people_by_role(session: Session, code: str) -> list[int]:
    """List who has a role."""
    return list(session.scalars(_BY_ROLE, {"code": code}))


def people_by_group(session: Session, code: str) -> list[int]:
    """List who is in a group, in its order."""
    return list(session.scalars(_BY_GROUP, {"code": code}))


def people_of_department(
    session: Session, department_id: int, *, with_lower: bool = False
) -> list[int]:
    """List who works in a department, and in those below it if wanted."""
    path = session.scalar(_PATH, {"department_id": department_id})
    if path is None:
        return []
    place = (
        Department.path.startswith(path, autoescape=True)
        if with_lower
        else Department.id == department_id
    )
    return list(
        session.scalars(
            select(Member.id)
            .join(MemberDepartment, MemberDepartment.member_id == Member.id)
            .join(Department, Department.id == MemberDepartment.department_id)
            .where(place, WORKS_HERE)
            .distinct()
            .order_by(Member.id)
        )
    )


def search_members(session: Session, text: str, limit: int = 20) -> Sequence[Member]:
    """Find people by part of name, full pinyin, initials or staff number; best first.

    Without a text the first people by name are given.
    """
    found = select(Member).where(WORKS_HERE)
    text = text.strip()
    if text:
        spelled = "".join(text.lower().split())
        fits_key = Member.name_key.startswith(spelled, autoescape=True)
        found = found.where(
            or_(
                Member.name.contains(text, autoescape=True),
                Member.name_key.contains(spelled, autoescape=True),
                Member.number.startswith(text, autoescape=True),
            )
        ).order_by(
            case((Member.number == text, 0), (Member.name == text, 1), (fits_key, 2), else_=3)
        )
    return session.scalars(found.order_by(Member.name_key, Member.id).limit(limit)).all()
