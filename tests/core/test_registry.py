"""The registry: what is found, in which order, and one sentence for each way to be broken."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from tests.core.registry_stage import (
    BROKEN,
    SETTING,
    _clean,  # noqa: F401 -- fixtures
    load,
    sentences,
)

from zhidu import discovery
from zhidu.db.base import Base, metadata
from zhidu.discovery import discover
from zhidu.registry import load_registry
from zhidu.testing.on_disk import config_for, write_addon


def test_order_follows_requires(tmp_path: Path) -> None:
    write_addon(tmp_path, "attendance", requires='["hr>=0.1,<1", "core"]')
    write_addon(tmp_path, "hr")
    write_addon(tmp_path, "bridge", requires='["attendance", "hr"]')
    registry = load(tmp_path, "bridge", "attendance", "hr")
    assert registry.problems == ()
    assert registry.names == ("core", "hr", "attendance", "bridge")
    assert registry.addon("hr").path == tmp_path / "acme_hr"
    assert registry.addon("core").core


def test_only_enabled_addons_are_imported(tmp_path: Path) -> None:
    write_addon(tmp_path, "hr")
    write_addon(tmp_path, "seals", code="raise RuntimeError('must not be imported')")
    assert load(tmp_path, "hr").names == ("core", "hr")
    assert "acme_seals" not in sys.modules


def test_discovery_imports_nothing(tmp_path: Path) -> None:
    """Asked in a fresh process: neither a folder's nor a distribution's package is imported."""
    write_addon(tmp_path / "folder", "badge", code="raise RuntimeError")
    site = tmp_path / "site"
    write_addon(site, "lamp", package="acme_lamp", code="raise RuntimeError")
    info = site / "acme_lamp-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-lamp\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text("[zhidu.addons]\nlamp = acme_lamp.addon\n")
    code = (
        "import sys, json; from pathlib import Path; from zhidu.discovery import discover;"
        "before = set(sys.modules);"
        f"found = discover([Path({str(tmp_path / 'folder')!r})]);"
        "new = sorted(set(sys.modules) - before);"
        "print(json.dumps([sorted(found.installed), [m for m in new if m.startswith(('acme', 'zhidu_'))]]))"
    )
    out = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(site), *sys.path])},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    names, imported = json.loads(out)
    assert {"badge", "lamp"} <= set(names)
    assert imported == []


def test_an_entry_point_wins_over_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_addon(tmp_path / "site", "badge", package="acme_dist_badge", version="2.0")
    write_addon(tmp_path / "folder", "badge", version="1.0")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    point = EntryPoint("badge", "acme_dist_badge.addon", "zhidu.addons")
    monkeypatch.setattr(discovery, "entry_points", lambda group: [point])
    found = discover([tmp_path / "folder"])
    assert found.problems == ()
    assert found.installed["badge"].addon.version == "2.0"
    assert found.installed["badge"].folder is None


def test_two_of_a_name_in_folders(tmp_path: Path) -> None:
    write_addon(tmp_path / "a", "badge")
    write_addon(tmp_path / "b", "badge", package="other_badge")
    write_addon(tmp_path / "b", "hr")
    registry = load_registry(
        config_for(tmp_path / "a", tmp_path / "b"), ["badge", "hr"], core_plugins=()
    )
    assert registry.names == ("core", "hr")
    text = sentences(registry)["badge"]
    assert "Two addons are called badge" in text
    assert "Remove one of them" in text


@pytest.mark.parametrize(
    ("name", "value", "part"),
    [
        ("lamp", "acme_no_such_package.addon", "is missing"),
        ("lamp", "acme_badge.addon", "calls itself badge"),
    ],
)
def test_a_wrong_entry_point(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, part: str
) -> None:
    write_addon(tmp_path, "badge")
    monkeypatch.syspath_prepend(str(tmp_path))
    point = EntryPoint(name, value, "zhidu.addons")
    monkeypatch.setattr(discovery, "entry_points", lambda group: [point])
    found = discover()
    assert found.installed == {}
    assert [problem.addon for problem in found.problems] == ["lamp"]
    assert part in str(found.problems[0])


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_addon_says_why_and_stops_no_other(tmp_path: Path, case: str) -> None:
    options, why, cure = BROKEN[case]
    tables = set(metadata.tables)
    write_addon(tmp_path, "badge", **options)  # type: ignore[arg-type]
    write_addon(tmp_path, "hr", code=SETTING.format(key="hr.days"))
    write_addon(tmp_path, "lamp", requires='["badge"]')
    registry = load(tmp_path, "badge", "hr", "lamp")
    assert registry.names == ("core", "hr")
    assert list(registry.settings) == ["hr.days"]
    texts = [str(p) for p in registry.problems if p.addon in ("badge", "acme_badge")]
    assert any(why in text and cure in text and "badge" in text for text in texts), texts
    assert "needs badge" in sentences(registry)["lamp"]
    Base.registry.configure()
    assert set(metadata.tables) == tables


def test_a_broken_addon_can_be_mended_in_the_same_process(tmp_path: Path) -> None:
    options, _, _ = BROKEN["mapper"]
    path = write_addon(tmp_path, "badge", **options)  # type: ignore[arg-type]
    assert load(tmp_path, "badge").names == ("core",)
    models = path / "models.py"
    models.write_text(models.read_text().split("    other:")[0], "utf-8")
    sys.path_importer_cache.clear()
    registry = load(tmp_path, "badge")
    assert registry.names == ("core", "badge"), registry.problems
    again = load(tmp_path, "badge")
    assert again.pm is not registry.pm


def test_undo_spares_an_addon_that_another_registry_uses(tmp_path: Path) -> None:
    path = write_addon(tmp_path, "badge")
    assert load(tmp_path, "badge").names == ("core", "badge")
    module = sys.modules["acme_badge.addon"]
    write_addon(tmp_path, "lamp", code="import acme_badge.addon; raise ValueError('no')")
    assert load(tmp_path, "badge", "lamp").names == ("core", "badge")
    assert sys.modules["acme_badge.addon"] is module
    assert path.exists()


def test_a_cycle_names_its_ring(tmp_path: Path) -> None:
    write_addon(tmp_path, "a", requires='["b"]')
    write_addon(tmp_path, "b", requires='["a"]')
    write_addon(tmp_path, "c", requires='["b"]')
    write_addon(tmp_path, "d")
    registry = load(tmp_path, "a", "b", "c", "d")
    assert registry.names == ("core", "d")
    found = sentences(registry)
    assert "in a circle: " in found["a"]
    assert "a > b" in found["a"] or "b > a" in found["a"]
    assert "needs b, which cannot be used" in found["c"]


def test_no_name_may_begin_with_anothers(tmp_path: Path) -> None:
    write_addon(tmp_path, "hr")
    write_addon(tmp_path, "hr_extra")
    registry = load(tmp_path, "hr", "hr_extra")
    assert registry.names == ("core", "hr")
    assert "does not begin with hr_" in sentences(registry)["hr_extra"]


def test_enabled_but_not_installed(tmp_path: Path) -> None:
    registry = load(tmp_path, "ghost")
    assert sentences(registry) == {
        "ghost": "The addon ghost is not installed. Install its distribution, or name its folder"
        " in zhidu.toml; to go without it: zhidu addon disable ghost"
    }


def test_a_folder_never_hides_a_distribution(tmp_path: Path) -> None:
    write_addon(tmp_path, "badge", package="pluggy")
    registry = load(tmp_path, "badge")
    assert registry.names == ("core",)
    assert "is hidden by another package called pluggy" in sentences(registry)["badge"]
    assert "acme_badge" in sentences(registry)["badge"]


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    registry = load(tmp_path / "nowhere")
    assert "does not exist" in str(registry.problems[0])
