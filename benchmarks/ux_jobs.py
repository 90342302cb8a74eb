"""The jobs of the targets, each done once by somebody who knows the way; each asserts its result."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

from benchmarks.meter import Meter, Tally
from zhidu.testing.desk import CONFIRM, START_LEAVE, SUBMIT, Desk

PREVIEWED = "[data-preview]:not([aria-busy]) .preview-n"

FREE_MONDAYS = """() => {
  const cells = [...document.querySelectorAll("[data-week] [data-date]")];
  const today = cells.findIndex((b) => b.closest(".d-today")), week = Math.floor(today / 7);
  const free = (b) => b.closest("td").classList.contains("d-work") && !b.querySelector(".d-mine");
  for (let n = 1; (week + n + 1) * 7 <= cells.length; n++) {
    const monday = cells[(week + n) * 7];
    if (free(monday) && free(cells[(week + n) * 7 + 1])) return n;
  }
  return 0;
}"""
"""How many weeks down the next free Monday and Tuesday lie."""


def number_of(page: Page) -> int:
    """Read the record's id out of the address of its page."""
    return int(page.url.split("#")[0].rstrip("/").rsplit("/", 1)[1])


def leave_by_drag(desk: Desk, meter: Meter) -> tuple[Tally, int]:
    """Row 1: card, one drag over two days, submit."""
    page = desk.page
    desk.goto()
    meter.start()
    meter.navigate(lambda: page.click(START_LEAVE))
    days = desk.free_days(2)
    drag(desk, days)  # the wait begins when the person lets go
    meter.wait(page.mouse.up, lambda: page.wait_for_selector(PREVIEWED))
    assert page.locator(".preview-n b").inner_text() == "2", "the day count before the submit"
    meter.navigate(lambda: page.click(SUBMIT))
    tally = meter.stop()
    return tally, number_of(page)


def drag(desk: Desk, days: list[str]) -> None:
    """Press and move over the days; the release is the caller's."""
    mouse = desk.page.mouse
    boxes: list[Any] = [desk.day(iso).bounding_box() for iso in (days[0], days[-1])]
    (x, y), (to_x, to_y) = [(b["x"] + b["width"] / 2, b["y"] + b["height"] / 2) for b in boxes]
    mouse.move(x, y)
    mouse.down()
    mouse.move(to_x, to_y, steps=3)


def leave_by_keyboard(desk: Desk, meter: Meter) -> tuple[Tally, int]:
    """Row 2: the same without a pointer: the key to the forms, initials, the grid of days."""
    page, board = desk.page, desk.page.keyboard
    desk.goto()
    meter.start()
    board.press("/")
    board.type("qj")
    meter.navigate(lambda: board.press("Enter"))
    board.press("Tab")
    board.press("Enter")  # skip to the content
    while not page.evaluate("document.activeElement.matches('[data-date]')"):
        board.press("Tab")
    for _ in range(page.evaluate(FREE_MONDAYS)):
        board.press("ArrowDown")
    board.press("Home")
    meter.wait(lambda: board.press("Shift+ArrowRight"), lambda: page.wait_for_selector(PREVIEWED))
    assert page.locator(".preview-n b").inner_text() == "2"
    meter.navigate(lambda: board.press("Control+Enter"))
    tally = meter.stop()
    return tally, number_of(page)


def approve(desk: Desk, meter: Meter, record: int) -> Tally:
    """Row 3: the button in the row, the button of the dialog."""
    page = desk.page
    desk.goto()
    row = desk.todo(record)
    facts = row.inner_text()
    for said in ("林小满", "年假", "天数", "请假后剩余", "同期不在"):
        assert said in facts, f"the row does not say {said}: {facts}"
    meter.start()
    meter.wait(row.locator('[data-act="approve"]').click, lambda: page.wait_for_selector(CONFIRM))
    meter.wait(lambda: page.click(CONFIRM), desk.decided)
    assert not desk.todo(record).count()
    return meter.stop()


def speak(desk: Desk, meter: Meter, locale: str) -> Tally:
    """Row 16: two clicks on the half-filled form; page and fields stay."""
    page = desk.page
    before = page.url
    meter.start()
    meter.wait(
        lambda: page.click('.top-tools summary:has(use[href$="#globe"])'),
        lambda: page.wait_for_selector(f'.top-tools button[value="{locale}"]'),
    )
    meter.navigate(lambda: page.click(f'.top-tools button[value="{locale}"]'))
    tally = meter.stop()
    assert page.url == before
    assert page.input_value('[name="reason"]') == "写到一半"
    assert page.locator("html").get_attribute("lang") == locale.replace("_", "-")
    return tally


def leave_on_phone(desk: Desk, meter: Meter) -> tuple[Tally, int]:
    """Row 17: card, first day, last day, submit."""
    page = desk.page
    desk.goto()
    meter.start()
    meter.wait(page.locator(".jump").tap, lambda: page.wait_for_selector(START_LEAVE))
    meter.navigate(page.locator(START_LEAVE).tap)
    first, last = desk.free_days(2)
    meter.wait(desk.day(first).tap, lambda: page.wait_for_selector(PREVIEWED))
    desk.day(last).tap()
    page.wait_for_selector('.preview-n b:text-is("2")')
    require_reachable(page, SUBMIT)
    meter.navigate(page.locator(SUBMIT).tap)
    tally = meter.stop()
    return tally, number_of(page)


def approve_on_phone(desk: Desk, meter: Meter, record: int) -> Tally:
    """Row 17: the button of the row is on the screen; the dialog's, too."""
    page = desk.page
    desk.goto()
    require_no_sideways(page)
    button = desk.todo(record).locator('[data-act="approve"]')
    button.scroll_into_view_if_needed()
    meter.start()
    meter.wait(button.tap, lambda: page.wait_for_selector(CONFIRM))
    require_reachable(page, CONFIRM)
    meter.wait(page.locator(CONFIRM).tap, desk.decided)
    assert not desk.todo(record).count()
    return meter.stop()


def require_reachable(page: Page, selector: str) -> None:
    """Let a finger hit the button without scrolling.

    :raises AssertionError: it is too small or off the screen.
    """
    box, view = page.locator(selector).bounding_box(), page.viewport_size
    assert box is not None
    assert view is not None
    assert box["height"] >= 44, box
    assert box["x"] >= 0, box
    assert box["x"] + box["width"] <= view["width"], box
    assert box["y"] + box["height"] <= view["height"], box


def require_no_sideways(page: Page) -> None:
    """Let nothing stick out of the screen.

    :raises AssertionError: the page scrolls sideways.
    """
    wide, view = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert wide <= view, f"{page.url}: {wide} > {view}"
