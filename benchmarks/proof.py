"""What a proof hands back: a promise, and the figures that show it is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Proof:
    """The result of one proof.

    :param promise: one or two sentences: what was tried, and what held.
    :param figures: what was measured, each value with its unit.
    """

    title: str
    promise: str
    figures: Mapping[str, str] = field(default_factory=dict)
