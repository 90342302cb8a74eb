"""What the page of one record shows: status, files, comments, log, and the acts at hand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from flask import url_for
from markupsafe import Markup, escape

from zhidu.audit import queries as audit
from zhidu.db import Session
from zhidu.errors import ZhiduError
from zhidu.notify import inbox
from zhidu.records import queries as records
from zhidu.records.models import Record
from zhidu.texts import gettext, localize
from zhidu.texts import lazy_gettext as _l
from zhidu.web import (
    context,
    present,
    record_clauses,
    record_editing,
    record_facts,
    record_flow,
    record_path,
    record_story,
)
from zhidu.web.pages import duties_words
from zhidu.web.pages.audit_words import action_title, kind_title
from zhidu.web.record_act_names import Name
from zhidu.web.record_acts import ASIDE, FIRST, Acts
from zhidu.web.record_story import people
from zhidu.workflow import phrases as own_phrases
from zhidu.workflow import queries
from zhidu.workflow.seat_models import PhraseKind

if TYPE_CHECKING:
    from zhidu.web.record_view import RecordView


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
    names = people(session, ids)
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


def editing(view: RecordView, session: Session, row: Any) -> dict[str, Any] | None:
    """Offer the fields that the person's step lets them change, if there are any."""
    found = record_editing.shown(view, session, row)
    if not found:
        return None
    return {
        "fields": found,
        "url": view.link("act_view", pk=row.id),
        "action": str(Name.EDIT),
        "version": row.header.version,
    }


def log(view: RecordView, session: Session, row: Any) -> list[dict[str, Any]]:
    """List what the audit trail says of the record, newest first.

    Changes of fields that people know, and acts; what only moves the engine is left out, and what
    a guard or a step hides from the reader.
    """
    zone = context.here().timezone
    record: Record = row.header
    hidden = record_facts.hidden(view, session, row)
    labels = {
        name: label
        for name, label in {**BASE_LABELS, **view.log_labels}.items()
        if name not in hidden
    }
    made = []
    for entry in audit.for_record(session, record.id, limit=200).acts:
        if entry.kind in UNTOLD:
            continue
        changes = [
            {
                "label": str(labels[c.name]),
                "before": shown(view, c.name, c.before),
                "after": shown(view, c.name, c.after),
            }
            for c in entry.fields
            if c.name in labels
        ]
        if not changes and entry.action in ROW_ACTS and entry.kind not in TOLD:
            continue
        made.append(
            {
                "when": present.when(entry.at, zone),
                "who": entry.who,
                "action": f"{action_title(entry.action)} · {kind_title(session, entry.kind)}",
                "changes": changes,
                "clause": {"id": entry.clause, "title": entry.clause} if entry.clause else None,
                "note": None,
            }
        )
    return made


def shown(view: RecordView, name: str, value: Any) -> str | None:
    """Write a value of the audit trail for people."""
    if value is None:
        return None
    if name == "approval":
        return present.approval_title(value)
    if name == "execution":
        return view.execution_tag(value)["text"]
    if name in view.log_values:
        return str(view.log_values[name](value))
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    text = localize(value)
    return text.rstrip("0").rstrip(".") if FOUR_PLACES.fullmatch(text) else text


def build(
    view: RecordView, session: Session, row: Any, refusal: ZhiduError | None
) -> dict[str, Any]:
    """Make what record.html shows."""
    record: Record = row.header
    actor = context.actor()
    here = view.link("row_view", pk=row.id)
    can_edit = records.can_edit(actor, record)
    acts = Acts(view, session, record)
    shown = acts.decisions()
    aside = acts.beside()
    links = [
        {"label": gettext("Print"), "url": view.link("print_view", pk=row.id), "icon": "print"}
    ]
    if can_edit:
        links.append(
            {"label": gettext("Edit"), "url": view.link("change_view", pk=row.id), "icon": "edit"}
        )
    more = [a for a in shown if a["name"] in ASIDE] + [a for a in aside if a["name"] not in FIRST]
    if records.can_delete(actor, record):
        more.append(
            {
                "name": "delete",
                "label": gettext("Delete draft"),
                "tone": "danger",
                "icon": "trash",
                "url": view.link("delete_record_view", pk=row.id),
                "confirm": gettext("Delete this draft for good?"),
                "version": record.version,
                "key": "",
            }
        )
    kind = session.registry.kinds[view.kind]
    tags = [] if kind.assigned else [present.approval_tag(record.approval)]
    declared = kind.execution
    if kind.assigned or record.execution != declared.initial:
        tags.append(view.execution_tag(record.execution))
    story = record_story.timeline(session, record)
    page = {
        "number": record.number,
        "kind": str(kind.title),
        "icon": kind.icon,
        "tags": tags,
        "applicant": present.person(record.applicant.name, record.department_name),
        "submitted": present.when(record.submitted_at, context.here().timezone),
        "here": here,
        "steps": record_path.steps(session, record),
        "actions": [a for a in aside if a["name"] in FIRST]
        + [a for a in shown if a["name"] not in ASIDE],
        "more": more,
        "links": links,
        "refusal": _refusal(refusal),
        "groups": record_facts.groups(view, session, row),
        "lines": record_facts.lines(view, session, row),
        "editing": editing(view, session, row),
        "timeline": story,
        "files": files(session, record, view.endpoint, may_remove=can_edit),
        "file_upload": {
            "url": view.link("file_add_view", pk=row.id),
            "accept": view.accept,
            "max_mb": 20,
        }
        if can_edit
        else None,
        "comments": comments(session, record),
        "comment_post": {
            "url": view.link("comment_view", pk=row.id),
            "lookup_url": url_for("people.lookup_view"),
        },
        "clauses": record_clauses.clauses(session, record),
        "policy": record_clauses.policy(session, record),
        "sections": record_flow.sections(session, record),
        "log": log(view, session, row),
        "seen_url": view.link("seen_view", pk=row.id) if is_unseen(session, record) else None,
    }
    duties_words.add_tags(session, [(record.id, page)])
    return page


def is_unseen(session: Session, record: Record) -> bool:
    """Tell whether a copy or a notice of this record still counts as unread for the person."""
    me = context.member_id()
    copy = queries.copy_of(session, record.id, me)
    return (copy is not None and copy.read_at is None) or inbox.unread_of(session, me, record.id)


ROW_ACTS = ("insert", "update", "delete")
TOLD = ("core.attachment", "core.comment")
"""Kinds of rows on a record whose making is told even without a labelled field."""

UNTOLD = ("core.record_reader",)
"""Who may read a record follows from its steps, which the log tells."""

PHRASES_FOR = {
    PhraseKind.APPROVE: "approve",
    PhraseKind.REJECT: "reject return",
    PhraseKind.HANDLE: "handle",
}

FOUR_PLACES = re.compile(r"-?\d+\.\d{4}")

BASE_LABELS = {
    "approval": _l("Approval"),
    "execution": _l("Progress"),
    "title": _l("Title"),
    "number": _l("Number"),
}


def phrases(session: Session) -> list[dict[str, str]]:
    """Give the usual opinions of the person, each with the acts for which it is offered."""
    me = context.member_id()
    return [
        {"text": text, "acts": acts}
        for kind, acts in PHRASES_FOR.items()
        for text in own_phrases.offered(session, me, kind)
    ]


def _refusal(error: ZhiduError | None) -> dict[str, str] | None:
    if error is None:
        return None
    source = getattr(error, "source", None)
    return {
        "text": str(error.message),
        "source": str(source.label) if source else "",
        "cure": str(error.cure),
    }
