"""Change the steps of a flow as a pack states them: pure acts on plain values, each gives a new flow.

A place is ``after:<step>`` or ``first:<list>``; a list is ``nodes``, ``void``, ``urgent``, or
``<branch>.<path>``. Steps are named by their ids, which are unique in a flow, so that an act still
means the same step when somebody else has moved it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from zhidu.errors import Conflict, ValidationError
from zhidu.texts import lazy_gettext as _l

Plain = dict[str, Any]
Steps = list[Plain]

ROOTS = ("nodes", "void", "urgent")


class StepGone(Conflict):
    """Somebody else removed the step, or the place, in the meantime."""

    rule = "policy.step_gone"

    def __init__(self, ident: str) -> None:
        super().__init__(
            _l("The step “%(step)s” is no longer in this flow.", step=ident),
            cure=_l("Somebody else has changed the draft: look at it as it is now."),
        )


class StepInside(ValidationError):
    """A branch cannot stand inside one of its own paths."""

    def __init__(self) -> None:
        super().__init__(
            _l("A branch cannot be put inside itself."), cure=_l("Choose a place outside of it.")
        )


def ident_of(step: Mapping[str, Any]) -> str:
    """Give the id of a node or a branch."""
    return str(step.get("id") or step.get("branch") or "")


def lists(flow: Mapping[str, Any]) -> Iterator[tuple[str, Steps]]:
    """Walk all lists of steps of a flow, each with its name, those inside branches included."""
    for root in ROOTS:
        steps = flow.get(root) if root != "urgent" else (flow.get("urgent") or {}).get("nodes")
        if isinstance(steps, list):
            yield from _within(root, steps)


def _within(name: str, steps: Steps) -> Iterator[tuple[str, Steps]]:
    yield name, steps
    for step in steps:
        for path in step.get("paths") or ():
            inside = path["nodes"] if isinstance(path.get("nodes"), list) else []
            yield from _within(f"{ident_of(step)}.{path['id']}", inside)


def walk(flow: Mapping[str, Any]) -> Iterator[Plain]:
    """Give all steps in the order of the page, branches before what stands in them."""
    for root in ROOTS:
        steps = flow.get(root) if root != "urgent" else (flow.get("urgent") or {}).get("nodes")
        yield from _walk(steps or ())


def _walk(steps: Any) -> Iterator[Plain]:
    for step in steps:
        yield step
        for path in step.get("paths") or ():
            yield from _walk(path.get("nodes") or ())


def idents(flow: Mapping[str, Any]) -> list[str]:
    """Name all nodes and branches."""
    return [ident_of(step) for step in walk(flow)]


def find(flow: Mapping[str, Any], ident: str) -> Plain:
    """Give a step.

    :raises StepGone: there is none of this id.
    """
    steps, index = _place(flow, ident)
    return steps[index]


def _place(flow: Mapping[str, Any], ident: str) -> tuple[Steps, int]:
    for _name, steps in lists(flow):
        for index, step in enumerate(steps):
            if ident_of(step) == ident:
                return steps, index
    raise StepGone(ident)


def _at(flow: Plain, place: str) -> tuple[Steps, int]:
    """Give the list and the position that a place means; an empty root is made."""
    how, _colon, name = place.partition(":")
    if how == "after":
        steps, index = _place(flow, name)
        return steps, index + 1
    if how == "first":
        for known, steps in lists(flow):
            if known == name:
                return steps, 0
        if name in ("nodes", "void"):
            return flow.setdefault(name, []), 0
        if name == "urgent" and isinstance(flow.get("urgent"), dict):
            return flow["urgent"].setdefault("nodes", []), 0
    raise StepGone(name)


def _own(flow: Mapping[str, Any]) -> Plain:
    """Copy a flow to change it; every path has its list of steps."""
    made = deepcopy(dict(flow))
    for step in walk(made):
        for path in step.get("paths") or ():
            if not path.get("nodes"):
                path["nodes"] = []
    return made


def insert(flow: Mapping[str, Any], place: str, step: Mapping[str, Any]) -> Plain:
    """Put a new step at a place."""
    made = _own(flow)
    steps, index = _at(made, place)
    steps.insert(index, deepcopy(dict(step)))
    return made


def replace(flow: Mapping[str, Any], ident: str, step: Mapping[str, Any]) -> Plain:
    """Put another step in the place of one."""
    made = _own(flow)
    steps, index = _place(made, ident)
    steps[index] = deepcopy(dict(step))
    return made


def remove(flow: Mapping[str, Any], ident: str) -> Plain:
    """Take a step away; a branch goes with all that stands in it."""
    made = _own(flow)
    steps, index = _place(made, ident)
    del steps[index]
    return _tidy(made)


def shift(flow: Mapping[str, Any], ident: str, by: int) -> Plain:
    """Move a step up (-1) or down (1) within its own list; at the end it stays."""
    made = _own(flow)
    steps, index = _place(made, ident)
    to = index + by
    if 0 <= to < len(steps):
        steps[index], steps[to] = steps[to], steps[index]
    return made


def move(flow: Mapping[str, Any], ident: str, place: str) -> Plain:
    """Move a step, with all that stands in it, to another place.

    :raises StepInside: the place is inside the step itself.
    """
    if place == f"after:{ident}":
        return _own(flow)
    step = find(flow, ident)
    inside = {f"after:{one}" for one in _idents_in(step)} | {
        f"first:{name}" for name, _steps in _within("", [step]) if name
    }
    if place in inside:
        raise StepInside
    made = _own(flow)
    steps, index = _place(made, ident)
    taken = steps.pop(index)
    target, at = _at(made, place)
    target.insert(at, taken)
    return _tidy(made)


def _idents_in(step: Plain) -> list[str]:
    return [
        ident_of(one) for path in step.get("paths") or () for one in _walk(path.get("nodes") or ())
    ]


def _tidy(flow: Plain) -> Plain:
    """Leave out roots that have become empty, except the way itself."""
    if flow.get("void") == []:
        del flow["void"]
    if isinstance(flow.get("urgent"), dict) and flow["urgent"].get("nodes") == []:
        del flow["urgent"]["nodes"]
    return flow


def fresh(flow: Mapping[str, Any], stem: str) -> str:
    """Give an id that no step of the flow has: ``step``, ``step_2`` …"""
    taken = set(idents(flow))
    if stem not in taken:
        return stem
    return next(name for n in range(2, len(taken) + 3) if (name := f"{stem}_{n}") not in taken)


def places(flow: Mapping[str, Any]) -> list[str]:
    """Give all places, in the order of the page."""
    found: list[str] = []

    def one(name: str, steps: Steps) -> None:
        found.append(f"first:{name}")
        for step in steps:
            for path in step.get("paths") or ():
                one(f"{ident_of(step)}.{path['id']}", path.get("nodes") or [])
            found.append(f"after:{ident_of(step)}")

    one("nodes", flow.get("nodes") or [])
    if "void" in flow:
        one("void", flow["void"])
    if isinstance(flow.get("urgent"), dict):
        one("urgent", flow["urgent"].get("nodes") or [])
    return found


def path_of(content: Mapping[str, Any], kind: str, place: str) -> tuple[str, str]:
    """Tell which step of a flow a finding's path is about, and which of its keys.

    ``flows/hr.leave_request/nodes/1/paths/0/nodes/2/when`` gives the id of that node and ``when``.
    """
    parts = place.split("/")
    if parts[:2] != ["flows", kind]:
        return "", ""
    here: Any = content.get("flows", {}).get(kind)
    ident, key = "", parts[2] if len(parts) > 2 else ""
    for index, part in enumerate(parts[2:], 2):
        try:
            here = here[int(part)] if isinstance(here, list) else here[part]
        except (KeyError, IndexError, ValueError, TypeError):
            break
        if isinstance(here, dict) and ident_of(here) and ("clause" in here or "paths" in here):
            ident, key = ident_of(here), parts[index + 1] if index + 1 < len(parts) else ""
    return ident, key
