"""Random people do random things: whatever they try, the engine's promises hold.

The model knows what each act should do, reckoned apart from the engine's own code; after every
step the promises are checked against the database.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, assume, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
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
    Sort,
    flow,
    node,
    waits_for,
)

from zhidu.actor import Actor
from zhidu.db import Database, Session
from zhidu.errors import Conflict, Refused, ValidationError, ZhiduError
from zhidu.records import services as records
from zhidu.records.models import Approval, Record, RecordReader
from zhidu.workflow import engine, queries, trail
from zhidu.workflow.definition import Approver, Flow, Mode, Node, NodeKind
from zhidu.workflow.models import (
    DECISIONS,
    Instance,
    InstanceStatus,
    Task,
    TaskStatus,
    Trail,
    TrailAction,
)

MODES = st.sampled_from([Mode.ALL, Mode.ANY, Mode.SEQUENTIAL])
# mostly roles of several people: there the modes differ
ROLES = st.sampled_from(["finance", "finance", "leader", "leader", "manager", "no_such_role"])
PEOPLE = (
    "salesman", "team_head", "sales_head", "deputy", "general_manager", "finance_head",
    "accountant", "cashier", "hr_head", "admin",
)  # fmt: skip


@st.composite
def flows(draw: st.DrawFn) -> Flow:
    """Make a flow of one to four nodes; at least one approves without a condition."""
    nodes: list[Node] = []
    for place in range(draw(st.integers(1, 4))):
        kind = draw(st.sampled_from([NodeKind.APPROVE, NodeKind.APPROVE, NodeKind.HANDLE]))
        approver = draw(st.one_of(ROLES.map(lambda code: Approver("role", code)), st.just(LEADER)))
        when = draw(st.sampled_from(["", "", "amount > 3", "sort == '服务'"]))
        nodes.append(node(f"n{place}", approver, mode=draw(MODES), kind=kind, when=when))
    if not any(one.kind is NodeKind.APPROVE and not one.when for one in nodes):
        nodes.insert(0, node("must", draw(ROLES)))
    manager = draw(st.sampled_from(["admin", "no_such_role"]))
    return flow(*nodes, manager=Approver("role", manager))


class Approvals(RuleBasedStateMachine):
    """An office in which people act at random."""

    template: Path
    made: Made
    requests = Bundle("requests")

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="zhidu-model-"))
        path = self.folder / "office.db"
        shutil.copyfile(self.template, path)
        house = House()
        self.office = Office(Database(f"sqlite:///{path}", house.registry), house, self.made)
        self.deleted: set[int] = set()

    def teardown(self) -> None:
        self.office.db.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def actor(self, name: str) -> Actor:
        """Give a person of the office."""
        found: Actor = getattr(self.office.org, name).actor
        return found

    def attempt(self, name: str, verb: Callable[[Session], None]) -> ZhiduError | None:
        """Try an act in a unit of work of its own; give what it was refused with."""
        try:
            with self.office.db.write(self.actor(name)) as session:
                verb(session)
        except (Refused, Conflict, ValidationError) as error:
            return error
        return None

    @initialize(target=requests, made=flows(), names=st.tuples(*[st.sampled_from(PEOPLE)] * 2))
    def begin(self, made: Flow, names: tuple[str, str]) -> Any:
        """Begin with two requests on their way."""
        self.office.house.flow = made
        ids = []
        for name in names:
            with self.office.db.write(self.actor(name)) as session:
                row = self.office.draft(session, amount=Decimal(5))
                engine.submit(session, session.actor, row.header)
                ids.append(row.id)
        return multiple(*ids)

    @rule(made=flows())
    def change_policy(self, made: Flow) -> None:
        """A new flow counts for requests to come; running ones keep theirs."""
        self.office.house.flow = made

    @rule(
        target=requests,
        name=st.sampled_from(PEOPLE),
        amount=st.sampled_from([Decimal(1), Decimal(5)]),
        sort=st.sampled_from(Sort),
    )
    def draft(self, name: str, amount: Decimal, sort: Sort) -> Any:
        with self.office.db.write(self.actor(name)) as session:
            row = self.office.draft(session, amount=amount, sort=sort)
            return row.id

    @rule(record_id=requests, name=st.sampled_from(PEOPLE))
    def submit_as_anybody(self, record_id: int, name: str) -> None:
        assume(record_id not in self.deleted)
        self._submit(record_id, name)

    @rule(record_id=requests)
    def submit(self, record_id: int) -> None:
        assume(record_id not in self.deleted)
        self._submit(record_id, self._name(self._record(record_id).applicant_id))

    def _submit(self, record_id: int, name: str) -> None:
        before = self._record(record_id)
        error = self.attempt(
            name,
            lambda s: engine.submit(s, s.actor, s.get_one(Record, record_id)),
        )
        own = before.applicant_id == self.actor(name).member_id
        editable = before.approval in {Approval.DRAFT, Approval.RETURNED, Approval.WITHDRAWN}
        assert (error is None) == (own and editable), error
        after = self._record(record_id)
        if error is None:
            assert after.number is not None
            assert before.number in {None, after.number}

    @rule(record_id=requests, name=st.sampled_from(PEOPLE))
    def withdraw(self, record_id: int, name: str) -> None:
        assume(record_id not in self.deleted)
        before = self._record(record_id)
        error = self.attempt(
            name, lambda s: engine.withdraw(s, s.actor, s.get_one(Record, record_id))
        )
        own = before.applicant_id == self.actor(name).member_id
        may = before.approval in {Approval.IN_APPROVAL, Approval.RETURNED}
        assert (error is None) == (own and may), error

    @rule(
        record_id=requests,
        name=st.sampled_from(PEOPLE),
        verb=st.sampled_from(["approve", "handle", "reject", "return_to_applicant"]),
        pick=st.integers(0, 5),
    )
    def decide_any_task(self, record_id: int, name: str, verb: str, pick: int) -> None:
        """Anybody tries any task that ever was, as a hand-made POST does."""
        tasks = self._tasks(record_id)
        if tasks:
            self._decide(tasks[pick % len(tasks)], name, verb)

    @rule(
        record_id=requests,
        verb=st.sampled_from(["approve"] * 6 + ["reject", "return_to_applicant"]),
        pick=st.integers(0, 5),
    )
    def decide_own_task(self, record_id: int, verb: str, pick: int) -> None:
        """Somebody who is asked does what is asked."""
        self._decide_own(record_id, verb, pick)

    @rule(record_id=requests, picks=st.lists(st.integers(0, 5), min_size=1, max_size=4))
    def go_on(self, record_id: int, picks: list[int]) -> None:
        """Several who are asked agree, one after the other."""
        for pick in picks:
            self._decide_own(record_id, "approve", pick)
            self.promises()

    def _decide_own(self, record_id: int, verb: str, pick: int) -> None:
        tasks = [task for task in self._tasks(record_id) if task.status is TaskStatus.OPEN]
        if tasks:
            task = tasks[pick % len(tasks)]
            kind = "handle" if task.node_kind is NodeKind.HANDLE else verb
            self._decide(task, self._name(task.member_id), kind)

    def _decide(self, task: Task, name: str, verb: str) -> None:
        record = self._record(task.record_id)
        actor = self.actor(name)

        def act(session: Session) -> None:
            found = session.get_one(Task, task.id)
            if verb in {"approve", "handle"}:
                getattr(engine, verb)(session, session.actor, found)
            else:
                getattr(engine, verb)(session, session.actor, found, "意见")

        error = self.attempt(name, act)
        kind = NodeKind.HANDLE if verb == "handle" else NodeKind.APPROVE
        may = (
            task.status is TaskStatus.OPEN
            and task.member_id == actor.member_id
            and task.node_kind is kind
            and not (kind is NodeKind.APPROVE and actor.member_id == record.applicant_id)
        )
        assert (error is None) == may, error
        if error is None:
            assert self._tasks(task.record_id, task.id)[0].status is TaskStatus.DONE

    @rule(record_id=requests, name=st.sampled_from(PEOPLE), amount=st.sampled_from([1, 5]))
    def edit(self, record_id: int, name: str, amount: int) -> None:
        assume(record_id not in self.deleted)
        before = self._record(record_id)

        def save(session: Session) -> None:
            row = session.get_one(DemoRequest, record_id)
            records.edit(
                session, session.actor, row, {"amount": Decimal(amount)}, row.header.version
            )

        error = self.attempt(name, save)
        own = before.applicant_id == self.actor(name).member_id
        editable = before.approval in {Approval.DRAFT, Approval.RETURNED, Approval.WITHDRAWN}
        assert (error is None) == (own and editable), error

    @rule(record_id=requests)
    def delete(self, record_id: int) -> None:
        assume(record_id not in self.deleted)
        before = self._record(record_id)
        error = self.attempt(
            self._name(before.applicant_id),
            lambda s: records.delete_draft(s, s.actor, s.get_one(DemoRequest, record_id)),
        )
        assert (error is None) == (before.approval is Approval.DRAFT), error
        if error is None:
            self.deleted.add(record_id)

    @rule()
    def look_again_for_people(self) -> None:
        with self.office.db.write(self.office.system) as session:
            engine.retry_waiting(session)

    # -- what must hold, whatever happened

    @invariant()
    def promises(self) -> None:
        with self.office.db.read(self.office.system) as session:
            for record in session.scalars(select(Record)):
                self._promise(session, record)

    def _promise(self, session: Session, record: Record) -> None:
        instance = queries.instance_of(session, record.id)
        story = queries.trail(session, record.id)
        row = session.get_one(DemoRequest, record.id)
        tasks = session.scalars(select(Task).where(Task.record_id == record.id)).all()
        if instance is None:
            assert record.approval is Approval.DRAFT
            assert (story, list(tasks), row.effects, row.held) == ([], [], 0, 0)
            return
        opened = [task for task in tasks if task.status is TaskStatus.OPEN]
        self._asked_or_waiting(session, instance, opened)
        self._by_mode(record, instance, list(tasks))
        # what was held is held once while it is on its way or approved, else not at all
        on_its_way = record.approval in {Approval.IN_APPROVAL, Approval.APPROVED}
        assert row.held == (1 if on_its_way else 0)
        # the effect: never more than once, exactly once when approved
        assert row.effects == (1 if record.approval is Approval.APPROVED else 0)
        assert (instance.approved_at is not None) == (record.approval is Approval.APPROVED)
        # the trail alone tells the same
        standing = trail.replay(story)
        assert standing.approval is record.approval
        assert standing.status is instance.status
        assert standing.round == instance.round
        assert standing.effects == row.effects
        self._decisions(record, story, tasks)
        readers = set(
            session.scalars(
                select(RecordReader.member_id).where(RecordReader.record_id == record.id)
            )
        )
        assert {task.member_id for task in tasks} <= readers

    def _asked_or_waiting(self, session: Session, instance: Instance, opened: list[Task]) -> None:
        match instance.status:
            case InstanceStatus.RUNNING:
                assert opened
                assert {task.round for task in opened} == {instance.round}
            case InstanceStatus.WAITING:
                assert not opened
                assert waits_for(session, instance.record_id)
            case _:
                assert not opened

    def _by_mode(self, record: Record, instance: Instance, tasks: list[Task]) -> None:
        """The rules of a node, told by its tasks alone."""
        modes = {one.id: one.mode for one in Flow.from_json(instance.flow).nodes}
        for task in tasks:
            if task.node_kind is NodeKind.APPROVE:
                assert task.member_id != record.applicant_id  # not even asked
        if instance.status is not InstanceStatus.RUNNING:
            return
        present = next(task.node_id for task in tasks if task.status is TaskStatus.OPEN)
        here = [
            task
            for task in tasks
            if task.round == instance.round and task.node_id == present
        ]
        done = [task for task in here if task.status is TaskStatus.DONE]
        opened = [task for task in here if task.status is TaskStatus.OPEN]
        waiting = [task for task in here if task.status is TaskStatus.WAITING]
        match modes[present]:
            case Mode.ANY | Mode.RATIO | Mode.COUNT:
                assert (done, waiting) == ([], [])
            case Mode.ALL:
                assert not waiting
            case Mode.SEQUENTIAL:
                assert len(opened) == 1
                assert all(task.position < opened[0].position for task in done)
                assert all(task.position > opened[0].position for task in waiting)

    def _decisions(self, record: Record, story: list[Trail], tasks: Any) -> None:
        by_id = {task.id: task for task in tasks}
        seen = set()
        for entry in story:
            if entry.action not in DECISIONS:
                continue
            assert entry.task_id is not None
            task = by_id[entry.task_id]
            assert task.member_id == entry.member_id
            assert task.status is TaskStatus.DONE
            assert entry.clause == task.clause
            key = (entry.round, entry.node_id, entry.member_id)
            assert key not in seen  # nobody decides twice on one node between two submits
            seen.add(key)
            if entry.action is not TrailAction.HANDLE:
                assert entry.member_id != record.applicant_id
        done = {task.id for task in tasks if task.status is TaskStatus.DONE}
        decided = (*DECISIONS, TrailAction.MERGE)
        assert done == {entry.task_id for entry in story if entry.action in decided}

    # -- looking

    def _record(self, record_id: int) -> Record:
        with self.office.db.read(self.office.system) as session:
            found = session.get_one(Record, record_id)
            session.expunge(found)
            return found

    def _tasks(self, record_id: int, task_id: int | None = None) -> list[Task]:
        with self.office.db.read(self.office.system) as session:
            wanted = select(Task).where(Task.record_id == record_id).order_by(Task.id)
            if task_id is not None:
                wanted = wanted.where(Task.id == task_id)
            return list(session.scalars(wanted))

    def _name(self, member_id: int) -> str:
        return next(name for name in self.office.org.__slots__ if self._is(name, member_id))

    def _is(self, name: str, member_id: int) -> bool:
        return getattr(getattr(self.office.org, name), "id", None) == member_id


def test_promises_hold(office_on_sqlite: tuple[Path, Made]) -> None:
    path, made = office_on_sqlite
    machine = type("Machine", (Approvals,), {"template": path, "made": made})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=12,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
