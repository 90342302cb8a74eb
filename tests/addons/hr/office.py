"""A company whose people ask for leave: the real services, in a few words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from sqlalchemy import func, select

from zhidu.actor import Actor
from zhidu.db import Database, Session, ledger
from zhidu.org.calendar_statutory import load_statutory
from zhidu.policy.activation import bring_into_line
from zhidu.policy.apply import apply_pack
from zhidu.records.models import Approval, Record
from zhidu.testing.factories import (
    MadeCompany,
    MadeMember,
    Org,
    make_company,
    make_member,
    make_org,
)
from zhidu.workflow import engine
from zhidu.workflow.models import Task, TaskStatus
from zhidu_hr.models import LeaveEntry, LeaveGrant, LeaveRequest, LeaveSlot, LeaveType
from zhidu_hr.rules.days import HALF_DAY, Half, Period
from zhidu_hr.services import grants, leave

D = Decimal

PACK = """\
format: 1
policy: {id: test, title: 测试, version: "1", effective: 2026-01-01}
clauses:
  - {id: T-2, section: 请假, title: 审批, summary: 由部门负责人审批。}
  - {id: T-3, section: 请假, title: 备案, summary: 由人力资源备案。}
addons: [hr]
flows:
  hr.leave_request:
    manager: {role: admin}
    nodes:
      - {id: lead, name: 审批, approver: {dept_leader: {level: 1}}, clause: T-2}
      - {id: file, name: 备案, kind: handle, approver: {role: hr}, transition: file, clause: T-3}
"""
"""Department leader, then HR files: as in our own pack."""


def period(
    first: date | str,
    last: date | str | None = None,
    first_half: str = "am",
    last_half: str = "pm",
) -> Period:
    """Make a period; days may be written as ``2026-03-02``."""
    start = date.fromisoformat(first) if isinstance(first, str) else first
    end = date.fromisoformat(last) if isinstance(last, str) else last
    return Period(start, Half(first_half), end or start, Half(last_half))


@dataclass(frozen=True)
class Made:
    """Who is in the filled database; plain values.

    :param outsider: works in the other company, with every right there.
    """

    company: MadeCompany
    org: Org
    types: dict[str, int]
    other: MadeCompany
    outsider: MadeMember


@dataclass
class Office:
    """The company, its people, and what they do."""

    db: Database
    made: Made

    @property
    def org(self) -> Org:
        """Name the people."""
        return self.made.org

    @property
    def types(self) -> dict[str, int]:
        """Give the kinds of leave by code."""
        return self.made.types

    @property
    def system(self) -> Actor:
        """Give the actor that may do all."""
        return self.made.company.system

    def hire(self, name: str = "新人", department: str = "销售一部") -> MadeMember:
        """Take one more person in."""
        with self.db.write(self.system) as session:
            return make_member(session, name, self.org.departments[department])

    def grant(
        self,
        member: MadeMember,
        days: Decimal | int = 5,
        kind: str = "annual",
        first: str = "2026-01-01",
        last: str = "2027-12-31",
    ) -> int:
        """Let HR grant days; give the entitlement's key."""
        with self.db.write(self.org.hr_head.actor) as session:
            row = grants.grant(
                session,
                session.actor,
                member_id=member.id,
                leave_type_id=self.types[kind],
                days=D(days),
                starts_on=date.fromisoformat(first),
                expires_on=date.fromisoformat(last),
            )
            return row.id

    def draft(
        self,
        member: MadeMember,
        when: Period,
        kind: str = "annual",
        reason: str = "回家探亲",
        session: Session | None = None,
    ) -> int:
        """Let a person write a draft; give its key."""
        if session is None:
            with self.db.write(member.actor) as own:
                return self.draft(member, when, kind, reason, own)
        row = leave.draft(
            session, member.actor, leave_type_id=self.types[kind], period=when, reason=reason
        )
        return row.id

    def submit(self, member: MadeMember, key: int) -> None:
        """Let the applicant submit."""
        with self.db.write(member.actor) as session:
            engine.submit(session, session.actor, session.get_one(Record, key))

    def ask(
        self,
        member: MadeMember,
        when: Period,
        kind: str = "annual",
        reason: str = "回家探亲",
    ) -> int:
        """Let a person draft and submit in one unit of work; give the request's key."""
        with self.db.write(member.actor) as session:
            key = self.draft(member, when, kind, reason, session)
            engine.submit(session, session.actor, session.get_one(Record, key))
            return key

    def approve(self, key: int, by: MadeMember | None = None) -> None:
        """Let the team head (or another one asked) approve."""
        self._decide(key, by or self.org.team_head, "approve")

    def reject(self, key: int, by: MadeMember | None = None) -> None:
        """Let the team head reject."""
        self._decide(key, by or self.org.team_head, "reject", "人手不足")

    def send_back(self, key: int, by: MadeMember | None = None) -> None:
        """Let the team head return the request."""
        self._decide(key, by or self.org.team_head, "return_to_applicant", "请改日期")

    def file(self, key: int) -> None:
        """Let HR file."""
        self._decide(key, self.org.hr_head, "handle")

    def withdraw(self, member: MadeMember, key: int) -> None:
        """Let the applicant withdraw."""
        with self.db.write(member.actor) as session:
            engine.withdraw(session, session.actor, session.get_one(Record, key), "不去了")

    def _decide(self, key: int, by: MadeMember, verb: str, *opinion: str) -> None:
        with self.db.write(by.actor) as session:
            task = session.scalars(
                select(Task).where(
                    Task.record_id == key,
                    Task.member_id == by.id,
                    Task.status == TaskStatus.OPEN,
                )
            ).one()
            getattr(engine, verb)(session, session.actor, task, *opinion)

    def state(self, key: int) -> Approval:
        """Tell the approval status of a request."""
        with self.db.read(self.system) as session:
            return session.get_one(Record, key).approval

    def days(self, key: int) -> Decimal:
        """Tell how many days a request counts."""
        with self.db.read(self.system) as session:
            return session.get_one(LeaveRequest, key).days

    def balance(self, grant: int) -> tuple[Decimal, Decimal, Decimal]:
        """Give left, reserved and used days of an entitlement."""
        with self.db.read(self.system) as session:
            row = session.get_one(LeaveGrant, grant)
            return row.available, row.reserved, row.used


def sound(session: Session) -> None:
    """Check what must hold for the whole company at any time.

    Balances are the sum of their entries and never negative; the half days taken are exactly those
    of running and approved requests; a limited request holds exactly its days.
    """
    assert ledger.differences(session, LeaveGrant, LeaveEntry) == []
    for grant in session.scalars(select(LeaveGrant)):
        assert min(grant.available, grant.reserved, grant.used) >= 0
    taken: dict[int, set[tuple[date, Half]]] = {}
    counted: dict[int, Decimal] = {}
    for slot in session.scalars(select(LeaveSlot)):
        taken.setdefault(slot.record_id, set()).add((slot.day, slot.half))
        counted[slot.record_id] = counted.get(slot.record_id, D(0)) + HALF_DAY * slot.counted
    live: dict[int, set[tuple[date, Half]]] = {}
    for request in session.scalars(select(LeaveRequest)):
        status = request.header.approval
        reserved, used = held(session, request.id)
        if status in {Approval.IN_APPROVAL, Approval.APPROVED}:
            live[request.id] = set(request.period.slots)
            assert counted[request.id] == request.days
        limited = session.get_one(LeaveType, request.leave_type_id).limited
        running, approved = status is Approval.IN_APPROVAL, status is Approval.APPROVED
        assert reserved == (request.days if limited and running else 0)
        assert used == (request.days if limited and approved else 0)
    assert taken == live


def held(session: Session, request_id: int) -> tuple[Decimal, Decimal]:
    """Give what a request has reserved and used, by the entries."""
    found = session.execute(
        select(func.sum(LeaveEntry.reserved_delta), func.sum(LeaveEntry.used_delta)).where(
            LeaveEntry.source == f"leave:{request_id}"
        )
    ).one()
    return found[0] or D(0), found[1] or D(0)


def fill(db: Database, pack: str | Path = PACK) -> Made:
    """Make two companies under the same policy; the calendar of 2026 is announced."""
    with db.write(Actor.system()) as session:
        load_statutory(session, session.actor, 2026)
    company, other = make_company(db, "acme"), make_company(db, "beta")
    for one in (company, other):
        with db.write(one.system) as session:
            bring_into_line(session, session.actor, frozenset({"hr"}))
            apply_pack(session, session.actor, pack)
    with db.write(company.system) as session:
        org = make_org(session, users=True)
        types = {one.code: one.id for one in session.scalars(select(LeaveType))}
    with db.write(other.system) as session:
        rights = ("staff", "leader", "hr", "manager", "admin")
        outsider = make_member(session, "外人", roles=rights, user=True)
    return Made(company, org, types, other, outsider)


def weekdays(first: str, count: int) -> list[date]:
    """List Mondays to Fridays from a day on."""
    day = date.fromisoformat(first)
    found: list[date] = []
    while len(found) < count:
        if day.weekday() < 5:
            found.append(day)
        day += timedelta(days=1)
    return found
