"""What approval and stamp do, put onto the declaration of the record kind."""

from __future__ import annotations

from dataclasses import replace

from zhidu.records.kinds import RecordKind
from zhidu_seals.services import stamping, use_requests


def with_effects(kind: RecordKind) -> RecordKind:
    """Give the kind with its effects: they run in the transaction of the act, or undo it."""
    steps = tuple(
        replace(step, guard=stamping.guard, effect=stamping.stamp)
        for step in kind.execution.transitions
    )
    return replace(
        kind,
        execution=replace(kind.execution, transitions=steps),
        on_submit=use_requests.on_submit,
        on_approved=use_requests.on_approved,
        check_void=stamping.check_void,
        on_voided=stamping.on_voided,
        check_actor=use_requests.check_actor,
    )
