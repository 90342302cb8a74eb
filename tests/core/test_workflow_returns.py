"""Back: returns to the applicant and to nodes, straight back or through all, and taking back."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from tests.core.workflow_house import LEADER, Office, flow, header, instance_of, node, tasks_of
from tests.core.workflow_stage import THREE, Stage, branch, path

from zhidu.errors import Refused
from zhidu.records.models import Approval
from zhidu.workflow import engine
from zhidu.workflow.definition import (
    Act,
    Approver,
    Flow,
    Mode,
    Node,
    NodeKind,
    Resume,
    Split,
    Withdraw,
)
from zhidu.workflow.models import InstanceStatus, Task, TaskStatus, TrailAction

BOSS = Approver("post", "general_manager")


def line(resume: Resume = Resume.AGAIN, mode: Mode = Mode.ANY) -> Flow:
    return flow(
        node("lead", LEADER),
        node("money", "finance", mode=mode),
        node("hr", "hr"),
        node("boss", BOSS, resume=resume),
    )


def offered(office: Office, stage: Stage, name: str) -> list[str]:
    with office.db.write(stage.person(name).actor) as session:
        task = next(
            one
            for one in tasks_of(session, stage.record_id)
            if one.member_id == session.actor.member_id
        )
        return [one.id for one in engine.return_places(session, session.actor, task)]


def test_offered_are_the_nodes_passed_before(office: Office) -> None:
    stage = Stage.of(office, line())
    assert offered(office, stage, "team_head") == []
    stage.approve("team_head", "accountant", "hr_head")
    assert offered(office, stage, "general_manager") == ["lead", "money", "hr"]
    with pytest.raises(Refused) as caught:
        stage.give_back("general_manager", "boss")
    assert caught.value.rule == "workflow.return"
    assert stage.asked == ["general_manager"]


def test_a_node_that_was_skipped_is_not_offered(office: Office) -> None:
    stage = Stage.of(
        office,
        flow(
            node("lead", LEADER),
            node("money", "finance", when="amount > 5"),
            branch("b", path("p", node("hr", "hr"), default=True)),
            branch("all", path("x", node("x", "finance")), split=Split.ALL),
            node("boss", BOSS),
        ),
    )
    stage.approve("team_head", "hr_head", "cashier")
    # of several paths side by side nobody can tell what going back into one means
    assert offered(office, stage, "general_manager") == ["lead", "hr"]


@pytest.mark.parametrize("target", ["", "lead", "money"])
def test_again_means_through_all_between(office: Office, target: str) -> None:
    stage = Stage.of(office, line())
    stage.approve("team_head", "accountant", "hr_head")
    stage.give_back("general_manager", target)
    if not target:
        assert (stage.approval, stage.asked, stage.held) == (Approval.RETURNED, [], 0)
        stage.submit()
    way = {"": 0, "lead": 0, "money": 1}[target]
    for name in ["team_head", "cashier", "hr_head", "general_manager"][way:]:
        assert name in stage.asked
        stage.approve(name)
    assert (stage.approval, stage.effects, stage.held) == (Approval.APPROVED, 1, 1)


@pytest.mark.parametrize("target", ["", "lead", "money"])
@pytest.mark.parametrize("choice", [False, True])
def test_back_means_straight_to_the_one_who_returned_it(
    office: Office, target: str, choice: bool
) -> None:
    stage = Stage.of(office, line(Resume.CHOICE if choice else Resume.BACK))
    stage.approve("team_head", "accountant", "hr_head")
    stage.give_back("general_manager", target, back=True if choice else None)
    if target:
        assert stage.at == target
        stage.approve({"lead": "team_head", "money": "cashier"}[target])
    else:
        stage.submit()
    assert stage.asked == ["general_manager"]
    stage.approve("general_manager")
    assert (stage.approval, stage.effects) == (Approval.APPROVED, 1)
    assert stage.told(TrailAction.ENTER).count("hr") == 1


def test_nobody_chooses_where_the_policy_has(office: Office) -> None:
    stage = Stage.of(office, line())
    stage.approve("team_head")
    with pytest.raises(Refused) as caught:
        stage.give_back("accountant", back=True)
    assert caught.value.rule == "workflow.resume"


def test_a_change_of_watched_fields_asks_everybody_again(office: Office) -> None:
    stage = Stage.of(office, replace(line(Resume.BACK), watched=("amount",)))
    stage.approve("team_head", "accountant", "hr_head")
    stage.give_back("general_manager")
    stage.submit(note="x")
    assert stage.asked == ["general_manager"]
    stage.give_back("general_manager")
    stage.submit(amount=Decimal("1.50"))
    assert stage.asked == ["team_head"]


@pytest.mark.parametrize("mode", [Mode.ALL, Mode.SEQUENTIAL, Mode.RATIO, Mode.ANY])
def test_returning_to_a_node_of_several_asks_all_of_them_anew(office: Office, mode: Mode) -> None:
    made = line(mode=mode)
    money = made.nodes[1]
    assert isinstance(money, Node)
    money = replace(money, quota=60)
    stage = Stage.of(office, replace(made, nodes=(made.nodes[0], money, *made.nodes[2:])))
    stage.approve("team_head")
    people = {Mode.ANY: THREE[:1], Mode.RATIO: THREE[:2]}.get(mode, THREE)
    stage.approve(*people, "hr_head")
    stage.give_back("general_manager", "money")
    assert stage.asked == (THREE[:1] if mode is Mode.SEQUENTIAL else THREE)
    stage.approve(*people, "hr_head", "general_manager")
    assert (stage.approval, stage.effects) == (Approval.APPROVED, 1)


def test_a_reject_may_go_back_instead_of_ending(office: Office) -> None:
    stage = Stage.of(office, flow(node("lead", LEADER), node("boss", BOSS, on_reject="lead")))
    stage.approve("team_head")
    stage.reject("general_manager")
    assert (stage.approval, stage.asked, stage.held) == (Approval.IN_APPROVAL, ["team_head"], 1)
    stage.reject("team_head")
    assert (stage.approval, stage.held) == (Approval.REJECTED, 0)


# -- taking back


@pytest.mark.parametrize(
    ("mode", "asked"),
    [
        (Mode.ANY, THREE),  # whoever lost the task by the decision has it again
        (Mode.ALL, ["accountant"]),
        (Mode.SEQUENTIAL, ["cashier"]),
    ],
)
def test_taking_back_while_nobody_behind_has_acted(
    office: Office, mode: Mode, asked: list[str]
) -> None:
    stage = Stage.of(office, line(mode=mode))
    stage.approve("team_head")
    people = {Mode.ANY: ["accountant"], Mode.ALL: ["cashier", "finance_head", "accountant"]}
    stage.approve(*people.get(mode, THREE))
    assert stage.at == "hr"
    last = people.get(mode, THREE)[-1]
    stage.take_back(last)
    assert (stage.at, stage.asked) == ("money", asked)
    assert set(stage.statuses("hr")) == {TaskStatus.CANCELLED}
    assert dict(stage.replayed().marks)["money"] == "active"
    stage.approve(last)
    assert stage.at == "hr"
    stage.approve("hr_head", "general_manager")
    assert stage.effects == 1


def test_taking_back_inside_a_node_that_still_asks(office: Office) -> None:
    stage = Stage.of(office, line(mode=Mode.SEQUENTIAL))
    stage.approve("team_head", "finance_head")
    assert stage.asked == ["accountant"]
    stage.take_back("finance_head")
    assert stage.asked == ["finance_head"]
    stage.approve("finance_head", "accountant")
    with pytest.raises(Refused) as caught:
        stage.take_back("finance_head")  # the next in turn has acted
    assert caught.value.rule == "workflow.take_back"


def test_too_late_to_take_back(office: Office) -> None:
    stage = Stage.of(office, line())
    stage.approve("team_head", "accountant", "hr_head")
    for name in ("team_head", "accountant"):
        with pytest.raises(Refused) as caught:
            stage.take_back(name)
        assert caught.value.rule == "workflow.take_back"
    stage.take_back("hr_head")
    stage.approve("hr_head", "general_manager")
    with pytest.raises(Refused):
        stage.take_back("general_manager")  # that was the approval
    with pytest.raises(Refused):
        stage.take_back("cashier")  # decided nothing
    assert stage.effects == 1


def test_taking_back_is_offered_where_it_would_be_taken(office: Office) -> None:
    def acts(name: str) -> set[str]:
        with office.db.read(stage.person(name).actor) as session:
            found = engine.allowed(session, session.actor, header(session, stage.record_id))
            return {one.action for one in found}

    stage = Stage.of(office, line())
    assert "take_back" not in acts("team_head")
    stage.approve("team_head")
    assert "take_back" in acts("team_head")
    stage.approve("accountant")
    assert "take_back" not in acts("team_head")
    forbidden = flow(node("lead", LEADER, acts=(Act.RETURN,)), node("boss", BOSS))
    stage = Stage.of(office, forbidden)
    stage.approve("team_head")
    assert "take_back" not in acts("team_head")
    with pytest.raises(Refused) as caught:
        stage.take_back("team_head")
    assert caught.value.rule == "workflow.act"


def test_taking_back_one_path_leaves_the_other(office: Office) -> None:
    stage = Stage.of(
        office,
        flow(
            branch(
                "both",
                path("l", node("l", Approver("post", "accountant"))),
                path("r", node("r", "hr")),
                split=Split.ALL,
            ),
            node("boss", BOSS),
        ),
    )
    stage.approve("accountant", "hr_head")
    stage.take_back("accountant")
    assert stage.asked == ["accountant"]
    stage.approve("accountant", "general_manager")
    assert stage.effects == 1


# -- withdrawing


@pytest.mark.parametrize(
    ("policy", "touched", "refused"),
    [
        (Withdraw.RUNNING, True, False),
        (Withdraw.UNTOUCHED, False, False),
        (Withdraw.UNTOUCHED, True, True),
        (Withdraw.NEVER, False, True),
    ],
)
def test_how_long_the_applicant_may_withdraw(
    office: Office, policy: Withdraw, touched: bool, refused: bool
) -> None:
    stage = Stage.of(office, replace(line(), withdraw=policy))
    if touched:
        stage.approve("team_head")

    def acts() -> set[str]:
        with office.db.read(office.org.salesman.actor) as session:
            found = engine.allowed(session, session.actor, header(session, stage.record_id))
            return {one.action for one in found}

    assert ("withdraw" not in acts()) == refused
    if refused:
        with pytest.raises(Refused) as caught:
            stage.with_record("salesman", engine.withdraw)
        assert caught.value.rule == "workflow.withdraw"
        # a returned request is the applicant's again
        stage.give_back(stage.asked[0])
    stage.with_record("salesman", engine.withdraw)
    assert (stage.approval, stage.held) == (Approval.WITHDRAWN, 0)
    stage.submit()
    assert stage.asked == ["team_head"]


def test_a_withdrawal_takes_all_paths(office: Office) -> None:
    stage = Stage.of(
        office,
        flow(
            branch(
                "both",
                path("l", node("l", "finance")),
                path("r", node("r", "hr")),
                split=Split.ALL,
            ),
            node("file", "hr", kind=NodeKind.HANDLE),
        ),
    )
    stage.approve("hr_head")
    stage.with_record("salesman", engine.withdraw)
    with office.db.read(office.system) as session:
        assert tasks_of(session, stage.record_id) == []
        assert instance_of(session, stage.record_id).status is InstanceStatus.ENDED
        standing = stage.replayed()
        assert (standing.approval, dict(standing.marks)) == (Approval.WITHDRAWN, {})


def test_the_turn_of_a_task_rises_with_each_taking_back(office: Office) -> None:
    stage = Stage.of(office, line())
    stage.approve("team_head")
    stage.take_back("team_head")
    stage.approve("team_head")
    stage.take_back("team_head")
    with office.db.read(office.system) as session:
        (task,) = tasks_of(session, stage.record_id)
        assert isinstance(task, Task)
        assert task.turn == 3
