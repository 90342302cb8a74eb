"""The demo company without its log-ins, to try our own packs on: the same people, rows and services."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

from sqlalchemy import select

from zhidu import demo
from zhidu.access.roles import give_role
from zhidu.actor import Actor, Via
from zhidu.clock import today
from zhidu.db import Database, Session
from zhidu.jobs import schedule
from zhidu.jobs.run import drain
from zhidu.org.calendar_statutory import load_statutory
from zhidu.org.companies import create_company
from zhidu.policy import lint, loader, versions
from zhidu.policy.apply import apply_pack
from zhidu.policy.models import PolicyVersion
from zhidu.records.files import FileStore
from zhidu.records.models import Record
from zhidu.registry import Registry
from zhidu.workflow import engine
from zhidu.workflow.models import Task, TaskStatus

PACKS = {
    "process-norms": "PN-",
    "group-operations": "GO-",
    "site-operations": "SO-",
    "daily-discipline": "DD-",
    "duties": "DU-",
    "department": "DE-",
}
"""Our packs, each with the prefix of its clauses."""

PDF = b"%PDF-1.4\n% a letter\n"


def content_of(registry: Registry, pack: str) -> dict[str, Any]:
    """Read a pack of ours, which must be without errors."""
    path = loader.built_in(pack)
    found = lint.read(registry, path.read_text("utf-8"), path.name)
    assert found.content is not None, found.errors
    return dict(found.content)


@dataclass
class Firm:
    """The company and what its people do.

    :param members: keys of its people, by log-in name or name.
    """

    db: Database
    company_id: int
    members: Mapping[str, int]
    files: FileStore

    @property
    def system(self) -> Actor:
        return Actor.system(self.company_id)

    def actor(self, name: str) -> Actor:
        return Actor(
            member_id=self.members[name], company_id=self.company_id, name=name, source=Via.CLI
        )

    def apply(self, pack: str) -> int:
        """Publish a pack of ours; give its version's number."""
        with self.db.write(self.system) as session:
            version = apply_pack(session, session.actor, loader.built_in(pack), confirmed=True)
            return version.number

    def in_force(self) -> tuple[set[str], set[str], set[str]]:
        """Give the active addons, and the ids of the duties and deadlines that hold."""
        with self.db.read(self.system) as session:
            version = versions.current(session)
            assert version is not None
            content = versions.content(version)
            deadlines = {one.id for each in content.deadlines.values() for one in each}
            return set(session.active_addons) - {"core"}, set(content.duties), deadlines

    def run_jobs(self) -> None:
        """Fire the schedules that are due, and do all jobs, as the job runner does."""
        schedule.fire_due(self.db, "test")
        drain(self.db)

    # --- requests

    def leave(self, who: str, first: date | None = None) -> int:
        """Ask for a day of annual leave; give the record's key."""
        from zhidu_hr.models import LeaveType
        from zhidu_hr.rules.days import Half, Period
        from zhidu_hr.services import leave

        day = first or today() + timedelta(days=1)
        with self.db.write(self.actor(who)) as session:
            kind = session.scalars(select(LeaveType.id).where(LeaveType.code == "annual")).one()
            request = leave.draft(
                session,
                session.actor,
                leave_type_id=kind,
                period=Period(day, Half.MORNING, day, Half.AFTERNOON),
                reason="回家探亲",
            )
            engine.submit(session, session.actor, request.header)
            return request.id

    def seal(self, who: str) -> int:
        """Ask for the stamp on a letter; give the record's key."""
        from zhidu_seals.models import Seal
        from zhidu_seals.rules.kinds import DocumentType
        from zhidu_seals.services import use_requests

        with self.db.write(self.actor(who)) as session:
            key = session.scalars(select(Seal.id).where(Seal.number == "GZ-01")).one()
            wish = use_requests.Wish(key, "介绍信", DocumentType.LETTER, 1)
            request = use_requests.draft(session, session.actor, wish)
            use_requests.put_document(
                session, session.actor, request, BytesIO(PDF), "信.pdf", files=self.files
            )
            engine.submit(session, session.actor, request.header)
            return request.id

    def asked(self, record_id: int) -> list[tuple[str, str, str]]:
        """Say who is asked now: node, person, clause."""
        names = {key: name for name, key in self.members.items()}
        with self.db.read(self.system) as session:
            found = session.scalars(
                select(Task)
                .where(Task.record_id == record_id, Task.status == TaskStatus.OPEN)
                .order_by(Task.id)
            )
            return [(one.node_id, names[one.member_id], one.clause) for one in found]

    def approve(self, record_id: int, who: str) -> None:
        with self.db.write(self.actor(who)) as session:
            engine.approve(session, session.actor, _own(session, record_id))

    def handle(self, record_id: int, who: str) -> None:
        with self.db.write(self.actor(who)) as session:
            engine.handle(session, session.actor, _own(session, record_id))

    def pack_of(self, record_id: int) -> str:
        """Name the pack under which a request runs."""
        with self.db.read(self.system) as session:
            bound = session.get_one(Record, record_id).policy_version_id
            return session.get_one(PolicyVersion, bound).pack_id


def _own(session: Session, record_id: int) -> Task:
    return session.scalars(
        select(Task).where(
            Task.record_id == record_id,
            Task.member_id == session.actor.member_id,
            Task.status == TaskStatus.OPEN,
        )
    ).one()


def found(db: Database, home: Path, plan: demo.Plan = demo.DEMO) -> Firm:
    """Make one of the demo's companies under the demo's pack."""
    with db.write(Actor.system()) as session:
        load_statutory(session, session.actor, today().year)
        company = create_company(session, session.actor, plan.code, plan.name, is_demo=True)
        key = company.id
    with db.write(Actor.system(key)) as session:
        cast = demo.people(session, session.actor, plan)
        apply_pack(session, session.actor, loader.built_in(demo.PACK))
        for person in plan.people:
            for role in person.roles:
                member = cast.members[person.login or person.name]
                give_role(session, session.actor, member, role)
        for addon in loader.addons_of(demo.PACK):
            demo._addon(session, addon, cast)
    return Firm(db, key, cast.members, FileStore(home / "files"))
