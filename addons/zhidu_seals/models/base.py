"""The base of the addon's tables: it marks them as owned by ``seals``."""

from __future__ import annotations

from typing import ClassVar

from zhidu.db import Base as CoreBase


class Base(CoreBase):
    """The root of the addon's models."""

    __abstract__ = True
    __addon__: ClassVar[str] = "seals"
