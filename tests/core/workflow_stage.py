"""Playing approvals in tests: people act by name, and a picture tells where a record stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from tests.core.workflow_house import KIND, DemoRequest, Office, at, header, own_task, tasks_of

from zhidu.db import Session
from zhidu.records.models import Approval
from zhidu.testing.factories import MadeMember
from zhidu.workflow import engine, queries, trail
from zhidu.workflow.definition import Approver, Branch, Flow, Path, Split, Step
from zhidu.workflow.models import Task, TaskStatus, TrailAction


def branch(name: str, *paths: Path, split: Split = Split.FIRST) -> Branch:
    """Make a branch."""
    return Branch(name, name, paths, split)


def path(name: str, *steps: Step, when: str = "", default: bool = False) -> Path:
    """Make a path of a branch."""
    return Path(name, name, steps, when, default)


@dataclass
class Stage:
    """One record and the people around it."""

    office: Office
    record_id: int

    @classmethod
    def of(cls, office: Office, flow: Flow, by: MadeMember | None = None, **values: Any) -> Stage:
        """Submit a request of the salesman, or of somebody else, under a flow."""
        office.house.flow = flow
        with office.db.write((by or office.org.salesman).actor) as session:
            row = office.draft(session, **values)
            engine.submit(session, session.actor, row.header)
            return cls(office, row.id)

    def person(self, name: str) -> MadeMember:
        """Give somebody of the office."""
        found: MadeMember = getattr(self.office.org, name)
        return found

    def do(self, name: str, verb: Callable[[Session, Task], object]) -> None:
        """Let somebody do something with the own open task."""
        with self.office.db.write(self.person(name).actor) as session:
            verb(session, own_task(session, self.record_id))

    def approve(self, *names: str) -> None:
        """Let people approve, one after the other."""
        for name in names:
            self.do(name, lambda s, t: engine.approve(s, s.actor, t, "同意"))

    def handle(self, name: str) -> None:
        """Let somebody finish a handle step."""
        self.do(name, lambda s, t: engine.handle(s, s.actor, t))

    def reject(self, name: str) -> None:
        """Let somebody reject."""
        self.do(name, lambda s, t: engine.reject(s, s.actor, t, "不行"))

    def give_back(self, name: str, node_id: str = "", *, back: bool | None = None) -> None:
        """Let somebody return the record."""
        self.do(name, lambda s, t: engine.return_to(s, s.actor, t, node_id, "改", back=back))

    def take_back(self, name: str) -> None:
        """Let somebody take the own last decision back."""
        with self.office.db.write(self.person(name).actor) as session:
            record = header(session, self.record_id)
            task = engine.own_decision(session, session.actor, record)
            engine.take_back(session, session.actor, task)

    def with_record(self, name: str, verb: Callable[..., object], *rest: Any) -> None:
        """Let somebody call a verb that takes the record."""
        with self.office.db.write(self.person(name).actor) as session:
            verb(session, session.actor, header(session, self.record_id), *rest)

    def submit(self, name: str = "salesman", **values: Any) -> None:
        """Submit again, after changing the form."""
        with self.office.db.write(self.person(name).actor) as session:
            row = session.get_one(DemoRequest, self.record_id)
            for key, value in values.items():
                setattr(row, key, value)
            session.flush()
            engine.submit(session, session.actor, row.header)

    @property
    def at(self) -> str:
        """Name where it stands."""
        with self.office.db.read(self.office.system) as session:
            return at(session, self.record_id)

    @property
    def asked(self) -> list[str]:
        """Name who is asked now, in the order of their tasks."""
        with self.office.db.read(self.office.system) as session:
            ids = [task.member_id for task in tasks_of(session, self.record_id)]
        return [self.name(one) for one in ids]

    @property
    def approval(self) -> Approval:
        """Give the approval status."""
        with self.office.db.read(self.office.system) as session:
            return header(session, self.record_id).approval

    @property
    def effects(self) -> int:
        """Count how often the effect fired."""
        with self.office.db.read(self.office.system) as session:
            return session.get_one(DemoRequest, self.record_id).effects

    @property
    def held(self) -> int:
        """Count what is held."""
        with self.office.db.read(self.office.system) as session:
            return session.get_one(DemoRequest, self.record_id).held

    def told(self, *actions: TrailAction) -> list[str]:
        """List the nodes of the trail's entries of some kinds."""
        with self.office.db.read(self.office.system) as session:
            story = queries.trail(session, self.record_id)
            return [entry.node_id for entry in story if entry.action in actions]

    def statuses(self, node_id: str) -> list[TaskStatus]:
        """Give the statuses of a node's tasks, of all visits."""
        with self.office.db.read(self.office.system) as session:
            found = select(Task).where(Task.record_id == self.record_id, Task.node_id == node_id)
            return [task.status for task in session.scalars(found.order_by(Task.id))]

    def replayed(self) -> trail.Standing:
        """Give what the trail alone tells."""
        with self.office.db.read(self.office.system) as session:
            return trail.replay(queries.trail(session, self.record_id))

    def name(self, member_id: int) -> str:
        """Name somebody by what they do."""
        org = self.office.org
        return next(
            name for name in org.__slots__ if getattr(getattr(org, name), "id", None) == member_id
        )


THREE = ["finance_head", "accountant", "cashier"]
"""Who has the role of finance."""

SMALL, LARGE = Decimal(1), Decimal(9)

BOSS = Approver("post", "general_manager")
"""Who decides where one person is enough."""


@contextmanager
def guarded(office: Office) -> Iterator[None]:
    """Let the demo's kind be one of money."""
    kind = office.house.registry.kinds[KIND]
    object.__setattr__(kind, "has_money", True)  # frozen for everybody but a test
    yield
    object.__setattr__(kind, "has_money", False)
