"""Leave under a policy with everything: every act of the engine by clicks, and what the pages tell."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page
from sqlalchemy import select
from tests.browser.conftest import SIZES, Desks
from tests.browser.gallery import Furnisher
from tests.browser.looks import faults

from zhidu import clock
from zhidu.access.user import User
from zhidu.actor import Actor
from zhidu.org.models import Member
from zhidu.policy.apply import apply_pack
from zhidu.testing.demo import ServedDemo
from zhidu.testing.desk import CONFIRM, Desk
from zhidu.workflow import delegation, engine
from zhidu.workflow.models import Task, TaskStatus
from zhidu.workflow.seats_striking import strike

PACK = """
format: 1
policy:
  id: story-rules
  title: 请假办法（试行）
  version: "1"
  effective: 2026-01-01
extends: process-norms
flows:
  hr.leave_request:
    manager: {role: admin}
    nodes:
      - id: department
        name: 部门负责人审批
        approver: {dept_leader: {level: 1}}
        clause: PN-5.1.2-2
      - branch: checks
        name: 会签
        split: all
        paths:
          - id: people
            name: 人力资源
            nodes:
              - {id: hr, name: 人力资源审核, verb: review, approver: {role: hr}, clause: PN-5.1.2-3, fields: {reason: edit}}
          - id: money
            name: 财务
            nodes:
              - {id: finance, name: 财务审核, verb: review, approver: {role: finance}, clause: PN-5.1.2-3}
      - id: boss
        name: 总经理批准
        verb: ratify
        approver: {role: manager}
        clause: PN-5.1.2-2
        resume: choice
        timeouts: [{after: 1 day, do: manager}]
      - id: file
        name: 人力资源备案
        kind: handle
        approver: {role: hr}
        transition: file
        clause: PN-5.1.2-3
"""


@pytest.fixture
def ruled(office: ServedDemo) -> ServedDemo:
    """Put the policy of the story in force."""
    with office.db.write(company(office)) as session:
        apply_pack(session, session.actor, PACK, "story.yaml", clock.today())
    return office


def act(page: Page, name: str, opinion: str = "", **fields: str) -> None:
    """Do something on a record's page: its button, the dialog, and wait for the answer."""
    button = page.locator(f'.rec-acts [data-act="{name}"]')
    if not button.is_visible():
        page.click(".rec-acts summary")
    button.click()
    dialog = page.locator("#act-dialog")
    for field, value in fields.items():
        if field == "person":
            pick(page, value)
        elif dialog.locator(f'select[name="{field}"]').count():
            dialog.locator(f'select[name="{field}"]').select_option(value)
        else:
            dialog.locator(f'[name="{field}"][value="{value}"]').check()
    if opinion:
        page.fill("#act-opinion", opinion)
    page.click(CONFIRM)
    page.wait_for_selector("#act-dialog", state="hidden")
    page.wait_for_selector("#main > .flashes .flash")


def pick(page: Page, name: str) -> None:
    """Choose a person by typing."""
    box = page.locator('#act-dialog [role="combobox"]')
    box.press_sequentially(name)
    page.wait_for_selector(f'#act-dialog [role="option"]:has-text("{name}")')
    box.press("Enter")


def open_record(desk: Desk, record: int) -> Page:
    """Open the page of the request."""
    desk.goto(f"hr/leave-request/{record}")
    return desk.page


def story(page: Page) -> str:
    """Read the timeline."""
    return re.sub(r"\s+", " ", page.locator(".timeline").inner_text())


def test_a_leave_through_every_act(
    ruled: ServedDemo, desk: Desks, shoot: Callable[[Any, str], None], page_problems: list[str]
) -> None:
    """Ask before, consult, transfer, take back, return with a straight way back, urge, time out."""
    staff = desk("staff")
    staff.goto()
    staff.start_leave()
    days = staff.free_days(2)
    staff.drag(days[0], days[-1])
    panel = staff.page.locator("[data-preview]").inner_text()
    for said in ("周启明", "人力资源审核", "财务审核", "高远"):
        assert said in panel
    shoot(staff.page, "story_acts_form")
    record = staff.submit()

    leader = desk("leader")
    page = open_record(leader, record)
    before = page.evaluate("document.querySelector('.rec-head h1').innerText")
    # a refusal is told in the dialog, and nothing typed is lost
    page.click(".rec-acts summary")
    page.click('.rec-acts [data-act="add-signer"]')
    pick(page, "林小满")
    page.fill("#act-opinion", "请先看一下")
    page.click(CONFIRM)
    told = page.locator("#act-dialog [role=alert]")
    told.wait_for()
    assert page.input_value("#act-opinion") == "请先看一下"
    assert re.search("林小满.*默认", told.inner_text(), re.S), "what, and which rule says so"
    shoot(page, "story_acts_refused")
    page_problems.clear()
    pick_again(page, "沈立")
    page.click(CONFIRM)
    page.wait_for_selector("#act-dialog", state="hidden")
    assert "沈立" in story(page)
    assert page.evaluate("document.querySelector('.rec-head h1').innerText") == before

    custodian = desk("custodian")
    custodian.decide(record, "approve", "资料齐全")
    page.reload()
    act(page, "ask-opinion", "与审计安排冲突吗？", person="严明")
    auditor = desk("auditor")
    auditor.decide(record, "give-answer", "不冲突")
    page.reload()
    act(page, "approve", "同意")

    finance = desk("finance")
    fpage = open_record(finance, record)
    assert fpage.locator(".steps .st-many ul > li").count() == 2, "paths side by side"
    shoot(fpage, "story_acts_parallel")
    act(fpage, "pass-on", "我休假", person="严明")
    assert not fpage.locator('[data-act="approve"]').count()
    auditor.goto()
    auditor.decide(record, "approve", "财务无异议")

    hr = desk("hr")
    hr.decide(record, "approve", "假期余额够")
    hr.goto("?tab=done")
    hr.todo(record).locator('[data-act="take_back"]').click()
    hr.page.click(CONFIRM)
    hr.decided()
    hr.goto()
    hr.decide(record, "approve", "已再核对")

    boss = desk("manager")
    bpage = open_record(boss, record)
    act(bpage, "return", "写明交接人", node="department", back="1")
    leader.goto()
    leader.decide(record, "approve", "交接给陈可")
    staff.goto("?tab=started")
    staff.todo(record).locator('[data-act="urge-people"]').click()
    staff.page.fill("#act-opinion", "票快没了")
    staff.page.click(CONFIRM)
    staff.decided()

    later = clock.now() + timedelta(days=2)
    with clock.frozen_at(later), ruled.db.write(company(ruled)) as session:
        task = session.scalars(
            select(Task).where(Task.record_id == record, Task.status == TaskStatus.OPEN)
        ).one()
        strike(session, {"task": task.id})
    admin = desk("admin")
    apage = open_record(admin, record)
    act(apage, "approve", "超时转来，准予")

    page = open_record(staff, record)
    told_story = story(page)
    for said in (
        "沈立", "严明", "与审计安排冲突吗？", "不冲突", "我休假", "假期余额够", "已再核对",
        "写明交接人", "票快没了", "超时转来，准予",
    ):  # fmt: skip
        assert said in told_story, said
    page.set_viewport_size({"width": 1440, "height": 2400})
    shoot(page, "story_acts_timeline")


def pick_again(page: Page, name: str) -> None:
    """Choose another person in the open dialog."""
    page.locator('#act-dialog [role="combobox"]').fill("")
    pick(page, name)


def company(demo: ServedDemo) -> Actor:
    """Act as the company itself."""
    return Actor.system().within(Furnisher(demo).company.id)


def member(demo: ServedDemo, name: str) -> int:
    """Give a person's key by log-in name."""
    with demo.db.read(company(demo)) as session:
        return session.scalars(
            select(Member.id).join(User, User.id == Member.user_id).where(User.username == name)
        ).one()


def test_b_for_a_several_at_once_and_by_keyboard(
    ruled: ServedDemo, desk: Desks, shoot: Callable[[Any, str], None]
) -> None:
    """Delegated tasks say for whom; ticked rows are agreed to with one report; no pointer needed."""
    with ruled.db.write(Furnisher(ruled).people["leader"]) as session:
        delegation.grant(
            session,
            session.actor,
            member(ruled, "leader"),
            member(ruled, "custodian"),
            clock.now(),
            clock.now() + timedelta(days=3),
        )
    made = Furnisher(ruled)
    records = [made.ask("staff", 20 + 2 * n) for n in range(3)]
    helper = desk("custodian")
    for record in records:
        assert "周启明" in helper.todo(record).inner_text()
    for record in records[:2]:
        helper.todo(record).locator("label.tick").click()
    assert "2" in helper.page.locator("[data-bulk] [data-n]").inner_text()
    shoot(helper.page, "story_acts_batch")
    helper.page.click("[data-bulk] .b-primary")
    with helper.page.expect_navigation():
        helper.page.click("#confirm-dialog [data-ok]")
    assert "2" in helper.page.locator("#main > .flashes").inner_text()
    assert not helper.todo(records[0]).count()

    board = helper.page.keyboard
    button = helper.todo(records[2]).locator('[data-act="approve"]')
    button.focus()
    board.press("Enter")
    helper.page.wait_for_selector("#act-dialog[open]")
    board.press("Escape")
    assert button.evaluate("(b) => b === document.activeElement"), "focus returns to the row"
    board.press("Enter")
    helper.page.wait_for_selector("#act-dialog[open]")
    board.press("Control+Enter")
    helper.decided()
    assert not helper.todo(records[2]).count()
    page = open_record(helper, records[2])
    assert "周启明" in page.locator(".timeline").inner_text()


def test_a_field_is_filled_in_with_the_decision(
    ruled: ServedDemo, desk: Desks, shoot: Callable[[Any, str], None]
) -> None:
    """What the step lets its person change stands in the form, and goes along with the decision."""
    made = Furnisher(ruled)
    record = made.ask("staff", 40, 1, "家中有事")
    made.act("leader", record, engine.approve, "同意")
    page = open_record(desk("hr"), record)
    box = page.locator('[data-with] [name="set-reason"]')
    assert box.input_value() == "家中有事"
    box.fill("家中有事，已与陈可交接")
    shoot(page, "story_acts_fields")
    act(page, "approve", "补充了交接")
    form = page.locator("section#form")
    assert "家中有事，已与陈可交接" in form.inner_text()
    assert not page.locator("[data-with]").count(), "the step is over"
    page.click('[data-tabs] a[href="#comments"]')
    assert page.locator("section#comments").is_visible(), "what came anew is wired"


def test_without_a_script(ruled: ServedDemo, desk: Desks) -> None:
    """The buttons lead to forms at the foot of the page; a person is named by typing."""
    record = Furnisher(ruled).ask("staff", 44)
    leader = desk("leader", java_script_enabled=False)
    page = leader.page
    link = leader.todo(record).locator('a[href$="#act-return"]')
    with page.expect_navigation():
        link.click()
    form = page.locator("form#act-pass-on")
    form.locator('[name="member__text"]').fill("何静")
    form.locator("textarea").fill("请代为决定")
    with page.expect_navigation():
        form.locator("button.btn").click()
    assert "何静" in story(page)
    assert not page.locator("form#act-approve").count()


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_the_dialogs_fit_the_screen(
    ruled: ServedDemo, desk: Desks, shoot: Callable[[Any, str], None], size: str
) -> None:
    """Each dialog of the menu: nothing clipped or too small, a sheet of full width on the phone."""
    record = Furnisher(ruled).ask("staff", 30)
    leader = desk("leader", **SIZES[size])
    page = open_record(leader, record)
    shoot(page, f"story_acts_record_{size}")
    assert not faults(page, phone=size == "phone")
    names = page.eval_on_selector_all(
        ".rec-acts [data-act]", "(all) => all.map((a) => a.dataset.act)"
    )
    assert {"approve", "reject", "return", "add-signer", "ask-opinion", "pass-on"} <= set(names)
    for name in names:
        button = page.locator(f'.rec-acts [data-act="{name}"]')
        if not button.is_visible():
            page.click(".rec-acts summary")
        button.click()
        page.wait_for_selector("#act-dialog[open]")
        assert not faults(page, phone=size == "phone"), name
        if size == "phone":
            box = page.locator("#act-dialog").bounding_box()
            assert box is not None
            assert (box["x"], box["width"]) == (0, 390)
        if name in ("add-signer", "return"):
            shoot(page, f"story_acts_{name}_{size}")
        page.keyboard.press("Escape")
        page.wait_for_selector("#act-dialog", state="hidden")
