"""Write a flow as a pack states it: what is left at its default is left out.

``build(kind, write(flow)) == flow``; the editor of flows and ``policy export`` stand on that.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from zhidu.policy.schema_flows import PERSON_CHAIN, QUOTAS
from zhidu.workflow.definition import (
    NOBODY,
    Approver,
    Branch,
    Flow,
    Mode,
    Nobody,
    Node,
    Path,
    Scope,
    Step,
    Timeout,
    Urgent,
    Window,
)

_USUAL_NODE = Node(id="", name="", clause="")
_USUAL_FLOW = Flow(kind="", manager=NOBODY, nodes=())

Plain = dict[str, Any]


def write(flow: Flow) -> Plain:
    """Give a flow as plain values, in the words of a pack."""
    data: Plain = {"manager": approver(flow.manager)}
    _put(data, "start", scope(flow.start))
    _put(data, "except", scope(flow.excepted))
    for key in ("withdraw", "merge"):
        value = getattr(flow, key)
        if value is not getattr(_USUAL_FLOW, key):
            data[key] = value.value
    _put(data, "watched", list(flow.watched))
    if flow.nobody is not _USUAL_FLOW.nobody:
        data["nobody"] = _nobody(flow.nobody, flow.stand_in)
    if flow.urge_every != _USUAL_FLOW.urge_every:
        data["urge_every"] = str(flow.urge_every)
    _put(
        data,
        "cc",
        [
            {**approver(copy.approver), **({"at": copy.at} if copy.at != "end" else {})}
            for copy in flow.cc
        ],
    )
    _put(data, "windows", [_window(window) for window in flow.windows])
    if flow.urgent:
        data["urgent"] = _urgent(flow.urgent)
    _put(data, "void", steps(flow.void))
    data["nodes"] = steps(flow.nodes)
    return data


def steps(entries: Iterable[Step]) -> list[Plain]:
    """Give nodes and branches as plain values."""
    return [node(step) if isinstance(step, Node) else _branch(step) for step in entries]


def approver(one: Approver) -> Plain:
    """Give who is asked as a pack names it."""
    data: Plain = {one.resolver: one.argument}
    _put(data, PERSON_CHAIN, [approver(other) for other in one.otherwise])
    return data


def scope(one: Scope) -> Plain:
    """Give whom a rule is for; everybody is nothing."""
    parts = {part.name: list(getattr(one, part.name)) for part in fields(Scope)}
    return {name: values for name, values in parts.items() if values}


def node(one: Node) -> Plain:
    """Give one node as plain values."""
    data: Plain = {"id": one.id, "name": one.name}
    for key in ("kind", "verb"):
        _changed(data, one, key)
    if one.mode.value in QUOTAS:
        data["mode"] = {one.mode.value: one.quota}
    elif one.mode is not Mode.ANY:
        data["mode"] = one.mode.value
    if one.approver != NOBODY:
        data["approver"] = approver(one.approver)
    _changed(data, one, "when")
    data["clause"] = one.clause
    for key in ("transition", "result", "reason", "opinion", "sign", "attachment"):
        _changed(data, one, key)
    _put(data, "fields", {name: right.value for name, right in one.fields.items()})
    if one.acts is not None:
        data["allow"] = [act.value for act in one.acts]
    for key in ("resume", "on_reject"):
        _changed(data, one, key)
    _put(data, "timeouts", [_timeout(clock) for clock in one.timeouts])
    if one.nobody is not None:
        data["nobody"] = _nobody(one.nobody, one.stand_in)
    if one.window is not None:
        data["window"] = str(one.window)
    _put(data, "audience", scope(one.audience))
    _changed(data, one, "circulation")
    _put(data, "not_same_as", list(one.not_same_as))
    _changed(data, one, "authority")
    return data


def _put(data: Plain, key: str, value: Any) -> None:
    if value:
        data[key] = value


def _changed(data: Plain, one: Node, key: str) -> None:
    value = getattr(one, key)
    if value != getattr(_USUAL_NODE, key):
        data[key] = getattr(value, "value", value)


def _nobody(word: Nobody, stand_in: Approver | None) -> Any:
    return approver(stand_in) if word is Nobody.USER and stand_in else word.value


def _timeout(clock: Timeout) -> Plain:
    data: Plain = {"after": str(clock.after), "do": clock.action.value}
    if clock.most != 1:
        data["most"] = clock.most
    _put(data, "clause", clock.clause)
    return data


def _branch(branch: Branch) -> Plain:
    data: Plain = {"branch": branch.id}
    if branch.name != branch.id:
        data["name"] = branch.name
    if branch.split.value != "first":
        data["split"] = branch.split.value
    data["paths"] = [_path(path) for path in branch.paths]
    return data


def _path(path: Path) -> Plain:
    data: Plain = {"id": path.id}
    if path.name != path.id:
        data["name"] = path.name
    _put(data, "when", path.when)
    _put(data, "default", path.default)
    _put(data, "clause", path.clause)
    _put(data, "nodes", steps(path.steps))
    return data


def _window(window: Window) -> Plain:
    data: Plain = {"clause": window.clause}
    for key in ("opens", "closes"):
        edge = getattr(window, key)
        if edge is not None:
            data[key] = edge if isinstance(edge, int) else str(edge)
    _put(data, "field", window.field)
    _put(data, "after", window.after)
    if window.late != "refuse":
        data["late"] = window.late
    _put(data, "applies_to", scope(window.applies_to))
    _put(data, "except", scope(window.excepted))
    return data


def _urgent(urgent: Urgent) -> Plain:
    data: Plain = {
        "clause": urgent.clause,
        "reasons": list(urgent.reasons),
        "consent": approver(urgent.consent),
        "deadline": str(urgent.deadline),
    }
    _put(data, "consequence", urgent.consequence)
    _put(data, "nodes", steps(urgent.steps))
    return data
