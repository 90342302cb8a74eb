"""What people see across all addons: copies, the four lists, buttons, reminders."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from tests.core.workflow_house import (
    LEADER,
    Office,
    flow,
    header,
    node,
    own_task,
    submitted,
    tasks_of,
)

from zhidu.db.activation import CompanyAddon, forget_active
from zhidu.errors import NotFound
from zhidu.events import CompanyEvent
from zhidu.notify.models import Notice
from zhidu.testing.fixtures import FrozenClock
from zhidu.workflow import clocks, engine, plugin, queries
from zhidu.workflow.definition import Approver, Cc, Flow, Mode, Node, NodeKind
from zhidu.workflow.models import Copy, Task


def test_copies_at_submit_and_at_the_end(office: Office) -> None:
    office.house.flow = flow(
        node("lead", LEADER),
        cc=(
            Cc(Approver("role", "hr"), "submit"),
            Cc(Approver("role", "finance"), "end"),
            Cc(Approver("role", "hr"), "end"),
        ),
    )
    record_id = submitted(office)
    with office.db.write(office.org.hr_head.actor) as session:
        (row,) = session.execute(queries.copies(session, office.org.hr_head.id)).all()
        assert (row.record_id, row.read_at, row.node_name) == (record_id, None, "lead")
        assert queries.counts(session, office.org.hr_head.id)["copies"] == 1
        copy = queries.copy_of(session, record_id, office.org.hr_head.id)
        assert copy is not None
        engine.mark_read(session, session.actor, copy)
        assert copy.read_at is not None
        assert queries.counts(session, office.org.hr_head.id)["copies"] == 0
        assert session.scalars(select(Copy.member_id)).all() == [office.org.hr_head.id]
    with office.db.write(office.org.team_head.actor) as session:
        engine.approve(session, session.actor, own_task(session, record_id))
        readers = session.scalars(select(Copy.member_id).order_by(Copy.member_id)).all()
        finance = {office.org.finance_head.id, office.org.accountant.id, office.org.cashier.id}
        assert set(readers) == finance | {office.org.hr_head.id}
        other = queries.copy_of(session, record_id, office.org.cashier.id)
        assert other is not None
        with pytest.raises(NotFound):
            engine.mark_read(session, session.actor, other)


def test_the_four_lists(office: Office) -> None:
    first, second, third = submitted(office), submitted(office), submitted(office)
    salesman, leader = office.org.salesman, office.org.team_head
    with office.db.write(leader.actor) as session:
        engine.approve(session, session.actor, own_task(session, first))
        assert queries.counts(session, leader.id) == {
            "todo": 2, "done": 1, "started": 0, "copies": 0,
        }  # fmt: skip
        rows = session.execute(queries.todo(session, leader.id)).all()
        assert [row.record_id for row in rows] == [third, second]
        assert rows[0].applicant_name == "卫东"
        assert rows[0].summary == {"amount": "1"}
        page = session.execute(queries.todo(session, leader.id, limit=1)).all()
        cursor = (page[0].since, page[0].id)
        rest = session.execute(queries.todo(session, leader.id, after=cursor, limit=5)).all()
        assert [row.record_id for row in [*page, *rest]] == [third, second]
        (done,) = session.execute(queries.done(session, leader.id)).all()
        assert (done.record_id, done.node_name) == (first, "lead")
    with office.db.write(salesman.actor) as session:
        office.draft(session)
        rows = session.execute(queries.started(session, salesman.id)).all()
        assert [row.node_name for row in rows] == [None, "lead", "lead", "file"]
        assert queries.counts(session, salesman.id)["started"] == 4


def test_what_an_inactive_addon_owns_is_hidden_and_comes_back(
    office: Office, clock: FrozenClock
) -> None:
    record_id = submitted(office)
    leader = office.org.team_head

    def switch(on: bool) -> None:
        with office.db.write(office.system) as session:
            session.get_one(CompanyAddon, (office.made.company, "demo")).active = on
            forget_active(session)
            event = CompanyEvent(session, session.actor, office.made.company, "demo")
            (plugin.after_activated if on else plugin.after_deactivated)(event)

    def remind() -> int:
        with office.db.write(office.system) as session:
            clocks.remind(session, {})
            return session.scalars(select(Task.reminded).where(Task.record_id == record_id)).one()

    clock.tick(hours=20)
    switch(on=False)
    with office.db.read(leader.actor) as session:
        assert queries.counts(session, leader.id)["todo"] == 0
    clock.tick(days=30)
    assert remind() == 0
    switch(on=True)
    with office.db.read(leader.actor) as session:
        (row,) = session.execute(queries.todo(session, leader.id)).all()
        assert not row.overdue
    assert remind() == 0  # four hours are left
    clock.tick(hours=5)
    assert remind() == 1
    assert remind() == 1
    clock.tick(hours=25)
    assert remind() == 2
    with office.db.read(leader.actor) as session:
        mine = select(Notice.dedupe).where(Notice.member_id == leader.id)
        assert len(session.scalars(mine).all()) == 3


def test_buttons_are_what_the_engine_takes(office: Office) -> None:
    with office.db.write(office.org.salesman.actor) as session:
        row = office.draft(session)
        record_id = row.id

        def names(actor: Any) -> list[str]:
            return [act.action for act in engine.allowed(session, actor, row.header)]

        assert names(session.actor) == ["submit"]
        engine.submit(session, session.actor, row.header)
        assert names(session.actor) == ["withdraw"]
        assert names(office.org.team_head.actor) == ["approve", "return", "reject"]
        assert names(office.org.hr_head.actor) == []
    with office.db.write(office.org.team_head.actor) as session:
        engine.approve(session, session.actor, own_task(session, record_id))
    with office.db.write(office.org.hr_head.actor) as session:
        (act,) = engine.allowed(session, session.actor, header(session, record_id))
        assert (act.action, act.transition, act.title) == ("handle", "file", "File")
        assert engine.allowed(session, office.org.salesman.actor, header(session, record_id)) == []


def test_the_nodes_of_a_record(office: Office) -> None:
    with office.db.write(office.org.salesman.actor) as session:
        row = office.draft(session)
        assert [one.id for one in engine.nodes(session, row.header)] == ["lead", "file"]
        engine.submit(session, session.actor, row.header)
        assert engine.mode_of(tasks_of(session, row.id)[0]) is Mode.ANY
        # a running record keeps its flow
        office.house.flow = None
        assert [one.id for one in engine.nodes(session, row.header)] == ["lead", "file"]
        assert engine.nodes(session, office.draft(session).header) == ()


def test_a_flow_survives_its_json() -> None:
    made = flow(
        node("a", LEADER, mode=Mode.ALL, when="amount > 1"),
        node("b", "hr", kind=NodeKind.HANDLE, transition="file"),
        cc=(Cc(Approver("role", "hr"), "submit"),),
    )
    assert Flow.from_json(made.to_json()) == made
    assert isinstance(made.nodes[0], Node)
