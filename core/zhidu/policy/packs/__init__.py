"""The packs that come with Zhidu, found by their id."""

from __future__ import annotations

from importlib.resources import files

from ruamel.yaml import YAML


def names() -> list[str]:
    """List the ids of the packs."""
    return sorted(p.name[:-5] for p in files(__name__).iterdir() if p.name.endswith(".yaml"))


def text(pack: str) -> str:
    """Give a pack's YAML.

    :raises FileNotFoundError: there is no such pack.
    """
    return files(__name__).joinpath(f"{pack}.yaml").read_text("utf-8")


def addons(pack: str) -> tuple[str, ...]:
    """Name the addons that a pack activates."""
    return tuple(YAML(typ="safe").load(text(pack)).get("addons") or ())
