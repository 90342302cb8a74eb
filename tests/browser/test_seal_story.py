"""A seal request from the form to the register; and the addon off and on again, no row lost."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator
from tests.browser.conftest import Desks

from zhidu.testing.demo import ServedDemo
from zhidu.testing.desk import CONFIRM, Desk

CARD = '#start-list a[href$="/seals/use-request/new"]'
SEALS_MENU = 'nav.side a[href*="/seals/"]'
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


@pytest.fixture
def contract(tmp_path: Path) -> Path:
    """Write the document that is to be stamped, under a Chinese name."""
    path = tmp_path / "采购框架协议（二稿）.pdf"
    path.write_bytes(PDF)
    return path


def ask_for_seal(staff: Desk, contract: Path, copies: int) -> int:
    """Ask for the official seal on a document."""
    page = staff.page
    staff.goto()
    with page.expect_navigation():
        page.click(CARD)
    page.locator("label", has_text="公章").first.click()
    page.set_input_files('input[name="document"]', contract)
    page.select_option('[name="document_type"]', "agreement")
    page.fill('[name="copies"]', str(copies))
    page.fill('[name="purpose"]', "与供应商签订年度协议")
    page.wait_for_selector("[data-preview]:not([aria-busy]) .path")
    return staff.submit()


def stamp(custodian: Desk, record: int, copies: int) -> Locator:
    """Type how many copies are stamped in the dialog of the workbench's button."""
    row = custodian.todo(record)
    row.locator("[data-act]").first.click()
    custodian.page.fill('#act-dialog [name="copies"]', str(copies))
    return custodian.page.locator(CONFIRM)


def test_a_seal_from_the_request_to_the_register(
    desk: Desks, contract: Path, shoot: Callable[[Any, str], None], page_problems: list[str]
) -> None:
    """The approver agrees, the custodian stamps no more than was approved, the register says so."""
    staff = desk("staff")
    record = ask_for_seal(staff, contract, 2)
    page = staff.page
    form = staff.pane("form").inner_text()
    assert "采购框架协议（二稿）" in form
    assert re.search(r"[0-9a-f]{64}", form), "the hash of the document is bound"

    manager = desk("manager")
    assert "林小满" in manager.todo(record).inner_text()
    shoot(manager.page, "story_seal_home")
    manager.decide(record, "approve", "同意")

    custodian = desk("custodian")
    with custodian.page.expect_response("**/act") as came:
        stamp(custodian, record, 3).click()
    assert came.value.status in (403, 409, 422), "more than was approved"
    told = custodian.page.locator("#act-dialog [role=alert]")
    told.wait_for()
    assert "2" in told.inner_text(), "the refusal says how many were approved"
    shoot(custodian.page, "story_seal_refused")
    page_problems.clear()
    assert custodian.page.input_value('#act-dialog [name="copies"]') == "3", "nothing typed is lost"
    custodian.page.fill('#act-dialog [name="copies"]', "2")
    custodian.page.click(CONFIRM)
    custodian.decided()
    assert not custodian.todo(record).count()

    page.reload()
    for said in ("PN-4.3.5-3", "PN-4.3.5-1", "高远", "沈立"):
        assert said in page.locator(".timeline").inner_text()
    custodian.goto("seals/use-entry/")
    register = custodian.page.locator("table.list").inner_text()
    assert "公章" in register
    assert "采购框架协议（二稿）" in register
    shoot(custodian.page, "story_seal_register")
    with custodian.page.expect_download() as got:
        custodian.page.locator('form[action*="xlsx"] button').click()
    assert got.value.suggested_filename.endswith(".xlsx")
    # what was downloaded is no page: the next click works at once
    custodian.goto("seals/use-entry/")


def rows(office: ServedDemo) -> dict[str, int]:
    """Count the rows of every table of the addon, past the app: it would hide some."""
    with closing(sqlite3.connect(office.config.home / "zhidu.db")) as link:
        found = link.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'seals_%'"
        ).fetchall()
        return {
            name: link.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]  # noqa: S608 -- ours
            for (name,) in found
        }


def switch(admin: Desk) -> None:
    """Press the switch of the seals, and answer the question if there is one."""
    admin.goto("admin/addons/")
    button = admin.page.locator('form[action$="/seals"] [role="switch"]')
    asks = button.get_attribute("data-confirm")
    if not asks:
        with admin.page.expect_navigation():
            button.click()
        return
    button.click()
    assert re.search(r"\d|一", admin.page.locator("#confirm-dialog [data-text]").inner_text())
    with admin.page.expect_navigation():
        admin.page.click("#confirm-dialog [data-ok]")


def test_the_addon_off_and_on_again(
    desk: Desks, office: ServedDemo, contract: Path, page_problems: list[str]
) -> None:
    """Off: menu, address, tasks, card and due items are gone, no row is; on: all is back."""
    staff = desk("staff")
    record = ask_for_seal(staff, contract, 1)
    manager, custodian, admin = desk("manager"), desk("custodian"), desk("admin")
    assert manager.todo(record).count() == 1
    due = custodian.page.locator('a.due[href*="/seals/"]').count()
    assert due, "a seal of the demo has to be inspected"
    before = rows(office)

    switch(admin)
    assert not admin.page.locator(SEALS_MENU).count(), "at the next click, without a restart"
    manager.goto()
    assert not manager.todo(record).count()
    assert not manager.page.locator(SEALS_MENU).count()
    custodian.goto()
    assert not custodian.page.locator('a.due[href*="/seals/"]').count()
    staff.goto()
    assert not staff.page.locator(CARD).count()
    for path in ("seals/use-request/", f"seals/use-request/{record}", "seals/seal/"):
        answer = staff.goto(path)
        assert answer.status == 404, path
    assert all("404" in problem for problem in page_problems)
    page_problems.clear()
    assert rows(office) == before

    switch(admin)
    assert admin.page.locator(SEALS_MENU).count()
    staff.goto(f"seals/use-request/{record}")
    assert staff.page.locator(".rec-head").count()
    custodian.goto()
    assert custodian.page.locator('a.due[href*="/seals/"]').count() == due
    manager.goto()
    manager.decide(record, "approve")
    assert not manager.todo(record).count()
    assert rows(office) == before


def test_who_keeps_a_seal_does_not_stamp_for_oneself(desk: Desks, contract: Path) -> None:
    """The custodian asks: the path names the backup, and the task goes to nobody else."""
    custodian = desk("custodian")
    page = custodian.page
    custodian.goto("seals/use-request/new")
    page.locator("label", has_text="公章").first.click()
    page.set_input_files('input[name="document"]', contract)
    page.select_option('[name="document_type"]', "agreement")
    page.wait_for_selector('[data-preview]:not([aria-busy]) .path:has-text("郑一")')
    path = page.locator("[data-preview] .path").inner_text()
    assert "沈立" not in path, path
    page.fill('[name="purpose"]', "行政部自己的文件")
    record = custodian.submit()
    desk("manager").decide(record, "approve")
    page.reload()
    assert "郑一" in page.locator(".timeline .tl-now").inner_text()
    assert not page.locator("[data-act=stamp], [data-act=handle]").count()
