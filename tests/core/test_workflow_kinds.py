"""Kinds of nodes and what they do: automatic, notify, file-with, publish, meeting."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path as File
from typing import Any

import pytest
from sqlalchemy import select
from tests.core.workflow_house import (
    LEADER,
    Office,
    flow,
    header,
    instance_of,
    node,
    own_task,
    waits_for,
)
from tests.core.workflow_stage import BOSS, LARGE, THREE, Stage, branch, guarded, path

from zhidu.clock import frozen_at
from zhidu.durations import Duration
from zhidu.errors import Refused, ValidationError
from zhidu.records.files import FileStore
from zhidu.records.models import Approval
from zhidu.workflow import engine, publishing
from zhidu.workflow.definition import NOBODY, Approver, Mode, NodeKind, Scope, Split
from zhidu.workflow.errors import Waiting
from zhidu.workflow.models import Copy, InstanceStatus, Origin, Task, Trail, TrailAction


def auto(name: str, result: str = "approve", **parts: Any) -> Any:
    """Make a node at which the engine decides."""
    return node(name, NOBODY, kind=NodeKind.AUTO, result=result, reason="低于限额", **parts)


# -- automatic


def test_the_engine_approves_with_its_reason(office: Office) -> None:
    stage = Stage.of(office, flow(auto("auto"), node("file", "hr", kind=NodeKind.HANDLE)))
    assert (stage.approval, stage.effects, stage.at) == (Approval.APPROVED, 1, "file")
    with office.db.read(office.system) as session:
        entry = session.scalars(select(Trail).where(Trail.action == TrailAction.AUTO)).one()
        assert (entry.member_id, entry.opinion, entry.note) == (None, "低于限额", "approve")
        assert entry.clause == "D-auto"


def test_the_engine_never_approves_money_alone(office: Office) -> None:
    with guarded(office):
        with pytest.raises(Refused) as caught:
            Stage.of(office, flow(auto("auto")))
        assert caught.value.rule == "workflow.never_auto_pass"
        stage = Stage.of(office, flow(auto("auto"), node("boss", BOSS)))
        assert (stage.asked, stage.effects) == (["general_manager"], 0)
        stage.approve("general_manager")
        assert stage.effects == 1


def test_the_engine_rejects_with_its_reason(office: Office) -> None:
    made = flow(node("lead", LEADER), auto("stop", "reject", when="amount > 5"), node("boss", BOSS))
    stage = Stage.of(office, made, amount=LARGE)
    stage.approve("team_head")
    assert (stage.approval, stage.held, stage.effects) == (Approval.REJECTED, 0, 0)
    stage = Stage.of(office, made)
    stage.approve("team_head", "general_manager")
    assert (stage.approval, stage.effects) == (Approval.APPROVED, 1)


def test_an_automatic_reject_ahead_holds_the_effect(office: Office) -> None:
    stage = Stage.of(
        office,
        flow(
            node("lead", LEADER),
            node("check", "hr", kind=NodeKind.HANDLE),
            auto("stop", "reject", when="amount > 5"),
        ),
        amount=LARGE,
    )
    stage.approve("team_head")
    assert stage.effects == 0
    stage.handle("hr_head")
    assert (stage.approval, stage.effects) == (Approval.REJECTED, 0)


def test_one_automatic_reject_of_two_paths_ends_all(office: Office) -> None:
    stage = Stage.of(
        office,
        flow(
            node("lead", LEADER),
            branch(
                "both",
                path("a", auto("stop", "reject")),
                path("b", node("boss", BOSS)),
                split=Split.ALL,
            ),
        ),
    )
    stage.approve("team_head")
    assert (stage.approval, stage.asked) == (Approval.REJECTED, [])


# -- copies on the way


def test_notifying_sends_copies_and_goes_on(office: Office) -> None:
    stage = Stage.of(
        office,
        flow(
            node("tell", "finance", kind=NodeKind.NOTIFY),
            node("lead", LEADER),
            node("again", "finance", kind=NodeKind.NOTIFY),
        ),
    )
    assert stage.asked == ["team_head"]
    with office.db.read(office.system) as session:
        copies = session.scalars(select(Copy).order_by(Copy.member_id)).all()
        assert [stage.name(copy.member_id) for copy in copies] == THREE
        assert {(copy.node_id, copy.clause) for copy in copies} == {("tell", "D-tell")}
    stage.approve("team_head")
    assert (stage.approval, stage.effects, stage.at) == (Approval.APPROVED, 1, "")
    with office.db.read(office.system) as session:
        assert len(session.scalars(select(Copy)).all()) == 3  # one per person


# -- 备案


def test_filing_with_somebody_is_confirmed_and_never_refused(office: Office) -> None:
    stage = Stage.of(
        office,
        flow(
            node("boss", BOSS),
            node("record", "finance", kind=NodeKind.FILE_WITH),
            node("stamp", "hr", kind=NodeKind.HANDLE, transition="file"),
        ),
    )
    stage.approve("general_manager")
    assert (stage.effects, stage.at) == (1, "record")  # what comes behind is blocked
    with pytest.raises(Refused) as caught:
        stage.reject("cashier")
    assert caught.value.rule == "workflow.handle_only"
    with office.db.read(office.org.cashier.actor) as session:
        acts = engine.allowed(session, session.actor, header(session, stage.record_id))
        assert [one.action for one in acts] == ["handle"]
    stage.handle("cashier")
    assert stage.at == "stamp"
    stage.handle("hr_head")
    with office.db.read(office.system) as session:
        assert header(session, stage.record_id).execution == "filed"


# -- 公示


def published(office: Office, window: str | None = "3 days", **parts: Any) -> Stage:
    return Stage.of(
        office,
        flow(
            node("boss", BOSS),
            node(
                "show",
                parts.pop("approver", NOBODY),
                kind=NodeKind.PUBLISH,
                window=Duration.parse(window) if window else None,
                audience=Scope(roles=("finance",)),
            ),
            **parts,
        ),
    )


START = datetime(2026, 3, 2, 1, tzinfo=UTC)


def end_windows(office: Office) -> None:
    with office.db.write(office.system) as session:
        publishing.end_windows(session, {})


def test_the_effect_comes_after_the_window(office: Office) -> None:
    with frozen_at(START):
        stage = published(office)
        stage.approve("general_manager")
    assert (stage.approval, stage.effects, stage.asked) == (Approval.IN_APPROVAL, 0, [])
    with office.db.read(office.system) as session:
        assert waits_for(session, stage.record_id) == Waiting.WINDOW
        assert instance_of(session, stage.record_id).status is InstanceStatus.WAITING
        record = header(session, stage.record_id)
        assert engine.waiting_reason(session, record) is Waiting.WINDOW
        names = [stage.name(one) for one in session.scalars(select(Copy.member_id))]
        assert sorted(names) == sorted(THREE)
    with office.db.write(office.system) as session:
        assert engine.retry_waiting(session) == 0
    with frozen_at(START + timedelta(days=2, hours=14)):
        end_windows(office)
    assert stage.effects == 0
    with frozen_at(START + timedelta(days=4)):
        end_windows(office)
        assert (stage.approval, stage.effects, stage.at) == (Approval.APPROVED, 1, "")
        end_windows(office)
    assert stage.effects == 1


@pytest.mark.parametrize("upheld", [True, False])
@pytest.mark.parametrize("by", ["hr_head", "admin"])
def test_objections_are_decided_when_the_window_is_over(
    office: Office, upheld: bool, by: str
) -> None:
    with frozen_at(START):
        stage = published(office, approver=Approver("role", "hr") if by == "hr_head" else NOBODY)
        stage.approve("general_manager")
        for name in ("hr_head", "salesman"):  # not shown to them, or the own request
            with pytest.raises(Refused):
                stage.with_record(name, engine.object_to, "不同意")
        stage.with_record("cashier", engine.object_to, "金额不对")
    with frozen_at(START + timedelta(days=4)):
        with pytest.raises(Refused):
            stage.with_record("accountant", engine.object_to, "太晚")
        end_windows(office)
        assert (stage.asked, stage.effects) == ([by], 0)
        with office.db.read(office.system) as session:
            task = session.scalars(select(Task).where(Task.node_id == "show")).one()
            assert task.origin is Origin.OBJECTIONS
        if upheld:
            stage.approve(by)
            assert (stage.approval, stage.effects) == (Approval.APPROVED, 1)
        else:
            stage.reject(by)
            assert (stage.approval, stage.effects, stage.held) == (Approval.REJECTED, 0, 0)


def test_publishing_without_a_window_is_telling(office: Office) -> None:
    stage = published(office, window=None)
    stage.approve("general_manager")
    assert (stage.approval, stage.effects) == (Approval.APPROVED, 1)


# -- 会议


def attached(office: Office, stage: Stage, name: str, tmp_path: File) -> int:
    with office.db.write(stage.person(name).actor) as session:
        task = own_task(session, stage.record_id)
        files = FileStore(tmp_path / "files")
        made = engine.attach(
            session, session.actor, task, BytesIO(b"%PDF-1.4 minutes"), "决议.pdf", files=files
        )
        return made.id


def test_a_meeting_waits_for_its_signed_resolution(office: Office, tmp_path: File) -> None:
    meeting = node("body", "hr", kind=NodeKind.MEETING, circulation=False)
    stage = Stage.of(office, flow(node("lead", LEADER), meeting))
    stage.approve("team_head")
    assert stage.effects == 0
    with pytest.raises(ValidationError) as wanted:
        stage.approve("hr_head")
    assert set(wanted.value.fields) == {"attachments"}
    file = attached(office, stage, "hr_head", tmp_path)
    with pytest.raises(Refused) as caught:
        stage.do(
            "hr_head",
            lambda s, t: engine.approve(s, s.actor, t, attachments=[file], circulated=True),
        )
    assert caught.value.rule == "workflow.circulation"
    with pytest.raises(Refused):
        stage.give_back("hr_head")
    stage.do("hr_head", lambda s, t: engine.approve(s, s.actor, t, attachments=[file]))
    assert (stage.approval, stage.effects) == (Approval.APPROVED, 1)
    with office.db.read(office.system) as session:
        agreed = select(Trail).where(Trail.action == TrailAction.APPROVE).order_by(Trail.id)
        assert session.scalars(agreed).all()[-1].attachments == [file]


def test_a_body_may_refuse(office: Office, tmp_path: File) -> None:
    stage = Stage.of(office, flow(node("body", "hr", kind=NodeKind.MEETING)))
    file = attached(office, stage, "hr_head", tmp_path)
    stage.do("hr_head", lambda s, t: engine.reject(s, s.actor, t, "未通过", attachments=[file]))
    assert (stage.approval, stage.effects) == (Approval.REJECTED, 0)


def test_a_decision_takes_only_own_files_of_this_record(office: Office, tmp_path: File) -> None:
    demanding = node("money", "finance", mode=Mode.ALL, attachment=True)
    stage = Stage.of(office, flow(demanding))
    file = attached(office, stage, "accountant", tmp_path)

    def approve_with(found: int) -> None:
        stage.do("cashier", lambda s, t: engine.approve(s, s.actor, t, attachments=[found]))

    for wrong in (file, 999):
        with pytest.raises(ValidationError):
            approve_with(wrong)
    files = FileStore(tmp_path / "files")
    with office.db.write(office.org.hr_head.actor) as session:
        task = session.scalars(select(Task)).all()[0]
        with pytest.raises(Refused):  # another person's task
            engine.attach(session, session.actor, task, BytesIO(b"x"), "a.txt", files=files)
    stage.do("accountant", lambda s, t: engine.approve(s, s.actor, t, attachments=[file]))
