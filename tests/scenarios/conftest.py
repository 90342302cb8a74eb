"""What the stories need: a company that works under our own pack, on a database of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.scenarios.told import LeaveStory

from zhidu.clock import frozen_at
from zhidu.config import Config
from zhidu.db import Database
from zhidu.policy import loader
from zhidu.testing.databases import environ, fresh_database, registry_of
from zhidu.testing.fixtures import MORNING
from zhidu.testing.plugin import run_of
from zhidu.texts import use_locale


@pytest.fixture
def leave_story(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[LeaveStory]:
    """Open a company on a Monday in January 2026; what people are told is in English."""
    addons = tuple(sorted(loader.addons_of("process-norms")))
    registry = registry_of(Config.load(environ(tmp_path)), addons)
    with (
        fresh_database(run_of(request.config), "sqlite", registry, tmp_path) as url,
        frozen_at(MORNING),
        use_locale("en"),
    ):
        database = Database(url, registry)
        yield LeaveStory(database)
        database.close()
