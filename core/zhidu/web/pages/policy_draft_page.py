"""What the page of one draft shows: findings with links to their field, changes, flows, text, steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from flask import url_for

from zhidu.db import Session
from zhidu.errors import ZhiduError
from zhidu.policy import drafts, versions
from zhidu.policy.apply import Plan
from zhidu.policy.models import DraftStatus, PolicyDraft
from zhidu.policy.problems import PolicyProblem, Severity
from zhidu.texts import gettext
from zhidu.texts import lazy_gettext as _l
from zhidu.web import context, present
from zhidu.web.pages import policy_edit as edit
from zhidu.web.pages import policy_tree as tree
from zhidu.web.pages import policy_words as words
from zhidu.web.pages.parts import sheet, table
from zhidu.web.pages.policy_draw import block
from zhidu.web.pages.policy_step_form import INPUTS

if TYPE_CHECKING:
    from zhidu.web.pages.policy_publish import PolicyPublishPages


def build(view: PolicyPublishPages, session: Session, draft: PolicyDraft) -> dict[str, Any]:
    """Make what the page shows."""
    made, late = _plan(session, draft)
    open_ = edit.is_open(draft)
    problems = list(made.problems) if made else []
    steps = edit.history(session, draft)
    panes = [
        {
            "id": "findings",
            "label": gettext("Findings"),
            "count": len(problems),
            "blocks": [_findings(draft, problems, late)],
        },
        {"id": "flows", "label": gettext("Flows"), "blocks": [_flows(session, draft)]},
        {"id": "changes", "label": gettext("Changes"), "blocks": [_changes(session, made)]},
        {
            "id": "text",
            "label": gettext("As YAML"),
            "blocks": [{"type": "html", "html": block("yaml", draft.source)}],
        },
        {"id": "steps", "label": gettext("Steps"), "blocks": [_steps(steps)]},
    ]
    page: dict[str, Any] = {
        "kind": gettext("Draft of the policy"),
        "icon": "book",
        "tags": [words.status_tag(draft.status)],
        "meta": [
            gettext("by %(name)s", name=draft.made_name) if draft.made_name else "",
            gettext("in force from %(day)s", day=draft.effective.isoformat())
            if draft.effective
            else "",
        ],
        "here": view.link("row_view", pk=draft.id),
        "panes": panes,
        "links": [],
        "posts": [],
        "more": [],
        "side": {"title": gettext("About this draft"), "blocks": [_side(draft, problems)]},
    }
    if open_:
        _acts(view, draft, page, undo=len(steps) > 1)
    return page


def _plan(session: Session, draft: PolicyDraft) -> tuple[Plan | None, str]:
    """Check the draft; a day that is over is told like a finding."""
    try:
        return drafts.plan(session, draft), ""
    except ZhiduError as error:
        return None, str(error)


def _acts(
    view: PolicyPublishPages, draft: PolicyDraft, page: dict[str, Any], *, undo: bool
) -> None:
    me = context.member_id()
    proposed = draft.status is DraftStatus.PROPOSED
    link = view.link
    if proposed and draft.proposed_by != me:
        page["links"].append(
            {"label": gettext("Decline"), "url": link("decline_view", pk=draft.id), "icon": "x"}
        )
        page["posts"].append(
            {
                "label": gettext("Confirm"),
                "url": link("confirm_view", pk=draft.id),
                "icon": "check",
                "tone": "primary",
                "confirm": gettext("Publish exactly what was proposed?"),
            }
        )
    if proposed:
        text = gettext(
            "%(name)s proposed it. Another person who may edit the policy confirms it; a change of"
            " the text takes the proposal back.",
            name=draft.proposed_name,
        )
        page["note"] = present.tag(text, "info")
    if undo:
        page["posts"].insert(
            0,
            {
                "label": gettext("Undo the last step"),
                "url": link("undo_view", pk=draft.id),
                "icon": "undo",
            },
        )
    page["links"].insert(
        0, {"label": gettext("As text"), "url": link("text_view", pk=draft.id), "icon": "edit"}
    )
    page["links"].insert(
        1,
        {
            "label": gettext("Try on past requests"),
            "url": link("preview_view", pk=draft.id),
            "icon": "history",
        },
    )
    if not proposed:
        page["links"].append(
            {
                "label": gettext("Publish …"),
                "url": link("publish_view", pk=draft.id),
                "icon": "send",
                "tone": "primary",
            }
        )
    page["more"].append(
        {
            "label": gettext("Discard"),
            "url": link("withdraw_view", pk=draft.id),
            "icon": "trash",
            "tone": "danger",
            "confirm": gettext("Discard the draft?"),
        }
    )


def _findings(draft: PolicyDraft, problems: list[PolicyProblem], late: str) -> dict[str, Any]:
    if late:
        return {"type": "note", "tone": "bad", "text": late}
    if not problems:
        return {
            "type": "note",
            "tone": "good",
            "text": gettext("Nothing to remark: the draft can be published."),
        }
    return {"type": "html", "html": block("problems", findings(draft, problems))}


def findings(draft: PolicyDraft, problems: list[PolicyProblem]) -> list[dict[str, Any]]:
    """Say each finding with a link to the field that mends it, the worst first."""
    data = _readable(draft)
    order = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}
    return [
        {
            "tag": severity_tag(one.severity),
            "message": str(one.message),
            "cure": str(one.cure),
            "path": one.path,
            "is_note": one.severity is Severity.NOTE,
            "place": _place(data, one.path),
            "url": _field_url(draft, data, one.path),
        }
        for one in sorted(problems, key=lambda one: order[one.severity])
    ]


def severity_tag(severity: Severity) -> dict[str, str]:
    """Say how much a finding weighs."""
    match severity:
        case Severity.ERROR:
            return present.tag(gettext("error"), "bad")
        case Severity.WARNING:
            return present.tag(gettext("warning"), "warn")
        case Severity.NOTE:
            return present.tag(gettext("note"), "info")


def _readable(draft: PolicyDraft) -> dict[str, Any]:
    try:
        return edit.whole(draft)
    except ZhiduError:
        return {}


def _place(data: Mapping[str, Any], path: str) -> str:
    """Name the place of a finding by the names of its steps."""
    parts = path.split("/")
    if parts[0] == "flows" and len(parts) > 1:
        ident, key = tree.path_of(data, parts[1], path)
        if ident:
            step = tree.find(edit.flow_of(data, parts[1]), ident)
            return " · ".join(filter(None, (parts[1], str(step.get("name") or ident), key)))
    if parts[0] == "clauses" and len(parts) > 1 and parts[1].isdecimal():
        clauses = data.get("clauses") or []
        index = int(parts[1])
        if index < len(clauses):
            return " · ".join([str(clauses[index].get("id", path)), *parts[2:]])
    return path or gettext("the whole text")


def _field_url(draft: PolicyDraft, data: Mapping[str, Any], path: str) -> str:
    """Give the address of the field that a finding is about; nothing where only text helps."""
    parts = path.split("/")
    if parts[0] != "flows" or len(parts) < 2 or not edit.is_open(draft):
        return ""
    kind = parts[1]
    ident, key = tree.path_of(data, kind, path)
    if ident:
        step = tree.find(edit.flow_of(data, kind), ident)
        method = "step_view" if "id" in step else "branch_view"
        url = url_for(f"policy_flow.{method}", pk=draft.id, kind=kind, ident=ident)
        return f"{url}#{INPUTS.get(key, key)}" if key else str(url)
    return str(url_for("policy_flow.flow_view", pk=draft.id, kind=kind))


def _flows(session: Session, draft: PolicyDraft) -> dict[str, Any]:
    try:
        data = edit.whole(draft)
    except ZhiduError as error:
        return {"type": "note", "tone": "warn", "text": str(error)}
    flows = data.get("flows") if isinstance(data.get("flows"), dict) else {}
    rows = [
        (
            url_for("policy_flow.flow_view", pk=draft.id, kind=kind),
            [words.kind_title(session, kind), kind, str(len(tree.idents(flow)))],
        )
        for kind, flow in (flows or {}).items()
        if isinstance(flow, dict)
    ]
    without = [name for name in session.registry.kinds if name not in (flows or {})]
    found = table(
        (
            (_l("Document"), "link", "title"),
            (_l("Sort"), "text", "hide"),
            (_l("Steps"), "number"),
        ),
        rows,
        empty={"icon": "tree", "title": gettext("No flow is stated.")},
    )
    links = [
        {
            "label": words.kind_title(session, name),
            "url": url_for("policy_flow.flow_view", pk=draft.id, kind=name),
        }
        for name in without
    ]
    extra = block("more_flows", links) if links and edit.is_open(draft) else ""
    return {"type": "html", "html": block("block", found) + extra}


def changes(session: Session, made: Plan | None) -> list[dict[str, str]]:
    """Say what publishing a draft would change."""
    if made is None or made.errors or made.reading.content is None:
        return []
    base = versions.current(session, made.effective)
    return words.changes(session, base, words.draft(made.reading.content, base))


def _changes(session: Session, made: Plan | None) -> dict[str, Any]:
    if made is None or made.errors:
        text = gettext("What it changes is told when the errors are mended.")
        return {"type": "note", "tone": "info", "text": text}
    lines = changes(session, made)
    if not lines:
        return {"type": "note", "tone": "info", "text": gettext("It says what holds already.")}
    return {"type": "html", "html": block("changes", lines)}


def _steps(steps: list[edit.Step]) -> dict[str, Any]:
    zone = context.here().timezone
    rows = [
        ("", [str(number), step.who, present.when(step.at, zone)])
        for number, step in reversed(list(enumerate(steps, 1)))
    ]
    columns = ((_l("Step"), "text", "title"), (_l("Who"), "text"), (_l("When"), "time"))
    return table(columns, rows, hint=gettext("Each save is a step; the newest stands first."))


def _side(draft: PolicyDraft, problems: list[PolicyProblem]) -> dict[str, Any]:
    zone = context.here().timezone
    when = present.when(draft.changed_at, zone) or {"text": ""}
    count = dict.fromkeys(Severity, 0)
    for one in problems:
        count[one.severity] += 1
    rows: list[Any] = [
        (_l("Last changed"), when["text"]),
        (_l("Errors"), str(count[Severity.ERROR])),
        (_l("Warnings"), str(count[Severity.WARNING])),
        (_l("Notes"), str(count[Severity.NOTE])),
    ]
    if draft.reason:
        rows.append((_l("Declined because"), draft.reason))
    return sheet(rows, columns=1)
