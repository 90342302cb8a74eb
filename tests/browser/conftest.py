"""A demo for each story, people at their desks, and a gallery of pages that all may look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from tests.browser.gallery import Gallery, furnish

from zhidu.testing.browser import ON_PHONE
from zhidu.testing.demo import ServedDemo, copy, served, template
from zhidu.testing.desk import Desk
from zhidu.testing.plugin import run_of

SHOTS = Path(__file__).parent / "shots"
"""Where pictures of the last run lie; not kept by git."""

SIZES: dict[str, dict[str, Any]] = {"desktop": {}, "phone": ON_PHONE}

Desks = Callable[..., Desk]
Look = Callable[..., Page]


@pytest.fixture
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ServedDemo]:
    """Serve a copy of the demo that this test may change as it likes."""
    with served(copy(template(run_of(request.config)), tmp_path / "demo")) as demo:
        yield demo


@pytest.fixture
def desk(office: ServedDemo, open_context: Callable[..., BrowserContext]) -> Desks:
    """Seat a person, logged in: ``desk("leader")``, each in a browser of their own."""

    def seat(name: str, company: str = "demo", **options: Any) -> Desk:
        return Desk(open_context(**options).new_page(), office, name, company).log_in()

    return seat


@pytest.fixture(scope="session")
def gallery(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Gallery]:
    """Serve one demo with work in every state for all tests that only look."""
    config = copy(template(run_of(request.config)), tmp_path_factory.mktemp("gallery") / "demo")
    with served(config) as demo:
        yield furnish(demo)


@pytest.fixture
def shoot(request: pytest.FixtureRequest) -> Callable[[Any, str], None]:
    """Keep a picture of a page under ``tests/browser/shots``, named by test and word."""

    def keep(page: Any, name: str) -> None:
        SHOTS.mkdir(exist_ok=True)
        page.screenshot(path=SHOTS / f"{name}.png", animations="disabled")

    return keep


@pytest.fixture(scope="session")
def signed_in(browser: Browser, gallery: Gallery) -> Callable[[str], Any]:
    """Keep the cookies of each person: one log-in for all tests that look."""

    @cache
    def cookies(name: str) -> Any:
        context = browser.new_context()
        Desk(context.new_page(), gallery.demo, name).log_in()
        state = context.storage_state()
        context.close()
        return state

    return cookies


@pytest.fixture
def look(
    gallery: Gallery,
    signed_in: Callable[[str], Any],
    open_context: Callable[..., BrowserContext],
) -> Look:
    """Open a page of the gallery as the person who sees it: ``look("list", "en", "phone")``."""

    def open_page(name: str, locale: str, size: str = "desktop") -> Page:
        person, path = gallery.pages[name]
        context = open_context(storage_state=signed_in(person), **SIZES[size])
        page = context.new_page()
        speak(page, gallery, locale)
        answer = page.goto(gallery.demo.url(path))
        assert answer is not None
        assert answer.status == 200, f"{path} {answer.status}"
        return page

    return open_page


def speak(page: Page, gallery: Gallery, locale: str) -> None:
    """Choose a language as the form in the bar does, without drawing a page for it."""
    page.goto(f"{gallery.demo.address}/account")
    page.evaluate(
        """async (lang) => {
          const body = new URLSearchParams({ lang, next: "/healthz" });
          body.set("csrf_token", document.querySelector("input[name=csrf_token]").value);
          await fetch("/language", { method: "POST", body });
        }""",
        locale,
    )
