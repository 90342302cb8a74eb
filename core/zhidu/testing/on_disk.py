"""Small addons written into a folder, as a third party would, for tests of what loads them."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from zhidu.config import Config
from zhidu.loading import forget

PREFIX = "acme_"
_HEAD = "from zhidu.hookspecs import hookimpl\n"
_written: set[str] = set()


def write_addon(
    folder: Path,
    name: str,
    *,
    package: str = "",
    requires: str = "[]",
    version: str = "0.1",
    code: str = "",
    files: Mapping[str, str] | None = None,
) -> Path:
    """Write manifest and hooks of an addon; give its folder.

    :param package: default: ``acme_<name>``.
    :param requires: as it stands in the manifest, e.g. ``["hr>=0.1"]``.
    :param code: what follows the import of ``hookimpl`` in ``addon.py``.
    :param files: further files, text by relative path.
    """
    path = folder / (package or f"{PREFIX}{name}")
    _written.add(path.name)
    texts = {
        "__init__.py": "",
        "addon.toml": f'name = "{name}"\ntitle = "{name.title()}"\n'
        f'version = "{version}"\nrequires = {requires}\n',
        "addon.py": _HEAD + code,
        **(files or {}),
    }
    for relative, text in texts.items():
        target = path / relative
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")
    return path


def config_for(*folders: Path, home: Path | None = None) -> Config:
    """Configure these folders of addons and a SQLite file in ``home`` (default: the first)."""
    home = home or folders[0]
    return Config(
        home=home, database_url=f"sqlite:///{home / 'zhidu.db'}", addon_folders=tuple(folders)
    )


def forget_addons() -> None:
    """Forget every ``acme_`` package that was written here and imported, so that tests do not meet."""
    imported = {name.partition(".")[0] for name in sys.modules if name.startswith(PREFIX)}
    for package in imported & _written:
        forget(package)
