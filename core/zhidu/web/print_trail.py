"""The approval on paper: a box for each step in the order of the flow, and what else was done."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from zhidu.db import Session
from zhidu.errors import ZhiduError
from zhidu.exchange.printing import PrintBox, PrintColumn, PrintLines, PrintMove
from zhidu.policy.phrases import word
from zhidu.records.models import Approval, Record
from zhidu.records.queries import detail
from zhidu.texts import enumerate_texts, gettext
from zhidu.web import context, record_story
from zhidu.workflow import engine, queries, signatures
from zhidu.workflow.definition import Node, NodeKind
from zhidu.workflow.models import Trail

OF_THE_APPLICANT = ("submit", "resubmit")
IN_A_BOX = ("approve", "handle", "reject", "return", "auto", "merge", "answer", "object")
"""Acts that stand in the box of their step."""

UNTOLD = ("enter", "pass", "clear", "choose", "skip", "wait", "resume", "read", "end", "cc")
"""What only moves the engine, and who got a copy; all else stands in the table below the boxes."""

BEFORE = (Approval.DRAFT, Approval.RETURNED)
"""States before a submit: who is asked is what the preview says."""

ENDED = (Approval.REJECTED, Approval.WITHDRAWN, Approval.TERMINATED, Approval.VOIDED)
"""States in which nobody is to sign any more."""


def stamp(instant: datetime | None) -> str:
    """Write an instant so that it can be read in ten years: ``2026-11-20 14:05``."""
    if instant is None:
        return ""
    return f"{instant.astimezone(ZoneInfo(context.here().timezone)):%Y-%m-%d %H:%M}"


def step_word(node: Node) -> str:
    """Name what is asked for at a step."""
    return word(node.verb if node.kind is NodeKind.APPROVE else node.kind)


def boxes(session: Session, record: Record) -> list[PrintBox]:
    """Give the boxes: the applicant first, then each step that was, is or will be asked.

    Past acts come from the trail; who is asked now or later, from the story of the record's page.
    """
    trail = queries.trail(session, record.id)
    names = _names(session, trail)
    own = [_move(session, e, names) for e in trail if e.action in OF_THE_APPLICANT]
    made = [_applicant(record, own)]
    past: dict[str, list[Trail]] = {}
    for entry in trail:
        if entry.action in IN_A_BOX:
            past.setdefault(entry.node_name, []).append(entry)
    open_steps = _to_come(session, record)
    nodes = {node.name: node for node in reversed(list(engine.nodes(session, record)))}
    order = [n for n in reversed(nodes) if n in past or n in open_steps]
    order += [n for n in (*past, *open_steps) if n not in nodes]
    for name in dict.fromkeys(order):
        node = nodes.get(name)
        acts, steps = past.get(name, []), open_steps.get(name, [])
        clauses = [e.clause for e in acts if e.clause] + [s.clause for s in steps if s.clause]
        if not clauses and node is not None:
            clauses = [node.clause]
        made.append(
            PrintBox(
                name,
                step_word(node) if node is not None else "",
                tuple(dict.fromkeys(clauses)),
                tuple(_move(session, entry, names) for entry in acts),
                to_sign=bool(steps),
                expected=enumerate_texts(
                    dict.fromkeys(step.people for step in steps if step.people)
                ),
            )
        )
    return made


def others(session: Session, record: Record) -> PrintLines | None:
    """Give what was done apart from the boxes: a withdrawal, a hand-over, a jump, a voiding."""
    told = [
        entry
        for entry in queries.trail(session, record.id)
        if entry.action not in (*OF_THE_APPLICANT, *IN_A_BOX, *UNTOLD)
    ]
    if not told:
        return None
    names = _names(session, told)
    heads = (gettext("Time"), gettext("Who"), gettext("What"), gettext("Step"), gettext("Opinion"))
    rows = [
        (m.when, _who(m), m.act, entry.node_name, m.opinion)
        for entry in told
        for m in (_move(session, entry, names),)
    ]
    return PrintLines([PrintColumn(h) for h in heads], rows, gettext("Further acts"))


@dataclass(frozen=True, slots=True)
class _Step:
    """Somebody is asked, or will be; ``people`` are their names as text."""

    people: str
    clause: str


def _to_come(session: Session, record: Record) -> dict[str, list[_Step]]:
    """Give the steps at which somebody has still to sign, by name, in the order of the flow."""
    found: dict[str, list[_Step]] = {}
    if record.approval in BEFORE:
        for one in _path(session, record):
            if not one["skipped"]:
                found.setdefault(one["title"], []).append(_Step(one["people"], _clause(one)))
    elif record.ended_at is None and record.approval not in ENDED:
        for one in record_story.timeline(session, record):
            if one["state"] in ("now", "todo") and not one.get("skipped"):
                people = [move["person"]["name"] for move in one["moves"] if move.get("person")]
                found.setdefault(one["title"], []).append(
                    _Step(enumerate_texts(dict.fromkeys(people)), _clause(one))
                )
    return found


def _path(session: Session, record: Record) -> list[dict[str, Any]]:
    """Say who would be asked if it were submitted now; nobody where it could not be."""
    try:
        return record_story.path(
            session, engine.preview(session, context.actor(), detail(session, record))
        )
    except ZhiduError:
        return []


def _clause(step: Mapping[str, Any]) -> str:
    return str(step["clause"]["id"]) if step.get("clause") else ""


def _applicant(record: Record, moves: Sequence[PrintMove]) -> PrintBox:
    return PrintBox(
        gettext("Applicant"), moves=tuple(moves), to_sign=not moves, expected=record.applicant.name
    )


def _move(session: Session, entry: Trail, names: Mapping[int, tuple[str, str]]) -> PrintMove:
    act = record_story.trail_title(entry.action)
    if entry.other_id:
        act = f"{act}: {names.get(entry.other_id, ('', ''))[0]}"
    return PrintMove(
        act,
        names.get(entry.member_id or 0, (gettext("the system"), ""))[0],
        stamp(entry.at),
        entry.opinion,
        names.get(entry.on_behalf_of or 0, ("", ""))[0],
        _signature(session, entry),
    )


def _signature(session: Session, entry: Trail) -> str:
    """Give the picture with which a decision was signed as ``data:`` address, if there is one."""
    if entry.signature_id is None:
        return ""
    files = context.extension("files")
    with signatures.open_of_decision(session, context.actor(), entry, files=files) as stream:
        return f"data:image/png;base64,{b64encode(stream.read()).decode()}"


def _who(move: PrintMove) -> str:
    if not move.for_whom:
        return move.who
    return gettext("%(who)s for %(whom)s", who=move.who, whom=move.for_whom)


def _names(session: Session, trail: Iterable[Trail]) -> dict[int, tuple[str, str]]:
    ids = {key for e in trail for key in (e.member_id, e.on_behalf_of, e.other_id) if key}
    return record_story.people(session, ids)
