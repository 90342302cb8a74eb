"""Companies and people for tests of addons, made by the real services.

What is given back is plain values, so that they outlive the session that made them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from zhidu.access.roles import give_role
from zhidu.access.users import create_user
from zhidu.actor import Actor, Via
from zhidu.db import Database, Session
from zhidu.org.companies import create_company, inside
from zhidu.org.departments import create_department, create_post, set_in_charge, set_leaders
from zhidu.org.members import create_member
from zhidu.org.models import Department, Post
from zhidu.texts import DEFAULT_LOCALE

PASSWORD = "zhidu test 2026"  # noqa: S105 -- of log-ins that exist in tests only
"""The password of every log-in that a factory makes."""


@dataclass(frozen=True, slots=True)
class MadeCompany:
    """A company; ``system`` is the actor that may do all in it."""

    id: int
    code: str
    name: str
    root_id: int

    @property
    def system(self) -> Actor:
        """Give the system's own actor in this company."""
        return Actor.system(self.id)


@dataclass(frozen=True, slots=True)
class MadeMember:
    """A person; ``user_id`` is empty without log-in."""

    id: int
    company_id: int
    name: str
    department_id: int
    user_id: int | None = None
    locale: str = DEFAULT_LOCALE

    @property
    def actor(self) -> Actor:
        """Give the actor that this person is in front of the browser."""
        return actor_for(self)


@dataclass(frozen=True, slots=True)
class Org:
    """A small company as it really is; the people are named by what they do.

    :param departments: key by name: 总经办, 行政部, 财务部, 人事部, 销售部, and 销售一部 below it.
    """

    company_id: int
    root_id: int
    departments: Mapping[str, int]
    general_manager: MadeMember
    deputy: MadeMember
    """In charge of 销售部 without leading it."""
    auditor: MadeMember
    admin: MadeMember
    """Leads 行政部 and administers the company."""
    custodian: MadeMember
    finance_head: MadeMember
    accountant: MadeMember
    cashier: MadeMember
    hr_head: MadeMember
    sales_head: MadeMember
    team_head: MadeMember
    """Leads 销售一部."""
    salesman: MadeMember
    other_salesman: MadeMember


def actor_for(member: MadeMember) -> Actor:
    """Make the actor that a person is in front of the browser."""
    return Actor(
        user_id=member.user_id,
        member_id=member.id,
        company_id=member.company_id,
        name=member.name,
        source=Via.WEB,
        locale=member.locale,
    )


def make_company(where: Database | Session, code: str = "acme", name: str = "") -> MadeCompany:
    """Open a company with its roles and one department, the root.

    :param where: the database (then it is committed), or a session of no company.
    """
    if isinstance(where, Database):
        with where.write(Actor.system()) as session:
            return make_company(session, code, name)
    company = create_company(where, where.actor, code, name or f"{code}公司")
    with inside(where, company.id) as within:
        root_id = within.scalars(select(Department.id)).one()
    return MadeCompany(company.id, company.code, company.name, root_id)


def make_member(
    session: Session,
    name: str,
    department: int | str | None = None,
    *,
    roles: Sequence[str] = ("staff",),
    superior: MadeMember | int | None = None,
    user: str | bool = False,
    number: str | None = None,
    posts: Sequence[str] = (),
) -> MadeMember:
    """Take a person in.

    :param session: one of the company's system actor.
    :param department: key or name; default: the root.
    :param user: make a log-in of this name (``True``: of the person's name), with ``PASSWORD``.
    :param posts: codes; one that does not exist yet is made.
    """
    actor = session.actor
    above = superior.id if isinstance(superior, MadeMember) else superior
    account = (
        create_user(session, actor, name if user is True else user, PASSWORD) if user else None
    )
    department_id = _department(session, department)
    member = create_member(
        session,
        actor,
        name,
        number,
        department_id,
        [_post(session, code) for code in posts],
        above,
        account,
    )
    for code in roles:
        give_role(session, actor, member, code)
    return MadeMember(
        member.id, session.company, member.name, department_id, account.id if account else None
    )


def make_org(session: Session, *, users: bool = False) -> Org:
    """Fill a company with a small organisation: five departments, leaders, ranks, posts, roles.

    :param session: one of the company's system actor.
    :param users: give everyone a log-in of their name; each costs a slow hash.
    """
    actor = session.actor
    root_id = _department(session, None)
    keys = {
        name: create_department(session, actor, name, root_id, sort=place * 10).id
        for place, name in enumerate(("总经办", "行政部", "财务部", "人事部", "销售部"), 1)
    }
    keys["销售一部"] = create_department(session, actor, "销售一部", keys["销售部"]).id

    def person(
        name: str,
        department: str,
        above: MadeMember | None,
        *roles: str,
        posts: Sequence[str] = (),
        leads: bool = False,
    ) -> MadeMember:
        made = make_member(
            session,
            name,
            keys[department],
            roles=("staff", *roles, *(("leader",) if leads else ())),
            superior=above,
            user=users,
            posts=posts,
        )
        if leads:
            set_leaders(session, actor, keys[department], [made.id])
        return made

    boss = person("王建国", "总经办", None, "manager", posts=("general_manager",), leads=True)
    deputy = person("赵敏", "总经办", boss, posts=("deputy_manager",))
    sales_head = person("陈志强", "销售部", deputy, leads=True)
    team_head = person("褚亮", "销售一部", sales_head, leads=True)
    admin = person("周静", "行政部", boss, "admin", leads=True)
    finance_head = person("郑慧", "财务部", boss, "finance", leads=True)
    org = Org(
        company_id=session.company,
        root_id=root_id,
        departments=keys,
        general_manager=boss,
        deputy=deputy,
        auditor=person("沈岩", "总经办", boss, "auditor"),
        admin=admin,
        custodian=person("吴芳", "行政部", admin, "custodian", posts=("seal_keeper",)),
        finance_head=finance_head,
        accountant=person("钱进", "财务部", finance_head, "finance", posts=("accountant",)),
        cashier=person("孙莉", "财务部", finance_head, "finance", posts=("cashier",)),
        hr_head=person("冯媛", "人事部", boss, "hr", leads=True),
        sales_head=sales_head,
        team_head=team_head,
        salesman=person("卫东", "销售一部", team_head),
        other_salesman=person("蒋欣", "销售一部", team_head),
    )
    set_in_charge(session, actor, keys["销售部"], deputy.id)
    set_leaders(session, actor, root_id, [boss.id])
    return org


_POSTS = {
    "general_manager": "总经理",
    "deputy_manager": "副总经理",
    "accountant": "会计",
    "cashier": "出纳",
    "seal_keeper": "印章管理员",
}


def _department(session: Session, ref: int | str | None) -> int:
    if isinstance(ref, int):
        return ref
    wanted = Department.parent_id.is_(None) if ref is None else Department.name == ref
    return session.scalars(select(Department.id).where(wanted).order_by(Department.id)).first() or (
        create_department(session, session.actor, ref or "总部").id
    )


def _post(session: Session, code: str) -> int:
    found = session.scalar(select(Post.id).where(Post.code == code))
    return found or create_post(session, session.actor, code, _POSTS.get(code, code)).id
