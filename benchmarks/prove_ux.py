"""Everyday jobs of the back office, counted and compared with what was measured in Odoo 19.

Real server (``zhidu run``), real Chromium, real presses and keys; each job five times, the median
counts. Odoo's figures: 19.0 Community, its own demo data, zh_CN, one process, loopback, no proxy,
Chromium, median of three; the waits were measured on another day.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import select
from tests.browser.words import english, wrong_dates

from benchmarks import ux_jobs as jobs
from benchmarks.meter import Meter, Tally
from benchmarks.proof import Proof
from benchmarks.running import Running, running
from zhidu import clock, demo
from zhidu.access.user import User
from zhidu.actor import Actor
from zhidu.config import Config
from zhidu.enabling import connect
from zhidu.org.models import Company, Member
from zhidu.testing.browser import ARGS, ON_PHONE, USUAL
from zhidu.testing.databases import environ
from zhidu.testing.demo import ServedDemo
from zhidu.testing.desk import Desk
from zhidu.testing.services import Missing, chromium
from zhidu_hr.models import LeaveType
from zhidu_hr.services import grants

RUNS = 5
GRANTED = ("staff", "finance", "custodian")
"""Who asks for leave here: five days of balance are two requests, so they get more."""


@dataclass(frozen=True, slots=True)
class Target:
    """One figure and what it must not exceed.

    :param odoo: what was measured there, as text.
    """

    row: str
    what: str
    most: float
    value: float
    odoo: str
    unit: str = ""

    @property
    def kept(self) -> bool:
        """Tell whether it is."""
        return self.value <= self.most

    def line(self) -> tuple[str, str]:
        """Give name and text for the table of the proof."""
        digits = 2 if self.unit == "s" else 0
        unit = f" {self.unit}" if self.unit else ""
        sign = "" if self.kept else " **MISSED**"
        return (
            f"{self.row} {self.what}",
            f"{self.value:.{digits}f}{unit} (target {self.most:g}{unit}; Odoo {self.odoo}){sign}",
        )


def main() -> Proof:
    """Run the jobs.

    :raises AssertionError: a target is missed, or a job does not end as it should.
    """
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "var"
        config = Config.load(environ(home))
        demo.load(config)
        grant(config)
        with running(home) as server, browser() as chrome:
            targets = Jobs(chrome, server, config).run()
    figures = dict(t.line() for t in targets)
    missed = [": ".join(t.line()) for t in targets if not t.kept]
    assert not missed, "\n".join(missed)
    return Proof(
        "Everyday jobs",
        f"Leave and its approval on the demo, counted in a real browser, median of {RUNS} runs:"
        " every target is kept. Odoo is 19.0 Community with its own demo, measured on another day.",
        figures,
    )


@contextmanager
def browser() -> Iterator[Browser]:
    """Start Chromium."""
    found = chromium()
    if isinstance(found, Missing):
        raise LookupError(str(found))
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(found), args=list(ARGS))
        yield started
        started.close()


def grant(config: Config) -> None:
    """Give those who ask enough days for all runs, by the service."""
    db = connect(config)
    with db.read(Actor.system()) as session:
        company = session.scalars(select(Company).where(Company.code == "demo")).one()
    with db.write(Actor.system().within(company.id)) as session:
        annual = session.scalars(select(LeaveType).where(LeaveType.code == "annual")).one()
        people = session.scalars(
            select(Member).join(User, User.id == Member.user_id).where(User.username.in_(GRANTED))
        )
        for member in people:
            grants.grant(
                session,
                session.actor,
                member_id=member.id,
                leave_type_id=annual.id,
                days=Decimal(60),
                starts_on=clock.today(),
                expires_on=clock.today() + timedelta(days=400),
                note="",
            )
    db.close()


def median(tallies: list[Tally], value: Callable[[Tally], float]) -> float:
    """Give the middle of a figure over the runs."""
    return float(statistics.median(value(t) for t in tallies))


class Jobs:
    """People at their desks, and what was found."""

    def __init__(self, chrome: Browser, server: Running, config: Config) -> None:
        self.chrome = chrome
        self.served: Any = ServedDemo(server.address, server.passwords, config, None)  # type: ignore[arg-type]  # its database is the server's
        self.waits: dict[str, list[Tally]] = {}
        self.targets: list[Target] = []

    def seat(self, name: str, **options: Any) -> tuple[Desk, Meter]:
        """Log somebody in, in a browser of their own."""
        page = self.chrome.new_context(**{**USUAL, **options}).new_page()
        page.set_default_timeout(20_000)
        desk = Desk(page, self.served, name).log_in()
        return desk, Meter(page)

    def expect(
        self, row: str, what: str, most: float, value: float, odoo: str, unit: str = ""
    ) -> None:
        """Note a figure and its target."""
        self.targets.append(Target(row, what, most, value, odoo, unit))

    def run(self) -> list[Target]:
        """Do every job; give all figures."""
        self.cold()
        leader, meter = self.seat("leader")
        self.leave(leader, meter)
        self.keyboard()
        self.language()
        self.phone()
        self.ahead()
        self.warm()
        self.all_waits()
        self.words()
        return self.targets

    def leave(self, leader: Desk, leader_meter: Meter) -> None:
        """Rows 1 and 3: asked for by a drag, approved from the workbench."""
        staff, meter = self.seat("staff")
        asked, approved = [], []
        for _ in range(RUNS + 1):
            tally, record = jobs.leave_by_drag(staff, meter)
            asked.append(tally)
            approved.append(jobs.approve(leader, leader_meter, record))
        asked, approved = asked[1:], approved[1:]  # the first fills the browser's cache
        self.waits |= {"leave by a drag": asked, "approval": approved}
        self.expect("1", "leave: clicks", 3, median(asked, lambda t: t.clicks), "4")
        self.expect("1", "leave: keys", 0, median(asked, lambda t: t.keys), "0")
        self.expect("1", "leave: changes", 2, median(asked, lambda t: t.changes), "3")
        self.expect("3", "approval: clicks", 2, median(approved, lambda t: t.clicks), "3")
        for name, tallies, odoo in (("leave", asked, (21, 132)), ("approval", approved, (10, 87))):
            requests = median(tallies, lambda t: t.requests)
            size = median(tallies, lambda t: t.bytes / 1000)
            self.expect("–", f"{name}: requests", odoo[0], requests, str(odoo[0]))
            self.expect("–", f"{name}: on the wire", odoo[1], size, f"{odoo[1]} kB", "kB")

    def keyboard(self) -> None:
        """Row 2: no pointer at all."""
        desk, meter = self.seat("finance")
        tallies = []
        for _ in range(RUNS):
            tally, _record = jobs.leave_by_keyboard(desk, meter)
            assert tally.clicks == 0
            tallies.append(tally)
        self.waits["leave by the keyboard"] = tallies
        keys = median(tallies, lambda t: t.keys)
        self.expect("2", "leave by the keyboard alone: keys", 20, keys, "9 clicks")

    def language(self) -> None:
        """Row 16: on a form that is half filled in."""
        desk, meter = self.seat("staff")
        desk.goto("hr/leave-request/new")
        desk.page.fill('[name="reason"]', "写到一半")
        order = ["en", "zh_Hans_CN", "zh_Hant_TW", "en", "zh_Hans_CN"]
        tallies = [jobs.speak(desk, meter, locale) for locale in order]
        self.waits["language"] = tallies
        clicks = median(tallies, lambda t: t.clicks)
        self.expect("16", "language, page and fields stay: clicks", 2, clicks, "5, reload")

    def phone(self) -> None:
        """Row 17: asked for and approved with a thumb."""
        staff, meter = self.seat("custodian", **ON_PHONE)
        manager, its_meter = self.seat("manager", **ON_PHONE)
        asked, approved = [], []
        for _ in range(RUNS):
            tally, record = jobs.leave_on_phone(staff, meter)
            asked.append(tally)
            approved.append(jobs.approve_on_phone(manager, its_meter, record))
        self.waits |= {"leave on a phone": asked, "approval on a phone": approved}
        self.expect("17", "phone, leave: taps", 5, median(asked, lambda t: t.clicks), "10")
        self.expect("17", "phone, approval: taps", 2, median(approved, lambda t: t.clicks), "4")
        for path in ("", "hr/leave-request/", "notices/", "seals/use-request/"):
            manager.goto(path)
            jobs.require_no_sideways(manager.page)
        self.expect("17", "phone: lists that scroll sideways", 0, 0, "table cut off")

    def ahead(self) -> None:
        """Row 4: the list is never empty while the counter is not 0."""
        staff, _meter = self.seat("staff")
        staff.goto("hr/leave-request/new")
        page = staff.page
        ahead = page.evaluate(
            """() => {
              const all = [...document.querySelectorAll("[data-date]")];
              const today = all.findIndex((b) => b.closest(".d-today"));
              return all.slice(today + 30).find((b) => b.closest(".d-work")
                && !b.querySelector(".d-mine")).dataset.date;
            }"""
        )
        page.fill('[name="first_day"]', ahead)
        page.fill('[name="last_day"]', ahead)
        staff.previewed()
        record = staff.submit()
        leader, _meter = self.seat("leader")
        assert leader.todo(record).count() == 1, "a request for a day 30 days ahead is shown"
        wrong = 0
        for tab in ("todo", "done", "started"):
            leader.goto(f"?tab={tab}")
            count = leader.page.locator(".counters [aria-current] .counter-n").inner_text()
            shown = leader.page.locator(".todo").count()
            wrong += min(int(count), 20) != shown
        self.expect("4", "counters that differ from their list", 0, wrong, "list empty")

    def cold(self) -> None:
        """Row 18: an empty cache."""
        context = self.chrome.new_context(**USUAL)
        page = context.new_page()
        meter = Meter(page)
        page.goto("about:blank")
        meter.start()
        page.goto(f"{self.served.address}/auth/login")
        login = meter.stop()
        desk = Desk(page, self.served, "staff").log_in()
        state = context.storage_state()
        fresh = self.chrome.new_context(**USUAL, storage_state=state).new_page()
        meter = Meter(fresh)
        fresh.goto("about:blank")
        meter.start()
        fresh.goto(desk.demo.url())
        home = meter.stop()
        for name, tally, odoo in (
            ("log-in page", login, ("7", "2700 kB")),
            ("workbench", home, ("16", "9700 kB")),
        ):
            self.expect("18", f"{name}, cold: requests", 10, tally.requests, odoo[0])
            self.expect("18", f"{name}, cold: on the wire", 300, tally.bytes / 1000, odoo[1], "kB")

    def warm(self) -> None:
        """Row 18: from page to page in a browser that has been here before."""
        desk, meter = self.seat("leader")
        desk.goto("hr/leave-request/")
        first = desk.page.locator("table.list tbody a").first.get_attribute("href") or ""
        requests, sizes = [], []
        paths = ["", "hr/leave-request/", first, "hr/leave-request/new", "notices/", "seals/seal/"]
        for path in paths * 2:
            target = path if path.startswith("/") else f"/c/demo/{path}"
            meter.start()
            desk.page.goto(self.served.address + target)
            tally = meter.stop()
            requests.append(tally.requests)
            sizes.append(tally.bytes / 1000)
        half = len(paths)
        self.expect("18", "warm page, the heaviest: requests", 6, max(requests[half:]), "16–29")
        self.expect("18", "warm page, the heaviest: wire", 30, max(sizes[half:]), "–", "kB")

    def all_waits(self) -> None:
        """Row 19: over all actions of all jobs."""
        every = [wait for tallies in self.waits.values() for t in tallies for wait in t.waits]
        self.expect(
            "19", "wait, median of all actions", 0.15, statistics.median(every), "0.1–0.4 s", "s"
        )
        for name, tallies in self.waits.items():
            slowest = median(tallies, lambda t: max(t.waits))
            self.expect("19", f"slowest wait: {name}", 0.5, slowest, "up to 1.7 s", "s")

    def words(self) -> None:
        """Row 20: no English word, Monday first, dates year first, on all pages of these jobs."""
        found: set[str] = set()
        for name, paths in (
            ("staff", ("", "hr/leave-request/", "hr/leave-request/new", "notices/")),
            ("leader", ("", "?tab=done", "hr/leave-request/")),
        ):
            desk, _meter = self.seat(name)
            desk.speak("zh_Hans_CN")
            desk.goto("hr/leave-request/")
            record = desk.page.locator("table.list tbody a").first.get_attribute("href") or ""
            for path in (*paths, record):
                target = path if path.startswith("/") else f"/c/demo/{path}"
                desk.page.goto(self.served.address + target)
                found |= {*english(desk.page), *wrong_dates(desk.page)}
                if path.endswith("/new"):
                    heads = desk.page.locator("[data-range] thead th").all_inner_texts()
                    assert heads[0] == "一", "the week begins on Monday"
            desk.page.goto(f"{self.served.address}/account")
            found |= {*english(desk.page, (name,))}
        what = "English words in zh_Hans_CN" + (f" ({', '.join(sorted(found))})" if found else "")
        self.expect("20", what, 0, len(found), "on 5 kinds of pages")
