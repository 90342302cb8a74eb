"""Random people share, move and decide tasks at random, and clocks strike: the promises hold.

Apart from ``test_workflow_model``, which reckons what each decision does: here all that changes
seats is played together, and after every step the promises are checked against the database.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select
from tests.core.workflow_house import (
    LEADER,
    DemoRequest,
    House,
    Made,
    Office,
    flow,
    header,
    node,
)

from zhidu.actor import Actor
from zhidu.clock import frozen_at, now
from zhidu.db import Database, Session
from zhidu.durations import Duration
from zhidu.errors import Conflict, Refused, ValidationError
from zhidu.records.models import Approval, Record, RecordReader
from zhidu.workflow import clocks, delegation, engine, queries, seats, trail
from zhidu.workflow.definition import Approver, Flow, Mode, NodeKind, OnTimeout, Timeout
from zhidu.workflow.models import (
    DECISIONS,
    FlowStep,
    InstanceStatus,
    Sign,
    StepStatus,
    Task,
    TaskStatus,
)
from zhidu.workflow.run import Run
from zhidu.workflow.seats_rules import PENDING
from zhidu.workflow.seats_striking import strike
from zhidu.workflow.standing import instance_of

PEOPLE = (
    "salesman", "team_head", "deputy", "general_manager", "finance_head", "accountant", "cashier",
    "hr_head", "admin", "auditor",
)  # fmt: skip
WHO = st.sampled_from(PEOPLE)
START = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


@st.composite
def flows(draw: st.DrawFn) -> Flow:
    """Make a flow of one to three nodes with clocks; the first approves."""
    nodes = []
    for place in range(draw(st.integers(1, 3))):
        mode = draw(st.sampled_from(Mode))
        kind = (
            NodeKind.APPROVE
            if place == 0
            else draw(st.sampled_from([NodeKind.APPROVE, NodeKind.HANDLE]))
        )
        role = draw(st.sampled_from(["finance", "finance", "hr", "leader", "manager"]))
        approver = draw(st.sampled_from([Approver("role", role), LEADER]))
        found = tuple(
            Timeout(Duration.parse(f"{draw(st.integers(1, 3))} days"), action)
            for action in draw(st.lists(st.sampled_from(OnTimeout), max_size=2))
        )
        one = node(f"n{place}", approver, mode=mode, kind=kind)
        nodes.append(replace(one, quota=50 if mode is Mode.RATIO else 2, timeouts=found))
    return flow(*nodes)


class Seats(RuleBasedStateMachine):
    """An office with two requests, in which tasks change hands."""

    template: Path
    made: Made

    def __init__(self) -> None:
        super().__init__()
        self.held = ExitStack()
        self.held.enter_context(frozen_at(START))
        self.folder = Path(tempfile.mkdtemp(prefix="zhidu-seats-"))
        path = self.folder / "office.db"
        shutil.copyfile(self.template, path)
        house = House()
        self.office = Office(Database(f"sqlite:///{path}", house.registry), house, self.made)
        self.records: list[int] = []

    def teardown(self) -> None:
        self.office.db.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.held.close()

    def actor(self, name: str) -> Actor:
        found: Actor = getattr(self.office.org, name).actor
        return found

    def attempt(self, actor: Actor, verb: Callable[[Session], object]) -> None:
        with suppress(Refused, Conflict, ValidationError), self.office.db.write(actor) as session:
            verb(session)

    def holders(self) -> list[tuple[Actor, int, bool]]:
        """List who has an open task, its key, and whether only an opinion is asked."""
        people = {getattr(self.office.org, name).id: name for name in PEOPLE}
        more = {self.office.org.sales_head.id: self.office.org.sales_head.actor}
        with self.office.db.read(self.office.system) as session:
            tasks = session.scalars(
                select(Task).where(Task.status == TaskStatus.OPEN).order_by(Task.id)
            )
            found = []
            for task in tasks:
                name = people.get(task.member_id)
                actor = self.actor(name) if name else more.get(task.member_id)
                if actor is not None:
                    found.append((actor, task.id, task.sign is Sign.CONSULT))
            return found

    def by_a_holder(
        self, data: st.DataObject, verb: Callable[[Session, Task], object], consulted: bool = False
    ) -> None:
        held = [one for one in self.holders() if one[2] is consulted]
        if held:
            actor, key, _asked = data.draw(st.sampled_from(held))
            self.attempt(actor, lambda session: verb(session, session.get_one(Task, key)))

    @initialize(made=flows(), names=st.tuples(WHO, WHO))
    def begin(self, made: Flow, names: tuple[str, str]) -> None:
        self.office.house.flow = made
        for name in names:
            with self.office.db.write(self.actor(name)) as session:
                row = self.office.draft(session)
                engine.submit(session, session.actor, row.header)
                self.records.append(row.id)

    @rule(data=st.data(), action=st.sampled_from(["yes", "yes", "yes", "no", "back"]))
    def decide(self, data: st.DataObject, action: str) -> None:
        def verb(session: Session, task: Task) -> None:
            if task.node_kind is NodeKind.HANDLE:
                engine.handle(session, session.actor, task)
            elif action == "yes":
                engine.approve(session, session.actor, task)
            elif action == "no":
                engine.reject(session, session.actor, task, "不行")
            else:
                engine.return_to_applicant(session, session.actor, task, "补")

        self.by_a_holder(data, verb)

    @rule(data=st.data(), whom=WHO, sign=st.sampled_from([Sign.BEFORE, Sign.AFTER, Sign.BESIDE]))
    def add(self, data: st.DataObject, whom: str, sign: Sign) -> None:
        member = self.actor(whom).member_id or 0
        self.by_a_holder(
            data, lambda s, task: engine.add_signer(s, s.actor, task, member, sign, "请看")
        )

    @rule(data=st.data(), whom=WHO, verb=st.sampled_from([engine.transfer, engine.consult]))
    def move(self, data: st.DataObject, whom: str, verb: Any) -> None:
        member = self.actor(whom).member_id or 0
        self.by_a_holder(data, lambda s, task: verb(s, s.actor, task, member, "请办"))

    @rule(data=st.data())
    def answer(self, data: st.DataObject) -> None:
        self.by_a_holder(data, lambda s, t: engine.answer(s, s.actor, t, "可以"), consulted=True)

    @rule(data=st.data(), name=WHO)
    def remove(self, data: st.DataObject, name: str) -> None:
        with self.office.db.read(self.office.system) as session:
            found = session.execute(
                select(Task.id, Task.parent_task_id).where(Task.parent_task_id.is_not(None))
            ).all()
            parents = {key: session.get_one(Task, up).member_id for key, up in found}
        if not parents:
            return
        key = data.draw(st.sampled_from(sorted(parents)))
        people = {getattr(self.office.org, one).id: one for one in PEOPLE}
        actor = self.actor(people.get(parents[key], name))
        self.attempt(
            actor, lambda s: engine.remove_signer(s, s.actor, s.get_one(Task, key), "不用了")
        )

    @rule(data=st.data(), name=WHO)
    def take_back(self, data: st.DataObject, name: str) -> None:
        with self.office.db.read(self.office.system) as session:
            done = session.execute(
                select(Task.id, Task.member_id).where(Task.status == TaskStatus.DONE)
            ).all()
        if not done:
            return
        key, member_id = data.draw(st.sampled_from(list(done)))
        people = {getattr(self.office.org, one).id: one for one in PEOPLE}
        actor = self.actor(people.get(member_id, name))
        self.attempt(actor, lambda s: engine.take_back(s, s.actor, s.get_one(Task, key)))

    @rule(place=st.integers(0, 1))
    def submit_or_urge(self, place: int) -> None:
        record_id = self.records[place]
        with self.office.db.read(self.office.system) as session:
            record = header(session, record_id)
            applicant, returned = record.applicant_id, record.approval is Approval.RETURNED
        name = next(one for one in PEOPLE if getattr(self.office.org, one).id == applicant)
        verb = engine.submit if returned else engine.urge
        self.attempt(self.actor(name), lambda s: verb(s, s.actor, header(s, record_id)))

    @rule(owner=WHO, helper=WHO)
    def delegate(self, owner: str, helper: str) -> None:
        giver, taker = (self.actor(one).member_id or 0 for one in (owner, helper))
        end = now() + timedelta(days=2)
        self.attempt(
            self.actor(owner), lambda s: delegation.grant(s, s.actor, giver, taker, now(), end)
        )

    @rule(hours=st.integers(1, 30))
    def time_goes_by(self, hours: int) -> None:
        self.held.close()
        self.held.enter_context(frozen_at(self.now + timedelta(hours=hours)))
        self.now = now()
        with self.office.db.write(self.office.system) as session:
            due = session.scalars(
                select(Task.id).where(Task.status == TaskStatus.OPEN, Task.due_at <= now())
            ).all()
        for key in due:
            with self.office.db.write(self.office.system) as session:
                strike(session, {"task": key})
        with self.office.db.write(self.office.system) as session:
            clocks.remind(session, {})

    now: datetime = START

    # -- what must hold, whatever happened

    @invariant()
    def promises(self) -> None:
        with self.office.db.read(self.office.system) as session:
            for record in session.scalars(select(Record)):
                self._promise(session, record)

    def _promise(self, session: Session, record: Record) -> None:
        instance = instance_of(session, record.id)
        assert instance is not None
        run = Run(session, session.actor, record, instance)
        tasks = session.scalars(select(Task).where(Task.record_id == record.id)).all()
        opened = [task for task in tasks if task.status is TaskStatus.OPEN]
        assert bool(opened) == (instance.status is InstanceStatus.RUNNING)
        for step in run.active():
            # whose turn it is follows from who has acted and who asked for whom
            turns = seats.table_of(run, step).turns(run.node(step.node_id).mode)
            assert {task.id for task in opened if task.step_id == step.id} == turns
            assert turns
        live = {step.id for step in run.active()}
        pending = [task for task in tasks if task.status in PENDING]
        assert {task.step_id for task in pending} <= live
        places = [(task.step_id, task.member_id) for task in pending]
        assert len(places) == len(set(places))  # nobody sits twice at one step
        for task in pending:
            if task.node_kind is NodeKind.APPROVE and task.sign is not Sign.CONSULT:
                assert task.member_id != record.applicant_id
        self._trail(session, record, instance, list(tasks))
        row = session.get_one(DemoRequest, record.id)
        assert row.effects == int(record.approval is Approval.APPROVED)
        readers = select(RecordReader.member_id).where(RecordReader.record_id == record.id)
        assert {task.member_id for task in tasks} <= set(session.scalars(readers))

    def _trail(self, session: Session, record: Record, instance: Any, tasks: list[Task]) -> None:
        story = queries.trail(session, record.id)
        standing = trail.replay(story)
        assert (standing.approval, standing.status) == (record.approval, instance.status)
        by_id = {task.id: task for task in tasks}
        for entry in story:
            if entry.action in DECISIONS and entry.task_id is not None:
                task = by_id[entry.task_id]
                assert (entry.member_id, entry.on_behalf_of) == (task.member_id, task.owner_id)
                if task.node_kind is NodeKind.APPROVE:
                    assert entry.member_id != record.applicant_id
        live = session.scalars(
            select(FlowStep.node_id).where(
                FlowStep.instance_id == instance.id, FlowStep.status != StepStatus.CLEARED
            )
        ).all()
        assert len(live) == len(set(live))


def test_promises_hold_while_tasks_change_hands(office_on_sqlite: tuple[Path, Made]) -> None:
    path, made = office_on_sqlite
    machine = type("Machine", (Seats,), {"template": path, "made": made})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=12,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
