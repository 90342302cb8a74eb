"""How a flow is shown apart from its steps: words, links, what stands there, where a record is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from zhidu.texts import ngettext, pgettext
from zhidu.web.flow_svg.layout import Caption


class State(StrEnum):
    """Where a record stands with a step."""

    PASSED = "passed"
    PRESENT = "present"
    COMING = "coming"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Count:
    """What stands at a step now.

    :param open: tasks that somebody has.
    :param waiting: records that nobody may move on.
    """

    open: int = 0
    waiting: int = 0

    @property
    def text(self) -> str:
        """Say it, or nothing."""
        said = []
        if self.open:
            said.append(ngettext("%(num)s open task", "%(num)s open tasks", self.open))
        if self.waiting:
            said.append(ngettext("%(num)s waits", "%(num)s wait", self.waiting))
        return " · ".join(said)


@dataclass(frozen=True, slots=True)
class Look:
    """How a flow is shown, apart from its steps.

    :param name: unique on the page, for ids.
    :param captions: the words of each node, by id.
    :param conditions: says a condition in words.
    :param icon: gives the address of an icon of the theme, or nothing.
    :param urls: where a node leads, by id.
    :param branch_urls: where a branch leads, by id.
    :param clause_url: where a clause leads; empty: nowhere.
    :param counts: what stands there now, by id.
    :param states: of one record: where it stands with each node.
    :param chosen: of one record: the paths taken, by branch; a branch not decided yet is missing.
    """

    name: str
    title: str
    captions: Mapping[str, Caption]
    conditions: Callable[[str], str] = str
    icon: Callable[[str], str] = lambda _name: ""
    urls: Mapping[str, str] = field(default_factory=dict)
    branch_urls: Mapping[str, str] = field(default_factory=dict)
    clause_url: Callable[[str], str] = lambda _clause: ""
    counts: Mapping[str, Count] = field(default_factory=dict)
    states: Mapping[str, State] | None = None
    chosen: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def is_left_out(self, owner: tuple[str, str]) -> bool:
        """Tell whether the record took another way."""
        branch, path = owner
        return branch in self.chosen and path not in self.chosen[branch]


def state_text(state: State) -> str:
    """Name where a record stands with a step."""
    match state:
        case State.PASSED:
            return pgettext("flow state", "passed")
        case State.PRESENT:
            return pgettext("flow state", "here now")
        case State.COMING:
            return pgettext("flow state", "to come")
        case State.SKIPPED:
            return pgettext("flow state", "left out")
