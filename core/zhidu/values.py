"""Small values that parts show to each other's pages."""

from __future__ import annotations

from dataclasses import dataclass

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
