"""What only the flow's manager does: jump, end, hand over; and documents voided by approval."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select
from tests.core.workflow_house import LEADER, Office, flow, header, instance_of, node, tasks_of
from tests.core.workflow_stage import Stage, branch, path

from zhidu.errors import Refused, ValidationError
from zhidu.records.models import Approval
from zhidu.workflow import engine, queries, trail
from zhidu.workflow.definition import Approver, Flow, NodeKind, Split
from zhidu.workflow.models import InstanceStatus, Origin, Purpose, Task, TaskStatus, TrailAction

BOSS = Approver("post", "general_manager")


def made() -> Flow:
    return flow(
        node("lead", LEADER),
        branch(
            "both",
            path("l", node("l1", Approver("post", "accountant")), node("l2", "hr")),
            path("r", node("r1", Approver("post", "cashier"))),
            split=Split.ALL,
        ),
        node("boss", BOSS),
        node("file", "hr", kind=NodeKind.HANDLE, transition="file"),
    )


def jump(stage: Stage, node_id: str, by: str = "admin", reason: str = "急") -> None:
    stage.with_record(by, engine.jump, node_id, reason)


def test_a_jump_forwards_leaves_out_what_is_between(office: Office) -> None:
    stage = Stage.of(office, made())
    jump(stage, "boss")
    assert stage.asked == ["general_manager"]
    assert set(stage.statuses("lead")) == {TaskStatus.CANCELLED}
    stage.approve("general_manager")
    assert (stage.effects, stage.at) == (1, "file")
    standing = stage.replayed()
    assert standing.chosen == {"both": ()}
    assert standing.marks["boss"] == "passed"
    assert standing.marks["lead"] == "skipped"


def test_a_jump_into_a_path_and_back(office: Office) -> None:
    stage = Stage.of(office, made())
    jump(stage, "l2")
    assert stage.asked == ["hr_head", "cashier"]  # the path beside it goes on
    stage.approve("hr_head", "cashier")
    assert stage.at == "boss"
    jump(stage, "lead")
    assert stage.asked == ["team_head"]
    stage.approve("team_head")
    assert stage.asked == ["accountant", "cashier"]


def test_nothing_is_approved_by_a_jump(office: Office) -> None:
    stage = Stage.of(office, made())
    with pytest.raises(Refused) as caught:
        jump(stage, "file")
    assert caught.value.rule == "workflow.never_auto_pass"
    for nowhere in ("lead", "nothing", "both"):
        with pytest.raises(Refused) as caught:
            jump(stage, nowhere)
        assert caught.value.rule == "workflow.jump"
    with office.db.read(office.org.admin.actor) as session:
        places = engine.jump_places(session, session.actor, header(session, stage.record_id))
        assert [one.id for one in places] == ["l1", "l2", "r1", "boss"]
    with office.db.read(office.org.hr_head.actor) as session:
        assert engine.jump_places(session, session.actor, header(session, stage.record_id)) == []


def test_only_the_manager_with_a_reason_and_not_the_own_request(office: Office) -> None:
    stage = Stage.of(office, made())
    for verb, more in ((engine.jump, ("boss",)), (engine.terminate, ())):
        with pytest.raises(Refused) as caught:
            stage.with_record("general_manager", verb, *more, "我要")
        assert caught.value.rule == "workflow.manager"
        with pytest.raises(ValidationError):
            stage.with_record("admin", verb, *more, "  ")
    own = Stage.of(office, made(), office.org.admin)
    with pytest.raises(Refused) as caught:
        jump(own, "boss")
    assert caught.value.rule == "workflow.self_approval"


def test_ending_a_request_lets_go_what_it_holds(office: Office) -> None:
    stage = Stage.of(office, made())
    stage.approve("team_head")
    stage.with_record("admin", engine.terminate, "取消项目")
    assert (stage.approval, stage.asked, stage.held) == (Approval.TERMINATED, [], 0)
    assert stage.replayed().approval is Approval.TERMINATED
    with pytest.raises(Refused):
        stage.with_record("admin", engine.terminate, "再来")
    with pytest.raises(Refused):
        stage.submit()


def test_a_returned_request_can_be_ended_and_lets_go_once(office: Office) -> None:
    stage = Stage.of(office, made())
    stage.give_back("team_head")
    stage.with_record("admin", engine.terminate, "没有下文")
    assert (stage.approval, stage.held) == (Approval.TERMINATED, 0)


def test_an_approved_request_is_not_ended(office: Office) -> None:
    stage = Stage.of(office, flow(node("boss", BOSS), node("f", "hr", kind=NodeKind.HANDLE)))
    stage.approve("general_manager")
    with pytest.raises(Refused):
        stage.with_record("admin", engine.terminate, "晚了")
    assert stage.approval is Approval.APPROVED


def test_handing_a_task_over(office: Office) -> None:
    stage = Stage.of(office, flow(node("boss", BOSS)))
    with office.db.write(office.org.admin.actor) as session:
        (task,) = tasks_of(session, stage.record_id)
        deputy = office.org.deputy.id
        made_ = engine.hand_over(session, session.actor, task, deputy, "出差")
        assert made_ is not None
        assert (made_.origin, made_.member_id) == (Origin.HANDED_OVER, deputy)
    assert stage.asked == ["deputy"]
    for by, to, rule in (
        ("admin", "salesman", "seats.applicant"),
        ("deputy", "hr_head", "workflow.manager"),
    ):
        with office.db.write(stage.person(by).actor) as session:
            (task,) = tasks_of(session, stage.record_id)
            with pytest.raises(Refused) as caught:
                engine.hand_over(session, session.actor, task, stage.person(to).id, "换人")
        assert caught.value.rule == rule
    stage.approve("deputy")
    assert stage.effects == 1


# -- voiding


def voidable() -> Flow:
    return flow(node("boss", BOSS), void=(node("check", "hr"), node("end", BOSS)))


def finished(office: Office, flow_: Flow | None = None) -> Stage:
    stage = Stage.of(office, flow_ or voidable())
    stage.approve("general_manager")
    assert (stage.approval, stage.effects) == (Approval.APPROVED, 1)
    return stage


def story(office: Office, stage: Stage) -> trail.Standing:
    with office.db.read(office.system) as session:
        void = instance_of(session, stage.record_id, Purpose.VOID)
        entries = queries.trail(session, stage.record_id)
        return trail.replay(one for one in entries if one.instance_id == void.id)


def test_a_finished_document_is_voided_by_its_own_approval(office: Office) -> None:
    stage = finished(office)
    stage.with_record("salesman", engine.void, "写错了")
    assert (stage.asked, stage.approval) == (["hr_head"], Approval.APPROVED)
    stage.approve("hr_head")
    assert (stage.approval, stage.effects) == (Approval.APPROVED, 1)
    stage.approve("general_manager")
    assert (stage.approval, stage.effects, stage.held) == (Approval.VOIDED, 0, 0)
    assert office.house.heard.count("on_voided") == 1
    assert office.house.heard.count("on_approved") == 1
    standing = story(office, stage)
    assert (standing.approval, standing.status) == (Approval.VOIDED, InstanceStatus.ENDED)
    with pytest.raises(Refused):
        stage.with_record("salesman", engine.void, "再一次")


@pytest.mark.parametrize("how", ["reject", "withdraw", "return", "terminate"])
def test_a_request_to_void_that_comes_to_nothing_leaves_it_in_force(
    office: Office, how: str
) -> None:
    stage = finished(office)
    stage.with_record("salesman", engine.void, "写错了")
    if how == "reject":
        stage.reject("hr_head")
    elif how == "return":
        stage.give_back("hr_head")
    elif how == "withdraw":
        stage.with_record("salesman", engine.withdraw)
    else:
        stage.with_record("admin", engine.terminate, "不必")
    assert (stage.approval, stage.effects, stage.held, stage.asked) == (
        Approval.APPROVED, 1, 1, [],
    )  # fmt: skip
    assert "on_voided" not in office.house.heard
    assert story(office, stage).approval is Approval.APPROVED
    # it may be asked again, in the same request
    stage.with_record("salesman", engine.void, "还是要作废")
    stage.approve("hr_head", "general_manager")
    assert stage.approval is Approval.VOIDED


def test_what_cannot_be_voided(office: Office) -> None:
    running = Stage.of(office, voidable())
    no_way = finished(office, flow(node("boss", BOSS)))
    stage = finished(office)
    for one, who, rule in (
        (running, "salesman", "workflow.void"),
        (no_way, "salesman", "workflow.void"),
        (stage, "cashier", "records.applicant"),
    ):
        with pytest.raises(Refused) as caught:
            one.with_record(who, engine.void, "x")
        assert caught.value.rule == rule
    kind = office.house.registry.kinds["demo.request"]
    undo = kind.on_voided
    object.__setattr__(kind, "on_voided", None)
    with pytest.raises(Refused) as caught:
        stage.with_record("salesman", engine.void, "x")
    assert caught.value.rule == "workflow.void"
    object.__setattr__(kind, "on_voided", undo)
    stage.with_record("admin", engine.void, "管理员申请")  # the flow's manager may, too
    with pytest.raises(Refused):
        stage.with_record("salesman", engine.void, "同时")
    with office.db.read(office.org.salesman.actor) as session:
        acts = engine.allowed(session, session.actor, header(session, stage.record_id))
        assert [one.action for one in acts] == ["withdraw"]
        acts = engine.allowed(session, session.actor, header(session, no_way.record_id))
        assert acts == []


def test_a_late_handle_and_a_void_do_not_meet(office: Office) -> None:
    """Only what is at its end is voided: no task of the approval is open then."""
    stage = Stage.of(
        office,
        replace(voidable(), nodes=(node("boss", BOSS), node("file", "hr", kind=NodeKind.HANDLE))),
    )
    stage.approve("general_manager")
    with pytest.raises(Refused) as caught:
        stage.with_record("salesman", engine.void, "x")
    assert caught.value.rule == "workflow.void"
    stage.handle("hr_head")
    stage.with_record("salesman", engine.void, "x")
    with office.db.read(office.system) as session:
        (task,) = session.scalars(select(Task).where(Task.status == TaskStatus.OPEN))
        assert task.node_id == "check"
    assert TrailAction.VOID in _actions(office, stage)


def _actions(office: Office, stage: Stage) -> list[TrailAction]:
    with office.db.read(office.system) as session:
        return [entry.action for entry in queries.trail(session, stage.record_id)]
