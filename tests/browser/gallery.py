"""The demo with work in every state, and doors to its pages as each person sees them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from zhidu import clock
from zhidu.access import scope
from zhidu.access.user import User
from zhidu.actor import Actor, Via
from zhidu.db import Session
from zhidu.org import calendar
from zhidu.org.models import Company, Member
from zhidu.testing.demo import ServedDemo
from zhidu.workflow import engine
from zhidu_hr.models import LeaveType
from zhidu_hr.rules.days import Half, Period
from zhidu_hr.services import leave

LOCALES = ("zh_Hans_CN", "zh_Hant_TW", "en")


@dataclass(frozen=True, slots=True)
class Gallery:
    """What there is to look at.

    :param pages: a short name, who looks, and the path within the company.
    """

    demo: ServedDemo
    pages: Mapping[str, tuple[str, str]]


def actor_of(session: Session, company: Company, name: str) -> Actor:
    """Act as a person of the demo, by log-in name."""
    member = session.scalars(
        select(Member)
        .join(User, User.id == Member.user_id)
        .where(User.username == name, Member.company_id == company.id)
    ).one()
    return Actor(
        user_id=member.user_id,
        member_id=member.id,
        company_id=company.id,
        name=member.name,
        source=Via.WEB,
    )


class Furnisher:
    """Makes requests by the real services, as the people of the demo."""

    def __init__(self, demo: ServedDemo) -> None:
        self.demo = demo
        with demo.db.read(Actor.system()) as session:
            self.company = session.scalars(select(Company).where(Company.code == "demo")).one()
            within = Actor.system().within(self.company.id)
        with demo.db.read(within) as session:
            self.people = {
                name: actor_of(session, self.company, name)
                for name in ("staff", "leader", "hr", "custodian", "finance", "auditor")
            }
            today = clock.today()
            self.days = sorted(
                calendar.working_days(session, today + timedelta(3), today + timedelta(90))
            )

    def ask(self, name: str, first: int, count: int = 1, reason: str = "家中有事") -> int:
        """Submit a leave request from the so-many-th working day on; give its id."""
        who = self.people[name]
        with self.demo.db.write(who) as session:
            kind = session.scalars(select(LeaveType).where(LeaveType.code == "annual")).one()
            last = self.days[first + count - 1]
            period = Period(self.days[first], Half.MORNING, last, Half.AFTERNOON)
            row: Any = leave.draft(
                session, who, leave_type_id=kind.id, period=period, reason=reason
            )
            session.flush()
            engine.submit(session, who, row.header)
            session.flush()
            return int(row.id)

    def act(self, name: str, record_id: int, verb: Any, *words: Any) -> None:
        """Let a person decide: ``act("leader", record, engine.approve, "同意")``."""
        who = self.people[name]
        with self.demo.db.write(who) as session:
            record = scope.get(session, "hr.leave_request", record_id).header
            verb(session, who, engine.task_for(session, who, record), *words)


def furnish(demo: ServedDemo) -> Gallery:
    """Put work in every state into the demo."""
    made = Furnisher(demo)
    filed = made.ask("staff", 0, 1, "陪家人看病")
    made.act("leader", filed, engine.approve, "同意")
    made.act("hr", filed, engine.handle, "已登记")
    back = made.ask("staff", 4, 2, "年度休假")
    made.act("leader", back, engine.return_to_applicant, "请写明工作交接的同事，再提交一次。")
    made.ask("staff", 8, 2, "年度休假，回老家看望父母")
    made.ask("custodian", 8, 1)
    running = made.ask("staff", 12, 1, "搬家")
    made.ask("leader", 14, 1)
    return Gallery(
        demo,
        {
            "home": ("leader", ""),
            "home_empty": ("auditor", ""),
            "list": ("leader", "hr/leave-request/"),
            "form": ("staff", "hr/leave-request/new"),
            "record": ("leader", f"hr/leave-request/{running}"),
            "record_filed": ("staff", f"hr/leave-request/{filed}"),
            "record_returned": ("staff", f"hr/leave-request/{back}"),
            "record_clauses": ("staff", f"hr/leave-request/{filed}#clauses"),
            "record_log": ("staff", f"hr/leave-request/{filed}#log"),
            "notices": ("leader", "notices/"),
            "addons": ("admin", "admin/addons/"),
            "policy": ("admin", "admin/policy/"),
            "registers": ("hr", "hr/leave-grant/"),
            "people": ("admin", "org/members/"),
            "departments": ("admin", "org/departments/"),
            "roles": ("admin", "org/roles/"),
            "calendar": ("admin", "org/calendar/"),
            "settings": ("admin", "admin/settings/"),
            "audit": ("auditor", "admin/audit/"),
            "apply": ("admin", "admin/policy/apply/"),
            "seals": ("custodian", "seals/seal/"),
            "seal_form": ("staff", "seals/use-request/new"),
            "seal_register": ("custodian", "seals/use-entry/"),
        },
    )
