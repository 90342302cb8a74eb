"""The group of commands on policies, and how all of them find a file."""

from __future__ import annotations

from pathlib import Path

import click

from zhidu.cli.kit import Group
from zhidu.errors import NotFound
from zhidu.texts import lazy_gettext as _l

FILE = click.argument("file", metavar="FILE")


@click.group(cls=Group, help=_l("The company's policy."))
def policy() -> None:
    """Group the commands."""


def find_file(name: str) -> Path:
    """Find a file, or a pack that comes with Zhidu by its name."""
    from zhidu.policy import loader

    path = Path(name)
    if not path.exists() and not path.suffix:
        try:
            return loader.built_in(name)
        except NotFound:
            return path
    return path
