"""Counts what a job costs the person at the browser: presses, keys, changes, requests, bytes, waits."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import CDPSession, Page

WATCH = """
addEventListener("pointerdown", (e) => { if (e.isTrusted) meter("clicks"); }, true);
addEventListener("keydown", (e) => { if (e.isTrusted && !e.repeat) meter("keys"); }, true);
document.addEventListener("DOMContentLoaded", () => new MutationObserver((all) => {
  for (const m of all)
    if (m.target.matches("dialog") && m.target.open) meter("changes");
}).observe(document, { subtree: true, attributes: true, attributeFilter: ["open"] }));
"""
"""Real presses and keys as the browser sees them, and every dialog that opens."""

SETTLED = "() => new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(r)))"

PATIENCE_SECONDS = 10
QUIET_MS = 50


@dataclass(slots=True)
class Tally:
    """What one run of one job took. Waits are seconds from the press to the settled page."""

    clicks: int = 0
    keys: int = 0
    changes: int = 0
    requests: int = 0
    bytes: int = 0
    waits: list[float] = field(default_factory=list)


class Meter:
    """Watches one page; ``tally`` is emptied by ``start``."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.tally = Tally()
        self._open: dict[str, str] = {}
        page.context.expose_binding("meter", lambda _source, what: self._count(what))
        page.add_init_script(WATCH)
        page.on("framenavigated", lambda frame: self._navigated(frame))
        self._wire: CDPSession = page.context.new_cdp_session(page)
        self._wire.send("Network.enable")
        self._wire.on("Network.requestWillBeSent", self._sent)
        self._wire.on("Network.loadingFinished", self._finished)
        self._wire.on("Network.loadingFailed", self._failed)

    def _count(self, what: str) -> None:
        setattr(self.tally, what, getattr(self.tally, what) + 1)

    def _navigated(self, frame: Any) -> None:
        if frame is self.page.main_frame:
            self.tally.changes += 1

    def _sent(self, event: dict[str, Any]) -> None:
        self._open[event["requestId"]] = event["request"]["url"]
        redirected = event.get("redirectResponse")
        if redirected:
            self.tally.requests += 1
            self.tally.bytes += int(redirected.get("encodedDataLength", 0))

    def _finished(self, event: dict[str, Any]) -> None:
        self._open.pop(event["requestId"], None)
        # what comes out of the browser's cache was never on the wire
        size = int(event.get("encodedDataLength", 0))
        if size:
            self.tally.requests += 1
            self.tally.bytes += size

    def _failed(self, event: dict[str, Any]) -> None:
        self._open.pop(event["requestId"], None)

    def start(self) -> None:
        """Begin a new tally, when what came before has been told."""
        self.page.evaluate(SETTLED)
        self.page.wait_for_timeout(QUIET_MS)
        self.tally = Tally()

    def stop(self) -> Tally:
        """Give the tally when everything that was under way has arrived.

        :raises TimeoutError: something is still under way after ten seconds.
        """
        until = time.monotonic() + PATIENCE_SECONDS
        self.page.wait_for_timeout(QUIET_MS)
        while self._open:
            if time.monotonic() > until:
                raise TimeoutError(f"still under way: {sorted(self._open.values())}")
            self.page.wait_for_timeout(QUIET_MS)
        self.page.evaluate(SETTLED)
        found, self.tally = self.tally, Tally()  # what comes later belongs to no job
        return found

    def wait(self, press: Callable[[], object], until: Callable[[], object]) -> None:
        """Time one action: from the press until ``until`` returns and two frames are drawn."""
        begun = time.perf_counter()
        press()
        until()
        self.page.evaluate(SETTLED)
        self.tally.waits.append(time.perf_counter() - begun)

    def navigate(self, press: Callable[[], object]) -> None:
        """Time an action that leads to another page, up to its load event."""
        begun = time.perf_counter()
        with self.page.expect_navigation(wait_until="load"):
            press()
        self.page.evaluate(SETTLED)
        self.tally.waits.append(time.perf_counter() - begun)
