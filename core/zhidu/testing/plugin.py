"""What pytest loads in every run of the environment: markers, skips that say what to type.

Imports nothing heavy: a run that uses no fixture of ours pays nothing.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from zhidu.testing.services import Run

pytest_plugins = ("zhidu.testing.fixtures", "zhidu.testing.browser")

RUN = pytest.StashKey["Run"]()
FOLDER = "ZHIDU_TEST_RUN"
"""Names the run's folder in the environment of its workers."""

MARKERS = (
    "addons(*names): enable these addons, and what they require, in the test's database",
    "roles(*codes): what the person of the fixture ``actor`` may do; default: staff",
    "postgresql: needs a real PostgreSQL; a test with a database runs on it only",
    "sqlite: a test with a database runs on SQLite only",
    "redis: needs a real Redis",
    "browser: needs Chromium",
    "pdf: needs weasyprint with pango and a Chinese font",
)


def _postgresql(run: Run) -> object:
    from zhidu.testing.postgresql import postgresql

    return postgresql(run)


def _redis(run: Run) -> object:
    from zhidu.testing.services import redis

    return redis(run)


def _chromium(_run: Run) -> object:
    from zhidu.testing.services import chromium

    return chromium()


def _pdf(_run: Run) -> object:
    from zhidu.testing.services import pdf

    return pdf()


NEEDS: dict[str, Callable[[Run], object]] = {
    "postgresql": _postgresql,
    "redis": _redis,
    "browser": _chromium,
    "pdf": _pdf,
}


def run_of(config: pytest.Config) -> Run:
    """Give the test run that this process belongs to, begun at the first question."""
    run = config.stash.get(RUN, None)
    if run is None:
        from zhidu.testing.services import Run

        folder = os.environ.get(FOLDER)
        run = config.stash[RUN] = Run(Path(folder) if folder else None)
    return run


def pytest_configure(config: pytest.Config) -> None:
    """Name our markers; hand the run to the workers through the environment."""
    for marker in MARKERS:
        config.addinivalue_line("markers", marker)
    if config.getoption("numprocesses", None) and not hasattr(config, "workerinput"):
        os.environ[FOLDER] = str(run_of(config).folder)


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the run: its servers stop."""
    run = config.stash.get(RUN, None)
    if run is None:
        return
    if run.began:
        os.environ.pop(FOLDER, None)
        if run.made("postgresql"):
            from zhidu.testing.postgresql import forget

            forget(run)
    run.end()


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark what uses the browser."""
    if "browser" in getattr(item, "fixturenames", ()):
        item.add_marker("browser")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what lacks its server, with the line to type; where CI is set, that is an error."""
    for marker, find in NEEDS.items():
        if item.get_closest_marker(marker) is None:
            continue
        from zhidu.testing.services import Missing

        found = find(run_of(item.config))
        if isinstance(found, Missing):
            if os.environ.get("CI", "").lower() in {"1", "true", "yes"}:
                pytest.fail(f"CI is set, and this test {found}", pytrace=False)
            pytest.skip(str(found))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Name what was skipped for want of something, and what to type to run it."""
    wanting: dict[str, list[str]] = {}
    for report in terminalreporter.stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        reason = reason.removeprefix("Skipped: ")
        if reason.startswith("needs ") and "; type: " in reason:
            wanting.setdefault(reason, []).append(report.nodeid)
    if not wanting:
        return
    terminalreporter.section("not run on this machine")
    for reason, names in wanting.items():
        for name in sorted(names):
            terminalreporter.write_line(f"  {name}")
        count = "1 test" if len(names) == 1 else f"{len(names)} tests"
        terminalreporter.write_line(f"{count}: {reason}", yellow=True)
