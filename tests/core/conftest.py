"""A database of each kind with the tables of the little shop, and companies nobody else uses."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from tests.core import shop, workflow_house

from zhidu.actor import Actor
from zhidu.audit.models import AuditEntry
from zhidu.clock import now
from zhidu.db import Database
from zhidu.db.guard import core_allowed
from zhidu.db.sequence import Sequence
from zhidu.migrations.helpers import append_only
from zhidu.org.models import Company
from zhidu.registry import Registry
from zhidu.testing.plugin import run_of
from zhidu.testing.postgresql import PostgreSQL, postgresql
from zhidu.testing.services import Missing

_codes = count(1)


def _make_tables(database: Database) -> None:
    core: list[Any] = [model.__table__ for model in (Company, AuditEntry, Sequence)]
    with core_allowed(), database.engine.begin() as connection:
        Company.metadata.create_all(connection, core)
        shop.Base.metadata.create_all(connection)
        append_only(Operations(MigrationContext.configure(connection)), "core_audit")
    database.close()


@pytest.fixture(scope="session")
def shop_on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give the address of a SQLite file with the shop's tables."""
    path: Path = tmp_path_factory.mktemp("shop") / "shop.db"
    _make_tables(Database(f"sqlite:///{path}", Registry.empty()))
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def shop_on_postgresql(request: pytest.FixtureRequest) -> Iterator[str | Missing]:
    """Give the ordinary role's address of a PostgreSQL database with the shop's tables."""
    server = postgresql(run_of(request.config))
    if not isinstance(server, PostgreSQL):
        yield server
        return
    name = f"{server.prefix}shop_{next(_codes)}_{id(request):x}"
    server.execute(f'CREATE DATABASE "{name}"')
    server.execute(
        "ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES"
        f' TO "{server.app_role}"',
        f'ALTER DEFAULT PRIVILEGES GRANT USAGE, SELECT ON SEQUENCES TO "{server.app_role}"',
        database=name,
    )
    _make_tables(Database(server.owner(name), Registry.empty()))
    yield server.app(name)
    server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def sqlite_shop(shop_on_sqlite: str) -> Iterator[Database]:
    """Open the shop on SQLite."""
    database = Database(shop_on_sqlite, Registry.empty())
    yield database
    database.close()


@pytest.fixture
def postgresql_shop(shop_on_postgresql: str | Missing) -> Iterator[Database]:
    """Open the shop on PostgreSQL."""
    if isinstance(shop_on_postgresql, Missing):
        pytest.skip(str(shop_on_postgresql))
    database = Database(shop_on_postgresql, Registry.empty(), pool_size=20)
    yield database
    database.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def shop_db(request: pytest.FixtureRequest) -> Database:
    """Open the shop on each database in turn."""
    database: Database = request.getfixturevalue(f"{request.param}_shop")
    return database


def new_company(database: Database) -> int:
    """Make a company; give its key."""
    code = f"c{next(_codes)}"
    with database.write(Actor.system()) as session:
        company = Company(code=code, name=code, created_at=now())
        session.add(company)
        session.flush()
        return company.id


@pytest.fixture
def alpha(shop_db: Database) -> Actor:
    """Act in a company that no other test uses."""
    return Actor(member_id=7, user_id=70, company_id=new_company(shop_db), name="张三")


@pytest.fixture
def beta(shop_db: Database) -> Actor:
    """Act in another one."""
    return Actor(member_id=8, user_id=80, company_id=new_company(shop_db), name="Li Si")


# -- the office: records and approvals


@pytest.fixture(scope="session")
def office_on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, workflow_house.Made]:
    """Give a filled SQLite file to copy."""
    path: Path = tmp_path_factory.mktemp("office") / "office.db"
    database = Database(f"sqlite:///{path}", workflow_house.House().registry)
    made = workflow_house.fill(database)
    database.close()  # the last connection writes the whole journal into the file
    return path, made


@pytest.fixture
def office(
    office_on_sqlite: tuple[Path, workflow_house.Made], tmp_path: Path
) -> Iterator[workflow_house.Office]:
    """Open an office of the test's own on SQLite."""
    template, made = office_on_sqlite
    path = tmp_path / "office.db"
    shutil.copyfile(template, path)
    house = workflow_house.House()
    database = Database(f"sqlite:///{path}", house.registry)
    yield workflow_house.Office(database, house, made)
    database.close()


@pytest.fixture(scope="session")
def office_template(
    request: pytest.FixtureRequest,
) -> Iterator[tuple[PostgreSQL, str, workflow_house.Made] | Missing]:
    """Give a filled PostgreSQL database to copy."""
    server = postgresql(run_of(request.config))
    if not isinstance(server, PostgreSQL):
        yield server
        return
    name = f"{server.prefix}office_{next(_codes)}_{id(request):x}"
    server.execute(f'CREATE DATABASE "{name}"')
    server.execute(
        "ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES"
        f' TO "{server.app_role}"',
        f'ALTER DEFAULT PRIVILEGES GRANT USAGE, SELECT ON SEQUENCES TO "{server.app_role}"',
        database=name,
    )
    owner = Database(server.owner(name), workflow_house.House().registry)
    made = workflow_house.fill(owner)
    owner.close()
    yield server, name, made
    server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def office_on_postgresql(
    office_template: tuple[PostgreSQL, str, workflow_house.Made] | Missing,
) -> Iterator[workflow_house.Office]:
    """Open an office of the test's own on PostgreSQL, with the rights of the app."""
    if isinstance(office_template, Missing):
        pytest.skip(str(office_template))
    server, template, made = office_template
    name = f"{template}_{next(_codes)}"
    server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    house = workflow_house.House()
    database = Database(server.app(name), house.registry)
    yield workflow_house.Office(database, house, made)
    database.close()
    server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
