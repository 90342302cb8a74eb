"""The audit trail of the company: who did what, before and after; guarded values are masked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from flask import url_for
from markupsafe import Markup
from sqlalchemy import Select, select

from zhidu.audit.labels import KINDS
from zhidu.audit.models import AuditEntry
from zhidu.audit.queries import fields_of
from zhidu.db import Session
from zhidu.org.models import Member
from zhidu.policy.models import PolicyVersion
from zhidu.records.models import Record
from zhidu.texts import gettext
from zhidu.texts import lazy_gettext as _l
from zhidu.web import cells, context, present
from zhidu.web.base_view import door
from zhidu.web.listing import Column, Filter
from zhidu.web.pages import audit_words as words
from zhidu.web.pages.audit_values import kind_title
from zhidu.web.pages.core_view import CoreView
from zhidu.web.pages.parts import sheet, table
from zhidu.web.pages.version_names import version_name


def _kinds() -> list[tuple[str, str]]:
    """Offer all kinds that somebody names, by title."""
    session = context.session()
    known = {*KINDS, *session.registry.kinds, *session.registry.resources}
    found = [(kind, kind_title(session, kind)) for kind in known]
    return sorted(found, key=lambda item: (item[1], item[0]))


def _actions() -> list[tuple[str, str]]:
    return [(action, words.action_title(action)) for action in words.ACTIONS]


def _doors() -> list[tuple[str, str]]:
    return [(str(source), words.door_title(source)) for source in words.DOORS]


def _people() -> str:
    return url_for("people.lookup_view")


def _name(session: Session, member_id: int) -> str:
    return session.scalar(select(Member.name).where(Member.id == member_id)) or ""


class AuditView(CoreView):
    """The trail, newest first; nobody can change it."""

    verbs = {".read": "core.audit.read", ".export": "core.audit.read"}
    kind = "core.audit"
    model = AuditEntry
    exports = ("xlsx", "csv")
    search_columns = ()
    empty_title = _l("Nothing has happened yet.")
    empty_icon = "history"
    columns = (
        Column("at", _l("Time"), AuditEntry.at, "time"),
        Column("actor_name", _l("Who"), AuditEntry.actor_name, "person"),
        Column("action", _l("What"), AuditEntry.action, "tag", phone="title"),
        Column("about", _l("Kind of row"), AuditEntry.kind, "words"),
        Column("row_id", _l("Row id"), AuditEntry.row_id, "number", phone="hide"),
        Column("changes", _l("Before → after"), AuditEntry.changes),
        Column("clause", _l("Clause"), AuditEntry.clause, phone="hide"),
        Column("source", _l("By way of"), AuditEntry.source, "words", phone="hide"),
    )
    filters_of = (
        Filter("member", _l("Who"), AuditEntry.member_id, "person", lookup=_people, who=_name),
        Filter("about", _l("Kind of row"), AuditEntry.kind, "choice", _kinds),
        Filter("action", _l("What"), AuditEntry.action, "choice", _actions),
        Filter("source", _l("By way of"), AuditEntry.source, "choice", _doors),
        Filter("at", _l("Day"), AuditEntry.at, "dates"),
    )

    def source(self, statement: Select[Any], _session: Session) -> Select[Any]:
        """Read the trail only."""
        return statement.select_from(AuditEntry)

    def _draw(self, rows: Sequence[Any], columns: Sequence[Column], *, checks: bool) -> Markup:
        """Draw the rows; masks and words need code."""
        session, zone = context.session(), context.here().timezone
        reader, base = words.Reader(session), self.link("index_view")
        fields = {row.id: tuple(fields_of(row.changes)) for row in rows}
        reader.prepare((row.about, fields[row.id]) for row in rows)
        labels = {c.key: str(c.label) for c in columns}
        return Markup("").join(
            ROW.format(
                base=base,
                id=row.id,
                time=cells.time(row.at, zone),
                who=cells.person(row.actor_name) if row.actor_name else "–",
                what=cells.tag(words.action_tag, row.action),
                about=kind_title(session, row.about),
                row="–" if row.row_id is None else row.row_id,
                row_css="" if row.row_id is not None else " c-empty",
                changes=changes or "–",
                changes_css="" if changes else " c-empty",
                clause=row.clause or "–",
                door=words.door_title(row.source),
                **{f"l_{key}": label for key, label in labels.items()},
            )
            for row in rows
            for changes in (words.lines(reader.changes(row.about, fields[row.id]), most=4),)
        )

    def _export_row(self, columns: Sequence[Column], row: Any) -> list[Any]:
        """Write an act in words, masked as on the page."""
        session = context.session()
        if "audit_reader" not in session.info:
            session.info["audit_reader"] = words.Reader(session)
        reader: words.Reader = session.info["audit_reader"]
        changes = reader.changes(row.about, fields_of(row.changes))
        written = {
            "action": words.action_title(row.action),
            "about": kind_title(session, row.about),
            "changes": words.plain_lines(changes),
            "source": words.door_title(row.source),
        }
        return [written.get(c.key, getattr(row, c.key)) for c in columns]

    @door("/<int:pk>", needs=".read")
    def row_view(self, pk: int) -> str:
        """Show one act with all that is known of it."""
        session = context.session()
        row: AuditEntry = self.load(session, pk)
        fields = tuple(fields_of(row.changes))
        reader = words.Reader(session)
        reader.prepare([(row.kind, fields)])
        changes = [("", (c.label, c.before, c.after)) for c in reader.changes(row.kind, fields)]
        behalf = _name(session, row.on_behalf_of) if row.on_behalf_of else ""
        version = session.get(PolicyVersion, row.policy_version_id or 0)
        policy = version and Markup('<a href="{}">{}</a>').format(
            url_for("policy.row_view", pk=version.id), version_name(version)
        )
        facts = sheet(
            (
                (
                    _l("Time"),
                    row.at.astimezone(context_zone()).isoformat(sep=" ", timespec="seconds"),
                ),
                (_l("Who"), row.actor_name),
                (_l("On behalf of"), behalf),
                (_l("By way of"), words.door_title(row.source)),
                (_l("Kind of row"), kind_title(session, row.kind)),
                (_l("Row id"), row.row_id),
                (_l("Record"), self._record(session, row)),
                (_l("Clause"), row.clause),
                (_l("Policy version"), policy),
                (_l("Request"), row.request_id),
            )
        )
        block = table(
            ((_l("Field"), "text", "title"), (_l("Before"), "text"), (_l("After"), "text")),
            changes,
            title=_l("Fields"),
            empty={"icon": "history", "title": gettext("No field was changed.")},
        )
        page = {
            "kind": gettext("Audit trail"),
            "icon": "history",
            "tags": [words.action_tag(row.action)],
            "meta": [row.actor_name, (present.when(row.at, context.here().timezone) or {})["text"]],
            "here": self.link("row_view", pk=pk),
            "panes": [{"id": "act", "label": gettext("Act"), "blocks": [facts, block]}],
        }
        title = f"{kind_title(session, row.kind)} · {words.action_title(row.action)}"
        return self.show("zhidu/detail.html", title, page=page, crumbs=self.crumbs())

    def _record(self, session: Session, row: AuditEntry) -> Any:
        """Link the business document, for those who may read it there."""
        record = session.get(Record, row.record_id) if row.record_id else None
        kind = session.registry.kinds.get(record.kind) if record is not None else None
        if record is None:
            return row.record_id
        text = record.number or record.title
        if kind is None:
            return text
        return Markup('<a href="{}">{}</a>').format(
            url_for(f"{kind.endpoint}.row_view", pk=record.id), text
        )


def context_zone() -> ZoneInfo:
    """Give the company's time zone."""
    return ZoneInfo(context.here().timezone)


ROW = Markup(
    '<tr data-href="{base}{id}"><td class="k-date" data-label="{l_at}"><a href="{base}{id}">{time}</a></td>'
    '<td class="k-person" data-label="{l_actor_name}">{who}</td>'
    '<td class="k-tag c-title" data-label="{l_action}">{what}</td>'
    '<td class="k-text" data-label="{l_about}">{about}</td>'
    '<td class="k-number c-hide{row_css}" data-label="{l_row_id}">{row}</td>'
    '<td class="k-html{changes_css}" data-label="{l_changes}">{changes}</td>'
    '<td class="k-text c-hide" data-label="{l_clause}">{clause}</td>'
    '<td class="k-text c-hide" data-label="{l_source}">{door}</td></tr>'
)
