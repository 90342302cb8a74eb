"""Records of all kinds as the policy sees them: those that a clause governed, those at a step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import redirect, url_for
from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.types import String
from werkzeug.wrappers import Response

from zhidu.access import scope
from zhidu.db import Session
from zhidu.errors import NotFound
from zhidu.org.models import Member
from zhidu.policy import versions
from zhidu.records.models import Record
from zhidu.texts import lazy_gettext as _l
from zhidu.web import context, present
from zhidu.web.base_view import door
from zhidu.web.list_view import ListView
from zhidu.web.listing import Column, Filter, Query, filter_clauses, search_clause
from zhidu.web.pages import policy_counts as counts
from zhidu.web.pages import policy_words as words


class _Having:
    """Something that a record has several of; a filter compares with it as with a column."""

    type = String()

    def __init__(self, criterion: Any) -> None:
        self.criterion = criterion

    def __eq__(self, value: object) -> ColumnElement[bool]:  # type: ignore[override]  # as a column does
        found: ColumnElement[bool] = self.criterion(str(value))
        return found

    __hash__ = None  # type: ignore[assignment]  # compared by the database only


def _kinds() -> list[tuple[str, str]]:
    session = context.session()
    return [
        (name, str(kind.title))
        for name, kind in session.registry.kinds.items()
        if session.registry.owner(name) in session.active_addons | {"core"}
    ]


def _clauses() -> list[tuple[str, str]]:
    session = context.session()
    found = versions.clauses(versions.current(session))
    return [(one.id, f"{one.id} {one.title}") for one in found.values()]


def _steps() -> list[tuple[str, str]]:
    session = context.session()
    version = versions.current(session)
    flows = versions.content(version).flows if version else {}
    return list(
        {
            node.id: f"{node.name} ({words.kind_title(session, kind)})"
            for kind, flow in flows.items()
            for node in flow.every_node()
        }.items()
    )


class PolicyRecordsView(ListView):
    """What the reader may open of all kinds; each row leads to the record's own page."""

    kind = "core.policy"
    model = Record
    exports = ()
    search_columns = (Record.number, Record.title, Member.name, Member.name_key)
    search_hint = _l("Number, title or applicant")
    empty_title = _l("No record was governed by it yet.")
    filters_of = (
        Filter("clause", _l("Clause"), _Having(counts.cites), "choice", _clauses),
        Filter("of", _l("Document"), Record.kind, "choice", _kinds),
        Filter("step", _l("Now at the step"), _Having(counts.at_step), "choice", _steps),
        Filter("submitted", _l("Submitted"), Record.submitted_at, "dates"),
    )

    @property
    def columns(self) -> Sequence[Column]:  # type: ignore[override]  # kinds are named per request
        """Give the columns."""
        session = context.session()
        return (
            Column("title", _l("Title"), Record.title, "link", phone="title"),
            Column("number", _l("Number"), Record.number, "code"),
            Column(
                "kind",
                _l("Document"),
                Record.kind,
                "words",
                lambda kind: present.tag(words.kind_title(session, kind)),
            ),
            Column("applicant", _l("Applicant"), Member.name, "person"),
            Column(
                "approval",
                _l("Approval"),
                Record.approval,
                "tag",
                present.approval_tag,
                phone="tag",
            ),
            Column("submitted_at", _l("Submitted"), Record.submitted_at, "time"),
        )

    def statement(self, session: Session, query: Query, columns: Sequence[Column]) -> Select[Any]:
        """Read the headers of all kinds that the person may open."""
        base = (
            select(Record.id.label("id"), *(one.expr.label(one.key) for one in columns))
            .join(Member, Member.id == Record.applicant_id)
            .where(scope.visible_records(session), Record.submitted_at.is_not(None))
        )
        for criterion in filter_clauses(self.filters_of, query, context.here().timezone):
            base = base.where(criterion)
        if query.get("q"):
            base = base.where(search_clause(query.get("q"), self.search_columns))
        return base

    def lookup(self, _session: Session, _text: str) -> list[dict[str, Any]]:
        """Nothing is chosen out of this list."""
        return []

    @door("/<int:pk>", needs=".read")
    def row_view(self, pk: int) -> Response:
        """Lead to the record's own page."""
        session = context.session()
        kind = session.scalar(
            select(Record.kind).where(Record.id == pk, scope.visible_records(session))
        )
        if kind is None:
            raise NotFound
        return redirect(record_url(session, kind, pk))


def record_url(session: Session, kind: str, pk: int) -> str:
    """Give the address of a record's page; nothing where its addon is not loaded."""
    declared = session.registry.kinds.get(kind)
    return url_for(f"{declared.endpoint}.row_view", pk=pk) if declared else ""


def list_url(**values: Any) -> str:
    """Give the address of the list with these filters."""
    return str(url_for("policy_records.index_view", **values))
