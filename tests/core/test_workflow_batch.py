"""Agreeing to many at once, counters that are the lists, and a click that was sent twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select
from tests.core.workflow_house import (
    LEADER,
    DemoRequest,
    Office,
    flow,
    header,
    node,
    own_task,
    submitted,
    tasks_of,
)
from tests.core.workflow_stage import Stage

from zhidu.db import Session
from zhidu.errors import Conflict
from zhidu.records.models import Approval
from zhidu.workflow import engine, queries
from zhidu.workflow.definition import Act, Approver, FieldRight, Mode, NodeKind, Opinion, Verb
from zhidu.workflow.models import Task, TaskStatus, Trail

BOSS = Approver("post", "general_manager")


def batch(office: Office, name: str, key: str = "") -> dict[int, bool]:
    """Let somebody agree to everything on the own list; tell what was done by record."""
    actor = getattr(office.org, name).actor
    with office.db.write(actor) as session:
        tasks = session.scalars(
            select(Task).where(Task.member_id == actor.member_id, Task.status == TaskStatus.OPEN)
        ).all()
        results = engine.batch_approve(session, actor, tasks, key)
        assert all(one.done or str(one.reason) for one in results)
        assert all(one.title for one in results)
        return {one.record_id: one.done for one in results}


def test_agreeing_to_many_says_why_others_are_left_out(office: Office) -> None:
    plain = [Stage.of(office, flow(node("boss", BOSS))) for _ in range(2)]
    demands: list[dict[str, Any]] = [
        {"opinion": Opinion.REQUIRED},
        {"sign": True},
        {"attachment": True},
        {"fields": {"note": FieldRight.EDIT}},
        {"acts": (Act.RETURN,)},
        {"verb": Verb.OPINION},
        {"kind": NodeKind.MEETING},
    ]
    others = [
        Stage.of(office, flow(node("boss", BOSS, **one), node("end", "hr"))) for one in demands
    ]
    handle = Stage.of(office, flow(node("lead", LEADER), node("do", BOSS, kind=NodeKind.HANDLE)))
    handle.approve("team_head")
    done = batch(office, "general_manager")
    assert {one.record_id for one in plain} == {key for key, was in done.items() if was}
    assert len(done) == 2 + len(demands) + 1
    assert {one.approval for one in plain} == {Approval.APPROVED}
    assert {one.approval for one in others} == {Approval.IN_APPROVAL}


def test_one_that_is_refused_leaves_the_others(office: Office) -> None:
    first = Stage.of(office, flow(node("boss", BOSS)))
    second = Stage.of(office, flow(node("boss", BOSS)))
    broken = first.record_id

    def veto(hook: str) -> None:
        if hook == "on_approved" and not seen:
            seen.append(hook)
            from zhidu.errors import ValidationError

            raise ValidationError("余额不足")

    seen: list[str] = []
    office.house.veto = veto
    done = batch(office, "general_manager")
    assert done == {broken: False, second.record_id: True}
    assert (first.approval, first.effects, first.asked) == (
        Approval.IN_APPROVAL, 0, ["general_manager"],
    )  # fmt: skip
    assert (second.approval, second.effects) == (Approval.APPROVED, 1)


def test_a_batch_sent_twice_does_nothing_more(office: Office) -> None:
    stage = Stage.of(office, flow(node("one", BOSS), node("two", BOSS, opinion=Opinion.REQUIRED)))
    assert batch(office, "general_manager", "k") == {stage.record_id: True}
    with office.db.write(office.org.general_manager.actor) as session:
        earlier = session.scalars(select(Task).where(Task.node_id == "one")).all()
        (again,) = engine.batch_approve(session, session.actor, earlier, "k")
        assert again.done
    assert stage.at == "two"


# -- counters are the lists


def test_counters_are_equal_to_the_lists(office: Office) -> None:
    office.house.flow = flow(node("money", "finance", mode=Mode.ALL), node("two", "finance"))
    ids = [submitted(office) for _ in range(3)]
    Stage(office, ids[0]).approve("cashier", "accountant", "finance_head")  # merged into the end
    Stage(office, ids[1]).approve("cashier")
    for name in ("cashier", "accountant", "salesman"):
        person = getattr(office.org, name)
        with office.db.read(person.actor) as session:
            counted = queries.counts(session, person.id)
            for tab in ("todo", "done", "started", "copies"):
                rows = session.execute(queries.listing(tab, person.id, session).page()).all()
                assert counted[tab] == len(rows), tab
            assert counted["todo"] == len(
                [t for one in ids for t in tasks_of(session, one) if t.member_id == person.id]
            )


# -- the same click twice


def decisions(office: Office, record_id: int) -> int:
    with office.db.read(office.system) as session:
        found = select(func.count()).where(Trail.record_id == record_id, Trail.request_key != "")
        return session.scalar(found) or 0


VERBS: dict[str, tuple[str, Callable[[Session, Any, str], object]]] = {
    "approve": ("team_head", lambda s, r, k: engine.approve(s, s.actor, _task(s, r), key=k)),
    "reject": ("team_head", lambda s, r, k: engine.reject(s, s.actor, _task(s, r), "x", key=k)),
    "return": (
        "team_head",
        lambda s, r, k: engine.return_to(s, s.actor, _task(s, r), "", "x", key=k),
    ),
    "withdraw": ("salesman", lambda s, r, k: engine.withdraw(s, s.actor, header(s, r), key=k)),
    "jump": ("admin", lambda s, r, k: engine.jump(s, s.actor, header(s, r), "boss", "x", k)),
    "terminate": ("admin", lambda s, r, k: engine.terminate(s, s.actor, header(s, r), "x", k)),
}


def _task(session: Session, record_id: int) -> Task:
    mine = select(Task).where(
        Task.record_id == record_id, Task.member_id == session.actor.member_id
    )
    return session.scalars(mine.order_by(Task.id)).first()  # type: ignore[return-value]  # there is one


@pytest.mark.parametrize("verb", VERBS)
def test_a_second_click_does_nothing(office: Office, verb: str) -> None:
    office.house.flow = flow(node("lead", LEADER), node("boss", BOSS))
    record_id = submitted(office)
    name, act = VERBS[verb]
    pictures = []
    for _ in range(2):
        with office.db.write(getattr(office.org, name).actor) as session:
            act(session, record_id, "form-1")
        stage = Stage(office, record_id)
        pictures.append((stage.at, stage.approval, stage.held, decisions(office, record_id)))
    assert pictures[0] == pictures[1]
    assert pictures[0][3] == 1


def test_submitting_and_voiding_twice(office: Office) -> None:
    office.house.flow = flow(node("boss", BOSS), void=(node("hr", "hr"),))
    with office.db.write(office.org.salesman.actor) as session:
        record_id = office.draft(session).id
    for _ in range(2):
        with office.db.write(office.org.salesman.actor) as session:
            engine.submit(session, session.actor, header(session, record_id), "form-2")
    stage = Stage(office, record_id)
    assert stage.asked == ["general_manager"]
    stage.approve("general_manager")
    for _ in range(2):
        stage.with_record("salesman", engine.void, "x", "form-3")
    assert stage.asked == ["hr_head"]
    assert decisions(office, record_id) == 2


def test_a_key_is_one_persons_and_one_records(office: Office) -> None:
    office.house.flow = flow(node("money", "finance", mode=Mode.ALL))
    one, two = submitted(office), submitted(office)

    def approve(name: str, record_id: int) -> None:
        with office.db.write(getattr(office.org, name).actor) as session:
            task = own_task(session, record_id)
            engine.approve(session, session.actor, task, key="form-4")

    approve("cashier", one)
    for name, record_id in (("accountant", one), ("cashier", two)):
        with pytest.raises(Conflict):
            approve(name, record_id)
    with office.db.read(office.system) as session:
        assert session.get_one(DemoRequest, one).effects == 0
        assert len(tasks_of(session, two)) == 3
