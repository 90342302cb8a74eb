"""Random people do random things in random flows: whatever they try, the engine's promises hold.

What an act should do is told by what the engine says is allowed, before it is tried; after every
step the promises are checked against the database.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path as Folder
from typing import Any

from hypothesis import HealthCheck, assume, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, initialize, multiple, rule, run_state_machine_as_test
from sqlalchemy import select
from tests.core.workflow_flows import AMOUNTS, NAMES, flows
from tests.core.workflow_house import DemoRequest, Made, Sort
from tests.core.workflow_promises import Promises

from zhidu.actor import Actor
from zhidu.db import Session
from zhidu.records import services as records
from zhidu.records.models import Approval, Record
from zhidu.workflow import engine
from zhidu.workflow.definition import Flow, NodeKind
from zhidu.workflow.models import Instance, InstanceStatus, Task, TaskStatus


class Approvals(Promises):
    """An office in which people act at random."""

    requests = Bundle("requests")

    def teardown(self) -> None:
        try:
            for record_id in self._running():
                self._bring_to_an_end(record_id)
        finally:
            self.office.db.close()
            shutil.rmtree(self.folder, ignore_errors=True)

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
