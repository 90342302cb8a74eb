"""What the flows of a policy carry out: nodes, branch paths, clocks, windows, urgent requests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from zhidu.policy import flows as built
from zhidu.policy.capabilities import Capability
from zhidu.texts import Text
from zhidu.texts import lazy_gettext as _l
from zhidu.workflow.definition import Branch, Flow, Node, NodeKind, Step

if TYPE_CHECKING:
    from zhidu.registry import Registry

_ASKING = (NodeKind.APPROVE, NodeKind.HANDLE)
"""Kinds at which several people may act, in one of the modes."""


class Enforcer(StrEnum):
    """The sorts of things that carry out a clause."""

    NODE = "node"
    PATH = "path"
    TIMEOUT = "timeout"
    WINDOW = "window"
    URGENT = "urgent"
    SETTING = "setting"
    NUMBERING = "numbering"
    DEFINITION = "definition"
    DUTY = "duty"
    DEADLINE = "deadline"
    RETENTION = "retention"
    ACCESS = "access"
    SEGREGATION = "segregation"
    WAIVER = "waiver"
    REPORT = "report"
    CAPABILITY = "capability"

    @property
    def label(self) -> Text:
        """Give its name for people."""
        return _LABELS[self]


_LABELS = {
    Enforcer.NODE: _l("step of a flow"),
    Enforcer.PATH: _l("path of a branch"),
    Enforcer.TIMEOUT: _l("clock"),
    Enforcer.WINDOW: _l("time for handing in"),
    Enforcer.URGENT: _l("urgent requests"),
    Enforcer.SETTING: _l("setting"),
    Enforcer.NUMBERING: _l("numbering"),
    Enforcer.DEFINITION: _l("definition"),
    Enforcer.DUTY: _l("duty"),
    Enforcer.DEADLINE: _l("deadline"),
    Enforcer.RETENTION: _l("retention"),
    Enforcer.ACCESS: _l("access"),
    Enforcer.SEGREGATION: _l("separation of duties"),
    Enforcer.WAIVER: _l("waiver"),
    Enforcer.REPORT: _l("report"),
    Enforcer.CAPABILITY: _l("rule of an addon"),
}


@dataclass(frozen=True, slots=True)
class Enforcement:
    """One thing of the pack that names a clause.

    :param place: where it stands, e.g. ``flows/hr.leave_request/department``.
    :param needs: capabilities that it takes to be carried out.
    :param missing: those of them that nobody has.
    """

    sort: Enforcer
    place: str
    title: str
    needs: tuple[str, ...]
    missing: tuple[str, ...]

    @classmethod
    def of(
        cls,
        sort: Enforcer,
        place: str,
        title: str,
        needs: Iterable[str],
        can: Mapping[str, Capability],
    ) -> Enforcement:
        """Compare what it needs with what software can do."""
        wanted = tuple(sorted(needs))
        missing = tuple(name for name in wanted if name not in can)
        return cls(sort, place, title, wanted, missing)

    @property
    def is_done(self) -> bool:
        """Tell whether software carries it out."""
        return not self.missing

    def to_json(self) -> dict[str, Any]:
        """Give plain values."""
        return {
            "sort": self.sort.value,
            "place": self.place,
            "title": self.title,
            "needs": list(self.needs),
            "missing": list(self.missing),
        }


Found = Iterator[tuple[str, Enforcement]]


def flows(content: Mapping[str, Any], can: Mapping[str, Capability], registry: Registry) -> Found:
    """Give everything in the flows of a policy that names a clause."""
    for kind, flow in built.of(content).items():
        needs = set() if kind in registry.kinds else {f"({kind})"}
        yield from _Walk(kind, can).flow(flow, needs)


class _Walk:
    """Goes through one flow; what stands inside needs what stands around it."""

    def __init__(self, kind: str, can: Mapping[str, Capability]) -> None:
        self.kind = kind
        self.can = can

    def flow(self, flow: Flow, needs: set[str]) -> Found:
        yield from self.steps(flow.nodes, "", needs)
        yield from self.steps(flow.void, "void/", needs | {"core.record.void"})
        for index, window in enumerate(flow.windows):
            place = f"windows/{index}"
            yield self.one(
                window.clause, Enforcer.WINDOW, place, place, needs | {"core.window.check"}
            )
        if flow.urgent:
            more = needs | {"core.request.hurry"}
            yield self.one(flow.urgent.clause, Enforcer.URGENT, "urgent", "urgent", more)
            yield from self.steps(flow.urgent.steps, "urgent/", more)

    def steps(self, steps: Iterable[Step], place: str, needs: set[str]) -> Found:
        for step in steps:
            yield from (
                self.node(step, place, needs)
                if isinstance(step, Node)
                else self.branch(step, place, needs)
            )

    def node(self, node: Node, place: str, needs: set[str]) -> Found:
        needs = needs | {f"core.node.{node.kind.value}"}
        if node.kind in _ASKING:
            needs |= {f"core.mode.{node.mode.value}"}
        where = f"{place}{node.id}"
        yield self.one(node.clause, Enforcer.NODE, where, node.name, needs)
        for index, clock in enumerate(node.timeouts):
            if clock.clause:
                more = needs | {f"core.timeout.{clock.action.value}"}
                yield self.one(
                    clock.clause, Enforcer.TIMEOUT, f"{where}/timeouts/{index}", node.name, more
                )

    def branch(self, branch: Branch, place: str, needs: set[str]) -> Found:
        needs = needs | {f"core.branch.{branch.split.value}"}
        for path in branch.paths:
            where = f"{place}{branch.id}/{path.id}"
            if path.clause:
                yield self.one(path.clause, Enforcer.PATH, where, path.name, needs)
            yield from self.steps(path.steps, f"{where}/", needs)

    def one(
        self, clause: str, sort: Enforcer, place: str, title: str, needs: set[str]
    ) -> tuple[str, Enforcement]:
        where = f"flows/{self.kind}/{place}"
        return clause, Enforcement.of(sort, where, title, needs, self.can)
