"""Branches: the first path that fits, all that fit, all of them; with their join, and inside."""

from __future__ import annotations

from decimal import Decimal

import pytest
from tests.core.workflow_house import LEADER, DemoRequest, Office, flow, header, node
from tests.core.workflow_stage import LARGE, SMALL, Stage, branch, path

from zhidu.records.models import Approval
from zhidu.workflow import engine
from zhidu.workflow.definition import Approver, Flow, NodeKind, Split
from zhidu.workflow.models import TrailAction

BOSS = Approver("post", "general_manager")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def office(request: pytest.FixtureRequest, office: Office) -> Office:
    """Open an office on each database in turn."""
    if request.param == "sqlite":
        return office
    found: Office = request.getfixturevalue("office_on_postgresql")
    return found


def first() -> Flow:
    return flow(
        node("lead", LEADER),
        branch(
            "amount",
            path("small", node("cash", Approver("post", "cashier")), when="amount <= 3"),
            path("large", node("head", "hr"), node("boss", BOSS), when="amount > 5"),
            path("rest", node("acc", Approver("post", "accountant")), default=True),
        ),
        node("file", "hr", kind=NodeKind.HANDLE, transition="file"),
    )


@pytest.mark.parametrize(
    ("amount", "way"),
    [
        (Decimal(3), ["team_head", "cashier", "hr_head"]),
        (Decimal(4), ["team_head", "accountant", "hr_head"]),
        (Decimal(6), ["team_head", "hr_head", "general_manager", "hr_head"]),
    ],
)
def test_the_first_path_that_fits_else_the_default(
    office: Office, amount: Decimal, way: list[str]
) -> None:
    stage = Stage.of(office, first(), amount=amount)
    for name in way[:-1]:
        assert stage.asked == [name]
        assert stage.effects == 0
        stage.approve(name)
    assert (stage.approval, stage.effects, stage.at) == (Approval.APPROVED, 1, "file")
    stage.handle(way[-1])
    assert (stage.at, stage.effects) == ("", 1)
    assert stage.told(TrailAction.CHOOSE) == ["amount"]


def test_paths_not_taken_are_shown_with_the_condition_that_keeps_them_out(office: Office) -> None:
    office.house.flow = first()
    with office.db.write(office.org.salesman.actor) as session:
        row = office.draft(session, amount=SMALL)
        seen = engine.preview(session, session.actor, row)
        assert [(one.node.id, one.skipped) for one in seen] == [
            ("lead", False), ("cash", False), ("head", True), ("boss", True), ("acc", True),
            ("file", False),
        ]  # fmt: skip
        by_id = {one.node.id: one for one in seen}
        assert (by_id["boss"].note, by_id["boss"].path) == ("amount > 5", "large")
        assert by_id["cash"].names == (office.org.cashier.name,)
        engine.submit(session, session.actor, row.header)
        coming = engine.upcoming(session, row.header)
        assert [one.node.id for one in coming if not one.skipped] == ["cash", "file"]
    stage = Stage(office, row.id)
    stage.approve("team_head")
    with office.db.read(office.system) as session:
        # the branch is behind: what it left out is not to come any more
        coming = engine.upcoming(session, header(session, row.id))
        assert [one.node.id for one in coming] == ["file"]


@pytest.mark.parametrize(
    ("amount", "asked"),
    [
        (SMALL, ["cashier"]),
        (Decimal(4), ["accountant"]),
        (LARGE, ["accountant", "hr_head"]),
    ],
)
def test_every_path_that_fits_side_by_side(
    office: Office, amount: Decimal, asked: list[str]
) -> None:
    stage = Stage.of(
        office,
        flow(
            branch(
                "who",
                path("a", node("a", Approver("post", "accountant")), when="amount > 3"),
                path("b", node("b", "hr"), when="amount > 5"),
                path("c", node("c", Approver("post", "cashier")), default=True),
                split=Split.EVERY,
            ),
            node("boss", BOSS),
        ),
        amount=amount,
    )
    assert stage.asked == asked
    for name in reversed(asked):
        assert "boss" not in stage.at
        stage.approve(name)
    assert stage.at == "boss"
    assert stage.effects == 0
    stage.approve("general_manager")
    assert (stage.approval, stage.effects) == (Approval.APPROVED, 1)


def parallel() -> Flow:
    return flow(
        node("lead", LEADER),
        branch(
            "both",
            path("left", node("l1", Approver("post", "accountant")), node("l2", BOSS)),
            path("right", node("r1", "hr")),
            split=Split.ALL,
        ),
    )


def test_all_paths_with_their_join_and_one_effect(office: Office) -> None:
    stage = Stage.of(office, parallel())
    stage.approve("team_head")
    assert stage.asked == ["accountant", "hr_head"]
    stage.approve("accountant")
    assert stage.at == "r1,l2"
    stage.approve("general_manager")
    # the last approving node of all paths is the approval, whichever that is
    assert (stage.at, stage.effects) == ("r1", 0)
    stage.approve("hr_head")
    assert (stage.approval, stage.effects) == (Approval.APPROVED, 1)
    assert stage.replayed().approval is Approval.APPROVED


def test_a_reject_in_one_path_ends_all(office: Office) -> None:
    stage = Stage.of(office, parallel())
    stage.approve("team_head", "accountant")
    stage.reject("hr_head")
    assert (stage.approval, stage.asked, stage.effects, stage.held) == (
        Approval.REJECTED, [], 0, 0,
    )  # fmt: skip


def test_a_return_inside_a_path_leaves_the_other_alone(office: Office) -> None:
    stage = Stage.of(office, parallel())
    stage.approve("team_head", "accountant")
    stage.give_back("general_manager", "l1")
    assert stage.asked == ["hr_head", "accountant"]
    stage.approve("hr_head", "accountant", "general_manager")
    assert (stage.approval, stage.effects) == (Approval.APPROVED, 1)


def test_a_return_before_the_branch_asks_both_paths_again(office: Office) -> None:
    stage = Stage.of(office, parallel())
    stage.approve("team_head", "hr_head")
    stage.give_back("accountant", "lead")
    assert stage.asked == ["team_head"]
    stage.approve("team_head")
    assert stage.asked == ["accountant", "hr_head"]
    assert stage.replayed().chosen == {"both": ("left", "right")}


def test_branches_inside_branches(office: Office) -> None:
    inner = branch(
        "inner",
        path("x", node("x", Approver("post", "cashier")), when="amount > 5"),
        path("y", node("y", Approver("post", "accountant")), default=True),
    )
    stage = Stage.of(
        office,
        flow(
            branch(
                "outer",
                path("one", inner, node("after", "hr")),
                path("two", node("z", BOSS)),
                split=Split.ALL,
            )
        ),
        amount=LARGE,
    )
    assert stage.asked == ["cashier", "general_manager"]
    stage.approve("cashier", "hr_head", "general_manager")
    assert (stage.approval, stage.effects) == (Approval.APPROVED, 1)


def test_an_empty_path_is_a_way_past(office: Office) -> None:
    stage = Stage.of(
        office,
        flow(
            branch(
                "more", path("b", node("boss", BOSS), when="amount > 5"), path("n", default=True)
            ),
            node("lead", LEADER),
        ),
    )
    assert stage.asked == ["team_head"]
    stage.approve("team_head")
    assert stage.effects == 1


def test_facts_that_change_choose_again_when_it_goes_straight_back(office: Office) -> None:
    """Back to the one who returned it, but not past a step that the larger amount wants."""
    from dataclasses import replace

    from zhidu.workflow.definition import Resume

    back = replace(node("boss", BOSS), resume=Resume.BACK)
    stage = Stage.of(
        office,
        flow(
            node("lead", LEADER),
            branch(
                "amount",
                path("large", node("fin", Approver("post", "accountant")), when="amount > 5"),
                path("rest", default=True),
            ),
            back,
        ),
        amount=SMALL,
    )
    stage.approve("team_head")
    stage.give_back("general_manager")
    stage.submit()
    assert stage.asked == ["general_manager"]  # nothing changed: straight back
    stage.give_back("general_manager")
    stage.submit(amount=LARGE)
    assert stage.asked == ["accountant"]
    stage.approve("accountant", "general_manager")
    assert stage.effects == 1
    with office.db.read(office.system) as session:
        assert session.get_one(DemoRequest, stage.record_id).held == 1
