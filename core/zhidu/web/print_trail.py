"""The approval on paper: a box for each step in the order of the flow, and what else was done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from zhidu.db import Session
from zhidu.exchange.printing import PrintBox, PrintColumn, PrintLines, PrintMove
from zhidu.records.models import Approval, Record
from zhidu.texts import enumerate_texts, gettext, pgettext
from zhidu.web import context, record_story
from zhidu.workflow import engine, queries
from zhidu.workflow.definition import Node, NodeKind, Verb
from zhidu.workflow.models import Trail

OF_THE_APPLICANT = ("submit", "resubmit")
IN_A_BOX = ("approve", "handle", "reject", "return", "auto", "answer")
"""Acts that stand in the box of their step."""

UNTOLD = ("enter", "pass", "choose", "merge", "skip", "wait", "resume", "read", "end", "cc")
"""What only moves the engine, and who got a copy; all else stands in the table below the boxes."""

ENDED = (Approval.REJECTED, Approval.WITHDRAWN, Approval.TERMINATED, Approval.VOIDED)
"""States in which nobody is to sign any more."""


def stamp(instant: datetime | None) -> str:
    """Write an instant so that it can be read in ten years: ``2026-11-20 14:05``."""
    if instant is None:
        return ""
    return f"{instant.astimezone(ZoneInfo(context.here().timezone)):%Y-%m-%d %H:%M}"


def step_word(node: Node) -> str:
    """Name what is asked for at a step."""
    match node.kind:
        case NodeKind.APPROVE:
            return verb_word(node.verb)
        case NodeKind.HANDLE:
            return pgettext("step", "Handling")
        case NodeKind.AUTO:
            return pgettext("step", "Automatic")
        case NodeKind.NOTIFY:
            return pgettext("step", "Circulation")
        case NodeKind.FILE_WITH:
            return pgettext("step", "Filing")
        case NodeKind.PUBLISH:
            return pgettext("step", "Publication")
        case NodeKind.MEETING:
            return pgettext("step", "Resolution")


def verb_word(verb: Verb) -> str:
    """Name what an approving person is asked for."""
    match verb:
        case Verb.REVIEW:
            return pgettext("step", "Review")
        case Verb.APPROVE:
            return pgettext("step", "Approval")
        case Verb.RATIFY:
            return pgettext("step", "Ratification")
        case Verb.OPINION:
            return pgettext("step", "Opinion")


def boxes(session: Session, record: Record) -> list[PrintBox]:
    """Give the boxes: the applicant first, then each step that was, is or will be asked.

    Past acts come from the trail; who is asked now or later, from the story of the record's page.
    """
    trail = queries.trail(session, record.id)
    names = _names(session, trail)
    made = [_applicant(record, [_move(e, names) for e in trail if e.action in OF_THE_APPLICANT])]
    past: dict[str, list[Trail]] = {}
    for entry in trail:
        if entry.action in IN_A_BOX:
            past.setdefault(entry.node_name, []).append(entry)
    open_steps: dict[str, list[Any]] = {}
    if record.ended_at is None and record.approval not in ENDED:
        for step in record_story.timeline(session, record):
            if step["state"] in ("now", "todo") and not step.get("skipped"):
                open_steps.setdefault(step["title"], []).append(step)
    nodes = {node.name: node for node in reversed(list(engine.nodes(session, record)))}
    order = [n for n in reversed(nodes) if n in past or n in open_steps]
    order += [n for n in (*past, *open_steps) if n not in nodes]
    for name in dict.fromkeys(order):
        node = nodes.get(name)
        acts, steps = past.get(name, []), open_steps.get(name, [])
        clauses = [e.clause for e in acts] + [s["clause"]["id"] for s in steps if s.get("clause")]
        if not clauses and node is not None:
            clauses = [node.clause]
        asked = [m["person"]["name"] for s in steps for m in s["moves"] if m.get("person")]
        made.append(
            PrintBox(
                name,
                step_word(node) if node is not None else "",
                tuple(dict.fromkeys(filter(None, clauses))),
                tuple(_move(entry, names) for entry in acts),
                to_sign=bool(steps),
                expected=enumerate_texts(dict.fromkeys(asked)),
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
        for m in (_move(entry, names),)
    ]
    return PrintLines([PrintColumn(h) for h in heads], rows, gettext("Further acts"))


def _applicant(record: Record, moves: Sequence[PrintMove]) -> PrintBox:
    return PrintBox(
        gettext("Applicant"), moves=tuple(moves), to_sign=not moves, expected=record.applicant.name
    )


def _move(entry: Trail, names: Mapping[int, tuple[str, str]]) -> PrintMove:
    return PrintMove(
        record_story.trail_title(entry.action),
        names.get(entry.member_id or 0, (gettext("the system"), ""))[0],
        stamp(entry.at),
        entry.opinion,
        names.get(entry.on_behalf_of or 0, ("", ""))[0],
    )


def _who(move: PrintMove) -> str:
    if not move.for_whom:
        return move.who
    return gettext("%(who)s for %(whom)s", who=move.who, whom=move.for_whom)


def _names(session: Session, trail: Iterable[Trail]) -> dict[int, tuple[str, str]]:
    ids = {key for e in trail for key in (e.member_id, e.on_behalf_of) if key}
    return record_story.people(session, ids)
