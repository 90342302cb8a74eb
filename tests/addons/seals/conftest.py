"""The company of the addon's tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.addons.seals.house import House, make_house

from zhidu.db import Database
from zhidu.testing.factories import MadeCompany


@pytest.fixture
def house(db: Database, company: MadeCompany, home: Path) -> House:
    """Give a company with seals, people and a policy."""
    return make_house(db, company, home)
