"""A demo made once and copied for each test: two companies with people, policy and rows.

Making it takes seconds (passwords are hashed as in earnest), copying a file does not.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from zhidu import demo
from zhidu.app import make_wsgi
from zhidu.config import Config
from zhidu.enabling import connect
from zhidu.testing.databases import environ
from zhidu.testing.serving import serving

if TYPE_CHECKING:
    from zhidu.db import Database
    from zhidu.testing.services import Run


@dataclass(frozen=True, slots=True)
class ServedDemo:
    """A demo that answers.

    :param address: of the server, without a slash at its end.
    :param passwords: by log-in name.
    """

    address: str
    passwords: Mapping[str, str]
    config: Config
    db: Database

    def url(self, path: str = "", company: str = "demo") -> str:
        """Give an address within a company: ``url("hr/leave-request/")``."""
        return f"{self.address}/c/{company}/{path}"


def template(run: Run) -> Path:
    """Make the demo of a test run, or give the one that is made; nothing may write into it."""

    def make() -> dict[str, str]:
        home = run.folder / "demo"
        demo.load(Config.load(environ(home)))
        return {"home": str(home)}

    return Path(run.once("demo", make)["home"])


def passwords(home: Path) -> dict[str, str]:
    """Read the demo's passwords by log-in name."""
    return {one.username: one.password for one in demo.read_logins(home / demo.LOGINS)}


def copy(source: Path, home: Path) -> Config:
    """Copy a demo into a folder of its own; it keeps its log-ins and its secrets."""
    shutil.copytree(source, home, copy_function=_link_or_copy)
    return Config.load(environ(home))


def _link_or_copy(source: str, target: str) -> str:
    """Share what never changes, the gathered static files; copy the rest."""
    if f"{os.sep}cache{os.sep}" in source:
        os.link(source, target)
    else:
        shutil.copy2(source, target)
    return target


@contextmanager
def served(config: Config) -> Iterator[ServedDemo]:
    """Serve a demo inside the block, in this process."""
    with closing(connect(config)) as db, serving(make_wsgi(config, db)) as address:
        yield ServedDemo(address, passwords(config.home), config, db)
