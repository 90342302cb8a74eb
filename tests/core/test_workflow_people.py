"""Who is asked: nobody found, the applicant found, people who left, conditions, copies, lists."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from tests.core.workflow_house import (
    KIND,
    LEADER,
    DemoRequest,
    Office,
    Sort,
    flow,
    header,
    instance_of,
    node,
    own_task,
    tasks_of,
)

from zhidu.db import Session
from zhidu.db.activation import CompanyAddon, forget_active
from zhidu.errors import NotFound
from zhidu.events import CompanyEvent
from zhidu.notify.models import Notice
from zhidu.org.members import leave, set_superior
from zhidu.org.models import Member
from zhidu.records.models import Record
from zhidu.testing.factories import MadeMember
from zhidu.testing.fixtures import FrozenClock
from zhidu.workflow import clocks, engine, find, plugin, queries
from zhidu.workflow.definition import Approver, Cc, Flow, Mode, Node, NodeKind
from zhidu.workflow.errors import Waiting
from zhidu.workflow.models import Copy, InstanceStatus, Origin, Task, TrailAction


def submit(office: Office, by: MadeMember | None = None, **values: Any) -> int:
    with office.db.write((by or office.org.salesman).actor) as session:
        row = office.draft(session, **values)
        engine.submit(session, session.actor, row.header)
        return row.id


def asked(session: Session, record_id: int) -> list[tuple[int, Origin]]:
    return [(task.member_id, task.origin) for task in tasks_of(session, record_id)]


def nobody() -> Approver:
    return Approver("role", "no_such_role")


# -- nobody, the applicant, those who left


def test_nobody_found_goes_to_the_superior(office: Office) -> None:
    office.house.flow = flow(node("x", nobody()))
    record_id = submit(office)
    with office.db.read(office.system) as session:
        assert asked(session, record_id) == [(office.org.team_head.id, Origin.SUPERIOR)]


def test_without_a_superior_to_the_flows_manager(office: Office) -> None:
    office.house.flow = flow(node("x", nobody()))
    record_id = submit(office, office.org.general_manager)
    with office.db.read(office.system) as session:
        assert asked(session, record_id) == [(office.org.admin.id, Origin.MANAGER)]


@pytest.mark.parametrize(
    ("approver", "reason"),
    [
        (nobody(), Waiting.NOBODY),
        (Approver("post", "general_manager"), Waiting.ONLY_APPLICANT),
    ],
)
def test_else_it_waits_and_the_administrators_are_told(
    office: Office, approver: Approver, reason: Waiting
) -> None:
    office.house.flow = flow(node("x", approver), manager=nobody())
    boss = office.org.general_manager
    record_id = submit(office, boss)
    with office.db.write(office.system) as session:
        instance = instance_of(session, record_id)
        assert (instance.status, instance.waiting_reason) == (InstanceStatus.WAITING, reason)
        assert tasks_of(session, record_id) == []
        told = session.scalars(select(Notice).where(Notice.record_id == record_id)).all()
        assert [notice.member_id for notice in told] == [office.org.admin.id]
        assert engine.waiting_text(session, header(session, record_id)) is not None
        assert [step.note for step in engine.upcoming(session, header(session, record_id))] == [
            reason
        ]
        # nothing changed: it goes on waiting and nobody is told again
        assert engine.retry_waiting(session) == 0
        assert len(session.scalars(select(Notice.id)).all()) == 1
        set_superior(session, session.actor, office.org.deputy.id, None)
        set_superior(session, session.actor, boss.id, office.org.deputy.id)
        assert engine.retry_waiting(session) == 1
        assert asked(session, record_id) == [(office.org.deputy.id, Origin.SUPERIOR)]
        assert instance_of(session, record_id).status is InstanceStatus.RUNNING
        actions = [one.action for one in queries.trail(session, record_id)]
        assert actions == [TrailAction.SUBMIT, TrailAction.WAIT, TrailAction.RESUME]


def test_a_waiting_request_can_be_withdrawn(office: Office) -> None:
    office.house.flow = flow(node("x", nobody()), manager=nobody())
    record_id = submit(office, office.org.general_manager)
    with office.db.write(office.org.general_manager.actor) as session:
        engine.withdraw(session, session.actor, header(session, record_id))
        assert engine.retry_waiting(session) == 0


def test_who_has_left_is_never_asked(office: Office) -> None:
    with office.db.write(office.system) as session:
        leave(session, session.actor, session.get_one(Member, office.org.cashier.id))
    office.house.flow = flow(node("money", "finance", mode=Mode.ALL))
    record_id = submit(office)
    with office.db.read(office.system) as session:
        assert asked(session, record_id) == [
            (office.org.finance_head.id, Origin.RESOLVED),
            (office.org.accountant.id, Origin.RESOLVED),
        ]


def test_a_stand_in_who_is_asked_already_is_asked_once(office: Office) -> None:
    # the accountant's superior is the head of finance, who has the role, too
    office.house.flow = flow(node("money", "finance", mode=Mode.ALL))
    record_id = submit(office, office.org.accountant)
    with office.db.read(office.system) as session:
        assert [one for one, _ in asked(session, record_id)] == [
            office.org.finance_head.id,
            office.org.cashier.id,
        ]


def test_handling_the_own_request_is_no_decision(office: Office) -> None:
    office.house.flow = flow(
        node("boss", "manager"), node("file", "hr", kind=NodeKind.HANDLE, transition="file")
    )
    record_id = submit(office, office.org.hr_head)
    with office.db.write(office.org.general_manager.actor) as session:
        engine.approve(session, session.actor, own_task(session, record_id))
    with office.db.write(office.org.hr_head.actor) as session:
        engine.handle(session, session.actor, own_task(session, record_id))
        assert header(session, record_id).execution == "filed"


def test_the_same_person_is_asked_on_each_node(office: Office) -> None:
    office.house.flow = flow(node("one", "manager"), node("two", "manager"))
    record_id = submit(office)
    for expected in ("one", "two"):
        with office.db.write(office.org.general_manager.actor) as session:
            task = own_task(session, record_id)
            assert task.node_id == expected
            engine.approve(session, session.actor, task)


# -- the resolvers


@pytest.mark.parametrize(
    ("approver", "expected"),
    [
        (Approver("dept_leader", {"level": 1}), ["team_head"]),
        (Approver("dept_leader", 2), ["sales_head"]),
        (Approver("dept_leader", {"level": 3}), ["general_manager"]),
        (Approver("dept_leader", {"level": 4}), []),
        (Approver("superior"), ["team_head"]),
        (Approver("superior", True), ["team_head"]),
        (Approver("role", "finance"), ["finance_head", "accountant", "cashier"]),
        (Approver("post", "cashier"), ["cashier"]),
        (Approver("user", "nobody"), []),
        (Approver("field", "keeper"), ["custodian"]),
        (Approver("field", "keeper_id"), ["custodian"]),
        (Approver("field", "keeper.superior"), ["admin"]),
        (Approver("field", "header.applicant"), ["salesman"]),
        (Approver("field", "note.nothing"), []),
    ],
)
def test_resolvers(office: Office, approver: Approver, expected: list[str]) -> None:
    with office.db.write(office.org.salesman.actor) as session:
        row = office.draft(session, keeper_id=office.org.custodian.id)
        resolver = session.registry.resolvers[approver.resolver]
        assert resolver.check(approver.argument) == ""
        found = resolver.find(session, row.header, approver.argument)
        assert list(found) == [getattr(office.org, name).id for name in expected]


@pytest.mark.parametrize(
    ("resolver", "argument"),
    [
        ("dept_leader", {"level": 0}),
        ("dept_leader", {"level": "1"}),
        ("dept_leader", {"levels": 1}),
        ("dept_leader", 10),
        ("superior", 2),
        ("role", ""),
        ("role", 3),
        ("user", None),
        ("post", []),
        ("field", "__class__"),
        ("field", "a..b"),
        ("field", "Keeper"),
    ],
)
def test_a_wrong_argument_is_named(office: Office, resolver: str, argument: Any) -> None:
    assert office.house.registry.resolvers[resolver].check(argument)


def test_a_field_must_be_one_of_the_kind(office: Office) -> None:
    kind = office.house.registry.kinds[KIND]
    assert find.check_field(kind, "keeper") == ""
    assert find.check_field(kind, "keeper.superior") == ""
    assert "keeper_id" in find.check_field(kind, "keper")


# -- conditions


@pytest.mark.parametrize(
    ("amount", "sort", "path"),
    [
        (Decimal(1), Sort.THING, ["lead"]),
        (Decimal("3.5"), Sort.THING, ["lead", "boss"]),
        (Decimal("3.5"), Sort.SERVICE, ["lead", "boss", "money"]),
    ],
)
def test_conditions_choose_the_path(
    office: Office, amount: Decimal, sort: Sort, path: list[str]
) -> None:
    office.house.flow = flow(
        node("lead", LEADER),
        node("boss", "manager", when="amount > 3"),
        node("money", "accountants", when="sort == '服务' and (keeper ?? 0) == 0"),
        manager=Approver("post", "accountant"),
    )
    with office.db.write(office.org.salesman.actor) as session:
        row = office.draft(session, amount=amount, sort=sort)
        seen = engine.preview(session, session.actor, row)
        assert [step.node.id for step in seen if not step.skipped] == path
        assert all(step.names or step.skipped for step in seen)
        engine.submit(session, session.actor, row.header)
        record_id = row.id
    walked = []
    for _ in path:
        with office.db.write(office.system) as session:
            (task,) = tasks_of(session, record_id)
            walked.append(task.node_id)
            member = session.get_one(Member, task.member_id)
        with office.db.write(
            office.org.salesman.actor.__class__(
                user_id=None, member_id=member.id, company_id=office.made.company
            )
        ) as session:
            upcoming = [
                step.node.id
                for step in engine.upcoming(session, header(session, record_id))
                if not step.skipped
            ]
            assert walked + upcoming == path
            engine.approve(session, session.actor, own_task(session, record_id))
    assert walked == path
    with office.db.read(office.system) as session:
        assert session.get_one(DemoRequest, record_id).effects == 1
        skipped = {
            one.node_id
            for one in queries.trail(session, record_id)
            if one.action is TrailAction.SKIP
        }
        assert skipped == {"lead", "boss", "money"} - set(path)


def test_facts_that_change_on_the_way_never_pass_a_request_by_nobody(office: Office) -> None:
    """A handle node comes first; then the only approving step stops to apply."""
    from zhidu.records.services import amend

    office.house.flow = flow(
        node("check", "hr", kind=NodeKind.HANDLE), node("boss", "manager", when="amount > 3")
    )
    record_id = submit(office, amount=Decimal(5))
    with office.db.write(office.system) as session:
        amend(
            session,
            session.actor,
            session.get_one(DemoRequest, record_id),
            {"amount": Decimal(1)},
            "rule",
        )
    with office.db.write(office.org.hr_head.actor) as session:
        engine.handle(session, session.actor, own_task(session, record_id))
        instance = instance_of(session, record_id)
        assert (instance.status, instance.waiting_reason) == (
            InstanceStatus.WAITING,
            Waiting.NO_APPROVAL,
        )
        assert instance.approved_at is None
        assert engine.retry_waiting(session) == 0
    with office.db.write(office.org.salesman.actor) as session:
        engine.withdraw(session, session.actor, header(session, record_id))


def test_the_last_approval_counts_when_later_steps_fall_away(office: Office) -> None:
    """Lead approves, a handler acts, then the second approval stops to apply: approved, once."""
    from zhidu.records.services import amend

    office.house.flow = flow(
        node("lead", LEADER),
        node("check", "hr", kind=NodeKind.HANDLE),
        node("boss", "manager", when="amount > 3"),
    )
    record_id = submit(office, amount=Decimal(5))
    with office.db.write(office.org.team_head.actor) as session:
        engine.approve(session, session.actor, own_task(session, record_id))
        assert session.get_one(DemoRequest, record_id).effects == 0
    with office.db.write(office.system) as session:
        amend(
            session,
            session.actor,
            session.get_one(DemoRequest, record_id),
            {"amount": Decimal(1)},
            "rule",
        )
    with office.db.write(office.org.hr_head.actor) as session:
        engine.handle(session, session.actor, own_task(session, record_id))
        assert session.get_one(DemoRequest, record_id).effects == 1
        assert instance_of(session, record_id).status is InstanceStatus.ENDED


# -- preview of what is not saved


def test_a_form_that_is_not_saved_can_be_previewed(office: Office) -> None:
    office.house.flow = flow(node("lead", LEADER), node("keep", Approver("field", "keeper_id")))
    with office.db.read(office.org.salesman.actor) as session:
        row = DemoRequest(
            header=Record(kind=KIND, title="x"),
            amount=Decimal(1),
            sort=Sort.THING,
            keeper_id=office.org.custodian.id,
        )
        steps = engine.preview(session, session.actor, row)
        assert [step.names for step in steps] == [("褚亮",), ("吴芳",)]
        assert row not in session


# -- copies, lists, marks


def test_copies_at_submit_and_at_the_end(office: Office) -> None:
    office.house.flow = flow(
        node("lead", LEADER),
        cc=(
            Cc(Approver("role", "hr"), "submit"),
            Cc(Approver("role", "finance"), "end"),
            Cc(Approver("role", "hr"), "end"),
        ),
    )
    record_id = submit(office)
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
    first, second, third = submit(office), submit(office), submit(office)
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
        assert [row.record_id for row in page + rest] == [third, second]
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
    record_id = submit(office)
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
