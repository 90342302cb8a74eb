"""The rows of the workbench: what each shows, and what can be done from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import url_for
from sqlalchemy import select

from zhidu import hooks
from zhidu.db import Session
from zhidu.events import TaskFactsQuery
from zhidu.org.models import Member
from zhidu.records.models import Approval, Record
from zhidu.texts import gettext
from zhidu.web import context, present
from zhidu.web.pages import duties_words
from zhidu.web.record_act_names import Name
from zhidu.web.record_acts import DECIDING, Acts, new_key
from zhidu.workflow import queries as workflow
from zhidu.workflow.models import Sign, Task

_ON_ITS_WAY = frozenset({Approval.IN_APPROVAL, Approval.APPROVED})
"""Only there somebody can be urged, or a decision taken back."""


def rows(session: Session, tab: str, found: Sequence[Any]) -> list[dict[str, Any]]:
    """Draw the rows; facts, headers, tasks and names of all of them are asked for once."""
    records = workflow.records_by_id(session, [row.record_id for row in found])
    facts = hooks.provide_task_facts(
        session, TaskFactsQuery(session, context.actor(), list(records.values()))
    )
    tasks, owners = _tasks(session, found) if tab == "todo" else ({}, {})
    made = []
    for row in found:
        record = records[row.record_id]
        shown = _row(session, tab, row, record)
        shown["facts"] = [
            {"label": str(f.label), "value": str(f.value), "tone": f.tone}
            for f in facts.get(record.id, ())
        ]
        if tab == "todo":
            _add_task(shown, tasks[row.task_id], owners)
        shown["acts"] = _acts(session, tab, row, record)
        shown["tick"] = row.task_id if _tickable(shown["acts"]) else None
        made.append(shown)
    duties_words.add_tags(session, [(r.record_id, s) for r, s in zip(found, made, strict=True)])
    return made


def _row(session: Session, tab: str, row: Any, record: Record) -> dict[str, Any]:
    kind, zone = session.registry.kinds[record.kind], context.here().timezone
    unread = tab == "copies" and row.read_at is None
    if tab == "todo":
        tags = [present.tag(row.node_name, "info")]
    else:
        tags = [] if kind.assigned else [present.approval_tag(record.approval)]
    if tab == "started" and row.node_name:
        tags.append(present.tag(row.node_name, "info"))
    if unread:
        tags.append(present.tag(gettext("to read"), "warn"))
    return {
        "kind": str(kind.title),
        "icon": kind.icon,
        "title": record.title,
        "url": url_for(f"{kind.endpoint}.row_view", pk=record.id),
        "number": record.number,
        "applicant": present.person(record.applicant.name, record.department_name),
        "since": present.when(row.since, zone),
        "since_label": since_label(tab),
        "due": None,
        "tags": tags,
        "overdue": tab == "todo" and bool(row.overdue),
        "unread": unread,
    }


def _tasks(session: Session, found: Sequence[Any]) -> tuple[dict[int, Task], dict[int, str]]:
    """Load the tasks of the rows, and on whose behalf some of them are."""
    keys = [row.task_id for row in found]
    tasks = {one.id: one for one in session.scalars(select(Task).where(Task.id.in_(keys)))}
    owners = {one.owner_id for one in tasks.values() if one.owner_id is not None}
    if not owners:
        return tasks, {}
    named = session.execute(select(Member.id, Member.name).where(Member.id.in_(owners)))
    return tasks, {one.id: one.name for one in named}


def _add_task(shown: dict[str, Any], task: Task, owners: Mapping[int, str]) -> None:
    """Say on whose behalf it is, for what, and until when."""
    owner = owners.get(task.owner_id or 0)
    if owner:
        shown["tags"].append(present.tag(gettext("for %(name)s", name=owner), "warn"))
    if task.sign is Sign.CONSULT:
        shown["tags"].append(present.tag(gettext("your opinion"), "plain"))
    shown["due"] = present.when(task.due_at, context.here().timezone)


def _acts(session: Session, tab: str, row: Any, record: Record) -> list[dict[str, Any]]:
    """Give the buttons of a row: decisions, an answer, urging, taking back, reading."""
    view = context.extension("views")[session.registry.kinds[record.kind].endpoint]
    acts = Acts(view, session, record)
    if tab == "todo":
        decided = [a for a in acts.decisions(row.task_id) if a["look"] in DECIDING]
        return decided or [a for a in acts.beside() if a["name"] == Name.ANSWER]
    if tab == "copies":
        return _of_copy(acts, row, record)
    if record.approval not in _ON_ITS_WAY or record.ended_at is not None:
        return []
    if tab == "done":
        return [a for a in acts.decisions() if a["name"] == "take_back"]
    return [a for a in acts.beside() if a["name"] == Name.URGE]


def _of_copy(acts: Acts, row: Any, record: Record) -> list[dict[str, Any]]:
    made = [acts.act(Name.OPINION, gettext("Give an opinion"), "required")]
    if row.read_at is None:
        read = acts.act(Name.READ, gettext("Mark as read"))
        read["url"] = acts.view.link("seen_view", pk=record.id)
        made.insert(0, read)
    return made


def _tickable(acts: Sequence[Mapping[str, Any]]) -> bool:
    return any(one["name"] == "approve" for one in acts)


def since_label(tab: str) -> str:
    """Say what the time of a row means."""
    return {
        "todo": gettext("asked"),
        "done": gettext("decided"),
        "started": gettext("submitted"),
        "copies": gettext("copied"),
    }[tab]


def bulk(found: Sequence[Mapping[str, Any]], url: str) -> dict[str, str] | None:
    """Offer to agree to several rows at once, where any can be ticked."""
    if sum(bool(one["tick"]) for one in found) < 1:
        return None
    return {
        "url": url,
        "key": new_key(),
        "confirm": gettext("Approve all ticked requests that wait for your decision?"),
    }
