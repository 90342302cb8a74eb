"""What a flow is, apart from its running: pure values, read from a policy and kept immutable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class NodeKind(StrEnum):
    """What is asked of the person."""

    APPROVE = "approve"
    HANDLE = "handle"
    """办理: executes, cannot reject."""


class Mode(StrEnum):
    """How several people act on one node."""

    ALL = "all"
    """会签: everybody approves; the first reject ends it."""
    ANY = "any"
    """或签: the first to act decides for all."""
    SEQUENTIAL = "sequential"
    """依次: one after the other."""


@dataclass(frozen=True, slots=True)
class Approver:
    """A resolver's name with its argument: ``role: hr``, ``dept_leader: {level: 1}``, ``field: x``."""

    resolver: str
    argument: Any = None


@dataclass(frozen=True, slots=True)
class Node:
    """A step of a flow.

    :param clause: the clause that demands it; every node names one.
    :param when: condition over the kind's facts; empty means always.
    :param transition: of a handle node: the execution transition that it performs; empty means
        the only ``by_task`` transition that starts from the record's present state.
    """

    id: str
    name: str
    approver: Approver
    clause: str
    kind: NodeKind = NodeKind.APPROVE
    mode: Mode = Mode.ANY
    when: str = ""
    transition: str = ""


@dataclass(frozen=True, slots=True)
class Cc:
    """Who gets a read-only copy, and when: ``submit`` or ``end``."""

    approver: Approver
    at: str = "end"


@dataclass(frozen=True, slots=True)
class Flow:
    """An ordered list of nodes for one kind of record.

    :param manager: who helps where nobody is found.
    """

    kind: str
    manager: Approver
    nodes: tuple[Node, ...]
    cc: tuple[Cc, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Give the immutable form that an instance keeps."""
        return {
            "kind": self.kind,
            "manager": _approver(self.manager),
            "cc": [{"at": cc.at, **_approver(cc.approver)} for cc in self.cc],
            "nodes": [
                {
                    "id": node.id,
                    "name": node.name,
                    "kind": node.kind.value,
                    "mode": node.mode.value,
                    "approver": _approver(node.approver),
                    "when": node.when,
                    "clause": node.clause,
                    "transition": node.transition,
                }
                for node in self.nodes
            ],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Flow:
        """Read what :meth:`to_json` wrote."""
        return cls(
            kind=data["kind"],
            manager=_read(data["manager"]),
            cc=tuple(Cc(_read(cc), cc["at"]) for cc in data["cc"]),
            nodes=tuple(
                Node(
                    id=node["id"],
                    name=node["name"],
                    kind=NodeKind(node["kind"]),
                    mode=Mode(node["mode"]),
                    approver=_read(node["approver"]),
                    when=node["when"],
                    clause=node["clause"],
                    transition=node["transition"],
                )
                for node in data["nodes"]
            ),
        )


def _approver(approver: Approver) -> dict[str, Any]:
    return {"resolver": approver.resolver, "argument": approver.argument}


def _read(data: Mapping[str, Any]) -> Approver:
    return Approver(data["resolver"], data["argument"])


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the path as shown before submit or still to come: who would be asked.

    :param names: the people's names, in the order of ``members``.
    :param note: a code of ``workflow.errors.Waiting`` where nobody can be asked, the origin
        ``superior`` or ``manager`` where someone stands in, the condition where it is skipped.
    """

    node: Node
    members: tuple[int, ...]
    names: tuple[str, ...] = ()
    note: str = ""
    skipped: bool = False
