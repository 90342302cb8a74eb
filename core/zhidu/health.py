"""What ``zhidu doctor`` checks: each check says what it found and how to mend it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zhidu.texts import Text

if TYPE_CHECKING:
    from zhidu.config import Config
    from zhidu.db.session import Database


@dataclass(frozen=True, slots=True)
class Finding:
    """One result. ``cure`` is empty when all is well."""

    ok: bool
    text: Text | str
    cure: Text | str = ""


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """A named check over the whole installation."""

    name: str
    title: Text | str
    run: Callable[[Config, Database], Finding]
