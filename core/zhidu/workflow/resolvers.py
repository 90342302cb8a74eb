"""How an approver is found; addons may offer more by ``provide_resolvers``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zhidu.texts import Text

if TYPE_CHECKING:
    from zhidu.db import Session
    from zhidu.records.models import Record


@dataclass(frozen=True, slots=True)
class Resolver:
    """A way to find people.

    :param name: the key under ``approver`` in a policy.
    :param find: gets session, record (header; None for a lint without one) and argument; returns
        member ids in order, active people only, without duplicates.
    :param check: gets session or None and argument; returns what is wrong with it, for lint.
    """

    name: str
    title: Text | str
    find: Callable[[Session, Record, Any], Sequence[int]]
    check: Callable[[Any], str]
