"""What the approval engine promises, checked against the rows after every step of a machine."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from itertools import count
from pathlib import Path as Folder

from hypothesis.stateful import RuleBasedStateMachine, invariant
from sqlalchemy import select
from tests.core.workflow_house import DemoRequest, House, Made, Office

from zhidu.actor import Actor
from zhidu.db import Database, Session
from zhidu.errors import Conflict, NotFound, Refused, ValidationError, ZhiduError
from zhidu.records.models import Approval, Record, RecordReader
from zhidu.workflow import engine, movement, needs, queries, trail
from zhidu.workflow.definition import Flow, Mode, Node
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


class Promises(RuleBasedStateMachine):
    """An office whose every approval keeps the promises; what people do there, a child adds."""

    template: Folder
    made: Made

    def __init__(self) -> None:
        super().__init__()
        self.folder = Folder(tempfile.mkdtemp(prefix="zhidu-model-"))
        path = self.folder / "office.db"
        shutil.copyfile(self.template, path)
        house = House()
        self.office = Office(Database(f"sqlite:///{path}", house.registry), house, self.made)
        self.deleted: set[int] = set()
        self.keys = count()

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
