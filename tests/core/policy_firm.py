"""A company in a database, for tests of what a policy does there."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import select
from tests.core.policy_house import House, house

from zhidu.access import roles
from zhidu.actor import Actor, Via
from zhidu.db import Database
from zhidu.org.companies import create_company
from zhidu.org.members import create_member
from zhidu.org.models import Department
from zhidu.records.models import Record
from zhidu.workflow.definition import NodeKind
from zhidu.workflow.models import FlowStep, Instance, Task, TaskStatus

MONDAY = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)


class Firm:
    """A company in a database, its administrator and its plain member."""

    def __init__(self, db: Database) -> None:
        self.house: House = house()
        self.db = db.with_registry(self.house.registry)
        with self.db.write(Actor.system()) as session:
            self.company_id = create_company(session, session.actor, "firm", "Firm").id
        self.system = Actor.system(self.company_id)
        with self.db.write(self.system) as session:
            root = session.scalars(select(Department)).one()
            boss = create_member(session, session.actor, "老板", department=root)
            clerk = create_member(session, session.actor, "职员", department=root)
            roles.give_role(session, session.actor, boss, "admin")
            self.boss = self._actor(boss.id)
            self.clerk = self._actor(clerk.id)
            self.clerk_id = clerk.id

    def _actor(self, member_id: int) -> Actor:
        return Actor(member_id=member_id, company_id=self.company_id, name="x", source=Via.CLI)

    def active(self) -> set[str]:
        with self.db.read(self.system) as session:
            return set(session.active_addons) - {"core"}

    def open_task(self, kind: str, remind_at: datetime | None = None) -> int:
        """Put a running request of a kind into the database, with one open task."""
        now = MONDAY
        with self.db.write(self.system) as session:
            record = Record(kind=kind, title="x", applicant_id=self.clerk_id, created_at=now)
            session.add(record)
            session.flush()
            instance = Instance(record_id=record.id, kind=kind, flow={}, started_at=now)
            session.add(instance)
            session.flush()
            step = FlowStep(
                instance_id=instance.id,
                record_id=record.id,
                round=1,
                node_id="lead",
                entered_at=now,
            )
            session.add(step)
            session.flush()
            task = Task(
                instance_id=instance.id,
                step_id=step.id,
                record_id=record.id,
                kind=kind,
                round=1,
                node_id="lead",
                node_name="x",
                node_kind=NodeKind.APPROVE,
                clause="T-2",
                member_id=self.clerk_id,
                status=TaskStatus.OPEN,
                opened_at=now,
                remind_at=remind_at,
            )
            session.add(task)
            session.flush()
            return task.id
