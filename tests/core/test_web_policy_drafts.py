"""A policy's drafts through their pages: step by step, two people at once, published."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest
from tests.core.pages_desk import House, PagesDesk, plain
from tests.core.policy_desk import PACK, begin, desk, draft_of, fields, flow_url, house, version_of  # noqa: F401 -- fixtures

from zhidu.policy import drafts, settings
from zhidu.policy.models import DraftStatus
from zhidu.policy.publish import WITH_TWO

pytestmark = [pytest.mark.sqlite, pytest.mark.addons("hr")]


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
