"""For developers: ``python -m zhidu.migrations make hr "Add sick leave"``."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from zhidu.config import Config
from zhidu.db import Database
from zhidu.discovery import discover, with_needs
from zhidu.errors import ZhiduError
from zhidu.migrations.autogen import make
from zhidu.migrations.runner import upgrade
from zhidu.registry import Registry, load_registry


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the next migration of an addon against an empty database; give the exit code."""
    parser = argparse.ArgumentParser(prog="python -m zhidu.migrations", description=__doc__)
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    verb = verbs.add_parser("make", help="compare the models with the migrations so far")
    verb.add_argument("addon")
    verb.add_argument("message", help="what it does, in a few words")
    given = parser.parse_args(arguments)
    try:
        path = _make(given.addon, given.message)
    except ZhiduError as error:
        print(error, file=sys.stderr)
        return 1
    print(path or "The models have no difference from the migrations.")
    return 0


def _make(addon: str, message: str) -> Path | None:
    config = Config.load()
    found = discover(config.addon_folders)
    registry = load_registry(
        config, with_needs(found.installed, {addon} - {"core"}), found=found, core_plugins=()
    )
    if addon not in registry.names:
        problems = [problem for problem in registry.problems if problem.addon == addon]
        raise ZhiduError("\n".join(map(str, problems)) or f"{addon} is not installed.")
    with tempfile.TemporaryDirectory() as folder:
        return _made(Database(f"sqlite:///{folder}/zhidu.db", registry), registry, addon, message)


def _made(db: Database, registry: Registry, addon: str, message: str) -> Path | None:
    try:
        upgrade(db, registry)
        return make(db, registry, addon, message)
    finally:
        db.close()


if __name__ == "__main__":
    sys.exit(main())
