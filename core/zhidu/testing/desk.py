"""One person at the browser: log-in, asking for leave by a drag, deciding from the workbench.

Buttons are found by what they do, not by their words: the same steps serve every language.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from zhidu.testing.demo import ServedDemo

START_LEAVE = '#start-list a[href$="/hr/leave-request/new"]'
SUBMIT = '.actionbar button[value="submit"]'
CONFIRM = "#act-dialog [data-ok]"

FREE_DAYS = """(count) => {
  const cells = [...document.querySelectorAll("[data-week]:not(.out) [data-date]")];
  const free = (b) => b && b.closest("td").classList.contains("d-work") && !b.disabled
    && !b.querySelector(".d-mine");
  const today = cells.findIndex((b) => b.closest(".d-today"));
  for (let i = today + 3; i + count <= cells.length; i++) {
    const run = cells.slice(i, i + count);
    if (run.every(free)) return run.map((b) => b.dataset.date);
  }
  return [];
}"""

EDGE_DAYS = """() => {
  const cells = [...document.querySelectorAll("[data-week]:not(.out) [data-date]")];
  const today = cells.findIndex((b) => b.closest(".d-today"));
  const first = cells.findIndex((b, i) => i > today && b.dataset.date.endsWith("-01"));
  return [cells[first - 1].dataset.date, cells[first].dataset.date];
}"""


class Desk:
    """A page with a person in front of it.

    :param name: log-in name of the demo.
    :param company: where the person works.
    """

    def __init__(self, page: Page, demo: ServedDemo, name: str, company: str = "demo") -> None:
        self.page, self.demo, self.name, self.company = page, demo, name, company

    def log_in(self) -> Desk:
        """Log in by the form; ends on the person's workbench."""
        page = self.page
        page.goto(f"{self.demo.address}/auth/login?next=/c/{self.company}/")
        page.fill('input[name="username"]', self.name)
        page.fill('input[name="password"]', self.demo.passwords[self.name])
        page.click("form[name=login_user_form] button.b-primary")
        page.wait_for_url(self.demo.url("**", self.company))
        return self

    def goto(self, path: str = "") -> Any:
        """Open a page of the company; give the response."""
        return self.page.goto(self.demo.url(path, self.company))

    def start_leave(self) -> Desk:
        """Press the card of the workbench."""
        with self.page.expect_navigation():
            self.page.click(START_LEAVE)
        return self

    def free_days(self, count: int) -> list[str]:
        """Name working days in a row, ISO, that are shown and not taken."""
        days: list[str] = self.page.evaluate(FREE_DAYS, count)
        if len(days) != count:
            raise LookupError(f"the calendar shows no {count} free working days in a row")
        return days

    def edge_days(self) -> list[str]:
        """Name the last day of a month and the first of the next, both shown, both to come."""
        days: list[str] = self.page.evaluate(EDGE_DAYS)
        return days

    def day(self, iso: str) -> Locator:
        """Find a day of the calendar."""
        return self.page.locator(f'[data-date="{iso}"]')

    def drag(self, first: str, last: str) -> Desk:
        """Press on the first day, move, release on the last: one press; wait for the result."""
        mouse = self.page.mouse
        boxes = []
        for iso in (first, last):
            box = self.day(iso).bounding_box()
            if box is None:
                raise LookupError(f"{iso} is not shown")
            boxes.append((box["x"] + box["width"] / 2, box["y"] + box["height"] / 2))
        (x, y), (to_x, to_y) = boxes
        mouse.move(x, y)
        mouse.down()
        mouse.move((x + to_x) / 2, (y + to_y) / 2, steps=4)
        mouse.move(to_x, to_y, steps=4)
        mouse.up()
        return self.previewed()

    def previewed(self) -> Desk:
        """Wait until the panel beside the form has the server's answer."""
        self.page.wait_for_selector("[data-preview]:not([aria-busy]) .preview-n")
        return self

    def submit(self) -> int:
        """Submit the form; give the number of the record whose page is shown then."""
        with self.page.expect_navigation():
            self.page.click(SUBMIT)
        self.page.wait_for_selector(".rec-head")
        return int(self.page.url.split("#")[0].rstrip("/").rsplit("/", 1)[1])

    def ask_for_leave(self, count: int = 2) -> int:
        """Ask for working days from the workbench: card, one drag, submit."""
        self.goto()
        self.start_leave()
        days = self.free_days(count)
        self.drag(days[0], days[-1])
        return self.submit()

    def todo(self, record: int) -> Locator:
        """Find a record's row on the workbench."""
        return self.page.locator(f'.todo[data-href$="/{record}"]')

    def decide(self, record: int, action: str = "approve", opinion: str | None = None) -> None:
        """Decide on the workbench: the button in the row, then the button of the dialog."""
        self.todo(record).locator(f'[data-act="{action}"]').click()
        if opinion is not None:
            self.page.fill("#act-opinion", opinion)
        self.page.click(CONFIRM)
        self.decided()

    def decided(self) -> None:
        """Wait until the workbench tells what became of the decision."""
        self.page.wait_for_selector("#act-dialog", state="hidden")
        self.page.wait_for_selector("#main > .flashes .flash")

    def speak(self, locale: str) -> None:
        """Switch the language in the page's bar: two presses."""
        self.page.click('.top-tools summary:has(use[href$="#globe"])')
        with self.page.expect_navigation():
            self.page.click(f'.top-tools button[name="lang"][value="{locale}"]')

    def pane(self, name: str) -> Locator:
        """Open one part of a record's page by its name: ``form clauses log files comments``."""
        self.page.click(f'[data-tabs] a[href="#{name}"]')
        return self.page.locator(f"section#{name}")
