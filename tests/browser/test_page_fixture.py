"""The page of the fixtures sees what a person may not notice."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

PAGES = {
    "/good": "<!doctype html><title>好</title><p>一切正常</p>",
    "/inline": "<!doctype html><p onclick='x()'>x</p><script>document.title = 'ran'</script>",
    "/outside": "<!doctype html><img src='http://example.com/pixel.png' alt=''>",
    "/error": "<!doctype html><script src='/error.js'></script>",
    "/error.js": "console.error('said by a script');",
    "/throws": "<!doctype html><script src='/throws.js'></script>",
    "/throws.js": "throw new Error('out of luck');",
}


class Pages(BaseHTTPRequestHandler):
    """Serve :data:`PAGES` under a strict policy."""

    def do_GET(self) -> None:
        """Answer with the page, or 404; the favicon is empty."""
        body = PAGES.get(self.path, "nothing here").encode()
        known = self.path in PAGES or self.path == "/favicon.ico"
        self.send_response(200 if known else 404)
        kind = "text/javascript" if self.path.endswith(".js") else "text/html; charset=utf-8"
        self.send_header("Content-Type", kind)
        self.send_header("Content-Security-Policy", "default-src 'self'; img-src *")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base's name
        """Keep quiet."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Serve the pages on a free port."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Pages) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_good_page_has_no_problem(page: Page, address: str) -> None:
    """Nothing to report, and the text is there."""
    page.goto(f"{address}/good")
    assert page.title() == "好"


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/inline", "CSP script-src"),
        ("/outside", "request to another host: http://example.com/pixel.png"),
        ("/error", "said by a script"),
        ("/throws", "out of luck"),
        ("/nowhere", "404"),
    ],
)
def test_a_problem_is_noted(
    page: Page, page_problems: list[str], address: str, path: str, said: str
) -> None:
    """Each would fail the test; this one has looked, and empties the list."""
    page.goto(f"{address}{path}", wait_until="networkidle")
    assert any(said in problem for problem in page_problems), page_problems
    page_problems.clear()
