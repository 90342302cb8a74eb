"""The story of a record's approval: what people did, who is asked, who will be asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select

from zhidu.db import Session
from zhidu.org.models import Department, Member, MemberDepartment
from zhidu.records.models import Record
from zhidu.texts import enumerate_texts, gettext, pgettext
from zhidu.web import context, present
from zhidu.web.record_clauses import clause_chips
from zhidu.web.record_flow import Reasons
from zhidu.workflow import engine, queries
from zhidu.workflow.definition import Mode
from zhidu.workflow.engine import NOBODY, Ahead
from zhidu.workflow.errors import Waiting
from zhidu.workflow.models import DECISIONS, Origin, Task, TaskStatus, Trail, TrailAction

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
    zone = context.here().timezone
    names = _names(session, record)
    nodes: list[dict[str, Any]] = []
    trail = queries.trail(session, record.id)
    clauses = clause_chips(session, record)
    last = record.created_at
    reasons = Reasons(session, record)
    for entry in trail:
        if entry.action in SILENT:
            continue
        nodes.append(_past(entry, names, clauses, zone, last))
        if entry.action in DECISIONS:
            nodes[-1]["why"] = reasons.of_decision(entry.task_id, names)
        last = entry.at
    open_tasks = queries.open_tasks(session, record.id)
    for name, tasks in _by_node(open_tasks).items():
        nodes.append(
            {
                "title": name,
                "state": "now",
                "mode": _mode(tasks),
                "clause": clauses.get(tasks[0].clause),
                "why": reasons.of_tasks(tasks, names),
                "moves": [
                    {
                        "person": present.person(*names.get(t.member_id, ("", ""))),
                        "action": present.tag(_waiting(t), "info"),
                        "when": present.when(t.opened_at, zone),
                    }
                    for t in tasks
                ],
            }
        )
    reason = engine.waiting_reason(session, record)
    if reason:
        nodes.append(
            {
                "title": gettext("Waiting"),
                "state": "bad",
                "moves": [],
                "waiting": f"{reason.label} {reason.cure}",
            }
        )
    for step in engine.upcoming(session, record):
        people = member_names(session, step.members)
        note = step_note(step)
        nodes.append(
            {
                "title": step.node.name,
                "state": "todo",
                "clause": clauses.get(step.node.clause),
                "moves": [
                    {"person": present.person(name, department), "action": None}
                    for name, department in people
                ],
                "waiting": note or None,
                "why": reasons.of_ahead(step),
                "skipped": step.skipped,
            }
        )
    return nodes


def _past(
    entry: Trail, names: dict[int, tuple[str, str]], clauses: Any, zone: str, last: Any
) -> dict[str, Any]:
    tone = {
        TrailAction.APPROVE: "good",
        TrailAction.HANDLE: "good",
        TrailAction.REJECT: "bad",
        TrailAction.RETURN: "warn",
        TrailAction.WITHDRAW: "warn",
    }.get(entry.action, "plain")
    state = {"bad": "bad", "warn": "back"}.get(tone, "done")
    if entry.action is TrailAction.CC:
        state = "cc"
    name, department = names.get(entry.member_id or 0, ("Zhidu", ""))
    behalf = names.get(entry.on_behalf_of or 0, ("", ""))[0]
    return {
        "title": entry.node_name or trail_title(entry.action),
        "state": state,
        "clause": clauses.get(entry.clause),
        "moves": [
            {
                "person": present.person(name, department),
                "action": present.tag(trail_title(entry.action), tone),
                "opinion": entry.opinion,
                "on_behalf_of": behalf,
                "when": present.when(entry.at, zone),
                "took": present.elapsed(last, entry.at) if state != "cc" else None,
            }
        ],
    }


def trail_title(action: TrailAction) -> str:
    """Name an act of the trail."""
    match action:
        case TrailAction.SUBMIT:
            return pgettext("trail", "Submitted")
        case TrailAction.RESUBMIT:
            return pgettext("trail", "Submitted again")
        case TrailAction.APPROVE:
            return pgettext("trail", "Approved")
        case TrailAction.HANDLE:
            return pgettext("trail", "Handled")
        case TrailAction.REJECT:
            return pgettext("trail", "Rejected")
        case TrailAction.RETURN:
            return pgettext("trail", "Returned")
        case TrailAction.WITHDRAW:
            return pgettext("trail", "Withdrawn")
        case TrailAction.CC:
            return pgettext("trail", "Copied to")
        case TrailAction.WAIT:
            return pgettext("trail", "Waiting")
        case TrailAction.RESUME:
            return pgettext("trail", "Resumed")
        case TrailAction.SKIP:
            return pgettext("trail", "Skipped")
        case TrailAction.TRANSITION:
            return pgettext("trail", "Step taken")
        case TrailAction.END:
            return pgettext("trail", "Finished")
        case TrailAction.ENTER:
            return pgettext("trail", "Begun")
        case TrailAction.PASS:
            return pgettext("trail", "Passed")
        case TrailAction.CLEAR:
            return pgettext("trail", "To be done again")
        case TrailAction.TAKE_BACK:
            return pgettext("trail", "Taken back")
        case TrailAction.TRANSFER:
            return pgettext("trail", "Passed on to another person")
        case TrailAction.ADD:
            return pgettext("trail", "Asked one more person")
        case TrailAction.REMOVE:
            return pgettext("trail", "Took a person off")
        case TrailAction.CONSULT:
            return pgettext("trail", "Asked for an opinion")
        case TrailAction.ANSWER:
            return pgettext("trail", "Gave an opinion")
        case TrailAction.READ:
            return pgettext("trail", "Read")
        case TrailAction.URGE:
            return pgettext("trail", "Urged")
        case TrailAction.EDIT:
            return pgettext("trail", "Changed the form")
        case TrailAction.OBJECT:
            return pgettext("trail", "Objected")
        case TrailAction.AUTO:
            return pgettext("trail", "Decided by the policy, by nobody")
        case TrailAction.TIMEOUT:
            return pgettext("trail", "Time is up")
        case TrailAction.JUMP:
            return pgettext("trail", "Led to another step")
        case TrailAction.TERMINATE:
            return pgettext("trail", "Ended by the flow's manager")
        case TrailAction.HAND_OVER:
            return pgettext("trail", "Handed over")
        case TrailAction.CHOOSE:
            return pgettext("trail", "Way chosen")
        case TrailAction.MERGE:
            return pgettext("trail", "Not asked again: has just approved")
        case TrailAction.VOID:
            return pgettext("trail", "Asked for it to be voided")


def _waiting(task: Task) -> str:
    if task.status is TaskStatus.WAITING:
        return gettext("turn to come")
    return gettext("asked")


def path(session: Session, steps: Sequence[Ahead]) -> list[dict[str, Any]]:
    """Show who will be asked, with names and clauses, before the submit."""
    chips = clause_chips(session, None)
    return [
        {
            "title": step.node.name,
            "people": enumerate_texts(step.names) or step_note(step),
            "clause": chips.get(step.node.clause),
            "skipped": step_note(step) if step.skipped else None,
        }
        for step in steps
    ]


def step_note(step: Ahead) -> str:
    """Say why a step will be skipped, or why somebody else than named is asked."""
    if step.skipped:
        return gettext("does not apply here")
    return {
        Origin.SUPERIOR.value: gettext("the superior decides instead"),
        Origin.MANAGER.value: gettext("the flow's manager decides instead"),
        Origin.STAND_IN.value: gettext("somebody else is named for that case"),
        NOBODY: gettext("passed, because nobody was found"),
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
        nodes.setdefault(task.node_name, []).append(task)
    return nodes


def member_names(session: Session, ids: Iterable[int]) -> list[tuple[str, str]]:
    """Give names with departments, in the given order; one query."""
    wanted = list(ids)
    found = people(session, wanted)
    return [found[i] for i in wanted if i in found]


def _names(session: Session, record: Record) -> dict[int, tuple[str, str]]:
    ids = {e.member_id for e in queries.trail(session, record.id) if e.member_id}
    ids |= {e.on_behalf_of for e in queries.trail(session, record.id) if e.on_behalf_of}
    ids |= {t.member_id for t in queries.open_tasks(session, record.id)}
    return people(session, ids)


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
