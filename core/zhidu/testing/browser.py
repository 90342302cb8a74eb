"""Pages in a real Chromium that fail a test for what a person may not notice.

An error on the console, a breach of the content security policy, a failed script or a request to
another host fails the test, unless the test has looked at ``page_problems`` and emptied it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request

ARGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--metrics-recording-only",
    "--no-pings",
    "--disable-features=Translate,OptimizationHints,MediaRouter,DialMediaRouteProvider",
    # a request to any other host fails, and so is seen
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
HERE = {"127.0.0.1", "localhost"}
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
USUAL: dict[str, Any] = {
    "viewport": DESKTOP,
    "locale": "zh-CN",
    "timezone_id": "Asia/Shanghai",
    "reduced_motion": "reduce",
}
ON_PHONE: dict[str, Any] = {
    "viewport": PHONE,
    "is_mobile": True,
    "has_touch": True,
    "device_scale_factor": 2,
}
"""What ``open_context(**ON_PHONE)`` changes."""

PATIENCE_MS = 15_000
"""How long a page may keep a test waiting; a busy machine is slow."""

WATCH_POLICY = """
document.addEventListener("securitypolicyviolation", (e) => console.error(
    `CSP ${e.violatedDirective}: ${e.blockedURI} ${e.sourceFile || ""}:${e.lineNumber}`));
"""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start Chromium once per process."""
    from playwright.sync_api import sync_playwright

    from zhidu.testing.services import chromium

    found = chromium()
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=str(found), headless=True, args=list(ARGS)
        )
        yield started
        started.close()


@pytest.fixture
def page_problems() -> list[str]:
    """Collect what went wrong in the test's pages; a test that expects some empties the list."""
    return []


@pytest.fixture
def open_context(
    browser: Browser, page_problems: list[str]
) -> Iterator[Callable[..., BrowserContext]]:
    """Open browsers of several people side by side: each call gives one without cookies.

    Arguments are those of Playwright's ``new_context``; what is not said is desktop size, Chinese.
    """
    opened: list[BrowserContext] = []

    def open_one(**options: Any) -> BrowserContext:
        one = browser.new_context(**{**USUAL, **options})
        one.set_default_timeout(PATIENCE_MS)
        one.add_init_script(WATCH_POLICY)
        one.on("console", on_console)
        one.on("weberror", lambda failed: page_problems.append(f"script: {failed.error}"))
        one.on("request", on_request)
        opened.append(one)
        return one

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            page_problems.append(f"console: {message.text} ({message.location.get('url', '')})")

    def on_request(request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https", "ws", "wss"} and parts.hostname not in HERE:
            page_problems.append(f"request to another host: {request.url}")

    yield open_one
    for one in opened:
        one.close()
    assert not page_problems, "\n".join(page_problems)  # noqa: S101 -- this is a test's verdict


@pytest.fixture
def context(open_context: Callable[..., BrowserContext]) -> BrowserContext:
    """Open a browser without cookies, at desktop size, in Chinese, that notes every problem."""
    return open_context()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """Open one page."""
    return context.new_page()
