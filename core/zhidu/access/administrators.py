"""The first administrator of a company, appointed from outside it."""

from __future__ import annotations

from sqlalchemy import select

from zhidu.access import check
from zhidu.access.models import MemberRole
from zhidu.access.roles import ensure_roles, find_role
from zhidu.access.user import User
from zhidu.actor import Actor
from zhidu.clock import now
from zhidu.db import Session
from zhidu.errors import ValidationError
from zhidu.org import logins
from zhidu.org.companies import find_company, inside
from zhidu.org.models import Company, Department, Member, MemberDepartment
from zhidu.org.naming import clean_name, name_key
from zhidu.org.queries import member_of, people_by_role
from zhidu.texts import lazy_gettext as _l


def appoint_admin(
    session: Session,
    actor: Actor,
    company: Company | int | str,
    user: User | int | str,
    name: str = "",
) -> int:
    """Let a log-in enter a company as its administrator; return the member's key.

    For a company that has none: after that its own administrator gives roles. The trail keeps
    who did it.

    :param name: the person's name where the log-in is nobody in the company yet; default: the
        user name.
    :raises ValidationError: the company has an administrator.
    """
    check.require_system(session)
    company = find_company(session, company)
    account = logins.find(session, user)
    with inside(session, company.id) as within:
        if people_by_role(within, logins.ADMIN):
            raise ValidationError(
                _l("“%(name)s” has an administrator.", name=company.name),
                cure=_l("Ask them to give the role to someone else, too."),
            )
        ensure_roles(within, within.actor)
        member = member_of(within, account.id) or _take_in(within, account.id, name)
        role = find_role(within, logins.ADMIN)
        within.add(MemberRole(member_id=member.id, role_id=role.id))
        within.flush()
        return member.id


def _take_in(session: Session, user_id: int, name: str) -> Member:
    account = logins.find(session, user_id)
    name = clean_name(name or account.username)
    root = session.scalars(
        select(Department)
        .where(Department.parent_id.is_(None), Department.archived_at.is_(None))
        .order_by(Department.sort, Department.id)
        .limit(1)
    ).one()
    member = Member(name=name, name_key=name_key(name), created_at=now())
    member.departments.append(MemberDepartment(department_id=root.id, is_primary=True))
    session.add(member)
    session.flush()
    logins.link(session, member, account)
    return member
