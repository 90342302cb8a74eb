"""The status bar of a record: what is passed, where it stands, what is to come, paths side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from zhidu.db import Session
from zhidu.errors import ZhiduError
from zhidu.records.models import Approval, Record
from zhidu.records.queries import detail as detail_of
from zhidu.records.queries import kind_of
from zhidu.texts import pgettext
from zhidu.web import present
from zhidu.workflow import movement, standing
from zhidu.workflow.definition import Flow, Node, NodeKind, Step
from zhidu.workflow.models import Purpose
from zhidu.workflow.movement import Fate
from zhidu.workflow.preview import foreseen
from zhidu.workflow.routing import Router

_SHOWN: Mapping[Fate, str] = {
    Fate.PASSED: "done",
    Fate.ACTIVE: "now",
    Fate.WAITING: "now",
    Fate.COMING: "todo",
}
"""How a step looks; what is left out is not shown."""

_QUIET = frozenset({NodeKind.NOTIFY, NodeKind.AUTO})
"""Steps at which nobody is asked."""

_OVER = frozenset({Approval.REJECTED, Approval.TERMINATED, Approval.VOIDED})

Item = dict[str, Any]


def steps(session: Session, record: Record) -> list[Item]:
    """Give the parts of the bar; see ``steps`` in ``_macros.html``."""
    instance = standing.instance_of(session, record.id)
    voids = instance is not None and instance.purpose is Purpose.VOID
    found = _line(session, record)
    if record.approval in _OVER and not voids:
        done = [one for one in found if one["state"] == "done"]
        bad = {"label": present.approval_title(record.approval), "state": "bad"}
        return [_first(record), *done, bad]
    last = pgettext("step", "Voided") if voids else pgettext("step", "Finished")
    over = record.approval is Approval.VOIDED if voids else record.ended_at is not None
    return [
        {"label": pgettext("step", "In force"), "state": "done"} if voids else _first(record),
        *found,
        {"label": last, "state": "bad" if over and voids else "done" if over else "todo"},
    ]


def _first(record: Record) -> Item:
    """Say what the applicant has to do with it now."""
    if record.approval is Approval.DRAFT:
        return {"label": pgettext("step", "Draft"), "state": "now"}
    if record.approval in {Approval.RETURNED, Approval.WITHDRAWN}:
        return {"label": present.approval_title(record.approval), "state": "back"}
    return {"label": pgettext("step", "Draft"), "state": "done"}


def _line(session: Session, record: Record) -> list[Item]:
    """Lay out the steps of the flow; nothing where no flow, or no fact, says how it goes."""
    try:
        instance = standing.instance_of(session, record.id)
        router = Router(session, kind_of(session, record.kind), record, detail_of(session, record))
        flow = Flow.from_json(instance.flow) if instance else foreseen(session, router)
        state = standing.state(session, instance, flow) if instance else movement.State()
        fates = {
            seen.node.id: seen.fate for seen in movement.outlook(flow.nodes, state, router.applies)
        }
    except ZhiduError:
        return []
    return list(_walk(flow.nodes, fates))


def _walk(steps: Sequence[Step], fates: Mapping[str, Fate]) -> Iterable[Item]:
    for step in steps:
        if isinstance(step, Node):
            look = _SHOWN.get(fates[step.id])
            if look is not None and step.kind not in _QUIET:
                yield {"label": step.name, "state": look}
            continue
        rows = [row for path in step.paths if (row := _flat(_walk(path.steps, fates)))]
        if len(rows) == 1:
            yield from rows[0]
        elif rows:
            yield {"label": step.name, "state": _state(rows), "rows": rows}


def _flat(items: Iterable[Item]) -> list[Item]:
    """Put branches within a path one behind the other: the bar has one level."""
    found: list[Item] = []
    for one in items:
        found += [inner for row in one["rows"] for inner in row] if "rows" in one else [one]
    return found


def _state(rows: Iterable[Iterable[Item]]) -> str:
    states = {str(one["state"]) for row in rows for one in row}
    if "now" in states or len(states) > 1:
        return "now"
    return states.pop()
