"""Migrations: histories apart, one transaction per run, nothing half-done, models without drift."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError
from tests.core.migrations_bench import MODELS, Bench, _clean, bench, ids, run, tables, url  # noqa: F401 -- fixtures

from zhidu.migrations.__main__ import main
from zhidu.migrations.autogen import drift, make
from zhidu.migrations.runner import downgrade, status, upgrade
from zhidu.migrations.scope import MigrationFailed
from zhidu.testing.on_disk import forget_addons, write_addon


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
