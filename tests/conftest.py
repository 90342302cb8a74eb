"""The fixtures come from ``zhidu.testing``, as for every author; here stands what only we need."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).parent.parent

# a busy machine must not fail a test that is right
settings.register_profile("zhidu", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("zhidu")


@pytest.fixture(scope="session")
def root() -> Path:
    """Give the project's folder."""
    return ROOT
