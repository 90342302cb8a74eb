"""The demo: two companies that work under the pack ``process-norms``, with one log-in per role.

Everything is made by the real services. It can be repeated: what is there stays as it is.
"""

from __future__ import annotations

import importlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from sqlalchemy import select

from zhidu import clock
from zhidu.access.roles import give_role
from zhidu.access.user import User
from zhidu.access.users import create_user, set_password
from zhidu.actor import Actor, Via
from zhidu.config import Config
from zhidu.db import Database, Session
from zhidu.enabling import bring_up_to_date, connect, enable, enabled_names
from zhidu.errors import ConfigError
from zhidu.org import calendar, calendar_statutory
from zhidu.org.companies import create_company, inside
from zhidu.org.departments import create_department, set_in_charge, set_leaders
from zhidu.org.members import create_member
from zhidu.org.models import Company, Department, Member
from zhidu.policy import loader
from zhidu.policy.apply import apply_pack
from zhidu.texts import lazy_gettext as _l

PACK = "process-norms"
LOGINS = "demo-logins.txt"

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the demo.

    :param login: log-in name; empty for colleagues without one.
    :param department: name of the department in the company's tree.
    """

    name: str
    number: str
    department: str
    roles: tuple[str, ...] = ("staff",)
    login: str = ""
    superior: str = ""


@dataclass(frozen=True, slots=True)
class Cast:
    """The people of one demo company, by log-in name or, without one, by name."""

    company: str
    members: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Login:
    """A line of ``demo-logins.txt``."""

    company: str
    role: str
    username: str
    password: str


@dataclass(frozen=True, slots=True)
class Plan:
    """One demo company before it is made."""

    code: str
    name: str
    departments: tuple[tuple[str, str], ...]
    """Name, and leader by name."""
    in_charge: str
    people: tuple[Person, ...] = field(default=())


DEMO = Plan(
    "demo",
    "示例实业有限公司",
    (
        ("总经理办公室", "高远"),
        ("销售部", "周启明"),
        ("人力资源部", "何静"),
        ("行政部", "沈立"),
        ("财务部", "钱雨"),
        ("信息部", "安平"),
    ),
    "高远",
    (
        Person("高远", "D001", "总经理办公室", ("staff", "manager"), "manager"),
        Person("周启明", "D002", "销售部", ("staff", "leader"), "leader", "高远"),
        Person("林小满", "D003", "销售部", ("staff",), "staff", "周启明"),
        Person("何静", "D004", "人力资源部", ("staff", "leader", "hr"), "hr", "高远"),
        Person("沈立", "D005", "行政部", ("staff", "leader", "custodian"), "custodian", "高远"),
        Person("钱雨", "D006", "财务部", ("staff", "leader", "finance"), "finance", "高远"),
        Person("安平", "D007", "信息部", ("staff", "admin"), "admin", "高远"),
        Person("严明", "D008", "总经理办公室", ("staff", "auditor"), "auditor", "高远"),
        Person("陈可", "D009", "销售部", superior="周启明"),
        Person("吴桐", "D010", "销售部", superior="周启明"),
        Person("郑一", "D011", "行政部", superior="沈立"),
        Person("孙宁", "D012", "财务部", superior="钱雨"),
    ),
)

BRANCH = Plan(
    "branch",
    "示例实业江北分公司",
    (("综合部", "周启明"), ("业务部", "罗文")),
    "周启明",
    (
        Person("周启明", "B001", "综合部", ("staff", "leader", "hr", "admin"), "leader"),
        Person("罗文", "B002", "业务部", ("staff", "leader"), "leader2", "周启明"),
        Person("苏禾", "B003", "业务部", ("staff",), "staff2", "罗文"),
    ),
)

PLANS = (DEMO, BRANCH)


def load(config: Config, progress: Progress = lambda _text: None) -> list[Login]:
    """Make what is missing of the demo; give the log-ins of ``demo-logins.txt``.

    :param progress: told what is being done, a few words at a time.
    :raises ConfigError: the database holds companies that are no demo.
    """
    db = connect(config)
    try:
        progress("database")
        bring_up_to_date(db)
        for addon in loader.addons_of(PACK):
            if addon not in enabled_names(db):
                progress(addon)
                enable(db, config, addon)
    finally:
        db.close()
    db = connect(config)
    try:
        return _load(db, config, progress)
    finally:
        db.close()


def _load(db: Database, config: Config, progress: Progress) -> list[Login]:
    with db.read(Actor.system(source=Via.CLI)) as session:
        there = {c.code: c.is_demo for c in session.scalars(select(Company))}
    if there and not all(there.values()):
        raise ConfigError(
            _l("This database holds real companies."),
            cure=_l("Give the demo a database of its own: set ZHIDU_HOME to another folder."),
        )
    progress("calendar")
    _calendar(db)
    file = config.home / LOGINS
    for plan in PLANS:
        if plan.code not in there:
            progress(plan.code)
            _company(db, plan, file)
    return read_logins(file)


def _calendar(db: Database) -> None:
    """Load last year, this year and the next one, as far as they are announced."""
    year = clock.today().year
    with db.write(Actor.system(source=Via.CLI)) as session:
        for wanted in (year - 1, year, year + 1):
            if calendar.announced(session, wanted):
                continue
            try:
                calendar_statutory.load_statutory(session, session.actor, wanted)
            except calendar_statutory.YearNotAnnounced:
                continue


def _company(db: Database, plan: Plan, file: Path) -> None:
    """Make one company with people, policy and rows, in one unit of work: all of it or nothing."""
    system = Actor.system(source=Via.CLI)
    found = read_logins(file)
    known = {one.username: one.password for one in found}
    logins = [one for one in found if one.company != plan.code]
    with db.write(system) as session:
        company = create_company(session, system, plan.code, plan.name, is_demo=True)
        users: dict[str, int] = {}
        for person in plan.people:
            if person.login:
                user, password = _user(session, system, person.login, known)
                users[person.login] = user.id
                logins.append(Login(plan.code, person.roles[-1], person.login, password))
        actor = system.within(company.id)
        with inside(session, company.id) as within:
            cast = people(within, actor, plan, users)
            apply_pack(within, actor, loader.built_in(PACK))
            for person in plan.people:
                for role in person.roles:
                    give_role(within, actor, cast.members[person.login or person.name], role)
            for addon in loader.addons_of(PACK):
                _addon(within, addon, cast)
        _write_logins(file, logins)  # before the commit: no company without its passwords


def _user(session: Session, actor: Actor, name: str, known: dict[str, str]) -> tuple[User, str]:
    """Find or make a log-in with a random password of this installation."""
    password = known.get(name) or secrets.token_urlsafe(9)
    user = session.scalar(select(User).where(User.username == name))
    if user is None:
        user = create_user(session, actor, name, password)
    elif name not in known:
        set_password(session, actor, user, password)
    return user, password


def people(
    session: Session, actor: Actor, plan: Plan, users: Mapping[str, int] | None = None
) -> Cast:
    """Make a demo company's departments and people.

    :param users: keys of log-ins by name; people without one cannot log in.
    """
    users = users or {}
    root = session.scalars(select(Department).where(Department.parent_id.is_(None))).one()
    departments = {
        name: create_department(session, actor, name, parent=root, sort=10 * n)
        for n, (name, _leader) in enumerate(plan.departments, 1)
    }
    made: dict[str, Member] = {}
    for person in plan.people:
        made[person.name] = create_member(
            session,
            actor,
            person.name,
            person.number,
            departments[person.department],
            superior=made.get(person.superior),
            user=users.get(person.login),
        )
    session.flush()
    for name, leader in plan.departments:
        set_leaders(session, actor, departments[name], [made[leader]])
        set_in_charge(session, actor, departments[name], made[plan.in_charge])
    set_leaders(session, actor, root, [made[plan.in_charge]])
    session.flush()
    return Cast(
        plan.code, {person.login or person.name: made[person.name].id for person in plan.people}
    )


def _addon(session: Session, addon: str, cast: Cast) -> None:
    """Let an addon add its demo rows: ``<package>.demo.load(session, cast)``, where there is one."""
    package = next(a.package for a in session.registry.addons if a.addon.name == addon)
    if find_spec(f"{package}.demo") is not None:
        importlib.import_module(f"{package}.demo").load(session, cast)


def read_logins(file: Path) -> list[Login]:
    """Read the log-ins that an earlier run wrote; none where there is no file."""
    if not file.is_file():
        return []
    lines = file.read_text("utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return [Login(*row) for row in rows if len(row) == 4]


def _write_logins(file: Path, logins: list[Login]) -> None:
    """Write the log-ins, readable by their owner only."""
    text = "# company\trole\tlog-in\tpassword\n" + "".join(
        f"{one.company}\t{one.role}\t{one.username}\t{one.password}\n" for one in logins
    )
    file.touch(mode=0o600)
    file.write_text(text, "utf-8")
