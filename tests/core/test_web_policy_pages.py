"""The policy through its pages: clauses with what carries them out, flows, drafts, two people."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import select
from tests.core.pages_desk import House, PagesDesk, plain
from werkzeug.test import Client

from zhidu.audit.models import AuditEntry
from zhidu.db import Database
from zhidu.policy import drafts, queries, settings
from zhidu.policy.models import DraftStatus, PolicyDraft, PolicyVersion
from zhidu.policy.publish import WITH_TWO
from zhidu.testing.counting import QueryCounter
from zhidu.testing.factories import MadeCompany

pytestmark = [pytest.mark.sqlite, pytest.mark.addons("hr")]

KIND = "hr.leave_request"

PACK = """\
format: 1
policy: {id: leave-rules, title: 请假制度, version: "1", effective: 2020-01-01}
clauses:
  - {id: L-1, section: 请假, title: 审批, summary: 由部门负责人审批。}
  - {id: L-2, section: 请假, title: 备案, summary: 由人事备案。}
  - {id: L-3, section: 考勤, title: 打卡, summary: 每日打卡。, manual: 由门卫登记。}
  - {id: L-4, section: 考勤, title: 旷工, summary: 旷工三日。}
addons: [hr]
flows:
  hr.leave_request:
    manager: {role: admin}
    nodes:
      - {id: lead, name: 负责人审批, approver: {dept_leader: {level: 1}}, clause: L-1}
      - branch: length
        name: 按天数
        paths:
          - {id: long, name: 长假, when: days > 3, nodes: [{id: boss, name: 总经理审批, approver: {superior: true}, clause: L-1}]}
          - {id: short, default: true, nodes: []}
      - {id: file, name: 备案, kind: handle, approver: {role: hr}, transition: file, clause: L-2}
"""


@pytest.fixture
def house(db: Database, client: Client, company: MadeCompany) -> House:
    return House(db, client, company)


@pytest.fixture
def desk(house: House) -> PagesDesk:
    """Seat the administrator of a company whose policy is :data:`PACK`."""
    seat = house.sit("周静", "admin", "staff")
    seat.post("/admin/policy/apply/", {"do": "apply", "text": PACK})
    return seat


def version_of(house: House) -> PolicyVersion:
    with house.db.read(house.company.system) as session:
        return queries.history(session)[0]


def draft_of(house: House, ident: int) -> tuple[str, DraftStatus, int]:
    with house.db.read(house.company.system) as session:
        found = drafts.get(session, ident)
        return found.source, found.status, found.version


def begin(house: House, seat: PagesDesk) -> int:
    """Make a draft of the version in force."""
    page = seat.get("/admin/policy/drafts/new")
    start = re.findall(r'<option selected value="(\d+)"', page)[0]
    seat.post("/admin/policy/drafts/new", {"start": start})
    with house.db.read(house.company.system) as session:
        return session.scalars(select(PolicyDraft.id).order_by(PolicyDraft.id.desc())).first() or 0


def fields(page: str) -> dict[str, Any]:
    """Read the big form of a page as a browser would send it."""
    form = page[page.index('id="form"') :]
    form = form[: form.index("</form>")]
    form = re.sub(r"<template>.*?</template>", "", form, flags=re.DOTALL)
    sent: dict[str, Any] = {}
    was = re.search(
        r'<input type="hidden" name="was" value="(.*?)">(?:\s|<datalist)', form, re.DOTALL
    )
    if was:
        sent["was"] = was.group(1)
        form = form.replace(was.group(0), "")
    for tag in re.findall(r'<input\b(?:"[^"]*"|[^>"])*>', form):
        attrs = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        name = attrs.get("name", "")
        kind = attrs.get("type", "text")
        if not name or name == "csrf_token" or " disabled" in tag:
            continue
        if kind in ("checkbox", "radio") and " checked" not in tag:
            continue
        sent[name] = attrs.get("value", "y")
    for name, inside in re.findall(
        r'<select\b[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL
    ):
        values = re.findall(r'<option( selected)? value="([^"]*)"', inside)
        chosen = [value for mark, value in values if mark] or [value for _m, value in values[:1]]
        sent[name] = chosen[0] if chosen else ""
    return sent


def shown(page: str) -> str:
    """Give the part of a version's page that shows its clauses."""
    return plain(page[page.index('id="clauses"') : page.index('id="flows"')])


def flow_url(draft: int, rest: str = "") -> str:
    return f"/admin/policy/flow/{draft}/{KIND}/{rest}"


def test_a_version_shows_its_clauses_by_what_carries_them_out(
    house: House, desk: PagesDesk
) -> None:
    number = version_of(house).id
    page = plain(desk.get(f"/admin/policy/{number}"))
    for text in (
        "请假",
        "考勤",
        "L-1",
        "step of a flow: 负责人审批",
        "由门卫登记。",
        "not covered yet",
    ):
        assert text in page
    only = shown(desk.get(f"/admin/policy/{number}?standing=open"))
    assert "旷工三日。" in only
    assert "由部门负责人审批。" not in only
    found = shown(desk.get(f"/admin/policy/{number}?q=门卫"))
    assert "每日打卡。" in found
    assert "旷工三日。" not in found
    assert "No clause matches." in plain(desk.get(f"/admin/policy/{number}?q=zzz"))
    assert "请假制度" in desk.get("/admin/policy/now")
    staff = house.sit("林小满")
    staff.get(f"/admin/policy/{number}")
    assert "Edit in a draft" not in staff.get("/admin/policy/now")


def test_the_flow_is_drawn_with_its_branch_and_its_people(house: House, desk: PagesDesk) -> None:
    page = desk.get("/admin/policy/now")
    assert page.count('<svg class="flowsvg"') == 1
    for text in ("长假: Days > 3", "otherwise", "按天数: one way", "Whoever has a role: "):
        assert text in page
    assert "style=" not in page[page.index("<svg class") : page.index("</svg></div>")]
    del house


def test_a_clause_has_a_page_with_what_names_it(house: House, desk: PagesDesk) -> None:
    number = version_of(house).id
    page = plain(desk.get(f"/admin/policy/{number}/clauses/L-1"))
    assert "负责人审批" in page
    assert "总经理审批" in page
    assert "No decision that you may read has named it yet." in page
    assert "由门卫登记。" in plain(desk.get(f"/admin/policy/{number}/clauses/L-3"))
    desk.get(f"/admin/policy/{number}/clauses/L-9", 404)
    desk.get("/admin/policy/records/?clause=L-1")


def test_the_tree_costs_as_many_statements_for_many_clauses_as_for_few(
    house: House, desk: PagesDesk
) -> None:
    def cost() -> int:
        desk.get("/admin/policy/now")
        with QueryCounter(house.db.engine) as sent:
            desk.get("/admin/policy/now")
        return sent.count

    desk.post("/admin/policy/apply/", {"do": "apply", "text": PACK.replace("三日", "五日")})
    few = cost()
    more = "".join(
        f"  - {{id: M-{n}, section: 更多, title: 第{n}条, summary: 内容。}}\n" for n in range(60)
    )
    desk.post(
        "/admin/policy/apply/",
        {"do": "apply", "text": PACK.replace("addons: [hr]", more + "addons: [hr]")},
    )
    assert cost() == few


def test_two_versions_are_compared_in_words_and_one_is_written_out(
    house: House, desk: PagesDesk
) -> None:
    old = version_of(house).id
    desk.post("/admin/policy/apply/", {"do": "apply", "text": PACK.replace("days > 3", "days > 5")})
    new = version_of(house).id
    page = plain(desk.get(f"/admin/policy/{new}/compare?with={old}"))
    assert "Version 1 → version 2" in page
    assert "Days > 3" in page
    assert "Days > 5" in page
    assert page == plain(desk.get(f"/admin/policy/{old}/compare?with={new}")) or "Days > 5" in page
    sent = {"csrf_token": desk.token}
    answer = desk.client.post(f"{desk.base}/admin/policy/{new}/export.yaml", data=sent)
    assert answer.status_code == 200
    assert "days > 5" in answer.get_data(as_text=True)
    with house.db.read(house.company.system) as session:
        acts = session.scalars(
            select(AuditEntry).where(
                AuditEntry.action == "export", AuditEntry.kind == "core.policy_version"
            )
        ).all()
        assert [act.row_id for act in acts] == [new]


def test_a_draft_grows_step_by_step_and_each_step_can_be_taken_back(
    house: House, desk: PagesDesk
) -> None:
    draft = begin(house, desk)
    first = draft_of(house, draft)[0]
    form = fields(desk.get(flow_url(draft, "steps/boss")))
    assert (form["name"], form["way"], form["clause"]) == ("总经理审批", "superior", "L-1")
    desk.post(flow_url(draft, "steps/boss"), {**form, "name": "总经理批准", "verb": "ratify"})
    second = draft_of(house, draft)[0]
    assert "总经理批准" in second
    assert "verb: ratify" in second
    form = fields(desk.get(flow_url(draft, "add?at=after:lead")))
    sent = {**form, "id": "check", "name": "人事审核", "way": "role", "argument": "hr"}
    desk.post(flow_url(draft, "add?at=after:lead"), {**sent, "clause": "L-2"})
    desk.post(flow_url(draft, "shift"), {"step": "check", "by": "up"})
    fourth = draft_of(house, draft)[0]
    assert fourth.index("name: 人事审核") < fourth.index("name: 负责人审批")
    desk.post(flow_url(draft, "move/check"), {"place": "first:length.short"})
    moved = draft_of(house, draft)[0]
    assert moved.index("人事审核") > moved.index("short")
    page = desk.get(flow_url(draft))
    assert page.count('data-step="check"') == 1
    for _step in range(4):
        desk.post(f"/admin/policy/drafts/{draft}/undo")
    assert draft_of(house, draft)[0] == first
    assert "There is no earlier step." in desk.post(f"/admin/policy/drafts/{draft}/undo")
    assert draft_of(house, draft)[0] == first


def test_removing_a_branch_with_steps_asks_first(house: House, desk: PagesDesk) -> None:
    draft = begin(house, desk)
    asked = desk.post(flow_url(draft, "remove"), {"step": "length"}, 200)
    assert "boss" in asked
    assert "总经理审批" in draft_of(house, draft)[0]
    desk.post(flow_url(draft, "remove"), {"step": "length", "confirmed": "1"})
    assert "总经理审批" not in draft_of(house, draft)[0]


def test_a_wrong_condition_is_told_at_once_and_leads_to_its_field(
    house: House, desk: PagesDesk
) -> None:
    draft = begin(house, desk)
    form = fields(desk.get(flow_url(draft, "steps/file")))
    wrong = {**form, "when": "dayz > 3"}
    panel = desk.post(flow_url(draft, "preview?step=file"), wrong, 200)
    assert "<html" not in panel
    assert 'href="#when"' in panel
    assert "days" in panel
    assert "dayz" not in draft_of(house, draft)[0], "a preview saves nothing"
    desk.post(flow_url(draft, "steps/file"), wrong)
    page = desk.get(f"/admin/policy/drafts/{draft}")
    assert f"{flow_url(draft, 'steps/file')}#when" in page
    assert "Errors keep it from being published" in desk.get(
        f"/admin/policy/drafts/{draft}/publish"
    )
    fine = desk.post(flow_url(draft, "preview?step=file"), {**form, "when": "days > 3"}, 200)
    assert 'href="#when"' not in fine


def test_two_editors_of_one_step_see_both_values(house: House, desk: PagesDesk) -> None:
    draft = begin(house, desk)
    mine = fields(desk.get(flow_url(draft, "steps/lead")))
    other = house.sit("王芳", "admin", "staff")
    theirs = fields(other.get(flow_url(draft, "steps/lead")))
    other.post(flow_url(draft, "steps/lead"), {**theirs, "name": "主管审批", "opinion": "required"})
    desk = house.sit("周静")
    url = flow_url(draft, "steps/lead")
    page = desk.post(url, {**mine, "name": "经理审批", "verb": "review"}, 409)
    told = plain(page)
    for text in ("王芳", "负责人审批", "主管审批", "经理审批"):
        assert text in told
    assert "Opinion</th>" not in page, "only what both changed is asked"
    again = {**fields(page), "keep_name": "theirs"}
    desk.post(url, again)
    text = draft_of(house, draft)[0]
    assert "主管审批" in text
    assert "name: 经理审批" not in text
    assert "verb: review" in text
    assert "opinion: required" in text


def test_branches_and_rules_of_two_people_are_put_together_too(
    house: House, desk: PagesDesk
) -> None:
    draft = begin(house, desk)
    branch, rules = flow_url(draft, "branches/length"), flow_url(draft, "rules")
    mine, my_rules = fields(desk.get(branch)), fields(desk.get(rules))
    other = house.sit("王芳", "admin", "staff")
    other.post(branch, {**fields(other.get(branch)), "name": "按时长"})
    boss = fields(other.get(flow_url(draft, "steps/boss")))
    other.post(flow_url(draft, "steps/boss"), {**boss, "name": "老总审批"})
    other.post(rules, {**fields(other.get(rules)), "withdraw": "never"})
    desk = house.sit("周静")
    desk.post(branch, {**mine, "paths-0-when": "days > 8"})
    text = draft_of(house, draft)[0]
    for part in ("按时长", "老总审批", "days > 8"):
        assert part in text
    page = desk.post(rules, {**my_rules, "withdraw": "untouched", "merge": "none"}, 409)
    assert "withdraw" in page
    assert "never" in page
    desk.post(rules, fields(page))
    text = draft_of(house, draft)[0]
    assert "withdraw: untouched" in text
    assert "merge: none" in text


def test_a_draft_is_published_and_holds(house: House, desk: PagesDesk) -> None:
    draft = begin(house, desk)
    form = fields(desk.get(flow_url(draft, "branches/length")))
    desk.post(flow_url(draft, "branches/length"), {**form, "paths-0-when": "days > 7"})
    page = plain(desk.get(f"/admin/policy/drafts/{draft}/publish"))
    assert "Days > 7" in page
    accepted = re.findall(
        r'name="accepted" value="([^"]+)"', desk.get(f"/admin/policy/drafts/{draft}/publish")
    )
    shown = desk.post(f"/admin/policy/drafts/{draft}/publish", {"accepted": accepted})
    assert "Version 2 holds" in shown
    assert draft_of(house, draft)[1] is DraftStatus.PUBLISHED
    assert version_of(house).number == 2
    desk.get(flow_url(draft), 404)


def test_where_two_people_are_wanted_the_second_one_confirms(house: House, desk: PagesDesk) -> None:
    with house.db.write(house.company.system) as session:
        settings.set_setting(session, session.actor, WITH_TWO, value=True)
    numbers = version_of(house).number
    text = PACK.replace("days > 3", "days > 9")
    page = desk.post("/admin/policy/apply/", {"do": "apply", "text": text}, 403)
    assert "Keep it as a draft" in plain(page)
    desk.post("/admin/policy/apply/", {"do": "draft", "text": text})
    with house.db.read(house.company.system) as session:
        draft = drafts.written(session)[0].id
    accepted = re.findall(
        r'name="accepted" value="([^"]+)"', desk.get(f"/admin/policy/drafts/{draft}/publish")
    )
    desk.post(f"/admin/policy/drafts/{draft}/publish", {"accepted": accepted})
    assert draft_of(house, draft)[1] is DraftStatus.PROPOSED
    refused = desk.post(f"/admin/policy/drafts/{draft}/confirm")
    assert "cannot confirm" in refused
    assert "Confirm</span>" not in desk.get(f"/admin/policy/drafts/{draft}")
    second = house.sit("王芳", "admin", "staff")
    second.post(f"/admin/policy/drafts/{draft}/decline", {"reason": ""}, 422)
    second.post(f"/admin/policy/drafts/{draft}/confirm")
    assert draft_of(house, draft)[1] is DraftStatus.PUBLISHED
    assert version_of(house).number == numbers + 1


def test_the_past_is_replayed_without_a_change(house: House, desk: PagesDesk) -> None:
    draft = begin(house, desk)
    before = draft_of(house, draft)
    page = plain(desk.get(f"/admin/policy/drafts/{draft}/preview"))
    assert "Nothing was requested yet." in page
    assert draft_of(house, draft) == before


def test_text_that_somebody_else_saved_is_shown_beside_yours(house: House, desk: PagesDesk) -> None:
    draft = begin(house, desk)
    url = f"/admin/policy/drafts/{draft}/text"
    version = fields(desk.get(url))["version"]
    source = draft_of(house, draft)[0]
    desk.post(url, {"text": source.replace("每日打卡", "每天打卡"), "version": version})
    page = desk.post(url, {"text": source.replace("每日打卡", "上班打卡"), "version": version}, 409)
    assert "每天打卡" in page
    assert "上班打卡" in page
    assert "每天打卡" in draft_of(house, draft)[0]


def test_only_who_may_edit_the_policy_opens_a_draft(house: House, desk: PagesDesk) -> None:
    draft = begin(house, desk)
    staff = house.sit("林小满")
    doors: Mapping[str, Any] = {
        "/admin/policy/drafts/": None,
        f"/admin/policy/drafts/{draft}": None,
        flow_url(draft): None,
        flow_url(draft, "steps/lead"): None,
        f"/admin/policy/drafts/{draft}/preview": None,
    }
    for path in doors:
        staff.get(path, 403)
    staff.post(flow_url(draft, "remove"), {"step": "lead"}, 403)
    staff.post(f"/admin/policy/drafts/{draft}/undo", {}, 403)
    staff.get("/admin/policy/records/")


def test_a_draft_of_what_holds_says_exactly_that(house: House, desk: PagesDesk) -> None:
    tests = """\
tests:
  - name: 半天
    kind: hr.leave_request
    given: {facts: {days: 0.5}}
    expect: {path: [lead, file]}
"""
    desk.post("/admin/policy/apply/", {"do": "apply", "text": PACK + tests})
    draft = begin(house, desk)
    assert "days: 0.5" in draft_of(house, draft)[0]
    page = plain(desk.get(f"/admin/policy/drafts/{draft}"))
    assert "It says what holds already." in page


def test_clauses_are_found_while_one_types(house: House, desk: PagesDesk) -> None:
    draft = begin(house, desk)
    found = desk.ask(f"/admin/policy/flow/{draft}/clauses?q=人事").get_json()
    assert [one["id"] for one in found] == ["L-2"]
    assert len(desk.ask(f"/admin/policy/flow/{draft}/clauses").get_json()) == 4
