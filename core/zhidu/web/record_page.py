"""What the page of one record shows: status, timeline, files, clauses, log, and the acts at hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from flask import url_for
from markupsafe import Markup, escape
from sqlalchemy import select

from zhidu.access import check
from zhidu.audit import queries as audit
from zhidu.db import Session
from zhidu.org.models import Member
from zhidu.policy import versions
from zhidu.records import queries as records
from zhidu.records.models import Approval, Record
from zhidu.texts import gettext, localize, pgettext
from zhidu.web import context, present
from zhidu.workflow import engine, queries, story
from zhidu.workflow.definition import Mode, Step
from zhidu.workflow.errors import Waiting
from zhidu.workflow.models import Origin, Task, TaskStatus, Trail, TrailAction

ACT_LABELS = {
    "approve": ("primary", "check"),
    "handle": ("primary", "check"),
    "reject": ("danger", "x"),
    "return": ("plain", "undo"),
    "withdraw": ("plain", "undo"),
    "submit": ("primary", "send"),
}


def act_label(action: str) -> str:
    """Name what a button does."""
    match action:
        case "approve":
            return pgettext("act", "Approve")
        case "reject":
            return pgettext("act", "Reject")
        case "return":
            return pgettext("act", "Return")
        case "withdraw":
            return pgettext("act", "Withdraw")
        case "submit":
            return pgettext("act", "Submit")
        case _:
            return pgettext("act", "Handle")


def acts(
    allowed: Iterable[engine.Allowed], url: str, version: int, fields: Any = None
) -> list[dict[str, Any]]:
    """Make the buttons of what the person may do now.

    :param fields: gives more inputs for a handle act, or nothing: ``fields(allowed)``.
    """
    made = []
    for item in allowed:
        tone, icon = ACT_LABELS.get(item.action, ("plain", "check"))
        made.append(
            {
                "name": item.transition if item.action == "transition" else item.action,
                "label": str(item.title or act_label(item.action)),
                "tone": tone,
                "icon": icon,
                "url": url,
                "opinion": None
                if item.action == "submit"
                else ("required" if item.needs_opinion else "optional"),
                "preset": pgettext("opinion", "Agreed") if item.action == "approve" else "",
                "confirm": None,
                "fields": fields(item) if fields is not None else None,
                "version": item.task.version if item.task is not None else version,
            }
        )
    return made


def status_steps(record: Record, done: Sequence[str], now: str, todo: Sequence[str]) -> list[Any]:
    """Make the status bar: what is done, where it stands, what is to come."""
    steps = [{"label": pgettext("step", "Draft"), "state": "done"}]
    steps += [{"label": label, "state": "done"} for label in done]
    bad = record.approval in (Approval.REJECTED, Approval.TERMINATED, Approval.VOIDED)
    if bad:
        steps.append({"label": present.approval_title(record.approval), "state": "bad"})
        return steps
    if record.approval is Approval.DRAFT:
        steps[0]["state"] = "now"
    if now:
        steps.append({"label": now, "state": "now"})
    steps += [{"label": label, "state": "todo"} for label in todo]
    ended = record.ended_at is not None
    steps.append({"label": pgettext("step", "Finished"), "state": "done" if ended else "todo"})
    return steps


def timeline(session: Session, record: Record) -> list[dict[str, Any]]:
    """Make the approval's story: what people did, who is asked now, who will be asked."""
    zone = context.here().timezone
    names = _names(session, record)
    nodes: list[dict[str, Any]] = []
    trail = queries.trail(session, record.id)
    clauses = clause_chips(session, record)
    last = record.created_at
    for entry in trail:
        if entry.action is TrailAction.END:
            continue
        nodes.append(_past(entry, names, clauses, zone, last))
        last = entry.at
    open_tasks = queries.open_tasks(session, record.id)
    for name, tasks in _by_node(open_tasks).items():
        nodes.append(
            {
                "title": name,
                "state": "now",
                "mode": _mode(tasks),
                "clause": clauses.get(tasks[0].clause),
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
    reason = story.waiting(session, record)
    if reason:
        nodes.append(
            {
                "title": gettext("Waiting"),
                "state": "bad",
                "moves": [],
                "waiting": f"{reason[0]} {reason[1]}",
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


def _waiting(task: Task) -> str:
    if task.status is TaskStatus.WAITING:
        return gettext("turn to come")
    return gettext("asked")


def path(session: Session, steps: Sequence[Step]) -> list[dict[str, Any]]:
    """Show who will be asked, with names and clauses, before the submit."""
    chips = clause_chips(session, None)
    return [
        {
            "title": step.node.name,
            "people": "、".join(step.names) or step_note(step),
            "clause": chips.get(step.node.clause),
            "skipped": step_note(step) if step.skipped else None,
        }
        for step in steps
    ]


def step_note(step: Step) -> str:
    """Say why a step will be skipped, or why somebody else than named is asked."""
    if step.skipped:
        return gettext("does not apply here")
    return {
        Origin.SUPERIOR.value: gettext("the superior decides instead"),
        Origin.MANAGER.value: gettext("the flow's manager decides instead"),
        **{reason.value: str(reason.label) for reason in Waiting},
    }.get(step.note, "")


def _mode(tasks: Sequence[Task]) -> str | None:
    if len(tasks) < 2:
        return None
    mode = story.mode(tasks[0])
    return {
        Mode.ALL: gettext("everybody decides"),
        Mode.ANY: gettext("the first decides"),
        Mode.SEQUENTIAL: gettext("one after the other"),
    }[mode]


def _by_node(tasks: Sequence[Task]) -> dict[str, list[Task]]:
    nodes: dict[str, list[Task]] = {}
    for task in tasks:
        nodes.setdefault(task.node_name, []).append(task)
    return nodes


def member_names(session: Session, ids: Iterable[int]) -> list[tuple[str, str]]:
    """Give names with departments, in the given order; one query."""
    wanted = list(ids)
    found = _people(session, wanted)
    return [found[i] for i in wanted if i in found]


def _names(session: Session, record: Record) -> dict[int, tuple[str, str]]:
    ids = {e.member_id for e in queries.trail(session, record.id) if e.member_id}
    ids |= {e.on_behalf_of for e in queries.trail(session, record.id) if e.on_behalf_of}
    ids |= {t.member_id for t in queries.open_tasks(session, record.id)}
    return _people(session, ids)


def _people(session: Session, ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    from zhidu.org.models import Department, MemberDepartment

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


def clause_chips(session: Session, record: Record | None) -> dict[str, dict[str, str]]:
    """Give the clauses that bind a record (or one not yet written) by id, as chips."""
    version = bound_version(session, record) if record else versions.current(session)
    found = versions.clauses(version)
    return {
        c.id: {"id": c.id, "title": c.title, "summary": c.summary, "url": "#clauses"}
        for c in found.values()
    }


def bound_version(session: Session, record: Record) -> Any:
    """Give the policy version that binds a record: its own, or today's for a draft."""
    if record.policy_version_id is not None:
        return versions.get(session, record.policy_version_id)
    return versions.current(session)


def clauses(session: Session, record: Record) -> list[dict[str, Any]]:
    """List the clauses that govern the record, with the step each governs."""
    version = bound_version(session, record)
    if version is None:
        return []
    known = versions.clauses(version)
    steps: dict[str, list[str]] = {}
    for node in story.nodes(session, record):
        if node.clause:
            steps.setdefault(node.clause, []).append(node.name)
    return [
        {
            "id": known[ref].id,
            "section": known[ref].section,
            "title": known[ref].title,
            "summary": known[ref].summary,
            "step": "、".join(names) if names else None,
        }
        for ref, names in steps.items()
        if ref in known
    ]


def policy(session: Session, record: Record) -> dict[str, Any] | None:
    """Name the policy version that binds the record."""
    version = bound_version(session, record)
    if version is None:
        return None
    return {
        "title": version.title,
        "version": version.pack_version,
        "since": version.effective_from.isoformat(),
        "url": url_for("policy.row_view", pk=version.id)
        if check.can(session, "core.policy.read")
        else None,
    }


def files(session: Session, record: Record, endpoint: str, *, may_remove: bool) -> list[Any]:
    """List the attachments; each download is a POST because it is written to the audit."""
    zone = context.here().timezone
    return [
        {
            "name": a.name,
            "size": present.file_size(a.blob.size),
            "who": a.uploader.name,
            "when": present.when(a.uploaded_at, zone),
            "url": url_for(f"{endpoint}.file_view", pk=record.id, file_id=a.id),
            "post": True,
            "remove_url": url_for(f"{endpoint}.file_remove_view", pk=record.id, file_id=a.id)
            if may_remove
            else None,
        }
        for a in records.attachments(session, record)
    ]


def comments(session: Session, record: Record) -> list[dict[str, Any]]:
    """List the comments, with the people named in them marked."""
    zone = context.here().timezone
    rows = records.comments(session, record)
    ids = {c.member_id for c in rows} | {m for c in rows for m in c.mentions}
    names = _people(session, ids)
    made = []
    for row in rows:
        html = escape(row.text)
        for key in row.mentions:
            name = names.get(key, ("", ""))[0]
            if name:
                mark = Markup('<b class="at">@{}</b>').format(name)
                html = Markup(str(html).replace(f"@{escape(name)}", str(mark)))  # noqa: S704 -- both escaped
        made.append(
            {
                "who": present.person(*names.get(row.member_id, ("", ""))),
                "when": present.when(row.created_at, zone),
                "html": Markup(str(html).replace("\n", "<br>")),  # noqa: S704 -- escaped above
            }
        )
    return made


def log(session: Session, record: Record, labels: dict[str, str]) -> list[dict[str, Any]]:
    """List what the audit trail says of the record, newest first.

    :param labels: field -> label, for the fields that people know; others are left out.
    """
    zone = context.here().timezone
    made = []
    for entry in audit.for_record(session, record.id, limit=100).acts:
        changes = [
            {"label": labels[c.name], "before": shown(c.before), "after": shown(c.after)}
            for c in entry.fields
            if c.name in labels
        ]
        made.append(
            {
                "when": present.when(entry.at, zone),
                "who": entry.who,
                "action": f"{audit_title(entry.action)} {kind_title(session, entry.kind)}",
                "changes": changes,
                "clause": {"id": entry.clause, "title": entry.clause} if entry.clause else None,
                "note": None,
            }
        )
    return made


def shown(value: Any) -> str | None:
    """Write a value of the audit trail for people."""
    return None if value is None else localize(value)


def kind_title(session: Session, kind: str) -> str:
    """Name a kind of row, where it is a business document; parts keep their technical name."""
    declared = session.registry.kinds.get(kind)
    return str(declared.title) if declared is not None else kind


def audit_title(action: str) -> str:
    """Name an action of the audit trail."""
    match action:
        case "insert":
            return pgettext("audit", "Created")
        case "update":
            return pgettext("audit", "Changed")
        case "delete":
            return pgettext("audit", "Deleted")
        case "export":
            return pgettext("audit", "Exported")
        case "download":
            return pgettext("audit", "Downloaded")
        case "transition":
            return pgettext("audit", "Step taken")
        case "approve":
            return pgettext("trail", "Approved")
        case "handle":
            return pgettext("trail", "Handled")
        case "reject":
            return pgettext("trail", "Rejected")
        case "return":
            return pgettext("trail", "Returned")
        case "withdraw":
            return pgettext("trail", "Withdrawn")
        case "submit":
            return pgettext("trail", "Submitted")
        case "resubmit":
            return pgettext("trail", "Submitted again")
        case "approved":
            return pgettext("audit", "Approval completed")
        case _:
            return action
