"""What pages call a version of the policy: its title, its number, the day from which it holds."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import ColumnElement, String, case, cast, literal

from zhidu.policy.models import PolicyVersion
from zhidu.texts import gettext


def version_name(version: PolicyVersion) -> str:
    """Name a version."""
    return gettext(
        "%(title)s, version %(number)s, from %(day)s",
        title=version.title or _untitled(),
        number=version.number,
        day=version.effective_from.isoformat(),
    )


def version_name_column() -> ColumnElement[str]:
    """Name the versions of a list in the reader's language, in the database."""
    pattern = gettext("%(title)s, version %(number)s, from %(day)s")
    columns: dict[str, Any] = {
        "title": case((PolicyVersion.title == "", literal(_untitled())), else_=PolicyVersion.title),
        "number": cast(PolicyVersion.number, String),
        "day": cast(PolicyVersion.effective_from, String),
    }
    parts = re.split(r"%\((\w+)\)s", pattern)
    made: ColumnElement[str] = literal(parts[0])
    for name, text in zip(parts[1::2], parts[2::2], strict=True):
        made = made.concat(columns[name]).concat(literal(text))
    return made


def _untitled() -> str:
    """Name the policy of a company that has applied none: only its own choices."""
    return gettext("Own choices of the company")
