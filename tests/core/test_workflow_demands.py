"""What a node asks of who decides: an opinion, words, a signature, a share of the votes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.core.workflow_house import (
    LEADER,
    DemoRequest,
    Office,
    flow,
    header,
    node,
    own_task,
    waits_for,
)
from tests.core.workflow_stage import BOSS, LARGE, SMALL, THREE, Stage

from zhidu.errors import Refused, ValidationError
from zhidu.records.models import Approval
from zhidu.records.services import amend
from zhidu.workflow import engine
from zhidu.workflow.definition import Mode, Nobody, NodeKind, Opinion, Verb
from zhidu.workflow.errors import Waiting


def test_an_opinion_decides_nothing(office: Office) -> None:
    asked = node("ask", "finance", mode=Mode.ALL, verb=Verb.OPINION)
    stage = Stage.of(office, flow(asked, node("boss", BOSS)))
    with office.db.read(office.org.cashier.actor) as session:
        acts = engine.allowed(session, session.actor, header(session, stage.record_id))
        assert [(one.action, one.needs_opinion) for one in acts] == [("approve", True)]
    for refused in (stage.reject, stage.give_back):
        with pytest.raises(Refused) as caught:
            refused("cashier")
        assert caught.value.rule == "workflow.opinion_only"
    with pytest.raises(ValidationError):
        stage.do("cashier", lambda s, t: engine.approve(s, s.actor, t, "  "))
    stage.approve(*THREE, "general_manager")
    assert stage.effects == 1


def test_an_opinion_alone_approves_nothing(office: Office) -> None:
    asked = node("ask", "finance", verb=Verb.OPINION)
    with pytest.raises(Refused) as caught:
        Stage.of(office, flow(asked))
    assert caught.value.rule == "workflow.never_auto_pass"
    # the effect waits for an opinion that comes behind the approval
    stage = Stage.of(office, flow(node("boss", BOSS), asked))
    stage.approve("general_manager")
    assert stage.effects == 0
    stage.approve("cashier")
    assert stage.effects == 1


def test_a_handling_passed_by_nobody_is_no_approval(office: Office) -> None:
    """The facts change so that the only approving step falls away behind it."""
    made = flow(
        node("do", "hr", kind=NodeKind.HANDLE),
        node("none", "no_such_role", kind=NodeKind.HANDLE, nobody=Nobody.PASS),
        node("boss", BOSS, when="amount > 5"),
    )
    stage = Stage.of(office, made, amount=LARGE)
    with office.db.write(office.system) as session:
        row = session.get_one(DemoRequest, stage.record_id)
        amend(session, session.actor, row, {"amount": SMALL}, "rule")
    stage.handle("hr_head")
    assert stage.effects == 0
    with office.db.read(office.system) as session:
        assert waits_for(session, stage.record_id) == Waiting.NO_APPROVAL
    # the flow's manager leads it to the step that approves; the wait is over
    stage.with_record("admin", engine.jump, "boss", "请总经理定")
    assert stage.at == "boss"
    stage.approve("general_manager")
    assert (stage.approval, stage.effects, stage.at) == (Approval.APPROVED, 1, "")
    assert dict(stage.replayed().marks)["boss"] == "passed"


@pytest.mark.parametrize(
    ("opinion", "approve", "reject"),
    [
        (Opinion.OPTIONAL, True, False),
        (Opinion.NEGATIVE, True, False),
        (Opinion.REQUIRED, False, False),
    ],
)
def test_when_words_are_wanted(
    office: Office, opinion: Opinion, approve: bool, reject: bool
) -> None:
    stage = Stage.of(office, flow(node("boss", BOSS, opinion=opinion)))

    def silently(verb: Any) -> bool:
        try:
            with office.db.write(office.org.general_manager.actor) as session:
                verb(session, session.actor, own_task(session, stage.record_id), "")
                session.rollback()
        except ValidationError as error:
            return set(error.fields) != {"opinion"}
        return True

    assert silently(engine.reject) == reject
    assert silently(engine.approve) == approve


def test_a_signature_is_demanded(office: Office) -> None:
    stage = Stage.of(office, flow(node("boss", BOSS, sign=True)))
    with pytest.raises(ValidationError) as wanted:
        stage.approve("general_manager")
    assert set(wanted.value.fields) == {"signature"}
    stage.give_back("general_manager")  # a return is not signed
    assert stage.approval is Approval.RETURNED


# -- votes


@pytest.mark.parametrize(
    ("mode", "quota", "acts", "approval"),
    [
        (Mode.RATIO, 66, "yy", Approval.APPROVED),
        (Mode.RATIO, 66, "yny", Approval.APPROVED),
        (Mode.RATIO, 66, "ynn", Approval.REJECTED),
        (Mode.RATIO, 66, "nn", Approval.REJECTED),
        (Mode.RATIO, 67, "yn", Approval.REJECTED),
        (Mode.RATIO, 100, "n", Approval.REJECTED),
        (Mode.RATIO, 1, "nny", Approval.APPROVED),
        (Mode.COUNT, 2, "nyy", Approval.APPROVED),
        (Mode.COUNT, 1, "y", Approval.APPROVED),
        (Mode.COUNT, 9, "yyy", Approval.APPROVED),  # fewer are asked: all of them
        (Mode.COUNT, 2, "nn", Approval.REJECTED),
    ],
)
def test_votes(office: Office, mode: Mode, quota: int, acts: str, approval: Approval) -> None:
    stage = Stage.of(office, flow(node("vote", "finance", mode=mode, quota=quota)))
    for name, act in zip(THREE, acts, strict=False):
        assert stage.approval is Approval.IN_APPROVAL
        (stage.approve if act == "y" else stage.reject)(name)
    assert (stage.approval, stage.asked) == (approval, [])
    assert stage.effects == (1 if approval is Approval.APPROVED else 0)
    assert stage.replayed().approval is approval


def test_a_vote_can_be_returned(office: Office) -> None:
    made = flow(node("lead", LEADER), replace(node("v", "finance", mode=Mode.RATIO), quota=66))
    stage = Stage.of(office, made)
    stage.approve("team_head", "cashier")
    stage.give_back("accountant", "lead")
    assert stage.asked == ["team_head"]
