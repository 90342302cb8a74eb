"""Loading addons from folders, for the tests of the registry."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from zhidu import discovery
from zhidu.registry import Registry, load_registry
from zhidu.testing.on_disk import config_for, forget_addons
from zhidu.texts import use_locale

SETTING = """
from zhidu.settings import Setting
@hookimpl
def provide_settings():
    return [Setting("{key}", int, 1, "A number")]
"""


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Speak English, see no installed distribution, leave no module behind."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(discovery, "entry_points", lambda group: [])
    with use_locale("en"):
        yield
    forget_addons()


def load(folder: Path, *names: str) -> Registry:
    return load_registry(config_for(folder), names, core_plugins=())


def sentences(registry: Registry) -> dict[str, str]:
    return {problem.addon: str(problem) for problem in registry.problems}


BROKEN = {
    "missing": (
        {"requires": '["payroll>=1"]'},
        "needs payroll>=1, which is not installed or not enabled",
        "zhidu addon enable payroll",
    ),
    "version": (
        {"requires": '["hr>=9"]'},
        "needs hr>=9, but version 0.1 is there",
        "Install a version of hr that fits",
    ),
    "import": (
        {"code": "import acme_nothing_at_all"},
        "cannot be imported: ModuleNotFoundError: No module named 'acme_nothing_at_all' (addon.py:2)",
        "zhidu addon disable badge",
    ),
    "exit": (
        {"code": "raise SystemExit(3)"},
        "cannot be imported: SystemExit: 3 (addon.py:2)",
        "Mend it",
    ),
    "hook": (
        {"code": "@hookimpl\ndef before_sumbit(event): pass"},
        "implements “before_sumbit”, which is no hook",
        "Did you mean “before_submit”?",
    ),
    "argument": (
        {"code": "@hookimpl\ndef before_submit(evnet): pass"},
        "has a hook whose arguments are wrong",
        "hookspecs.py",
    ),
    "wrapper": (
        {"code": "@hookimpl(tryfirst=True)\ndef before_submit(event): pass"},
        "wants a place of its own in “before_submit”",
        "Write @hookimpl without",
    ),
    "raises": (
        {"code": "@hookimpl\ndef provide_settings():\n    return [1 / 0]"},
        "fails in provide_settings: ZeroDivisionError: division by zero",
        "Mend it",
    ),
    "none": (
        {"code": "@hookimpl\ndef provide_roles(): pass"},
        "fails in provide_roles: TypeError",
        "Mend it",
    ),
    "kind": (
        {"code": "@hookimpl\ndef provide_settings():\n    return ['badge.x']"},
        "fails in provide_settings: AttributeError",
        "Mend it",
    ),
    "foreign key": (
        {"code": SETTING.format(key="hr.limit")},
        "provides “hr.limit” (settings), which is not named after it",
        "Call it “badge.…”",
    ),
    "twice": (
        {"code": SETTING.format(key="badge.x").replace("]", "] * 2")},
        "“badge.x” (settings) is provided by both badge and badge",
        "Rename it",
    ),
    "table": (
        {
            "files": {
                "models.py": "from zhidu.db import Base as Root, pk\n"
                "from sqlalchemy.orm import Mapped\n"
                "class Base(Root):\n    __abstract__ = True\n    __addon__ = 'badge'\n"
                "class Thing(Base):\n    __tablename__ = 'hr_thing'\n    id: Mapped[pk]\n"
            }
        },
        "has a table “hr_thing” that is not named after it",
        "Begin the table's name with “badge_”",
    ),
    "owner": (
        {
            "files": {
                "models.py": "from zhidu.db import Base, pk\n"
                "from sqlalchemy.orm import Mapped\n"
                "class Thing(Base):\n    __tablename__ = 'badge_thing'\n    id: Mapped[pk]\n"
            }
        },
        "“badge_thing” of the addon badge does not say whose it is",
        '__addon__ = "badge"',
    ),
    "plain table": (
        {
            "files": {
                "models.py": "from zhidu.db import metadata\n"
                "from sqlalchemy import Column, Integer, Table\n"
                "Table('badge_link', metadata, Column('id', Integer))\n"
            }
        },
        "“badge_link” of the addon badge does not say whose it is",
        "__addon__",
    ),
    "mapper": (
        {
            "files": {
                "models.py": "from zhidu.db import Base as Root, pk\n"
                "from sqlalchemy.orm import Mapped, relationship\n"
                "class Base(Root):\n    __abstract__ = True\n    __addon__ = 'badge'\n"
                "class Thing(Base):\n    __tablename__ = 'badge_thing'\n    id: Mapped[pk]\n"
                "    other: Mapped[object] = relationship('NoSuchClass')\n"
            }
        },
        "cannot be imported: InvalidRequestError",
        "Mend it",
    ),
    "version missing": ({"version": ""}, "“version” is missing", "Add it"),
}
