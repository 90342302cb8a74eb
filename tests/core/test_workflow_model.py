"""Random people do random things in random flows: whatever they try, the engine's promises hold.

What an act should do is told by what the engine says is allowed, before it is tried; after every
step the promises are checked against the database.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from itertools import count
from pathlib import Path as Folder
from typing import Any

from hypothesis import HealthCheck, assume, event, settings
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
    KIND,
    LEADER,
    DemoRequest,
    House,
    Made,
    Office,
    Sort,
    node,
)

from zhidu.actor import Actor
from zhidu.db import Database, Session
from zhidu.errors import Conflict, NotFound, Refused, ValidationError, ZhiduError
from zhidu.records import services as records
from zhidu.records.models import Approval, Record, RecordReader
from zhidu.workflow import engine, movement, needs, queries, trail
from zhidu.workflow.definition import (
    Approver,
    Branch,
    FieldRight,
    Flow,
    Merge,
    Mode,
    Nobody,
    Node,
    NodeKind,
    Path,
    Resume,
    Split,
    Step,
    Withdraw,
    walk,
)
from zhidu.workflow.models import (
    DECISIONS,
    FlowStep,
    Instance,
    InstanceStatus,
    Purpose,
    StepStatus,
    Task,
    TaskStatus,
    Trail,
    TrailAction,
)
from zhidu.workflow.routing import Router

# mostly roles of several people: there the modes differ
ROLES = st.sampled_from(["finance", "finance", "leader", "leader", "manager", "no_such_role"])
PEOPLE = (
    "salesman", "team_head", "sales_head", "deputy", "general_manager", "finance_head",
    "accountant", "cashier", "hr_head", "admin",
)  # fmt: skip
NAMES = st.sampled_from(PEOPLE)
CONDITIONS = st.sampled_from(["amount > 3", "amount > 6", "sort == '服务'"])
APPROVERS = st.one_of(ROLES.map(lambda code: Approver("role", code)), st.just(LEADER))
AMOUNTS = st.sampled_from([Decimal(1), Decimal(5), Decimal(8)])


@st.composite
def a_node(draw: st.DrawFn, name: str, earlier: Sequence[str]) -> Node:
    """Make a node of any kind that needs no file, signature or clock."""
    kinds = [NodeKind.APPROVE] * 5 + [NodeKind.HANDLE, NodeKind.FILE_WITH]
    kind = draw(st.sampled_from([*kinds, NodeKind.AUTO, NodeKind.NOTIFY]))
    mode = draw(st.sampled_from(Mode))
    quota = {Mode.RATIO: 60, Mode.COUNT: 2}.get(mode, 0)
    before = st.sampled_from(earlier) if earlier else st.just("")
    return node(
        name,
        draw(APPROVERS),
        mode=mode,
        kind=kind,
        quota=quota,
        when=draw(st.one_of(st.just(""), st.just(""), CONDITIONS)),
        result=draw(st.sampled_from(["approve", "approve", "reject"])),
        reason="规则",
        resume=draw(st.sampled_from(Resume)),
        on_reject=draw(st.one_of(st.just(""), st.just(""), before)),
        not_same_as=tuple(one for one in [draw(st.one_of(st.just(""), before))] if one),
        nobody=draw(st.sampled_from([None, None, Nobody.MANAGER, Nobody.PASS])),
        fields={"note": FieldRight.EDIT} if draw(st.booleans()) else {},
    )


@st.composite
def lists(draw: st.DrawFn, counter: Iterator[int], depth: int) -> tuple[Step, ...]:
    """Make a list of steps, with branches inside."""
    steps: list[Step] = []
    for _ in range(draw(st.integers(1, 3))):
        if depth and draw(st.integers(0, 2)) == 0:
            split = draw(st.sampled_from(Split))
            paths = []
            for _ in range(draw(st.integers(1, 2))):
                name = f"p{next(counter)}"
                inner = draw(lists(counter, depth - 1))
                paths.append(Path(name, name, inner, draw(CONDITIONS)))
            rest = draw(lists(counter, depth - 1)) if draw(st.booleans()) else ()
            name = f"p{next(counter)}"
            paths.append(Path(name, name, rest, default=True))
            name = f"b{next(counter)}"
            steps.append(Branch(name, name, tuple(paths), split))
        else:
            earlier = [one.id for one in walk(tuple(steps))]
            steps.append(draw(a_node(f"n{next(counter)}", earlier)))
    return tuple(steps)


@st.composite
def flows(draw: st.DrawFn) -> Flow:
    """Make a flow in which at least one node approves without a condition."""
    counter = count()
    steps = draw(lists(counter, 2))
    sure = any(
        isinstance(one, Node) and one.kind is NodeKind.APPROVE and not one.when for one in steps
    )
    if not sure:
        steps = (*steps, node("must", draw(ROLES)))
    manager = draw(st.sampled_from(["admin", "admin", "no_such_role"]))
    return Flow(
        KIND,
        Approver("role", manager),
        steps,
        merge=draw(st.sampled_from(Merge)),
        watched=("amount",) if draw(st.booleans()) else (),
        withdraw=draw(st.sampled_from([Withdraw.RUNNING, *Withdraw])),
        void=(node("v1", draw(ROLES), mode=draw(st.sampled_from([Mode.ALL, Mode.ANY]))),)
        if draw(st.booleans())
        else (),
    )


class Approvals(RuleBasedStateMachine):
    """An office in which people act at random."""

    template: Folder
    made: Made
    requests = Bundle("requests")

    def __init__(self) -> None:
        super().__init__()
        self.folder = Folder(tempfile.mkdtemp(prefix="zhidu-model-"))
        path = self.folder / "office.db"
        shutil.copyfile(self.template, path)
        house = House()
        self.office = Office(Database(f"sqlite:///{path}", house.registry), house, self.made)
        self.deleted: set[int] = set()
        self.keys = count()

    def teardown(self) -> None:
        try:
            for record_id in self._running():
                self._bring_to_an_end(record_id)
        finally:
            self.office.db.close()
            shutil.rmtree(self.folder, ignore_errors=True)

    def actor(self, name: str) -> Actor:
        """Give a person of the office."""
        found: Actor = getattr(self.office.org, name).actor
        return found

    def attempt(self, name: str, verb: Callable[[Session], object]) -> ZhiduError | None:
        """Try an act in a unit of work of its own; give what it was refused with."""
        try:
            with self.office.db.write(self.actor(name)) as session:
                verb(session)
        except (Refused, Conflict, NotFound, ValidationError) as error:
            return error
        return None

    @initialize(
        target=requests,
        made=flows(),
        names=st.tuples(NAMES, NAMES),
        amounts=st.tuples(AMOUNTS, AMOUNTS),
    )
    def begin(self, made: Flow, names: tuple[str, str], amounts: tuple[Decimal, Decimal]) -> Any:
        """Begin with two requests on their way, if the engine itself does not reject them."""
        self.office.house.flow = made
        ids = []
        for name, amount in zip(names, amounts, strict=True):
            with self.office.db.write(self.actor(name)) as session:
                row = self.office.draft(session, amount=amount)
                engine.submit(session, session.actor, row.header)
                ids.append(row.id)
        return multiple(*ids)

    @rule(made=flows())
    def change_policy(self, made: Flow) -> None:
        """A new flow counts for requests to come; running ones keep theirs."""
        self.office.house.flow = made

    @rule(target=requests, name=NAMES, amount=AMOUNTS, sort=st.sampled_from(Sort))
    def draft(self, name: str, amount: Decimal, sort: Sort) -> Any:
        with self.office.db.write(self.actor(name)) as session:
            return self.office.draft(session, amount=amount, sort=sort).id

    # -- what anybody may try, as a hand-made POST does

    @rule(record_id=requests, name=NAMES, own=st.booleans())
    def submit(self, record_id: int, name: str, own: bool) -> None:
        self._as_allowed(record_id, name, "submit", engine.submit, own=own)

    @rule(record_id=requests, name=NAMES, own=st.booleans())
    def withdraw(self, record_id: int, name: str, own: bool) -> None:
        self._as_allowed(record_id, name, "withdraw", engine.withdraw, own=own)

    @rule(record_id=requests, name=NAMES, own=st.booleans())
    def void(self, record_id: int, name: str, own: bool) -> None:
        self._as_allowed(
            record_id, name, "void", lambda s, a, r: engine.void(s, a, r, "写错"), own=own
        )

    @rule(record_id=requests, name=NAMES)
    def take_back(self, record_id: int, name: str) -> None:
        self._as_allowed(
            record_id,
            name,
            "take_back",
            lambda s, a, r: engine.take_back(s, a, engine.own_decision(s, a, r)),
        )

    def _as_allowed(
        self,
        record_id: int,
        name: str,
        action: str,
        verb: Callable[[Session, Actor, Record], object],
        *,
        own: bool = False,
    ) -> None:
        """Try a verb of a record: it is taken exactly where the engine offers it."""
        assume(record_id not in self.deleted)
        before = self._record(record_id)
        if own:
            name = self._name(before.applicant_id)
        offered = action in self._offered(record_id, name)
        error = self.attempt(name, lambda s: verb(s, s.actor, s.get_one(Record, record_id)))
        assert (error is None) == offered, (action, error)
        event(f"{action}: {'done' if offered else 'refused'}")
        after = self._record(record_id)
        assert before.number in {None, after.number}

    @rule(
        record_id=requests,
        name=NAMES,
        verb=st.sampled_from(["approve", "handle", "reject", "return"]),
        pick=st.integers(0, 5),
    )
    def decide_any_task(self, record_id: int, name: str, verb: str, pick: int) -> None:
        """Anybody tries any task that ever was."""
        tasks = self._tasks(record_id)
        if tasks:
            self._decide(tasks[pick % len(tasks)], name, verb, pick)

    @rule(
        record_id=requests,
        verb=st.sampled_from(["approve"] * 5 + ["reject", "return", "return"]),
        pick=st.integers(0, 5),
    )
    def decide_own_task(self, record_id: int, verb: str, pick: int) -> None:
        """Somebody who is asked does what is asked."""
        self._decide_own(record_id, verb, pick)

    @rule(record_id=requests, picks=st.lists(st.integers(0, 5), min_size=1, max_size=6))
    def go_on(self, record_id: int, picks: list[int]) -> None:
        """Several who are asked agree, one after the other."""
        for pick in picks:
            self._decide_own(record_id, "approve", pick)
            self.promises()

    def _decide_own(self, record_id: int, verb: str, pick: int) -> bool:
        tasks = [task for task in self._tasks(record_id) if task.status is TaskStatus.OPEN]
        if not tasks:
            return False
        task = tasks[pick % len(tasks)]
        handles = task.node_kind in {NodeKind.HANDLE, NodeKind.FILE_WITH}
        return self._decide(task, self._name(task.member_id), "handle" if handles else verb, pick)

    def _decide(self, task: Task, name: str, verb: str, pick: int) -> bool:
        offer = next(
            (
                one
                for one in self._allowed(task.record_id, name)
                if one[0] == verb and one[1] == task.id
            ),
            None,
        )
        places = ("", *(offer[2] if offer else ()))
        target = places[pick % len(places)]
        back = pick % 2 == 0 if offer and offer[3] else None
        key = f"k{next(self.keys)}"

        def act(session: Session) -> None:
            found = session.get_one(Task, task.id)
            if verb == "return":
                engine.return_to(session, session.actor, found, target, "补", back=back, key=key)
            else:
                getattr(engine, verb)(session, session.actor, found, "意见", key=key)

        error = self.attempt(name, act)
        assert (error is None) == (offer is not None), (verb, error)
        event(f"{verb}: {'done' if offer else 'refused'}")
        if error is None:
            was = self._tasks(task.record_id)
            # the same form once more does nothing, whatever has become of the task
            assert self.attempt(name, act) is None
            assert [(one.id, one.version) for one in self._tasks(task.record_id)] == [
                (one.id, one.version) for one in was
            ]
        return error is None

    @rule(record_id=requests, name=NAMES, pick=st.integers(0, 9))
    def jump(self, record_id: int, name: str, pick: int) -> None:
        """The manager leads a request elsewhere; nobody else does."""
        self._lead(record_id, name, pick)

    @rule(record_id=requests, pick=st.integers(0, 9))
    def jump_as_manager(self, record_id: int, pick: int) -> None:
        self._lead(record_id, "admin", pick)

    def _lead(self, record_id: int, name: str, pick: int) -> None:
        assume(record_id not in self.deleted)
        with self.office.db.read(self.actor(name)) as session:
            record = session.get_one(Record, record_id)
            places = [one.id for one in engine.jump_places(session, session.actor, record)]
            every = [one.id for one in engine.nodes(session, record)]
        if not every:
            return
        target = every[pick % len(every)]
        error = self.attempt(
            name,
            lambda s: engine.jump(s, s.actor, s.get_one(Record, record_id), target, "改道"),
        )
        assert (error is None) == (target in places), error
        event(f"jump: {'done' if error is None else 'refused'}")

    @rule(record_id=requests, name=NAMES)
    def terminate(self, record_id: int, name: str) -> None:
        assume(record_id not in self.deleted)
        before = self._record(record_id)
        if self.attempt(
            name, lambda s: engine.terminate(s, s.actor, s.get_one(Record, record_id), "不办了")
        ):
            return
        assert name == "admin"
        assert before.applicant_id != self.actor("admin").member_id
        assert self._record(record_id).approval in {
            Approval.TERMINATED,
            Approval.APPROVED,  # what ended was the request to void it
        }

    @rule(record_id=requests, to=NAMES, pick=st.integers(0, 5))
    def hand_over(self, record_id: int, to: str, pick: int) -> None:
        tasks = [task for task in self._tasks(record_id) if task.status is TaskStatus.OPEN]
        if not tasks:
            return
        task = tasks[pick % len(tasks)]
        target = self.actor(to).member_id
        assert target is not None
        error = self.attempt(
            "admin",
            lambda s: engine.hand_over(s, s.actor, s.get_one(Task, task.id), target, "换人"),
        )
        if error is None:
            mine = [one for one in self._tasks(record_id) if one.member_id == target]
            assert TaskStatus.OPEN in {one.status for one in mine}

    @rule(name=NAMES)
    def agree_to_everything(self, name: str) -> None:
        """Agree to the whole list at once; what is left out stays as it is."""
        actor = self.actor(name)
        with self.office.db.write(actor) as session:
            tasks = session.scalars(
                select(Task).where(
                    Task.member_id == actor.member_id, Task.status == TaskStatus.OPEN
                )
            ).all()
            for result in engine.batch_approve(session, actor, tasks):
                task = session.get_one(Task, result.task_id)
                assert result.done == (task.decision == "approve") or task.status in {
                    TaskStatus.CANCELLED,
                    TaskStatus.DONE,
                }

    @rule(record_id=requests, name=NAMES, amount=AMOUNTS)
    def edit(self, record_id: int, name: str, amount: Decimal) -> None:
        assume(record_id not in self.deleted)
        before = self._record(record_id)

        def save(session: Session) -> None:
            row = session.get_one(DemoRequest, record_id)
            records.edit(session, session.actor, row, {"amount": amount}, row.header.version)

        error = self.attempt(name, save)
        own = before.applicant_id == self.actor(name).member_id
        editable = before.approval in {Approval.DRAFT, Approval.RETURNED, Approval.WITHDRAWN}
        assert (error is None) == (own and editable), error

    @rule(record_id=requests, name=NAMES, note=st.sampled_from(["甲", "乙"]))
    def edit_at_a_node(self, record_id: int, name: str, note: str) -> None:
        """Who is asked changes what the node lets them, nobody else anything."""
        assume(record_id not in self.deleted)
        with self.office.db.read(self.actor(name)) as session:
            record = session.get_one(Record, record_id)
            if record.approval is not Approval.IN_APPROVAL:
                return
            own = record.applicant_id == session.actor.member_id
            mine = [
                task
                for task in self._tasks(record_id)
                if task.member_id == session.actor.member_id and task.status is TaskStatus.OPEN
            ]
            by_id = {one.id: one for one in engine.nodes(session, record)}
            may = not own and any(by_id[task.node_id].fields for task in mine)
            changes = session.get_one(DemoRequest, record_id).note != note

        def save(session: Session) -> None:
            row = session.get_one(DemoRequest, record_id)
            engine.edit(session, session.actor, row, {"note": note}, row.header.version)

        error = self.attempt(name, save)
        assert (error is None) == (may or (bool(mine) and not own and not changes)), error

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
            for name in ("cashier", "team_head"):
                person = self.actor(name).member_id
                assert person is not None
                counted = queries.counts(session, person)
                for tab in ("todo", "done", "started"):
                    rows = session.execute(queries.listing(tab, person, session).page()).all()
                    assert counted[tab] == len(rows)

    def _promise(self, session: Session, record: Record) -> None:
        row = session.get_one(DemoRequest, record.id)
        instances = session.scalars(select(Instance).where(Instance.record_id == record.id)).all()
        if not instances:
            assert record.approval is Approval.DRAFT
            assert (queries.trail(session, record.id), row.effects, row.held) == ([], 0, 0)
            return
        # what was held is held once while it is on its way or in force, else not at all
        held = record.approval in {Approval.IN_APPROVAL, Approval.APPROVED}
        assert row.held == (1 if held else 0)
        # the effect: never more than once, exactly once when approved, undone when voided
        assert row.effects == (1 if record.approval is Approval.APPROVED else 0)
        going = [one for one in instances if one.status is not InstanceStatus.ENDED]
        assert len(going) <= 1  # a document is not voided before its approval has ended
        for instance in instances:
            self._promise_of(session, record, instance)
        readers = set(
            session.scalars(
                select(RecordReader.member_id).where(RecordReader.record_id == record.id)
            )
        )
        asked = select(Task.member_id).where(Task.record_id == record.id)
        assert set(session.scalars(asked)) <= readers

    def _promise_of(self, session: Session, record: Record, instance: Instance) -> None:
        story = [one for one in queries.trail(session, record.id) if one.instance_id == instance.id]
        tasks = list(session.scalars(select(Task).where(Task.instance_id == instance.id)))
        steps = list(session.scalars(select(FlowStep).where(FlowStep.instance_id == instance.id)))
        flow = Flow.from_json(instance.flow)
        live = [step for step in steps if step.status is not StepStatus.CLEARED]
        self._asked_or_waiting(instance, tasks, live)
        self._by_mode(record, flow, tasks, live)
        final = record.approval is (
            Approval.APPROVED if instance.purpose is Purpose.APPROVAL else Approval.VOIDED
        )
        was_voided = record.approval is Approval.VOIDED
        assert (instance.approved_at is not None) == (final or was_voided)
        # the trail alone tells the same
        told = trail.replay(story)
        if instance.purpose is Purpose.VOID or not was_voided:
            assert told.approval is record.approval
        assert told.status is instance.status
        assert told.round == instance.round
        assert told.effects == (1 if instance.approved_at else 0)
        state = told_by(live, flow)
        assert dict(told.marks) == dict(state.marks)
        assert dict(told.chosen) == dict(state.chosen)
        self._decisions(record, story, tasks)
        if instance.status in {InstanceStatus.RUNNING, InstanceStatus.WAITING}:
            self._end_is_in_reach(session, record, flow, state)

    def _asked_or_waiting(
        self, instance: Instance, tasks: list[Task], live: list[FlowStep]
    ) -> None:
        opened = [task for task in tasks if task.status is TaskStatus.OPEN]
        pending = [task for task in tasks if task.status in {TaskStatus.OPEN, TaskStatus.WAITING}]
        active = {step.id for step in live if step.status is StepStatus.ACTIVE}
        waiting = [step for step in live if step.status is StepStatus.WAITING]
        assert all(step.waiting_reason for step in waiting)
        assert {task.step_id for task in opened} == active  # each active node asks somebody
        assert {task.step_id for task in pending} <= active
        match instance.status:
            case InstanceStatus.RUNNING:
                assert opened
            case InstanceStatus.WAITING:
                assert not opened
                assert waiting
            case _:
                assert not pending
                assert not active
                assert not waiting

    def _by_mode(self, record: Record, flow: Flow, tasks: list[Task], live: list[FlowStep]) -> None:
        """The rules of a node, told by its tasks alone."""
        nodes = {one.id: one for one in flow.every_node()}
        for task in tasks:
            if needs.decides(task.node_kind):
                assert task.member_id != record.applicant_id  # not even asked
        for step in live:
            if step.status is not StepStatus.ACTIVE:
                continue
            here = [task for task in tasks if task.step_id == step.id]
            done = [task for task in here if task.status is TaskStatus.DONE]
            opened = [task for task in here if task.status is TaskStatus.OPEN]
            waiting = [task for task in here if task.status is TaskStatus.WAITING]
            match nodes[step.node_id].mode:
                case Mode.ANY:
                    assert (done, waiting) == ([], [])
                case Mode.ALL | Mode.RATIO | Mode.COUNT:
                    assert not waiting
                case Mode.SEQUENTIAL:
                    assert len(opened) == 1
                    assert all(task.position <= opened[0].position for task in done)
                    assert all(task.position > opened[0].position for task in waiting)
        self._apart(nodes, tasks, live)

    def _apart(self, nodes: dict[str, Node], tasks: list[Task], live: list[FlowStep]) -> None:
        """Nobody has decided both of two nodes that are kept apart, in what still counts."""
        counting = {step.id for step in live}
        deciders: dict[str, set[int]] = {}
        for task in tasks:
            if task.decision and task.step_id in counting:
                deciders.setdefault(task.node_id, set()).add(task.member_id)
        for one in nodes.values():
            for other in one.not_same_as:
                assert not deciders.get(one.id, set()) & deciders.get(other, set())

    def _decisions(self, record: Record, story: list[Trail], tasks: list[Task]) -> None:
        by_id = {task.id: task for task in tasks}
        seen = set()
        for entry in story:
            if entry.action not in DECISIONS:
                continue
            assert entry.task_id is not None
            task = by_id[entry.task_id]
            assert task.member_id == entry.member_id
            assert entry.clause == task.clause
            key = (entry.step_id, entry.member_id, entry.turn)
            assert key not in seen  # nobody decides twice on one visit, but after taking back
            seen.add(key)
            if needs.decides(task.node_kind):
                assert entry.member_id != record.applicant_id
        decided = {task.id for task in tasks if task.decision}
        assert decided == {task.id for task in tasks if task.status is TaskStatus.DONE}
        assert decided <= {
            entry.task_id for entry in story if entry.action in (*DECISIONS, TrailAction.MERGE)
        }

    def _end_is_in_reach(
        self, session: Session, record: Record, flow: Flow, state: movement.State
    ) -> None:
        """If everybody agrees from here, the flow comes to its end."""
        kind = session.registry.kinds[record.kind]
        router = Router(session, kind, record, session.get_one(DemoRequest, record.id))
        marks, chosen = dict(state.marks), dict(state.chosen)
        for _ in range(100):
            going = {movement.Mark.ACTIVE, movement.Mark.WAITING}
            for name in [name for name, mark in marks.items() if mark in going]:
                marks[name] = movement.Mark.PASSED
            plan = movement.plan(flow.nodes, movement.State(marks, chosen), router.applies)
            if plan.ended:
                return
            chosen |= {branch.id: taken for branch, taken in plan.chosen}
            marks |= {one.id: movement.Mark.SKIPPED for one in plan.skipped}
            marks |= {one.id: movement.Mark.ACTIVE for one in plan.entered}
        raise AssertionError("no end in reach")

    # -- the end

    def _running(self) -> list[int]:
        with self.office.db.read(self.office.system) as session:
            going = (InstanceStatus.RUNNING, InstanceStatus.WAITING)
            found = select(Instance.record_id).where(Instance.status.in_(going))
            return list(session.scalars(found.distinct()))

    def _bring_to_an_end(self, record_id: int) -> None:
        """Everybody agrees: it comes to its end, or it waits and says why."""
        for _ in range(60):
            opened = [one for one in self._tasks(record_id) if one.status is TaskStatus.OPEN]
            if not opened:
                break
            # nobody is asked who may not decide
            assert self._decide_own(record_id, "approve", 0)
        self.promises()
        with self.office.db.read(self.office.system) as session:
            instances = session.scalars(select(Instance).where(Instance.record_id == record_id))
            assert {one.status for one in instances} <= {
                InstanceStatus.ENDED,
                InstanceStatus.WAITING,
            }

    # -- looking

    def _allowed(self, record_id: int, name: str) -> list[tuple[str, int, tuple[str, ...], bool]]:
        with self.office.db.read(self.actor(name)) as session:
            record = session.get_one(Record, record_id)
            return [
                (
                    one.action,
                    one.task.id if one.task else 0,
                    tuple(place.id for place in one.places),
                    one.resume,
                )
                for one in engine.allowed(session, session.actor, record)
            ]

    def _offered(self, record_id: int, name: str) -> set[str]:
        return {one[0] for one in self._allowed(record_id, name)}

    def _record(self, record_id: int) -> Record:
        with self.office.db.read(self.office.system) as session:
            found = session.get_one(Record, record_id)
            session.expunge(found)
            return found

    def _tasks(self, record_id: int) -> list[Task]:
        with self.office.db.read(self.office.system) as session:
            wanted = select(Task).where(Task.record_id == record_id).order_by(Task.id)
            return list(session.scalars(wanted))

    def _name(self, member_id: int) -> str:
        return next(name for name in self.office.org.__slots__ if self._is(name, member_id))

    def _is(self, name: str, member_id: int) -> bool:
        return getattr(getattr(self.office.org, name), "id", None) == member_id


def told_by(live: list[FlowStep], flow: Flow) -> movement.State:
    """Read marks and choices from the rows, apart from the engine's own reading."""
    nodes = {one.id for one in flow.every_node()}
    marks = {step.node_id: step.status.mark for step in live if step.node_id in nodes}
    chosen = {
        step.node_id: tuple(filter(None, step.note.split(";")[0].split(",")))
        for step in live
        if step.node_id and step.node_id not in nodes
    }
    if any(not step.node_id for step in live):  # the flow as a whole waits
        marks[""] = movement.Mark.WAITING
    return movement.State({key: mark for key, mark in marks.items() if mark}, chosen)


def test_promises_hold(office_on_sqlite: tuple[Folder, Made]) -> None:
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
