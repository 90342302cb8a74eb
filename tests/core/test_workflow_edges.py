"""The rules that break flows elsewhere: nobody found, duplicates, duties kept apart, log-ins."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from tests.core.workflow_house import (
    LEADER,
    DemoRequest,
    Office,
    flow,
    instance_of,
    node,
    tasks_of,
    waits_for,
)
from tests.core.workflow_stage import BOSS, THREE, Stage, branch, guarded, path

from zhidu.access.user import User
from zhidu.db.guard import core_allowed
from zhidu.errors import Refused
from zhidu.org.models import Member
from zhidu.records.models import Approval
from zhidu.workflow import engine
from zhidu.workflow.definition import (
    Approver,
    FieldRight,
    Merge,
    Mode,
    Nobody,
    NodeKind,
    Opinion,
    Scope,
    Split,
)
from zhidu.workflow.errors import Waiting
from zhidu.workflow.models import InstanceStatus, Origin, Trail, TrailAction

NONE = Approver("role", "no_such_role")
NAMED = Approver("post", "accountant")


def origins(office: Office, stage: Stage) -> list[tuple[str, Origin]]:
    with office.db.read(office.system) as session:
        found = tasks_of(session, stage.record_id)
        return [(stage.name(task.member_id), task.origin) for task in found]


# -- nobody is found


@pytest.mark.parametrize(
    ("rule", "asked"),
    [
        (Nobody.SUPERIOR, [("team_head", Origin.SUPERIOR)]),
        (Nobody.MANAGER, [("admin", Origin.MANAGER)]),
        (Nobody.USER, [("accountant", Origin.STAND_IN)]),
    ],
)
@pytest.mark.parametrize("of_node", [True, False])
def test_who_is_asked_where_nobody_is_found(
    office: Office, rule: Nobody, asked: list[tuple[str, Origin]], of_node: bool
) -> None:
    made = node("x", NONE)
    if of_node:
        stage = Stage.of(office, flow(replace(made, nobody=rule, stand_in=NAMED)))
    else:
        stage = Stage.of(office, flow(made, nobody=rule, stand_in=NAMED))
    assert origins(office, stage) == asked


def test_a_stand_in_who_is_not_there_leaves_the_manager(office: Office) -> None:
    stage = Stage.of(office, flow(node("x", NONE), nobody=Nobody.USER, stand_in=NONE))
    assert origins(office, stage) == [("admin", Origin.MANAGER)]


def test_passed_by_nobody_where_the_policy_says_so_and_logged(office: Office) -> None:
    made = flow(node("x", NONE, nobody=Nobody.PASS), node("boss", BOSS))
    stage = Stage.of(office, made)
    assert stage.asked == ["general_manager"]
    with office.db.read(office.system) as session:
        entry = session.scalars(select(Trail).where(Trail.action == TrailAction.AUTO)).one()
        assert (entry.node_id, entry.opinion, entry.member_id) == ("x", engine.PASSED, None)
    stage.approve("general_manager")
    assert stage.effects == 1


def test_money_is_never_passed_by_nobody(office: Office) -> None:
    with guarded(office):
        stage = Stage.of(office, flow(node("x", NONE, nobody=Nobody.PASS)))
        assert origins(office, stage) == [("team_head", Origin.SUPERIOR)]


def test_passing_by_nobody_is_not_for_the_applicants_own_step(office: Office) -> None:
    """The one found is the applicant: somebody was found, so somebody else decides."""
    stage = Stage.of(office, flow(node("x", LEADER, nobody=Nobody.PASS)), office.org.team_head)
    assert origins(office, stage) == [("sales_head", Origin.SUPERIOR)]


def test_one_path_waits_and_the_other_is_asked(office: Office) -> None:
    stage = Stage.of(
        office,
        flow(
            branch(
                "both",
                path("a", node("a", NONE)),
                path("b", node("b", NAMED)),
                split=Split.ALL,
            ),
            manager=NONE,
        ),
        office.org.general_manager,
    )
    with office.db.read(office.system) as session:
        assert waits_for(session, stage.record_id) == Waiting.NOBODY
        assert instance_of(session, stage.record_id).status is InstanceStatus.RUNNING
    stage.approve("accountant")
    with office.db.read(office.system) as session:
        assert instance_of(session, stage.record_id).status is InstanceStatus.WAITING
    assert stage.effects == 0
    office.house.flow = flow(node("x", NAMED))


# -- people who cannot log in


def test_a_disabled_log_in_never_gets_a_task(office: Office) -> None:
    with office.db.write(office.system) as session, core_allowed():
        user = User(
            username="kuaiji",
            password="x",
            fs_uniquifier="x",
            active=False,
            created_at=instance_now(),
        )
        session.add(user)
        session.flush()
        session.get_one(Member, office.org.accountant.id).user_id = user.id
    stage = Stage.of(office, flow(node("money", "finance", mode=Mode.ALL)))
    assert stage.asked == ["finance_head", "cashier"]


def instance_now() -> object:
    from zhidu.clock import now

    return now()


# -- asked once, not twice


def test_who_approved_the_step_before_is_not_asked_again(office: Office) -> None:
    made = flow(node("one", BOSS), node("two", BOSS), node("money", NAMED), node("three", BOSS))
    stage = Stage.of(office, made)
    stage.approve("general_manager")
    assert stage.asked == ["accountant"]
    assert stage.told(TrailAction.MERGE) == ["two"]
    stage.approve("accountant")
    assert stage.asked == ["general_manager"]  # not adjacent any more
    stage.approve("general_manager")
    assert (stage.approval, stage.effects) == (Approval.APPROVED, 1)


def test_a_merged_last_step_is_the_approval(office: Office) -> None:
    stage = Stage.of(office, flow(node("one", BOSS), node("two", BOSS)))
    stage.approve("general_manager")
    assert (stage.approval, stage.effects, stage.at) == (Approval.APPROVED, 1, "")
    assert stage.replayed().effects == 1


@pytest.mark.parametrize(
    ("mode", "asked"),
    [
        (Mode.ALL, ["finance_head", "cashier"]),
        (Mode.ANY, []),
        (Mode.SEQUENTIAL, ["finance_head"]),
    ],
)
def test_merging_counts_one_of_several(office: Office, mode: Mode, asked: list[str]) -> None:
    stage = Stage.of(office, flow(node("one", NAMED), node("money", "finance", mode=mode)))
    stage.approve("accountant")
    assert stage.asked == asked
    if asked:
        people = [name for name in THREE if mode is Mode.SEQUENTIAL or name != "accountant"]
        stage.approve(*people)
    assert stage.effects == 1


@pytest.mark.parametrize(
    "demand",
    [
        {"opinion": Opinion.REQUIRED},
        {"sign": True},
        {"attachment": True},
        {"fields": {"note": FieldRight.EDIT}},
        {"kind": NodeKind.HANDLE},
    ],
)
def test_what_takes_more_than_a_click_is_never_merged(
    office: Office, demand: dict[str, Any]
) -> None:
    stage = Stage.of(office, flow(node("one", BOSS), node("two", BOSS, **demand)))
    stage.approve("general_manager")
    assert stage.asked == ["general_manager"]


@pytest.mark.parametrize("how", ["return", "resubmit", "watched", "never"])
def test_everybody_looks_again(office: Office, how: str) -> None:
    made = flow(
        node("lead", LEADER),
        node("one", BOSS),
        node("two", BOSS),
        watched=("amount",),
        merge=Merge.NONE if how == "never" else Merge.ADJACENT,
    )
    stage = Stage.of(office, made)
    if how == "return":
        stage.approve("team_head")
        stage.give_back("general_manager", "lead")
    elif how == "resubmit":
        stage.give_back("team_head")
        stage.submit()
    elif how == "watched":
        from zhidu.records.services import amend

        with office.db.write(office.system) as session:
            row = session.get_one(DemoRequest, stage.record_id)
            amend(session, session.actor, row, {"amount": Decimal(2)}, "rule")
    stage.approve("team_head", "general_manager")
    assert stage.asked == ["general_manager"]


# -- duties kept apart


def test_who_decided_one_step_does_not_decide_the_other(office: Office) -> None:
    made = flow(
        node("one", "finance"),
        node("two", "finance", mode=Mode.ALL, not_same_as=("one",)),
    )
    stage = Stage.of(office, made)
    stage.approve("accountant")
    assert stage.asked == ["finance_head", "cashier"]


@pytest.mark.parametrize("mode", list(Mode))
def test_apart_holds_both_ways_and_side_by_side(office: Office, mode: Mode) -> None:
    made = flow(
        branch(
            "both",
            path("a", node("a", "finance", mode=mode, quota=1)),
            path("b", node("b", "finance", not_same_as=("a",))),
            split=Split.ALL,
        )
    )
    stage = Stage.of(office, made)

    def decide(name: str, at: str) -> None:
        with office.db.write(stage.person(name).actor) as session:
            me = session.actor.member_id
            (task,) = (
                one
                for one in tasks_of(session, stage.record_id)
                if one.node_id == at and one.member_id == me
            )
            engine.approve(session, session.actor, task)

    decide("finance_head", "b")
    with office.db.read(office.system) as session:
        left = [stage.name(task.member_id) for task in tasks_of(session, stage.record_id)]
    # whoever decided the one is let off the other
    assert left == (["accountant"] if mode is Mode.SEQUENTIAL else ["accountant", "cashier"])
    while stage.asked:
        decide(stage.asked[0], "a")
    assert (stage.approval, stage.effects) == (Approval.APPROVED, 1)


def test_the_last_one_let_off_is_replaced(office: Office) -> None:
    made = flow(
        branch(
            "both",
            path("a", node("a", NAMED)),
            path("b", node("b", NAMED, not_same_as=("a",))),
            split=Split.ALL,
        )
    )
    stage = Stage.of(office, made)
    assert stage.asked == ["accountant", "accountant"]
    stage.approve("accountant")
    assert origins(office, stage) == [("team_head", Origin.SUPERIOR)]
    stage.approve("team_head")
    assert stage.effects == 1


def test_the_applicant_may_be_kept_from_handling(office: Office) -> None:
    made = flow(
        node("boss", BOSS),
        node("pay", "finance", kind=NodeKind.HANDLE, mode=Mode.ALL, not_same_as=("applicant",)),
    )
    stage = Stage.of(office, made, office.org.cashier)
    stage.approve("general_manager")
    assert stage.asked == ["finance_head", "accountant"]


# -- who may start


def test_only_whom_the_policy_names_may_start(office: Office) -> None:
    made = flow(node("boss", BOSS), start=Scope(roles=("finance",)))
    with pytest.raises(Refused) as caught:
        Stage.of(office, made)
    assert caught.value.rule == "workflow.start"
    assert Stage.of(office, made, office.org.cashier).asked == ["general_manager"]
    excepted = flow(node("boss", BOSS), excepted=Scope(roles=("finance",)))
    assert Stage.of(office, excepted).asked == ["general_manager"]
    with pytest.raises(Refused):
        Stage.of(office, excepted, office.org.cashier)
