"""What is installed is what was written: no template, pack or migration stays behind."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

TOPS = ("core", "addons", "themes", "i18n")
MEANT = ("setup.cfg", "setup.py", "pyproject.toml", "LICENSE", "README.md")
UNSHIPPED = ("__pycache__", "*.pyc", "*.egg-info", "README.md")
"""An addon's README is read in the repository."""


@pytest.fixture(scope="module")
def clean(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the sources, so that the build leaves nothing beside them."""
    copy = tmp_path_factory.mktemp("sources")
    for top in TOPS:
        if (root / top).exists():
            shutil.copytree(root / top, copy / top, ignore=shutil.ignore_patterns(*UNSHIPPED))
    for name in MEANT:
        if (root / name).exists():
            shutil.copy(root / name, copy / name)
    return copy


@pytest.fixture(scope="module")
def shipped(clean: Path) -> set[str]:
    """Build the wheel and name its files."""
    target = clean / "wheel"
    built = subprocess.run(
        [
            *(sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check"),
            *("--no-deps", "--no-build-isolation", "--wheel-dir", str(target), str(clean)),
        ],
        capture_output=True,
        text=True,
    )
    assert built.returncode == 0, built.stderr
    (wheel,) = target.glob("zhidu-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_holds_every_file(clean: Path, shipped: set[str]) -> None:
    """Every file of every package is in the wheel, under its import path."""
    meant = {
        path.relative_to(clean / top).as_posix()
        for top in TOPS
        for path in (clean / top).rglob("*")
        if path.is_file()
    }
    assert sorted(meant - shipped) == []


def test_the_wheel_holds_nothing_else(clean: Path, shipped: set[str]) -> None:
    """No test, no left-over of an earlier build."""
    tops = {path.name for top in TOPS for path in (clean / top).glob("*") if path.is_dir()}
    assert {name.split("/")[0] for name in shipped} <= {*tops} | {
        name.split("/")[0] for name in shipped if ".dist-info/" in name
    }


def test_the_wheel_names_the_licence(shipped: set[str]) -> None:
    """Who gets the wheel gets the licence."""
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in shipped)
