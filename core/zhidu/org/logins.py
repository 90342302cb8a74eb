"""What hangs on a person besides the person: log-in, rank and roles, tied and untied together.

The members' services call this after they have checked the right and locked the company.
"""

from __future__ import annotations

from sqlalchemy import select

from zhidu.access.models import MemberRole
from zhidu.access.user import User, UserCompany
from zhidu.db import Session
from zhidu.errors import NotFound, ValidationError
from zhidu.org.groups import hand_over
from zhidu.org.models import (
    Department,
    DepartmentLeader,
    Member,
    MemberStatus,
)
from zhidu.org.naming import wrong
from zhidu.org.queries import people_by_role
from zhidu.texts import lazy_gettext as _l

ADMIN = "admin"
"""Code of the role that a company is never without once someone has it."""


def link(session: Session, member: Member, user: User | int | None) -> None:
    """Tie a member to a log-in or to none, and keep the log-in's companies in step.

    :raises ValidationError: the person left, or the log-in is another person's here.
    """
    account = None if user is None else find(session, user)
    if account is not None:
        if member.status != MemberStatus.ACTIVE:
            raise wrong("user_id", _l("%(name)s does not work here any more.", name=member.name))
        other = session.scalar(
            select(Member).where(Member.user_id == account.id, Member.id != member.id)
        )
        if other is not None:
            raise wrong(
                "user_id",
                _l(
                    "The log-in %(user)s belongs to %(name)s.",
                    user=account.username,
                    name=other.name,
                ),
            )
    if member.user_id is not None and (account is None or account.id != member.user_id):
        _shut(session, member.user_id)
    member.user_id = None if account is None else account.id
    if account is not None and session.get(UserCompany, (account.id, session.company)) is None:
        session.add(UserCompany(user_id=account.id, company_id=session.company))
    session.flush()


def _shut(session: Session, user_id: int) -> None:
    entry = session.get(UserCompany, (user_id, session.company))
    if entry is not None:
        session.delete(entry)
    account = session.get(User, user_id)
    if account is not None and account.last_company_id == session.company:
        account.last_company_id = None


def find(session: Session, ref: User | int | str) -> User:
    """Give a log-in by row, key or user name.

    :raises NotFound: there is none.
    """
    if isinstance(ref, User):
        return ref
    account = (
        session.get(User, ref)
        if isinstance(ref, int)
        else session.scalar(select(User).where(User.username == ref))
    )
    if account is None:
        raise NotFound
    return account


def end(session: Session, member: Member, heir: Member | None) -> None:
    """Untie a person who leaves from log-in, roles, posts, groups and rank.

    :raises ValidationError: nobody else administers the company.
    """
    keep_an_admin(session, member.id)
    for role in session.scalars(select(MemberRole).where(MemberRole.member_id == member.id)):
        session.delete(role)
    member.posts.clear()
    above = heir.id if heir else member.superior_id
    for below in session.scalars(select(Member).where(Member.superior_id == member.id)):
        below.superior_id = above if below.id != above else member.superior_id
    if heir is not None:
        _untangle(session, member, heir)
    member.superior_id = None
    led = session.scalars(
        select(DepartmentLeader).where(DepartmentLeader.member_id == member.id)
    ).all()
    for leading in led:
        known = heir is None or any(row.member_id == heir.id for row in leading.department.leaders)
        place = leading.sort
        department = leading.department
        department.leaders.remove(leading)
        if heir is not None and not known:
            department.leaders.append(DepartmentLeader(member_id=heir.id, sort=place))
    for department in session.scalars(
        select(Department).where(Department.in_charge_id == member.id)
    ):
        department.in_charge_id = heir.id if heir else None
    hand_over(session, member, heir)
    if member.user_id is not None:
        link(session, member, None)
    session.flush()


def _untangle(session: Session, member: Member, heir: Member) -> None:
    """Keep the ranks a tree: an heir from below rises to the place of the one who leaves.

    The heir's old superiors now stand, directly or not, below the heir.
    """
    session.flush()
    seen: set[int] = set()
    above = heir.superior_id
    while above is not None and above not in seen:
        if above in (heir.id, member.id):
            heir.superior_id = member.superior_id
            break
        seen.add(above)
        above = session.scalar(select(Member.superior_id).where(Member.id == above))
    session.flush()


def keep_an_admin(session: Session, member_id: int) -> None:
    """Refuse to take away the company's last administrator.

    :raises ValidationError: the member is the only one.
    """
    if people_by_role(session, ADMIN) == [member_id]:
        raise ValidationError(
            _l("This is the company's only administrator."),
            cure=_l("Give someone else the role of administrator first."),
        )
