"""The core's own migration, and switching addons on and off in a database."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.core.migrations_bench import Bench, _clean, installation, tables, url  # noqa: F401 -- fixtures

from zhidu import enabling
from zhidu.config import Config
from zhidu.db import Database
from zhidu.enabling import CannotDisable, CannotEnable
from zhidu.migrations.autogen import drift, make
from zhidu.migrations.runner import downgrade, upgrade
from zhidu.registry import Registry, load_registry
from zhidu.testing.on_disk import write_addon


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
    registry = load_registry(config, ["crew", "badge"])
    make(db, registry, "badge", "Make the tables")
    assert enabling.enable(db, config, "badge") == ("crew", "badge")
    assert enabling.enabled_names(db) == {"crew", "badge"}
    assert enabling.revision(db) == before + 1
    assert {"badge_badge", "badge_owner"} <= tables(db)
    again = enabling.connect(config)
    assert again.registry.names == ("core", "crew", "badge")
    assert drift(again, again.registry) == []
    with pytest.raises(CannotEnable, match="enabled already"):
        enabling.enable(db, config, "badge")
    with pytest.raises(CannotDisable, match="badge needs the addon crew"):
        enabling.disable(db, config, "crew")
    enabling.disable(db, config, "badge")
    enabling.disable(db, config, "crew")
    assert enabling.enabled_names(db) == frozenset()
    assert "badge_badge" in tables(db), "disabling keeps every row"
    assert enabling.revision(db) == before + 3
    assert enabling.enable(db, config, "badge") == ("crew", "badge"), "and can be taken back"
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
        enabling.disable(db, config, "crew")


def test_an_upgrade_notes_the_new_version(installation: tuple[Config, Database]) -> None:
    config, db = installation
    enabling.enable(db, config, "crew")
    before = enabling.revision(db)
    write_addon(config.addon_folders[0], "crew", version="0.2")
    again = enabling.connect(config)
    assert enabling.bring_up_to_date(again) == []
    assert enabling.revision(db) == before + 1
    assert enabling.bring_up_to_date(again) == []
    assert enabling.revision(db) == before + 1
    again.close()


def test_no_enabling_over_old_tables(installation: tuple[Config, Database]) -> None:
    config, db = installation
    registry = load_registry(config, ["crew", "badge"])
    enabling.enable(db, config, "crew")
    Bench(config.addon_folders[0], "").migration("crew", 1)
    with pytest.raises(CannotEnable, match="tables of crew are older") as caught:
        enabling.enable(db, config, "badge")
    assert "zhidu db upgrade" in str(caught.value.cure)
    assert registry.names == ("core", "crew", "badge")
