"""Each mode of a node against each act: what becomes of the node, the others' tasks, the record."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.workflow_house import (
    DemoRequest,
    Office,
    at,
    flow,
    header,
    instance_of,
    node,
    own_task,
    tasks_of,
)

from zhidu.errors import Conflict, Refused
from zhidu.records.models import Approval
from zhidu.testing.factories import MadeMember
from zhidu.workflow import engine
from zhidu.workflow.decisions import Action, Outcome, Seat, Verdict, decide
from zhidu.workflow.definition import Mode, NodeKind
from zhidu.workflow.models import InstanceStatus, TaskStatus

MODES = [Mode.ALL, Mode.ANY, Mode.SEQUENTIAL]


def submitted(office: Office, mode: Mode, kind: NodeKind = NodeKind.APPROVE) -> int:
    """Submit a request whose first node asks the three people of finance, then a last one."""
    office.house.flow = flow(
        *([node("first", "manager")] if kind is NodeKind.HANDLE else []),
        node("money", "finance", mode=mode, kind=kind),
        *([node("boss", "manager")] if kind is NodeKind.APPROVE else []),
    )
    with office.db.write(office.org.salesman.actor) as session:
        row = office.draft(session)
        engine.submit(session, session.actor, row.header)
    if kind is NodeKind.HANDLE:
        act(office, office.org.general_manager, row.id, "approve")
    return row.id


def act(office: Office, member: MadeMember, record_id: int, action: str) -> None:
    """Let a person decide the own open task."""
    with office.db.write(member.actor) as session:
        task = own_task(session, record_id)
        match action:
            case "approve":
                engine.approve(session, session.actor, task)
            case "reject":
                engine.reject(session, session.actor, task, "不行")
            case "return":
                engine.return_to_applicant(session, session.actor, task, "补充")
            case "handle":
                engine.handle(session, session.actor, task)


def stand(office: Office, record_id: int) -> tuple[Approval, str, list[TaskStatus]]:
    """Tell the record's state, the node asked now, and the statuses of the three tasks."""
    with office.db.read(office.system) as session:
        tasks = [
            task for task in tasks_of(session, record_id, *TaskStatus) if task.node_id == "money"
        ]
        return (
            header(session, record_id).approval,
            at(session, record_id),
            [task.status for task in tasks],
        )


OPEN, WAITING, DONE, CANCELLED = (
    TaskStatus.OPEN,
    TaskStatus.WAITING,
    TaskStatus.DONE,
    TaskStatus.CANCELLED,
)


def people(office: Office) -> list[MadeMember]:
    """Name the three of finance in the order of their keys."""
    return [office.org.finance_head, office.org.accountant, office.org.cashier]


@pytest.mark.parametrize(
    ("mode", "begin", "after_one"),
    [
        (Mode.ALL, [OPEN, OPEN, OPEN], [DONE, OPEN, OPEN]),
        (Mode.ANY, [OPEN, OPEN, OPEN], [DONE, CANCELLED, CANCELLED]),
        (Mode.SEQUENTIAL, [OPEN, WAITING, WAITING], [DONE, OPEN, WAITING]),
    ],
)
@pytest.mark.parametrize("kind", [NodeKind.APPROVE, NodeKind.HANDLE])
def test_acting_by_mode(
    office: Office,
    mode: Mode,
    kind: NodeKind,
    begin: list[TaskStatus],
    after_one: list[TaskStatus],
) -> None:
    record_id = submitted(office, mode, kind)
    verb = kind.value
    assert stand(office, record_id)[2] == begin
    first, second, third = people(office)
    act(office, first, record_id, verb)
    passed = mode is Mode.ANY
    approval, at, statuses = stand(office, record_id)
    assert statuses == after_one
    assert at == ("money" if not passed else "boss" if kind is NodeKind.APPROVE else "")
    if not passed:
        act(office, second, record_id, verb)
        assert stand(office, record_id)[1] == "money"
        act(office, third, record_id, verb)
        approval, at, statuses = stand(office, record_id)
        assert statuses == [DONE, DONE, DONE]
    if kind is NodeKind.APPROVE:
        assert (approval, at) == (Approval.IN_APPROVAL, "boss")
        act(office, office.org.general_manager, record_id, "approve")
    assert stand(office, record_id)[:2] == (Approval.APPROVED, "")
    with office.db.read(office.system) as session:
        assert session.get_one(DemoRequest, record_id).effects == 1


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("action", "approval", "status"),
    [
        ("reject", Approval.REJECTED, InstanceStatus.ENDED),
        ("return", Approval.RETURNED, InstanceStatus.RETURNED),
    ],
)
@pytest.mark.parametrize("after", [0, 1])
def test_a_reject_or_return_ends_the_node_at_once(
    office: Office,
    mode: Mode,
    action: str,
    approval: Approval,
    status: InstanceStatus,
    after: int,
) -> None:
    if mode is Mode.ANY and after:
        return  # the first to act has already decided for all
    record_id = submitted(office, mode)
    for member in people(office)[:after]:
        act(office, member, record_id, "approve")
    act(office, people(office)[after], record_id, action)
    found, at, statuses = stand(office, record_id)
    assert (found, at) == (approval, "")
    assert set(statuses[after + 1 :]) == {CANCELLED}
    with office.db.write(people(office)[2].actor) as session:
        assert instance_of(session, record_id).status is status
        assert session.get_one(DemoRequest, record_id).held == 0
        task = engine.task_for(session, session.actor, header(session, record_id))
        with pytest.raises(Conflict, match=people(office)[after].name):
            engine.approve(session, session.actor, task)


@pytest.mark.parametrize("mode", MODES)
def test_withdrawing_takes_all_tasks(office: Office, mode: Mode) -> None:
    record_id = submitted(office, mode)
    if mode is not Mode.ANY:
        act(office, people(office)[0], record_id, "approve")
    with office.db.write(office.org.salesman.actor) as session:
        engine.withdraw(session, session.actor, header(session, record_id), "不用了")
        assert tasks_of(session, record_id, OPEN, WAITING) == []
        assert header(session, record_id).approval is Approval.WITHDRAWN
        assert session.get_one(DemoRequest, record_id).held == 0


@pytest.mark.parametrize("mode", MODES)
def test_a_new_round_asks_everybody_again(office: Office, mode: Mode) -> None:
    record_id = submitted(office, mode)
    act(office, people(office)[0], record_id, "return")
    with office.db.write(office.org.salesman.actor) as session:
        record = header(session, record_id)
        number = record.number
        engine.submit(session, session.actor, record)
        assert (record.number, instance_of(session, record_id).round) == (number, 2)
        assert session.get_one(DemoRequest, record_id).held == 1
    for member in people(office)[: 1 if mode is Mode.ANY else 3]:
        act(office, member, record_id, "approve")
    assert stand(office, record_id)[1] == "boss"


def test_the_turn_must_have_come(office: Office) -> None:
    record_id = submitted(office, Mode.SEQUENTIAL)
    with office.db.write(office.org.cashier.actor) as session:
        task = engine.task_for(session, session.actor, header(session, record_id))
        with pytest.raises(Refused) as caught:
            engine.approve(session, session.actor, task)
    assert caught.value.rule == "workflow.state"


@pytest.mark.parametrize("action", ["approve", "reject", "return"])
def test_a_handler_executes_and_nothing_else(office: Office, action: str) -> None:
    record_id = submitted(office, Mode.ANY, NodeKind.HANDLE)
    with pytest.raises(Refused) as caught:
        act(office, office.org.cashier, record_id, action)
    assert caught.value.rule == "workflow.handle_only"


def test_an_approver_does_not_handle(office: Office) -> None:
    record_id = submitted(office, Mode.ANY)
    with pytest.raises(Refused) as caught:
        act(office, office.org.cashier, record_id, "handle")
    assert caught.value.rule == "workflow.approve_only"


# -- the pure rule

seats = st.lists(
    st.builds(
        Seat,
        key=st.integers(1, 99),
        status=st.sampled_from(TaskStatus),
        position=st.integers(1, 9),
    ),
    max_size=6,
    unique_by=(lambda seat: seat.key, lambda seat: seat.position),
)


@given(st.sampled_from(MODES), st.sampled_from(Action), seats)
def test_the_rule_of_a_node(mode: Mode, action: Action, others: list[Seat]) -> None:
    outcome = decide(mode, action, others)
    pending = {seat.key for seat in others if seat.status in {OPEN, WAITING}}
    assert set(outcome.cancel) | set(outcome.open) <= pending
    assert not set(outcome.cancel) & set(outcome.open)
    if outcome.verdict is Verdict.STAYS:
        assert pending
        assert not outcome.cancel
        assert mode is not Mode.ANY
    else:
        assert set(outcome.cancel) == pending
        assert not outcome.open
    if action is Action.REJECT:
        assert outcome.verdict is Verdict.ENDS
    if action is Action.RETURN:
        assert outcome.verdict is Verdict.GOES_BACK
    if not pending and action in {Action.APPROVE, Action.HANDLE}:
        assert outcome == Outcome(Verdict.PASSES)
