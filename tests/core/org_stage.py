"""A company and a session for the tests of the organisation."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from zhidu.db import Database, Session
from zhidu.testing.factories import MadeCompany, make_company


@pytest.fixture
def company(db: Database) -> MadeCompany:
    return make_company(db)


@pytest.fixture
def session(db: Database, company: MadeCompany) -> Iterator[Session]:
    with db.write(company.system) as opened:
        yield opened
