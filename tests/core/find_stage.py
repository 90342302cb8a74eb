"""Ask a resolver without an engine: a record of the demo kind, and a question about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tests.core.workflow_house import KIND, DemoRequest, Office

from zhidu.db import Session
from zhidu.records.windows import facts_of
from zhidu.workflow import find
from zhidu.workflow.definition import Approver
from zhidu.workflow.find_people import read
from zhidu.workflow.resolvers import Lint, Question


def question(
    session: Session,
    row: DemoRequest,
    *,
    node: str = "n",
    away: Sequence[int] = (),
    takes: bool = False,
    chosen: Mapping[str, Sequence[int]] | None = None,
) -> Question:
    """Make the question that the engine asks of a deciding node; the applicant may not act."""
    kind = session.registry.kinds[KIND]
    never = {row.header.applicant_id, *away}
    return Question(
        session,
        kind,
        row.header,
        row,
        lambda: facts_of(session, kind, row),
        node,
        lambda one: one not in never,
        chosen or {},
        takes,
    )


def found(session: Session, row: DemoRequest, way: Any, **more: Any) -> list[int]:
    """Give whom an approver, written as in a policy, finds."""
    approver = way if isinstance(way, Approver) else read(way)
    assert approver is not None
    return find.people(question(session, row, **more), approver)


def wrong(office: Office, way: Any) -> list[str]:
    """Give what lint says of an approver written as in a policy."""
    approver = read(way)
    assert approver is not None
    registry = office.db.registry
    lint = Lint(registry.kinds[KIND], registry.resolvers)
    return [said for _, said in find.check(lint, approver)]


def with_kind(office: Office, change: Callable[[Any], Any]) -> None:
    """Change the demo kind's declaration for this test."""
    registry = office.db.registry
    kinds = dict(registry.kinds)
    kinds[KIND] = change(kinds[KIND])
    registry.kinds = kinds


def declared(**more: Any) -> Callable[[Any], Any]:
    """Make a change for :func:`with_kind`."""
    return lambda kind: replace(kind, **more)
