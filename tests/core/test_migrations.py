"""Migrations: histories apart, one transaction per run, nothing half-done, models without drift."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import inspect
from sqlalchemy.exc import DBAPIError

from zhidu import discovery, enabling
from zhidu.config import Config
from zhidu.db import Database
from zhidu.db.guard import core_allowed
from zhidu.enabling import CannotDisable, CannotEnable
from zhidu.migrations.__main__ import main
from zhidu.migrations.autogen import drift, make
from zhidu.migrations.runner import downgrade, status, upgrade
from zhidu.migrations.scope import MigrationFailed
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


def test_make_writes_a_migration_that_leaves_no_drift(bench: Bench) -> None:
    write_addon(bench.folder, "badge", files={"models.py": MODELS})
    db, registry = bench.load("badge")
    assert len(drift(db, registry)) > 1
    path = make(db, registry, "badge", "Make the tables")
    assert path is not None
    assert path.name == "badge_0001_make_the_tables.py"
    text = path.read_text("utf-8")
    assert text.startswith('"""Make the tables"""')
    for part in (
        "zhidu.db.Key",
        "zhidu.db.Fixed()",
        "zhidu.db.UTCDateTime()",
        "zhidu.db.JSONText()",
        "sa.String(length=32)",
        "helpers.add_late_key(",
        "ck_badge_badge_colour",
    ):
        assert part in text, part
    assert "acme_badge" not in text, "a migration imports no model"
    with pytest.raises(MigrationFailed, match="badge_0001 must be run before"):
        make(db, registry, "badge", "Too early")
    for _ in range(2):
        assert upgrade(db, registry) == ["badge_0001"]
        assert drift(db, registry) == []
        run(db, "INSERT INTO badge_use (door) VALUES ('north')")
        with pytest.raises(DBAPIError, match="badge_use is append-only"):
            run(db, "UPDATE badge_use SET door = 'south'")
        assert make(db, registry, "badge", "Nothing") is None
        assert upgrade(db, registry) == []
        assert downgrade(db, registry, "badge") == ["badge_0001"]
        assert tables(db) == {"alembic_version_badge"}


def test_the_next_migration_alters_in_place(bench: Bench) -> None:
    path = write_addon(bench.folder, "badge", files={"models.py": MODELS})
    db, registry = bench.load("badge")
    make(db, registry, "badge", "First")
    upgrade(db, registry)
    forget_addons()
    changed = MODELS.replace("door: Mapped[str]", "door: Mapped[str | None]").replace(
        "price: Mapped[Decimal | None]", "weight: Mapped[Decimal | None]"
    )
    (path / "models.py").write_text(
        changed.replace("number: Mapped[str]", "number: Mapped[str | None]")
    )
    db, registry = bench.load("badge")
    assert any("weight" in line for line in drift(db, registry))
    second = make(db, registry, "badge", "Weigh instead of pricing")
    assert second is not None
    assert second.name.startswith("badge_0002")
    run(
        db,
        "INSERT INTO badge_badge (number, name, colour, made_at, lost) "
        "VALUES ('7', '{}', 'red', '2026-01-01 00:00:00', false)",
    )
    run(db, "INSERT INTO badge_owner (badge_id) SELECT id FROM badge_badge")
    assert upgrade(db, registry) == ["badge_0002"]
    assert drift(db, registry) == []
    assert run(db, "SELECT count(*) FROM badge_owner") == [(1,)], "a rebuild empties no children"
    assert downgrade(db, registry, "badge", "badge_0001") == ["badge_0002"]
    assert not any("trigger" in line for line in drift(db, registry)), "a rebuild keeps triggers"
    assert ids(db, registry) == {"badge": "badge_0001"}


def test_each_addon_has_its_own_history(bench: Bench) -> None:
    for name, requires in (("hr", "[]"), ("badge", '["hr"]'), ("lamp", "[]")):
        write_addon(bench.folder, name, requires=requires)
        bench.migration(
            name,
            1,
            f'op.create_table("{name}_a", sa.Column("id", sa.Integer))',
            f'op.drop_table("{name}_a")',
        )
    db, registry = bench.load("badge", "hr", "lamp")
    assert upgrade(db, registry, only=["lamp"]) == ["lamp_0001"]
    assert [one.pending for one in status(db, registry)] == [("hr_0001",), (), ("badge_0001",)] or (
        {one.addon: one.up_to_date for one in status(db, registry)}
        == {"hr": False, "badge": False, "lamp": True}
    )
    assert upgrade(db, registry) == ["hr_0001", "badge_0001"]
    assert {"alembic_version_hr", "alembic_version_badge", "alembic_version_lamp"} <= tables(db)
    without, registry = bench.load("lamp")
    assert ids(without, registry) == {"lamp": "lamp_0001"}, "an addon that is away disturbs nobody"
    assert upgrade(without, registry) == []


def test_a_failure_leaves_the_database_as_it_was(bench: Bench) -> None:
    write_addon(bench.folder, "hr")
    write_addon(bench.folder, "badge", requires='["hr"]')
    bench.migration(
        "hr",
        1,
        'op.create_table("hr_a", sa.Column("id", sa.Integer))\n'
        'op.execute("INSERT INTO hr_a VALUES (1)")',
    )
    db, registry = bench.load("badge", "hr")
    assert upgrade(db, registry) == ["hr_0001"]
    bench.migration(
        "hr",
        2,
        'op.add_column("hr_a", sa.Column("b", sa.Integer))\nop.execute("UPDATE hr_a SET id = 2")',
    )
    bench.migration(
        "badge",
        1,
        'op.create_table("badge_a", sa.Column("id", sa.Integer))\n'
        'op.execute("INSERT INTO nowhere VALUES (1)")',
    )
    before = tables(db)
    with pytest.raises(
        MigrationFailed, match="The migration badge_0001 failed, and nothing was changed"
    ):
        upgrade(db, registry)
    assert tables(db) == before
    assert run(db, "SELECT * FROM hr_a") == [(1,)]
    assert ids(db, registry) == {"hr": "hr_0001", "badge": ""}


def test_a_migration_states_what_it_needs_of_another(bench: Bench) -> None:
    write_addon(bench.folder, "hr")
    write_addon(bench.folder, "badge", requires='["hr"]')
    bench.migration("hr", 1)
    bench.migration("hr", 2)
    bench.migration("badge", 1, requires='{"hr": "hr_0002"}')
    db, registry = bench.load("badge", "hr")
    with pytest.raises(MigrationFailed) as caught:
        upgrade(db, registry, only=["badge"])
    assert "badge_0001 needs hr_0002 of the addon hr" in str(caught.value)
    assert "zhidu db upgrade" in str(caught.value.cure)
    assert upgrade(db, registry) == ["hr_0001", "hr_0002", "badge_0001"]
    bench.migration("badge", 2, requires='{"hr": "hr_0003"}')
    with pytest.raises(MigrationFailed, match="hr_0003"):
        upgrade(db, registry)
    bench.migration("badge", 2, requires='{"ghost": "ghost_0001"}')
    with pytest.raises(MigrationFailed, match="of the addon ghost"):
        upgrade(db, registry)


def test_a_database_that_is_newer_than_the_code(bench: Bench) -> None:
    write_addon(bench.folder, "hr")
    bench.migration("hr", 1)
    db, registry = bench.load("hr")
    upgrade(db, registry)
    run(db, "UPDATE alembic_version_hr SET version_num = 'hr_0009'")
    with pytest.raises(MigrationFailed, match="hr do not fit this database") as caught:
        status(db, registry)
    assert "newer" in str(caught.value.cure)
    with pytest.raises(MigrationFailed):
        upgrade(db, registry)


def test_two_ends_of_a_history_are_named(bench: Bench) -> None:
    path = write_addon(bench.folder, "hr")
    bench.migration("hr", 1)
    bench.migration("hr", 2)
    versions = path / "migrations" / "versions"
    (versions / "other.py").write_text(
        (versions / "hr_0002.py")
        .read_text()
        .replace("0002", "0003")
        .replace('"hr_0002"', '"hr_0001"')
    )
    db, registry = bench.load("hr")
    with pytest.raises(MigrationFailed, match="hr"):
        upgrade(db, registry)


@pytest.mark.sqlite
def test_orphans_are_found_before_the_commit(bench: Bench) -> None:
    write_addon(bench.folder, "hr")
    bench.migration(
        "hr",
        1,
        'op.create_table("hr_a", sa.Column("id", sa.Integer, primary_key=True))\n'
        'op.create_table("hr_b", sa.Column("a", sa.Integer, sa.ForeignKey("hr_a.id")))\n'
        'op.execute("INSERT INTO hr_b VALUES (7)")',
    )
    db, registry = bench.load("hr")
    with pytest.raises(MigrationFailed, match=r"1 rows that point at nothing \(hr_b > hr_a\)"):
        upgrade(db, registry)
    assert tables(db) == set()
    assert run(db, "PRAGMA foreign_keys") == [(1,)], "the connection goes back with keys on"


def test_append_only_tables_refuse_change(bench: Bench) -> None:
    write_addon(bench.folder, "hr")
    bench.migration(
        "hr",
        1,
        'op.create_table("hr_log", sa.Column("id", sa.Integer, primary_key=True),'
        ' sa.Column("text", sa.String()))\nhelpers.append_only(op, "hr_log")',
        'helpers.changeable(op, "hr_log")\nop.drop_table("hr_log")',
    )
    db, registry = bench.load("hr")
    for _ in range(2):
        upgrade(db, registry)
        run(db, "INSERT INTO hr_log VALUES (1, 'a')")
        wrong = ["UPDATE hr_log SET text = 'b'", "DELETE FROM hr_log"]
        wrong += (
            ["INSERT OR REPLACE INTO hr_log VALUES (1, 'b')"]
            if db.is_sqlite
            else [
                "TRUNCATE hr_log",
                "INSERT INTO hr_log VALUES (1, 'b') ON CONFLICT (id) DO UPDATE SET text = 'b'",
            ]
        )
        for statement in wrong:
            with pytest.raises(DBAPIError, match="hr_log is append-only"):
                run(db, statement)
        assert run(db, "SELECT * FROM hr_log") == [(1, "a")]
        downgrade(db, registry, "hr")
        assert tables(db) == {"alembic_version_hr"}


def test_a_lost_trigger_is_drift(bench: Bench) -> None:
    write_addon(bench.folder, "badge", files={"models.py": MODELS})
    db, registry = bench.load("badge")
    make(db, registry, "badge", "First")
    upgrade(db, registry)
    name = "badge_use_no_update" if db.is_sqlite else "badge_use_append_only_rows ON badge_use"
    run(db, f"DROP TRIGGER {name}")
    assert drift(db, registry) == [f"badge: add_trigger {name.split()[0]}"]


@pytest.mark.sqlite
def test_the_command_writes_against_an_empty_database(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_addon(tmp_path / "addons", "badge", files={"models.py": MODELS})
    monkeypatch.setenv("ZHIDU_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ZHIDU_ADDON_FOLDERS", str(tmp_path / "addons"))
    assert main(["make", "badge", "Make the tables"]) == 0
    assert "badge_0001_make_the_tables.py" in capsys.readouterr().out
    assert main(["make", "badge", "Again"]) == 0
    assert "no difference" in capsys.readouterr().out
    assert main(["make", "ghost", "x"]) == 1
    assert "ghost is not installed" in capsys.readouterr().err


# -- the core's own tables, and enabling over them


@pytest.fixture
def installation(url: str, tmp_path: Path) -> Iterator[tuple[Config, Database]]:
    """Migrate the core, with a folder of addons: badge requires hr."""
    folder = tmp_path / "addons"
    write_addon(folder, "hr")
    write_addon(folder, "badge", requires='["hr"]', files={"models.py": MODELS})
    write_addon(folder, "broken", code="raise RuntimeError('no')")
    write_addon(folder, "needy", requires='["broken"]')
    config = config_for(folder, home=tmp_path / "home")
    config = Config(home=config.home, database_url=url, addon_folders=config.addon_folders)
    db = enabling.connect(config)
    enabling.bring_up_to_date(db)
    yield config, db
    db.close()


def test_the_core_goes_up_and_down_without_drift(url: str) -> None:
    db = Database(url, Registry.empty())
    registry = load_registry(Config(Path(), url), [], core_plugins=())
    assert enabling.enabled_names(db) == frozenset()
    assert enabling.revision(db) == 0
    first = upgrade(db, registry)
    assert first[0] == "core_0001"
    assert drift(db, registry) == []
    assert downgrade(db, registry, "core") == first[::-1]
    assert tables(db) == {"alembic_version_core"}
    assert upgrade(db, registry) == first
    assert drift(db, registry) == []
    db.close()


def test_enabling_enables_what_is_required(installation: tuple[Config, Database]) -> None:
    config, db = installation
    before = enabling.revision(db)
    registry = load_registry(config, ["hr", "badge"])
    make(db, registry, "badge", "Make the tables")
    assert enabling.enable(db, config, "badge") == ("hr", "badge")
    assert enabling.enabled_names(db) == {"hr", "badge"}
    assert enabling.revision(db) == before + 1
    assert {"badge_badge", "badge_owner"} <= tables(db)
    again = enabling.connect(config)
    assert again.registry.names == ("core", "hr", "badge")
    assert drift(again, again.registry) == []
    with pytest.raises(CannotEnable, match="enabled already"):
        enabling.enable(db, config, "badge")
    with pytest.raises(CannotDisable, match="badge needs the addon hr"):
        enabling.disable(db, config, "hr")
    enabling.disable(db, config, "badge")
    enabling.disable(db, config, "hr")
    assert enabling.enabled_names(db) == frozenset()
    assert "badge_badge" in tables(db), "disabling keeps every row"
    assert enabling.revision(db) == before + 3
    assert enabling.enable(db, config, "badge") == ("hr", "badge"), "and can be taken back"
    again.close()


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("ghost", "ghost is not installed"),
        ("broken", "broken cannot be imported: RuntimeError: no"),
        ("needy", "broken"),
        ("core", "enabled already"),
    ],
)
def test_enabling_is_refused_with_the_reason(
    installation: tuple[Config, Database], name: str, why: str
) -> None:
    config, db = installation
    with pytest.raises(CannotEnable, match=why) as caught:
        enabling.enable(db, config, name)
    assert caught.value.rule == "addon.enable"
    assert enabling.enabled_names(db) == frozenset()


def test_disabling_what_is_not_enabled(installation: tuple[Config, Database]) -> None:
    config, db = installation
    with pytest.raises(CannotDisable, match="is not enabled"):
        enabling.disable(db, config, "hr")


def test_an_upgrade_notes_the_new_version(installation: tuple[Config, Database]) -> None:
    config, db = installation
    enabling.enable(db, config, "hr")
    before = enabling.revision(db)
    write_addon(config.addon_folders[0], "hr", version="0.2")
    again = enabling.connect(config)
    assert enabling.bring_up_to_date(again) == []
    assert enabling.revision(db) == before + 1
    assert enabling.bring_up_to_date(again) == []
    assert enabling.revision(db) == before + 1
    again.close()


def test_no_enabling_over_old_tables(installation: tuple[Config, Database]) -> None:
    config, db = installation
    registry = load_registry(config, ["hr", "badge"])
    enabling.enable(db, config, "hr")
    Bench(config.addon_folders[0], "").migration("hr", 1)
    with pytest.raises(CannotEnable, match="tables of hr are older") as caught:
        enabling.enable(db, config, "badge")
    assert "zhidu db upgrade" in str(caught.value.cure)
    assert registry.names == ("core", "hr", "badge")
