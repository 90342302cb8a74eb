"""Addons in folders and databases to migrate, for tests."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import inspect

from zhidu import discovery, enabling
from zhidu.config import Config
from zhidu.db import Database
from zhidu.db.guard import core_allowed
from zhidu.migrations.runner import status
from zhidu.registry import Registry, load_registry
from zhidu.testing.on_disk import config_for, forget_addons, write_addon
from zhidu.testing.plugin import run_of
from zhidu.testing.postgresql import PostgreSQL, postgresql
from zhidu.texts import use_locale

MODELS = """
from __future__ import annotations
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column
from zhidu.db import Base as Root, enum_check, pk, ref, table_args

class Base(Root):
    __abstract__ = True
    __addon__ = "badge"

class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"

class Badge(Base):
    __tablename__ = "badge_badge"
    __table_args__ = table_args(
        UniqueConstraint("number"), Index(None, "name", "id"), enum_check("colour", Colour)
    )
    id: Mapped[pk]
    number: Mapped[str]
    name: Mapped[dict[str, Any]]
    colour: Mapped[Colour]
    price: Mapped[Decimal | None]
    made_at: Mapped[datetime]
    valid_until: Mapped[date | None]
    lost: Mapped[bool] = mapped_column(default=False)
    owner_id: Mapped[ref | None] = mapped_column(ForeignKey("badge_owner.id", use_alter=True))

class Owner(Base):
    __tablename__ = "badge_owner"
    id: Mapped[pk]
    badge_id: Mapped[ref] = mapped_column(ForeignKey("badge_badge.id", ondelete="CASCADE"))

class Use(Base):
    __tablename__ = "badge_use"
    __append_only__ = True
    id: Mapped[pk]
    door: Mapped[str]
"""

MIGRATION = """
import sqlalchemy as sa
from alembic import op
import zhidu.db
from zhidu.migrations import helpers
revision = "{id}"
down_revision = {down}
requires = {requires}

def upgrade():
    {up}

def downgrade():
    {back}
"""


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Speak English, see no installed distribution, leave no module behind."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(discovery, "entry_points", lambda group: [])
    with use_locale("en"):
        yield
    forget_addons()


@pytest.fixture
def url(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give an empty database of either kind."""
    if database_kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'zhidu.db'}"
        return
    server = postgresql(run_of(request.config))
    if not isinstance(server, PostgreSQL):
        pytest.skip(str(server))
    name = f"{server.prefix}{uuid4().hex}"
    server.execute(f'CREATE DATABASE "{name}"')
    yield server.owner(name)
    server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


class Bench:
    """A folder of addons and a database; nothing of the core but its version table."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.url = folder, url
        self._open: list[Database] = []

    def migration(
        self, addon: str, number: int, up: str = "pass", back: str = "pass", requires: str = "{}"
    ) -> str:
        """Write a migration; give its id."""
        name = f"{addon}_{number:04d}"
        text = MIGRATION.format(
            id=name,
            down=repr(f"{addon}_{number - 1:04d}") if number > 1 else None,
            requires=requires,
            up=up.replace("\n", "\n    "),
            back=back.replace("\n", "\n    "),
        )
        path = self.folder / f"acme_{addon}" / "migrations" / "versions" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        return name

    def load(self, *names: str) -> tuple[Database, Registry]:
        """Load the addons, without the core's own tables."""
        registry = load_registry(config_for(self.folder), names, core_plugins=())
        assert set(names) <= set(registry.names), registry.problems
        registry.addons = tuple(one for one in registry.addons if not one.core)
        db = Database(self.url, registry)
        self._open.append(db)
        return db, registry

    def close(self) -> None:
        """Give all connections back."""
        for db in self._open:
            db.close()


@pytest.fixture
def bench(tmp_path: Path, url: str) -> Iterator[Bench]:
    bench = Bench(tmp_path / "addons", url)
    yield bench
    bench.close()


def tables(db: Database) -> set[str]:
    with core_allowed(), db.engine.connect() as connection:
        return set(inspect(connection).get_table_names())


def run(db: Database, *statements: str) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    with core_allowed(), db.engine.begin() as connection:
        for statement in statements:
            result = connection.exec_driver_sql(statement)
            rows = [tuple(row) for row in result] if result.returns_rows else []
    return rows


def ids(db: Database, registry: Registry) -> dict[str, str]:
    return {one.addon: one.current for one in status(db, registry)}


# -- the core's own tables, and enabling over them


@pytest.fixture
def installation(url: str, tmp_path: Path) -> Iterator[tuple[Config, Database]]:
    """Migrate the core, with a folder of addons: badge requires crew."""
    folder = tmp_path / "addons"
    write_addon(folder, "crew")
    write_addon(folder, "badge", requires='["crew"]', files={"models.py": MODELS})
    write_addon(folder, "broken", code="raise RuntimeError('no')")
    write_addon(folder, "needy", requires='["broken"]')
    config = config_for(folder, home=tmp_path / "home")
    config = Config(home=config.home, database_url=url, addon_folders=config.addon_folders)
    db = enabling.connect(config)
    enabling.bring_up_to_date(db)
    yield config, db
    db.close()
