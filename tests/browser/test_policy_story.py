"""The administrator changes a flow by form, two people publish it, and the next request goes that way."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect
from sqlalchemy import select
from tests.browser.conftest import Desks

from zhidu.access import roles
from zhidu.access.user import User
from zhidu.actor import Actor
from zhidu.org.models import Company, Member
from zhidu.policy import settings
from zhidu.policy.publish import WITH_TWO
from zhidu.testing.browser import ON_PHONE
from zhidu.testing.demo import ServedDemo

FLOW = "hr.leave_request"


def two_people(office: ServedDemo) -> None:
    """Let the demo company demand two people, and let the leader be the second one."""
    with office.db.read(Actor.system()) as session:
        company = session.scalars(select(Company).where(Company.code == "demo")).one().id
    with office.db.write(Actor.system().within(company)) as session:
        settings.set_setting(session, session.actor, WITH_TWO, value=True)
        leader = session.scalars(
            select(Member).join(User, User.id == Member.user_id).where(User.username == "leader")
        ).one()
        roles.give_role(session, session.actor, leader, "admin")


def draft_number(page: Page) -> str:
    page.wait_for_url(re.compile(r"/drafts/\d+"))
    found = re.search(r"/drafts/(\d+)", page.url)
    assert found is not None
    return found[1]


def no_sideways(page: Page) -> bool:
    return bool(
        page.evaluate(
            "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        )
    )


def test_a_flow_is_changed_by_form_and_confirmed_by_a_second_person(
    office: ServedDemo, desk: Desks, shoot: Callable[[Any, str], None]
) -> None:
    two_people(office)
    admin = desk("admin")
    page = admin.page
    admin.goto("admin/policy/now")
    page.click('.rec-acts a.b-primary[href$="/drafts/new"]')
    page.click(".actionbar .b-primary")
    number = draft_number(page)

    # a branch behind the first step, with a step on its first path
    admin.goto(f"admin/policy/flow/{number}/{FLOW}/add?at=after:department&sort=branch")
    page.fill('[name="name"]', "按天数")
    page.fill('[name="paths-0-name"]', "长假")
    page.fill('[name="paths-0-when"]', "days > 3")
    page.click(".actionbar .b-primary")
    page.wait_for_url(re.compile(r"#step-branch$"))
    page.click("#step-branch .outline-path >> nth=0 >> a.btn >> nth=0")
    page.fill('[name="name"]', "总经理审批")
    page.fill("#clause", "PN-5.1.2-2")
    page.click(".picker li[role=option] >> nth=0")
    page.select_option('[name="way"]', "superior")

    # a slip in the condition is told while one writes, and leads to its field
    page.fill('[name="when"]', "dayz > 5")
    expect(page.locator('[data-preview] a[href="#when"]')).to_be_visible()
    page.fill('[name="when"]', "")
    expect(page.locator("[data-preview] .t-bad")).to_have_count(0)
    expect(page.locator("[data-preview] .flowsvg")).to_contain_text("总经理审批")
    page.click(".actionbar .b-primary")
    page.wait_for_url(re.compile(r"#step-step$"))
    expect(page.locator(".flowsvg [data-step=step]")).to_be_visible()
    shoot(page, "policy-editor")

    # a step's form shows what its kind can have
    page.focus(".flowsvg [data-step=file]")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/steps/file$"))
    expect(page.locator('[name="transition"]')).to_be_visible()
    expect(page.locator('[name="verb"]')).to_be_hidden()
    page.select_option('[name="kind"]', "auto")
    expect(page.locator('[name="reason"]')).to_be_visible()
    expect(page.locator('[name="way"]')).to_be_hidden()

    # what it would have meant, then to the second person
    admin.goto(f"admin/policy/drafts/{number}/preview")
    expect(page.locator("h1")).to_be_visible()
    admin.goto(f"admin/policy/drafts/{number}/publish")
    for box in page.locator('[name="accepted"]').all():
        box.check()
    page.click(".actionbar .b-primary")
    page.wait_for_url(re.compile(rf"/drafts/{number}$"))
    expect(page.locator(f'form[action$="/drafts/{number}/confirm"]')).to_have_count(0)

    other = desk("leader")
    other.goto(f"admin/policy/drafts/{number}#changes")
    expect(other.page.locator("#changes")).to_contain_text("总经理审批")
    other.page.click(f'form[action$="/drafts/{number}/confirm"] button')
    other.page.click("#confirm-dialog [data-ok]")
    expect(other.page.locator(".flashes .t-good")).to_be_visible()

    # it holds: the next request shows the new way before and after it is submitted
    staff = desk("staff")
    staff.start_leave()
    days = staff.free_days(5)
    staff.drag(days[0], days[4])
    expect(staff.page.locator("[data-preview]")).to_contain_text("总经理审批")


def test_the_policy_is_read_on_a_phone_and_by_keyboard(office: ServedDemo, desk: Desks) -> None:
    seat = desk("admin", **ON_PHONE)
    page = seat.page
    for path in ("admin/policy/now", "admin/policy/now#flows", "admin/policy/drafts/"):
        seat.goto(path)
        assert no_sideways(page), path
    seat.goto("admin/policy/now#flows")
    box = page.locator(".flowbox").first
    expect(box).to_be_visible()
    clause = page.locator("a.fl-cl").first
    size = clause.bounding_box()
    assert size is not None
    assert size["height"] >= 44
    assert size["width"] >= 44
    clause.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/clauses/"))
    assert no_sideways(page)


def test_a_record_shows_its_flow_and_says_why_each_person_is_asked(
    office: ServedDemo, desk: Desks
) -> None:
    staff = desk("staff")
    staff.start_leave()
    days = staff.free_days(1)
    staff.drag(days[0], days[0])
    staff.page.fill('textarea[name="reason"]', "家中有事")
    staff.page.click('.actionbar button[value="submit"]')
    staff.page.wait_for_url(re.compile(r"/leave-request/\d+"))
    page = staff.page
    page.click('a[href="#flow"]')
    expect(page.locator(".flowsvg .is-present")).to_have_count(1)
    expect(page.locator(".flowsvg .is-coming")).to_have_count(1)
    why = page.locator(".timeline .why").first
    why.locator("summary").click()
    expect(why.locator("li").first).to_contain_text("PN-5.1.2-2")
    assert no_sideways(page)
