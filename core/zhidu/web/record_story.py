"""The story of a record's approval: what people did, who is asked, who will be asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from flask import url_for
from sqlalchemy import select

from zhidu.db import Session
from zhidu.durations import Unit
from zhidu.org.clocks import WORKING_UNITS, work_clock
from zhidu.org.models import Department, Member, MemberDepartment
from zhidu.policy import phrases
from zhidu.records import queries as records
from zhidu.records.models import Record
from zhidu.texts import enumerate_texts, gettext
from zhidu.web import context, present
from zhidu.web.record_clauses import clause_chips
from zhidu.web.record_flow import Reasons
from zhidu.web.record_words import ACTS, ICONS, TONES, Words
from zhidu.web.record_words import trail_title as trail_title
from zhidu.workflow import engine, queries
from zhidu.workflow.definition import FieldRight, Mode, NodeKind
from zhidu.workflow.engine import PASSED, Ahead
from zhidu.workflow.errors import Waiting
from zhidu.workflow.fields import rights_of
from zhidu.workflow.models import (
    DECISIONS,
    Copy,
    Origin,
    Sign,
    Task,
    TaskStatus,
    Trail,
    TrailAction,
)

if TYPE_CHECKING:
    from zhidu.expressions import FactType
    from zhidu.org.worktime import WorkClock

EMPTY: Mapping[str, FactType] = MappingProxyType({})

SILENT = frozenset(
    {
        TrailAction.ENTER,
        TrailAction.PASS,
        TrailAction.CLEAR,
        TrailAction.CHOOSE,
        TrailAction.READ,
        TrailAction.END,
    }
)
"""What only moves the engine; people read what somebody did."""


def timeline(session: Session, record: Record) -> list[dict[str, Any]]:
    """Make the approval's story: what people did, who is asked now, who will be asked."""
    return Story(session, record).nodes()


class Story:
    """Tells one record's approval; everything it needs is read once."""

    def __init__(self, session: Session, record: Record) -> None:
        self.session, self.record = session, record
        self.zone = context.here().timezone
        self.trail = queries.trail(session, record.id)
        self.open_tasks = queries.open_tasks(session, record.id)
        self.copies = {
            one.member_id: one
            for one in session.scalars(select(Copy).where(Copy.record_id == record.id))
        }
        self.names = people(session, self._members())
        self.clauses = clause_chips(session, record)
        self.reasons = Reasons(session, record)
        kind = session.registry.kinds[record.kind]
        view = context.extension("views").get(kind.endpoint)
        rights = rights_of(session, context.actor(), record)
        self.words = Words(
            self.reasons.nodes,
            kind.facts,
            {
                name: label
                for name, label in getattr(view, "log_labels", {}).items()
                if rights.get(name) is not FieldRight.HIDE
            },
            self._name,
            lambda name: str(step.title) if (step := kind.execution.named(name)) else name,
        )
        self._clock: WorkClock | None = None

    def _members(self) -> set[int]:
        found = {e.member_id for e in self.trail} | {e.on_behalf_of for e in self.trail}
        found |= {e.other_id for e in self.trail} | set(self.copies)
        found |= {t.member_id for t in self.open_tasks} | {t.owner_id for t in self.open_tasks}
        urged = [e.note.split(",") for e in self.trail if e.action is TrailAction.URGE]
        found |= {int(key) for keys in urged for key in keys if key.isdecimal()}
        return {key for key in found if key is not None}

    def _name(self, key: int | None) -> str:
        return self.names.get(key or 0, ("", ""))[0]

    def nodes(self) -> list[dict[str, Any]]:
        """Give the nodes of ``ui.timeline``."""
        return [*self._past(), *self._present(), *self._waiting(), *self._to_come()]

    # -- what was

    def _past(self) -> list[dict[str, Any]]:
        made: list[dict[str, Any]] = []
        last, before = self.record.created_at, None
        rounds = sum(e.action in _BEGINNINGS for e in self.trail) > 1
        for entry in self.trail:
            silent = entry.action in SILENT
            if entry.action is TrailAction.READ and entry.opinion:
                silent = False  # who only read is told beside the copy
            if silent:
                continue
            if before is not None and _same_copying(before, entry):
                made[-1]["moves"].append(self._move(entry, None))
                continue
            node = self._one(entry, last)
            if rounds and entry.action in _BEGINNINGS:
                node["round"] = _round(entry)
            made.append(node)
            last, before = entry.at, entry
        return made

    def _one(self, entry: Trail, last: datetime) -> dict[str, Any]:
        tone = TONES.get(entry.action, "plain")
        state = {"bad": "bad", "warn": "back"}.get(tone, "done")
        if entry.action in {TrailAction.CC, TrailAction.READ}:
            state = "cc"
        elif entry.action in ACTS:
            state = "act"
        made: dict[str, Any] = {
            "title": entry.node_name or trail_title(entry.action),
            "state": state,
            "icon": ICONS.get(entry.action, "check"),
            "clause": self.clauses.get(entry.clause),
            "moves": [self._move(entry, last)],
        }
        if entry.action in DECISIONS:
            made["why"] = self.reasons.of_decision(entry.task_id, self.names)
        return made

    def _move(self, entry: Trail, last: datetime | None) -> dict[str, Any]:
        tone = TONES.get(entry.action, "plain")
        name, department = self.names.get(entry.member_id or 0, ("Zhidu", ""))
        note = self.words.note(entry)
        if entry.action is TrailAction.CC:
            note = self._receipt(entry)
        return {
            "person": present.person(name, department),
            "action": present.tag(trail_title(entry.action), tone),
            "note": note,
            "opinion": self.words.opinion(entry),
            "on_behalf_of": self._name(entry.on_behalf_of),
            "when": present.when(entry.at, self.zone),
            "took": self._took(entry, last),
            "files": self._files(entry),
            "signature": self._signature(entry),
        }

    def _receipt(self, entry: Trail) -> str:
        """Say who got a copy, and whether it was read."""
        name = self._name(entry.other_id)
        copy = self.copies.get(entry.other_id or 0)
        read = present.when(copy.read_at, self.zone) if copy is not None else None
        if read is None:
            return gettext("%(name)s, not read yet", name=name)
        return gettext("%(name)s, read %(time)s", name=name, time=read["text"])

    def _took(self, entry: Trail, last: datetime | None) -> str | None:
        """Say how long it took from the question on, in the time by which the step's clocks count."""
        if last is None or entry.action in {TrailAction.CC, TrailAction.READ}:
            return None
        task = self.reasons.tasks.get(entry.task_id or 0)
        decided = entry.action in DECISIONS or entry.action is TrailAction.ANSWER
        if task is not None and decided and task.opened_at is not None:
            last = min(task.opened_at, entry.at)
            node = self.reasons.nodes.get(entry.node_id)
            if node is not None and any(t.after.unit in WORKING_UNITS for t in node.timeouts):
                return self._worked(last, entry.at)
        return present.elapsed(last, entry.at)

    def _worked(self, start: datetime, end: datetime) -> str:
        if self._clock is None:
            begun = self.record.submitted_at or self.record.created_at
            self._clock = work_clock(self.session, begun, self.record.policy_version_id)
        minutes = int(self._clock.between(start, end, Unit.WORKING_HOURS) * 60)
        if minutes < 60:
            return gettext("%(n)s working min", n=max(minutes, 1))
        return gettext("%(n)s working h", n=minutes // 60)

    def _files(self, entry: Trail) -> list[dict[str, str]]:
        """Name the files that came with an act; they stand among the attachments."""
        if not entry.attachments:
            return []
        if self._attached is None:
            found = records.attachments(self.session, self.record)
            self._attached = {one.id: one.name for one in found}
        return [
            {"label": self._attached[key], "url": "#files"}
            for key in entry.attachments
            if key in self._attached
        ]

    _attached: dict[int, str] | None = None

    def _signature(self, entry: Trail) -> str | None:
        if entry.signature_id is None:
            return None
        kind = self.session.registry.kinds[self.record.kind]
        return url_for(f"{kind.endpoint}.signed_view", pk=self.record.id, entry_id=entry.id)

    # -- what is

    def _present(self) -> Iterator[dict[str, Any]]:
        for tasks in _by_node(self.open_tasks).values():
            first = tasks[0]
            yield {
                "title": first.node_name,
                "state": "now",
                "mode": _mode(tasks),
                "clause": self.clauses.get(first.clause),
                "why": self.reasons.of_tasks(tasks, self.names),
                "moves": [
                    {
                        "person": present.person(*self.names.get(t.member_id, ("", ""))),
                        "action": present.tag(_waiting(t), "info"),
                        "on_behalf_of": self._name(t.owner_id),
                        "note": self._due(t),
                        "when": present.when(t.opened_at, self.zone),
                    }
                    for t in tasks
                ],
            }

    def _due(self, task: Task) -> str:
        if task.status is not TaskStatus.OPEN:
            return ""
        due = present.when(task.due_at, self.zone)
        return gettext("due %(time)s", time=due["text"]) if due else ""

    def _waiting(self) -> Iterator[dict[str, Any]]:
        reason = engine.waiting_reason(self.session, self.record)
        if reason:
            yield {
                "title": gettext("Waiting"),
                "state": "bad" if reason is not Waiting.WINDOW else "now",
                "icon": "clock",
                "moves": [],
                "waiting": f"{reason.label} {reason.cure}",
            }

    # -- what is to come

    def _to_come(self) -> Iterator[dict[str, Any]]:
        for step in engine.upcoming(self.session, self.record):
            found = people(self.session, step.members)
            note = step_note(step, self.words.facts)
            yield {
                "title": step.node.name,
                "state": "todo",
                "clause": self.clauses.get(step.node.clause),
                "moves": [
                    {"person": present.person(*found[one]), "action": None}
                    for one in step.members
                    if one in found
                ],
                "waiting": note or None,
                "why": self.reasons.of_ahead(step),
                "skipped": step.skipped,
                "mode": step.path or None,
            }


_BEGINNINGS = frozenset({TrailAction.SUBMIT, TrailAction.RESUBMIT, TrailAction.VOID})


def _same_copying(one: Trail, other: Trail) -> bool:
    """Tell whether two copies were sent by one act."""
    both = one.action is TrailAction.CC and other.action is TrailAction.CC
    return both and (one.member_id, one.node_id, one.opinion) == (
        other.member_id,
        other.node_id,
        other.opinion,
    )


def _round(entry: Trail) -> str:
    """Head a new round."""
    if entry.action is TrailAction.VOID:
        return gettext("Voiding")
    return gettext("Round %(n)s", n=entry.round)


def _waiting(task: Task) -> str:
    if task.status is TaskStatus.WAITING:
        return gettext("turn to come")
    if task.sign is Sign.CONSULT:
        return gettext("asked for an opinion")
    return gettext("asked")


def path(session: Session, steps: Sequence[Ahead]) -> list[dict[str, Any]]:
    """Show who will be asked, with names and clauses, before the submit."""
    chips = clause_chips(session, None)
    facts = _facts_of(session, steps)
    return [
        {
            "title": step.node.name,
            "people": enumerate_texts(step.names) or step_note(step, facts),
            "clause": chips.get(step.node.clause),
            "skipped": step_note(step, facts) if step.skipped else None,
            "branch": step.path,
        }
        for step in steps
    ]


def _facts_of(session: Session, steps: Sequence[Ahead]) -> Mapping[str, FactType]:
    """Give the facts that the conditions of left out steps may name, of whatever kind."""
    if not any(step.skipped and step.note for step in steps):
        return {}
    kinds = session.registry.kinds.values()
    return {name: fact for kind in kinds for name, fact in kind.facts.items()}


def step_note(step: Ahead, facts: Mapping[str, FactType] = EMPTY) -> str:
    """Say why a step will be skipped, or why somebody else than named is asked."""
    if step.skipped:
        if not step.note:
            return gettext("does not apply here")
        return gettext("only if: %(condition)s", condition=phrases.condition(step.note, facts))
    if step.node.kind is NodeKind.AUTO:
        return step.note
    return {
        Origin.SUPERIOR.value: gettext("the superior decides instead"),
        Origin.MANAGER.value: gettext("the flow's manager decides instead"),
        Origin.STAND_IN.value: gettext("somebody else is named for that case"),
        PASSED: gettext("passed, because nobody was found"),
        **{reason.value: str(reason.label) for reason in Waiting},
    }.get(step.note, "")


def _mode(tasks: Sequence[Task]) -> str | None:
    if len(tasks) < 2:
        return None
    mode = engine.mode_of(tasks[0])
    return {
        Mode.ALL: gettext("everybody decides"),
        Mode.ANY: gettext("the first decides"),
        Mode.SEQUENTIAL: gettext("one after the other"),
        Mode.RATIO: gettext("a share of them decides"),
        Mode.COUNT: gettext("a number of them decides"),
    }[mode]


def _by_node(tasks: Sequence[Task]) -> dict[str, list[Task]]:
    nodes: dict[str, list[Task]] = {}
    for task in tasks:
        nodes.setdefault(task.node_id, []).append(task)
    return nodes


def people(session: Session, ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    """Give name and primary department by id; one query."""
    rows = session.execute(
        select(Member.id, Member.name, Department.name.label("department"))
        .outerjoin(
            MemberDepartment,
            (MemberDepartment.member_id == Member.id) & MemberDepartment.is_primary,
        )
        .outerjoin(Department, Department.id == MemberDepartment.department_id)
        .where(Member.id.in_(list(ids)))
    )
    return {r.id: (r.name, r.department or "") for r in rows}
