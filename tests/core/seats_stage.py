"""The office on each database in turn, for the tests of who sits in whose seat."""

from __future__ import annotations

import pytest
from tests.core.workflow_house import Office


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def office(request: pytest.FixtureRequest) -> Office:
    """Open an office of the test's own on each database."""
    name = {"sqlite": "office", "postgresql": "office_on_postgresql"}[request.param]
    found: Office = request.getfixturevalue(name)
    return found
