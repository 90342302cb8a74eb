"""The record's page: every act of the engine from a form, and what the page tells of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from tests.core.hook_stage import answering
from tests.core.record_stage import (
    BOSS,
    KIND,
    LEAD_THEN_BOSS,
    Pages,
    actions,
    done,
    holders,
    offered,
    plain,
    seated,
    stands,
    state,
)
from tests.core.workflow_house import (
    LEADER,
    Office,
    flow,
    node,
    submitted,
    tasks_of,
)
from tests.core.workflow_stage import branch, path

from zhidu.access.models import Grant, Role, Scope
from zhidu.clock import now
from zhidu.durations import Duration
from zhidu.records.models import Approval
from zhidu.workflow import delegation
from zhidu.workflow.definition import (
    Act,
    Approver,
    Flow,
    OnTimeout,
    Resume,
    Split,
    Timeout,
)
from zhidu.workflow.models import Sign


@pytest.fixture
def desk(office: Office, tmp_path: Path) -> Callable[[Flow], tuple[Office, Pages]]:
    """Offer the pages of the demo request under a flow."""
    return partial(seated, office, tmp_path / "var")


def test_every_act_beside_a_decision(desk: Any) -> None:
    """Consult, answer, add, remove, transfer, copy, urge: from the forms of the page."""
    office, pages = desk(LEAD_THEN_BOSS)
    org, record = office.org, submitted(office)
    lead, helper = pages.sit(org.team_head), pages.sit(org.accountant)
    assert {"approve", "reject", "return", "add-signer", "ask-opinion", "pass-on"} <= lead.acts(
        record
    )

    done(lead.act(record, "ask-opinion", "合规吗？", member=org.accountant.id))
    assert helper.acts(record) >= {"give-answer"}
    assert "approve" not in helper.acts(record)
    done(helper.act(record, "give-answer", "合规"))
    assert holders(office, record) == {org.team_head.id}

    done(lead.act(record, "add-signer", "先看看", member=org.cashier.id, sign=Sign.BEFORE.value))
    assert holders(office, record) == {org.cashier.id}
    with office.db.read(office.system) as session:
        (added,) = [t for t in tasks_of(session, record) if t.member_id == org.cashier.id]
    done(lead.act(record, "remove-signer", "不用了", whose=added.id))
    assert holders(office, record) == {org.team_head.id}

    done(lead.act(record, "pass-on", "我出差", member=org.finance_head.id))
    assert holders(office, record) == {org.finance_head.id}
    sender = pages.sit(org.salesman)
    done(sender.act(record, "send-copies", "请知悉", members=[org.auditor.id, org.deputy.id]))
    done(sender.act(record, "urge-people", "很急"))
    again = sender.act(record, "urge-people")
    assert again.status_code == 403
    assert "You have urged already." in plain(again)
    assert "urge-people" not in sender.acts(record), "not offered before its time"

    story = sender.page(record)
    for said in ("Asked for an opinion", "合规吗？", "to the question of", "who decides first"):
        assert said in story
    for person in (org.accountant, org.cashier, org.finance_head, org.auditor, org.deputy):
        assert person.name in story
    assert story.count("not read yet") == 2
    reader = pages.sit(org.auditor)
    done(reader.act(record, "copy-opinion", "看过了，没有意见"))
    story = sender.page(record)
    assert story.count("not read yet") == 1
    assert "看过了，没有意见" in story


def test_a_refusal_says_rule_source_and_cure(desk: Any) -> None:
    """In the page's problem box, which the script shows inside the dialog."""
    office, pages = desk(LEAD_THEN_BOSS)
    org, record = office.org, submitted(office)
    lead = pages.sit(org.team_head)
    answer = lead.act(record, "add-signer", "x", member=org.salesman.id, sign="before")
    assert answer.status_code == 403
    box = re.search(r'<div class="problem t-bad" role="alert">(.*?)</div></div>', answer.text)
    assert box is not None
    assert "applicant" in box[1]
    assert "default of the engine" in box[1]
    for fields, status in (
        ({}, 422),
        ({"member": org.cashier.id}, 422),
        ({"member__text": "没有这个人", "sign": "after"}, 422),
        ({"member": "9" * 30, "sign": "after"}, 422),
    ):
        assert lead.act(record, "add-signer", "x", **fields).status_code == status
    done(lead.act(record, "add-signer", "x", member__text=org.cashier.name, sign="after"))
    assert lead.act(record, "approve", whose="999999").status_code == 404
    assert lead.act(record, "nonsense").status_code == 404


def test_a_form_sent_twice_is_done_once(desk: Any) -> None:
    """The key goes to the engine; each page carries another one."""
    office, pages = desk(LEAD_THEN_BOSS)
    record = submitted(office)
    lead = pages.sit(office.org.team_head)
    keys = re.findall(r'name="key" value="([\w-]+)"', lead.page(record))
    assert keys
    assert len(set(keys)) == len(keys)
    assert set(keys).isdisjoint(re.findall(r'name="key" value="([\w-]+)"', lead.page(record)))
    for _ in range(2):
        done(lead.act(record, "approve", "同意", key=keys[0]))
    assert actions(office, record).count("approve") == 1
    taken = pages.sit(office.org.sales_head).act(record, "approve", "同意", key=keys[0])
    assert taken.status_code == 409, "somebody else's key"


def test_return_with_its_places(desk: Any) -> None:
    """To the applicant or a passed node; straight back where the person may say so."""
    steps = flow(
        node("lead", LEADER),
        node("boss", BOSS),
        node("money", Approver("post", "accountant"), resume=Resume.CHOICE),
    )
    office, pages = desk(steps)
    org, record = office.org, submitted(office)
    done(pages.sit(org.team_head).act(record, "approve", "同意"))
    done(pages.sit(org.sales_head).act(record, "approve", "同意"))
    money = pages.sit(org.accountant)
    page = money.page(record)
    assert 'name="back"' in page
    assert re.search(r'<option value="lead">', page)
    assert money.act(record, "return", "", node="lead").status_code == 422
    done(money.act(record, "return", "金额有误", node="lead", back="1"))
    assert stands(office, record) == "lead"
    page = pages.sit(org.salesman).page(record)
    assert "to “lead”" in page
    done(pages.sit(org.team_head).act(record, "approve", "改好了"))
    assert stands(office, record) == "money", "straight back"
    done(money.act(record, "return", "请重填"))
    page = pages.sit(org.salesman).page(record)
    bar = re.search(r'<ol class="steps".*?</ol>', page, re.S)
    assert bar is not None
    assert re.findall(r'class="st-(\w+)"[^>]*><span title="([^"]+)"', bar[0]) == [
        ("back", "Returned"),
        ("todo", "lead"),
        ("todo", "boss"),
        ("todo", "money"),
        ("todo", "Finished"),
    ]


def test_a_document_is_voided_by_its_own_approval(office: Office, tmp_path: Path) -> None:
    """Asked for from the menu once it is finished; decided like a request, told as its own part."""
    office.house.flow = LEAD_THEN_BOSS
    kind = replace(office.house._kind(), on_voided=lambda _event: None)
    office = answering(office, **offered(provide_record_kinds=lambda: [kind]))
    pages = Pages(office, tmp_path / "var")
    org, record = office.org, submitted(office)
    sender, boss = pages.sit(org.salesman), pages.sit(org.sales_head)
    assert "void" not in sender.acts(record)
    done(pages.sit(org.team_head).act(record, "approve", "同意"))
    done(boss.act(record, "approve", "同意"))
    assert "void" in sender.acts(record)
    assert sender.act(record, "void").status_code == 422, "not without a reason"
    done(sender.act(record, "void", "写错了"))
    page = boss.page(record)
    assert state(office, record) is Approval.APPROVED, "in force until it is decided"
    assert '<li class="tl-round">Voiding</li>' in page
    bar = re.search(r'<ol class="steps".*?</ol>', page, re.S)
    assert bar is not None
    assert re.findall(r'title="([^"]+)"', bar[0]) == ["In force", "undo", "Voided"]
    done(boss.act(record, "approve", "同意作废"))
    assert state(office, record) is Approval.VOIDED


def test_take_back_and_withdraw(desk: Any) -> None:
    """Each from the menu, with its trail."""
    office, pages = desk(LEAD_THEN_BOSS)
    org, record = office.org, submitted(office)
    lead = pages.sit(org.team_head)
    done(lead.act(record, "approve", "同意"))
    assert "take_back" in lead.acts(record)
    done(lead.act(record, "take_back", "看错了"))
    assert stands(office, record) == "lead"
    sender = pages.sit(org.salesman)
    done(sender.act(record, "withdraw", "不办了"))
    assert state(office, record) is Approval.WITHDRAWN
    done(sender.act(record, "submit"))
    assert "Round 2" in sender.page(record)
    done(lead.act(record, "approve", "同意"))
    done(pages.sit(org.sales_head).act(record, "approve", "同意"))
    assert state(office, record) is Approval.APPROVED


def test_the_manager_of_the_flow(desk: Any) -> None:
    """Jump, hand over, terminate: offered to the manager alone, each with a reason."""
    office, pages = desk(LEAD_THEN_BOSS)
    org, record = office.org, submitted(office)
    manager, lead = pages.sit(org.admin), pages.sit(org.team_head)
    theirs = {"jump-to", "hand-over", "end-request"}
    with office.db.write(office.system) as session:  # the manager may read it
        role = session.scalars(select(Role).where(Role.code == "admin")).one()
        session.add(Grant(role_id=role.id, permission=f"{KIND}.read", scope=Scope.COMPANY))
    assert theirs <= manager.acts(record)
    assert not theirs & lead.acts(record)
    assert lead.act(record, "jump-to", "x", node="boss").status_code == 403
    with office.db.read(office.system) as session:
        (task,) = tasks_of(session, record)
    done(manager.act(record, "hand-over", "请假", whose=task.id, member=org.deputy.id))
    assert holders(office, record) == {org.deputy.id}
    assert manager.act(record, "jump-to", "", node="boss").status_code == 422
    done(manager.act(record, "jump-to", "赶时间", node="boss"))
    assert stands(office, record) == "boss"
    page = manager.page(record)
    assert "Led to another step" in page
    assert "left out by the jump" in page
    done(manager.act(record, "end-request", "作废重来"))
    assert state(office, record) is Approval.TERMINATED


def test_paths_side_by_side_and_delegation(desk: Any) -> None:
    """Parallel paths are one part of the bar with a row each; B acts for A, and the page says so."""
    steps = flow(
        branch(
            "two",
            path("a", node("lead", LEADER)),
            path("b", node("boss", BOSS)),
            split=Split.ALL,
        ),
        node("end", "hr"),
    )
    office, pages = desk(steps)
    org = office.org
    with office.db.write(org.team_head.actor) as session:
        delegation.grant(
            session, session.actor, org.team_head.id, org.deputy.id, now(), now() + timedelta(3)
        )
    record = submitted(office)
    helper = pages.sit(org.deputy)
    page = helper.page(record)
    bar = re.search(r'<ol class="steps".*?</ol>', page, re.S)
    assert bar is not None
    assert "st-many" in bar[0]
    assert re.findall(r'<li><span class="st-now" title="(\w+)"', bar[0]) == ["lead", "boss"]
    assert f"for {org.team_head.name}" in page
    assert f"for {org.team_head.name}" in helper.home()
    done(helper.act(record, "approve", "同意"))
    assert f"for {org.team_head.name}" in helper.page(record)
    assert stands(office, record) == "boss"


def test_the_story_of_clocks_and_of_who_is_asked_once(desk: Any) -> None:
    """A due time is shown; who approved the step before is counted in, and it is said why."""
    clock = Timeout(Duration.parse("1 working day"), OnTimeout.REMIND)
    steps = flow(node("lead", LEADER, timeouts=(clock,)), node("again", LEADER), node("boss", BOSS))
    office, pages = desk(steps)
    record = submitted(office)
    lead = pages.sit(office.org.team_head)
    assert "due " in lead.page(record)
    assert "due-at" in lead.home()
    done(lead.act(record, "approve", "同意"))
    page = lead.page(record)
    assert "approved the step before (“lead”) and is not asked twice" in page
    assert "working min" in page


def test_only_what_the_node_allows_is_offered(desk: Any) -> None:
    """A node that lists its acts takes the others off the page, and the engine refuses them."""
    office, pages = desk(flow(node("lead", LEADER, acts=(Act.CONSULT,))))
    record = submitted(office)
    lead = pages.sit(office.org.team_head)
    assert lead.acts(record) == {"approve", "reject", "ask-opinion"}
    refused = lead.act(record, "pass-on", "x", member=office.org.cashier.id)
    assert refused.status_code == 403
    assert "The policy does not allow this" in plain(refused)
