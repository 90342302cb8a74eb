"""A leave request from the workbench to HR's file, as people do it in a browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Page
from tests.browser.conftest import Desks

from zhidu.testing.browser import ON_PHONE
from zhidu.testing.desk import CONFIRM, SUBMIT, Desk

BALANCE = '[name="leave_type_id"]:checked'


def balance(desk: Desk) -> Decimal:
    """Read the days of annual leave that are left from the card of the form."""
    desk.goto("hr/leave-request/new")
    card = desk.page.locator("label", has=desk.page.locator(BALANCE)).first
    found = re.search(r"\d+(\.\d+)?", card.inner_text())
    assert found, card.inner_text()
    return Decimal(found[0])


def test_leave_from_the_card_to_the_file(desk: Desks, shoot: Callable[[Any, str], None]) -> None:
    """Staff drags two days, the leader agrees, HR files; every part of the record agrees."""
    staff = desk("staff")
    record = staff.ask_for_leave(2)
    head = staff.page.locator(".rec-head")
    number = head.locator(".rec-k .num").inner_text()
    assert re.fullmatch(r"[A-Z]+-\d{6}-\d{4}", number), number
    assert not head.locator("[data-act=approve]").count()

    leader = desk("leader")
    row = leader.todo(record)
    text = row.inner_text()
    assert "林小满" in text, "the workbench names the person"
    facts = row.locator(".facts dd").all_inner_texts()
    assert {"2", "3"} <= {f.removesuffix(".0") for f in facts}, f"days and balance left: {facts}"
    shoot(leader.page, "story_leader_home")
    leader.decide(record, "approve", "同意，注意交接")
    assert not leader.todo(record).count()

    hr = desk("hr")
    assert hr.todo(record).count() == 1
    hr.decide(record, "handle")
    assert not hr.todo(record).count()

    staff.page.reload()
    assert staff.page.locator(".top .badge").count() == 1, "the bell tells of the decision"
    timeline = staff.page.locator(".timeline").inner_text()
    for said in ("林小满", "周启明", "同意，注意交接", "何静", "PN-5.1.2-2", "PN-5.1.2-3"):
        assert said in timeline, timeline
    assert not staff.page.locator(".timeline .tl-now, .timeline .tl-todo").count(), "all is done"
    assert "年假" in staff.pane("form").inner_text()
    clauses = staff.pane("clauses").inner_text()
    assert "部门的负责人审批" in clauses
    assert "登记假期余额" in clauses
    log = staff.pane("log").inner_text()
    assert "周启明" in log
    assert "何静" in log
    assert "PN-5.1.2-2" in log
    shoot(staff.page, "story_record_log")
    assert balance(staff) == Decimal(3)


def test_a_drag_goes_across_the_edge_of_a_month(desk: Desks) -> None:
    """The last day of a month and the first of the next are one movement, Monday first."""
    staff = desk("staff")
    staff.goto()
    staff.start_leave()
    first, last = staff.edge_days()
    staff.drag(first, last)
    page = staff.page
    assert page.input_value('[name="first_day"]') == first
    assert page.input_value('[name="last_day"]') == last
    assert page.locator('td[aria-selected="true"]').count() == 2
    heads = page.locator("[data-range] thead th").all_inner_texts()
    assert heads == ["一", "二", "三", "四", "五", "六", "日"]


def test_leave_on_a_phone_and_its_approval(desk: Desks) -> None:
    """Taps instead of a drag; the button that acts is on the screen without scrolling sideways."""
    staff = desk("staff", **ON_PHONE)
    page = staff.page
    page.locator(".jump").tap()
    staff.start_leave()
    days = staff.free_days(2)
    for iso in days:
        staff.day(iso).tap()
    staff.previewed()
    button = page.locator(SUBMIT)
    box = button.bounding_box()
    assert box is not None
    assert box["height"] >= 44
    assert box["y"] + box["height"] <= 844
    record = staff.submit()

    leader = desk("leader", **ON_PHONE)
    act = leader.todo(record).locator("[data-act=approve]")
    box = act.bounding_box()
    assert box is not None
    assert box["height"] >= 44
    act.tap()
    leader.page.locator(CONFIRM).tap()
    leader.decided()
    assert not leader.todo(record).count()


# --- refusals


def hand_made(page: Page, path: str, **fields: str) -> tuple[int, str]:
    """Post from within the page, with its own token; give status and text of the answer."""
    status, html = page.evaluate(
        """async ([path, fields]) => {
          const body = new URLSearchParams(fields);
          body.set("csrf_token", document.querySelector("input[name=csrf_token]").value);
          const answer = await fetch(path, { method: "POST", body });
          const html = new DOMParser().parseFromString(await answer.text(), "text/html");
          return [answer.status, html.querySelector("main").innerText];
        }""",
        [path, fields],
    )
    return status, re.sub(r"\s+", " ", html)


def decided(desk: Desk) -> list[str]:
    """Read the moves of the timeline that are done."""
    return desk.page.locator(".timeline .tl-done").all_inner_texts()


@pytest.mark.parametrize("door", ["form", "bulk"])
def test_nobody_approves_an_own_request(desk: Desks, page_problems: list[str], door: str) -> None:
    """A leader's own request goes to the superior; the leader's tries are refused by the rule."""
    leader = desk("leader")
    record = leader.ask_for_leave(1)
    page = leader.page
    before = decided(leader)
    assert not page.locator("[data-act=approve]").count(), "no button for it"
    assert "高远" in page.locator(".timeline .tl-now").inner_text(), "it went to the superior"
    if door == "form":
        status, text = hand_made(page, f"{page.url}/act", action="approve", opinion="同意")
        assert status in (403, 409, 422), text
    else:
        leader.goto("hr/leave-request/")
        page.check(f'input[name="ids"][value="{record}"]')
        page.click('#bulk button[name="action"][value="approve"]')
        with page.expect_navigation() as came:
            page.click("#confirm-dialog [data-ok]")
        assert (came.value.status) in (403, 409, 422)
        text = page.locator("main").inner_text()
    assert re.search(r"自己|本人|own", text), f"the refusal names the rule: {text}"
    assert re.search(r"默认|default", text), f"and where it comes from: {text}"
    assert len(page_problems) == 1, "the refused request itself, and nothing else"
    page_problems.clear()
    leader.goto(f"hr/leave-request/{record}")
    assert decided(leader) == before


def test_another_company_learns_nothing(desk: Desks, page_problems: list[str]) -> None:
    """The same answer for a record of another company and for one that never was."""
    record = desk("staff").ask_for_leave(1)
    other = desk("staff2", "branch")
    texts = []
    for path in (
        f"/c/demo/hr/leave-request/{record}",
        f"/c/branch/hr/leave-request/{record}",
        "/c/branch/hr/leave-request/999999",
    ):
        answer = other.page.goto(f"{other.demo.address}{path}")
        assert answer is not None
        assert answer.status == 404
        text = other.page.locator("main").inner_text()
        assert "林小满" not in text
        texts.append(re.sub(r"[0-9A-Za-z_-]{8,}", "", text))
    assert len(set(texts)) == 1, texts
    assert all("404" in problem for problem in page_problems)
    page_problems.clear()
