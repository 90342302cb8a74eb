"""Each mode of a node against each act: what is asked afterwards, and that all ends well.

The middle of three nodes asks the three people of finance. An act happens there, or comes back
to it; then everybody who is asked agrees, and the request must come to its end, with its effect
fired once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from tests.core.workflow_house import LEADER, Office, flow, node, tasks_of
from tests.core.workflow_stage import THREE, Stage

from zhidu.clock import frozen_at, now
from zhidu.durations import Duration
from zhidu.errors import Refused
from zhidu.records.models import Approval
from zhidu.workflow import engine, seats_adding, seats_moving, seats_striking
from zhidu.workflow.definition import Approver, Flow, Mode, Node, NodeKind, OnTimeout, Timeout
from zhidu.workflow.models import Sign, TaskStatus

BOSS = Approver("post", "general_manager")
QUOTA = {Mode.RATIO: 66, Mode.COUNT: 2}
PASSED_BY = {Mode.ANY: 1, Mode.ALL: 3, Mode.SEQUENTIAL: 3, Mode.RATIO: 2, Mode.COUNT: 2}
"""How many of the three must agree."""


def made(mode: Mode) -> Flow:
    return flow(
        node("lead", LEADER),
        node("money", "finance", mode=mode, quota=QUOTA.get(mode, 0)),
        node("boss", BOSS),
        node("file", "hr", kind=NodeKind.HANDLE, transition="file"),
    )


def begun(office: Office, mode: Mode, flow_: Flow | None = None) -> Stage:
    """Bring a request to the node of three."""
    stage = Stage.of(office, flow_ or made(mode))
    stage.approve("team_head")
    assert stage.asked == (THREE[:1] if mode is Mode.SEQUENTIAL else THREE)
    return stage


def pass_money(stage: Stage, mode: Mode) -> None:
    """Let as many of the three agree as are needed."""
    stage.approve(*THREE[: PASSED_BY[mode]])
    assert stage.asked == ["general_manager"]


def to_the_end(stage: Stage) -> None:
    """Let everybody who is asked agree."""
    for _ in range(20):
        asked = stage.asked
        if not asked:
            break
        (stage.handle if stage.at == "file" else stage.approve)(asked[0])
    assert (stage.approval, stage.effects, stage.held, stage.at) == (Approval.APPROVED, 1, 1, "")
    told = stage.replayed()
    assert (told.approval, told.effects) == (Approval.APPROVED, 1)


@dataclass(frozen=True)
class Case:
    """An act at the node of three.

    :param do: it happens while the first of the three is asked.
    :param asked: who is asked right after it, by mode; the default stands under None.
    """

    do: Callable[[Stage, Mode], object]
    asked: dict[Mode | None, list[str]]
    approval: Approval = Approval.IN_APPROVAL


FIRST, SECOND, THIRD = THREE
BOTH = [SECOND, THIRD]


def _add(sign: Sign) -> Callable[[Stage, Mode], object]:
    def add(stage: Stage, _mode: Mode) -> None:
        deputy = stage.person("deputy").id
        stage.do(FIRST, lambda s, t: seats_adding.add_signer(s, s.actor, t, deputy, sign, "一起看"))

    return add


def _transfer(stage: Stage, _mode: Mode) -> None:
    deputy = stage.person("deputy").id
    stage.do(FIRST, lambda s, t: seats_moving.transfer(s, s.actor, t, deputy, "转给你"))


def _hand_over(stage: Stage, _mode: Mode) -> None:
    with stage.office.db.write(stage.person("admin").actor) as session:
        task = tasks_of(session, stage.record_id)[0]
        engine.hand_over(session, session.actor, task, stage.person("deputy").id, "离岗")


def _take_back(stage: Stage, mode: Mode) -> None:
    stage.approve(FIRST)
    assert stage.at == ("boss" if mode is Mode.ANY else "money")
    stage.take_back(FIRST)


def _jump_away_and_back(stage: Stage, _mode: Mode) -> None:
    stage.with_record("admin", engine.jump, "boss", "急")
    assert stage.asked == ["general_manager"]
    stage.with_record("admin", engine.jump, "money", "还是要看")


def _withdraw_and_again(stage: Stage, _mode: Mode) -> None:
    stage.with_record("salesman", engine.withdraw)
    assert (stage.approval, stage.asked, stage.held) == (Approval.WITHDRAWN, [], 0)
    stage.submit()
    stage.approve("team_head")


def _returned_to_it(stage: Stage, mode: Mode) -> None:
    pass_money(stage, mode)
    stage.give_back("general_manager", "money")


def _returned_from_it(stage: Stage, _mode: Mode) -> None:
    stage.give_back(FIRST, "lead")
    assert stage.asked == ["team_head"]
    stage.approve("team_head")


def _returned_half_way(stage: Stage, mode: Mode) -> None:
    if mode is not Mode.ANY:
        stage.approve(FIRST)
    stage.give_back(stage.asked[0])
    assert (stage.approval, stage.asked) == (Approval.RETURNED, [])
    stage.submit()
    stage.approve("team_head")


ANEW: dict[Mode | None, list[str]] = {None: THREE, Mode.SEQUENTIAL: [FIRST]}

CASES = {
    "approve": Case(
        lambda stage, _mode: stage.approve(FIRST),
        {None: BOTH, Mode.ANY: ["general_manager"], Mode.SEQUENTIAL: [SECOND]},
    ),
    "reject": Case(
        lambda stage, _mode: stage.reject(FIRST),
        {None: [], Mode.RATIO: BOTH, Mode.COUNT: BOTH},
    ),
    "return_to_applicant_half_way": Case(_returned_half_way, ANEW),
    "return_to_it": Case(_returned_to_it, ANEW),
    "return_from_it": Case(_returned_from_it, ANEW),
    "add_before": Case(_add(Sign.BEFORE), {None: [*BOTH, "deputy"], Mode.SEQUENTIAL: ["deputy"]}),
    "add_after": Case(_add(Sign.AFTER), ANEW),
    "add_beside": Case(_add(Sign.BESIDE), {None: [*THREE, "deputy"], Mode.SEQUENTIAL: [FIRST]}),
    "transfer": Case(_transfer, {None: [*BOTH, "deputy"], Mode.SEQUENTIAL: ["deputy"]}),
    "hand_over": Case(_hand_over, {None: [*BOTH, "deputy"], Mode.SEQUENTIAL: ["deputy"]}),
    "take_back": Case(_take_back, ANEW),
    "jump_away_and_back": Case(_jump_away_and_back, ANEW),
    "withdraw_and_again": Case(_withdraw_and_again, ANEW),
}


@pytest.mark.parametrize("act", CASES)
@pytest.mark.parametrize("mode", Mode)
def test_an_act_in_a_mode(office: Office, mode: Mode, act: str) -> None:
    case = CASES[act]
    stage = begun(office, mode)
    case.do(stage, mode)
    expected = case.asked.get(mode, case.asked[None])
    assert stage.asked == expected
    if not expected:
        assert (stage.approval, stage.effects, stage.held) == (Approval.REJECTED, 0, 0)
        return
    to_the_end(stage)


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize(
    ("action", "approval"),
    [(OnTimeout.APPROVE, Approval.APPROVED), (OnTimeout.REJECT, Approval.REJECTED)],
)
def test_time_is_up_in_a_mode(
    office: Office, mode: Mode, action: OnTimeout, approval: Approval
) -> None:
    """The clock decides for each person; the mode counts as if the people had."""
    plain = made(mode)
    late = plain.nodes[1]
    assert isinstance(late, Node)
    late = replace(late, timeouts=(Timeout(Duration.parse("2 hours"), action),))
    start = now() - timedelta(days=9)
    with frozen_at(start):
        stage = begun(office, mode, replace(plain, nodes=(plain.nodes[0], late, *plain.nodes[2:])))
    hours = 0
    while stage.at == "money" and hours < 24:
        hours += 3
        with frozen_at(start + timedelta(hours=hours)):
            for task_id in due(office, stage):
                with office.db.write(office.system) as session:
                    seats_striking.strike(session, {"task": task_id})
    if approval is Approval.REJECTED:
        assert (stage.approval, stage.asked, stage.held) == (approval, [], 0)
    else:
        assert stage.asked == ["general_manager"]
        to_the_end(stage)


def due(office: Office, stage: Stage) -> list[int]:
    with office.db.read(office.system) as session:
        return [
            task.id
            for task in tasks_of(session, stage.record_id)
            if task.due_at is not None and task.due_at <= now()
        ]


@pytest.mark.parametrize("mode", Mode)
def test_ending_in_a_mode_takes_everything(office: Office, mode: Mode) -> None:
    stage = begun(office, mode)
    if mode is not Mode.ANY:
        stage.approve(FIRST)
    stage.with_record("admin", engine.terminate, "取消")
    assert (stage.approval, stage.asked, stage.held) == (Approval.TERMINATED, [], 0)
    assert set(stage.statuses("money")) <= {TaskStatus.CANCELLED, TaskStatus.DONE}
    with pytest.raises(Refused):
        stage.with_record("salesman", engine.withdraw)
