"""The record's page: every act of the engine from a form, what a step shows, hides and lets change."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from tests.core.hook_stage import answering
from tests.core.record_stage import AT, KIND, Pages, done, offered, plain
from tests.core.test_seats_own import png
from tests.core.workflow_house import (
    LEADER,
    DemoRequest,
    Office,
    at,
    flow,
    header,
    node,
    submitted,
    tasks_of,
)
from tests.core.workflow_stage import branch, path

from zhidu.access.models import Grant, Role, Scope
from zhidu.clock import now
from zhidu.durations import Duration
from zhidu.records.models import Approval
from zhidu.workflow import delegation, queries
from zhidu.workflow.definition import (
    Act,
    Approver,
    FieldRight,
    Flow,
    OnTimeout,
    Opinion,
    Resume,
    Split,
    Timeout,
    Urgent,
    Window,
)
from zhidu.workflow.models import Sign

BOSS = Approver("dept_leader", {"level": 2})
LEAD_THEN_BOSS = flow(node("lead", LEADER), node("boss", BOSS), void=(node("undo", BOSS),))


@pytest.fixture
def desk(office: Office, tmp_path: Path) -> Callable[[Flow], tuple[Office, Pages]]:
    """Offer the pages of the demo request under a flow."""

    def make(chosen: Flow) -> tuple[Office, Pages]:
        office.house.flow = chosen
        ours = answering(office, **offered())
        return ours, Pages(ours, tmp_path / "var")

    return make


def actions(office: Office, record_id: int) -> list[str]:
    """Read the trail's acts."""
    with office.db.read(office.system) as session:
        return [one.action.value for one in queries.trail(session, record_id)]


def stands(office: Office, record_id: int) -> str:
    """Name the nodes at which it stands."""
    with office.db.read(office.system) as session:
        return at(session, record_id)


def state(office: Office, record_id: int) -> Approval:
    """Read the approval axis."""
    with office.db.read(office.system) as session:
        return header(session, record_id).approval


def holders(office: Office, record_id: int) -> set[int]:
    """Give who is asked."""
    with office.db.read(office.system) as session:
        return {one.member_id for one in tasks_of(session, record_id)}


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


def test_opinion_file_and_signature_are_asked_for(desk: Any) -> None:
    """The dialog asks; without them it is refused; with them the story shows them."""
    steps = flow(node("lead", LEADER, opinion=Opinion.REQUIRED, attachment=True, sign=True))
    office, pages = desk(steps)
    org, record = office.org, submitted(office)
    lead = pages.sit(org.team_head)
    page = lead.page(record)
    assert 'name="files"' in page
    assert 'name="signature"' in page, "no picture is kept yet: it is asked for"
    assert lead.act(record, "approve", "").status_code == 422
    assert lead.act(record, "approve", "同意").status_code == 422
    picture = png()
    done(
        lead.act(
            record,
            "approve",
            "同意",
            files=(BytesIO(b"%PDF-1.4 minutes"), "纪要.pdf"),
            signature=(BytesIO(picture), "me.png"),
        )
    )
    page = lead.page(record)
    assert "纪要.pdf" in page
    (address,) = set(re.findall(r'src="([^"]*/signed/\d+)"', page))
    shown = lead.visitor.get(address)
    assert (shown.mimetype, shown.data) == ("image/png", picture)
    assert lead.visitor.get("signature.png").data == picture
    stranger = pages.sit(org.cashier)
    assert stranger.visitor.get(address).status_code == 404
    assert stranger.visitor.get("signature.png").status_code == 404


FILL = flow(
    node("lead", LEADER, fields={"note": FieldRight.EDIT, "amount": FieldRight.HIDE}),
    node("boss", BOSS),
)


def test_fields_that_a_step_lets_its_person_change(desk: Any) -> None:
    """Alone or with the decision; what it hides is in no page, list, file or log."""
    office, pages = desk(FILL)
    org = office.org
    record = submitted(office, amount=Decimal(4321), note="old")
    lead, boss = pages.sit(org.team_head), pages.sit(org.sales_head)
    page = lead.page(record)
    assert 'name="set-note"' in page
    assert "4,321" not in page.replace("4321", "4,321")
    version = re.search(r'name="set_version" value="(\d+)"', page)
    assert version is not None
    done(lead.act(record, "save-fields", **{"set-note": "half", "set_version": version[1]}))
    long = {"set-note": "x" * 21, "set_version": version[1]}
    assert lead.act(record, "approve", "同意", **long).status_code == 422
    locked = {"set-amount": "1", "set_version": "2"}
    assert lead.act(record, "approve", "同意", **locked).status_code in (403, 409)
    assert stands(office, record) == "lead", "neither was done"
    version = re.search(r'name="set_version" value="(\d+)"', lead.page(record))
    assert version is not None
    both = {"set-note": "whole", "set_version": version[1]}
    done(lead.act(record, "approve", "同意", **both))
    with office.db.read(office.system) as session:
        row = session.get_one(DemoRequest, record)
        assert (row.note, row.amount) == ("whole", Decimal(4321))
    assert "4,321" in boss.page(record), "the next one sees it"
    for address in (f"{AT}/{record}", f"{AT}/", f"{AT}/print"):
        shown = plain(lead.visitor.get(address))
        assert "4,321" not in shown
        assert "4321" not in shown
    assert "4,321" in plain(boss.visitor.get(f"{AT}/"))


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


def test_who_is_chosen_at_the_submit(desk: Any) -> None:
    """The draft's page asks for the person; nobody chosen is refused in words."""
    steps = flow(node("pick", Approver("chosen", {"anyone": True})))
    office, pages = desk(steps)
    org = office.org
    with office.db.write(org.salesman.actor) as session:
        record = office.draft(session).id
    sender = pages.sit(org.salesman)
    page = sender.page(record)
    assert 'name="chosen-pick"' in page
    assert not re.search(rf'<option value="{org.salesman.id}">', page), "nobody decides an own one"
    assert sender.act(record, "submit").status_code == 422
    done(sender.act(record, "submit", **{"chosen-pick": org.auditor.id}))
    assert holders(office, record) == {org.auditor.id}


def test_only_what_the_node_allows_is_offered(desk: Any) -> None:
    """A node that lists its acts takes the others off the page, and the engine refuses them."""
    office, pages = desk(flow(node("lead", LEADER, acts=(Act.CONSULT,))))
    record = submitted(office)
    lead = pages.sit(office.org.team_head)
    assert lead.acts(record) == {"approve", "reject", "ask-opinion"}
    refused = lead.act(record, "pass-on", "x", member=office.org.cashier.id)
    assert refused.status_code == 403
    assert "The policy does not allow this" in plain(refused)


SPLIT = flow(
    branch(
        "much",
        path("small", node("lead", LEADER), when="amount <= 1000"),
        path("large", node("boss", BOSS), default=True),
    ),
    node("pick", Approver("chosen", {"role": "finance", "most": 2})),
    windows=(Window("D-w", opens=1, closes=31),),
    urgent=Urgent("D-u", ("fire", "flood"), BOSS, Duration.parse("2 days"), "a warning"),
)


def test_the_panel_beside_the_form(desk: Any) -> None:
    """Both ways with the condition, how far the next band is, the clock, people, what was urgent."""
    office, pages = desk(SPLIT)
    org = office.org
    sender = pages.sit(org.salesman)
    panel = sender.panel(amount="400")
    assert org.team_head.name in panel
    assert re.search(r'class="skipped"><span class="path-t">boss <small>large', panel)
    assert "Amount: above 1,000 another way is taken; 600 to go." in panel
    assert re.search(r"Closes in \d+ (day|hour)s?, at the end of \d{4}-\d\d-\d\d", panel)
    assert "The paper must follow within 2 calendar days. If it is late: a warning" in panel
    assert panel.count('type="checkbox" name="chosen-pick"') == 3
    panel = sender.panel(
        amount="5000", **{"chosen-pick": [org.cashier.id], "urgent-asked": "1", "urgent": "1"}
    )
    assert re.search(rf'name="chosen-pick" value="{org.cashier.id}" checked', panel)
    assert org.cashier.name in panel
    assert "Closes" not in panel, "what is done already keeps no window"
    assert re.search(r'class="skipped"><span class="path-t">lead', panel)


def test_done_first_and_written_up_after(desk: Any) -> None:
    """Reason, time and consent are asked for; the story tells them."""
    office, pages = desk(SPLIT)
    org = office.org
    with office.db.write(org.salesman.actor) as session:
        record = office.draft(session).id
    sender = pages.sit(org.salesman)
    said = {"chosen-pick": [org.cashier.id], "urgent-asked": "1", "urgent": "1"}
    assert sender.act(record, "submit", **said).status_code == 422
    boss = org.sales_head
    said |= {
        "urgent-reason": "fire",
        "urgent-event_at": f"{now() - timedelta(hours=9):%Y-%m-%dT%H:%M}",
        "urgent-consented_by": boss.id,
        "urgent-how": "by telephone",
    }
    done(sender.act(record, "submit", **said))
    page = sender.page(record)
    for told in ("Done first, written up after", f"{boss.name} had consented", "by telephone"):
        assert told in page


def test_a_form_posted_twice_makes_one_record(desk: Any) -> None:
    """The second click of a slow page shows what the first one made."""
    office, pages = desk(LEAD_THEN_BOSS)
    sender = pages.sit(office.org.salesman)
    page = sender.visitor.get(f"{AT}/new").text
    found = re.search(r'name="key" value="([\w-]+)"', page)
    assert found is not None
    sent = {"amount": "7", "do": "submit", "key": found[1]}
    places = [sender.visitor.post(f"{AT}/new", sent).headers["Location"] for _ in range(2)]
    assert places[0] == places[1]
    with office.db.read(office.system) as session:
        assert len(session.scalars(select(DemoRequest.id)).all()) == 1
