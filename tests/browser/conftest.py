"""A demo for each story, people at their desks, and a gallery of pages that all may look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext
from tests.browser.gallery import Gallery, furnish

from zhidu.testing.demo import ServedDemo, copy, served, template
from zhidu.testing.desk import Desk
from zhidu.testing.plugin import run_of

SHOTS = Path(__file__).parent / "shots"
"""Where pictures of the last run lie; not kept by git."""

Desks = Callable[..., Desk]


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
