"""Small values that parts show to each other's pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from zhidu.texts import Text


@dataclass(frozen=True, slots=True)
class Fact:
    """A labelled value beside a task, e.g. «days: 2».

    :param tone: ``plain``, ``good``, ``warn`` or ``bad``.
    """

    label: Text | str
    value: Text | str
    tone: str = "plain"


@dataclass(frozen=True, slots=True)
class StartCard:
    """A card of the «start a request» grid.

    :param endpoint: the Flask endpoint of the page that starts it.
    :param group: heading of the group in the grid.
    :param hint: one short line such as the balance left.
    """

    kind: str
    title: Text | str
    endpoint: str
    icon: str = "file"
    group: Text | str = ""
    hint: Text | str = ""
    sort: int = 100


@dataclass(frozen=True, slots=True)
class DueItem:
    """Something that falls due, shown above the to-do list.

    :param endpoint: the Flask endpoint of the page that settles it, with its ``values``.
    :param tone: ``warn``, or ``bad`` when it is late.
    """

    text: Text | str
    endpoint: str
    values: Mapping[str, Any] = field(default_factory=dict)
    tone: str = "warn"
