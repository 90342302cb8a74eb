"""Deadlines that were missed, over the records of all kinds that the reader may open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import redirect, url_for
from sqlalchemy import Select, case, literal, select
from werkzeug.wrappers import Response

from zhidu.access import scope
from zhidu.clock import now
from zhidu.db import Session
from zhidu.errors import NotFound
from zhidu.org.models import Member
from zhidu.policy.deadline_models import Deadline
from zhidu.records.models import Record
from zhidu.texts import gettext
from zhidu.texts import lazy_gettext as _l
from zhidu.web import context, present
from zhidu.web.base_view import door
from zhidu.web.list_view import ListView
from zhidu.web.listing import Column, Filter, Tab
from zhidu.web.pages.policy_records import record_url


def _missed() -> Any:
    """Judge by the clock: the job notes a miss some minutes later."""
    return Deadline.missed | (Deadline.stopped_at.is_(None) & (Deadline.due_at < now()))


def _state(value: str) -> dict[str, str]:
    if value == "late":
        return present.tag(gettext("done late"), "warn")
    if value == "missed":
        return present.tag(gettext("still open"), "bad")
    return present.tag(gettext("running"), "info")


class MissedView(ListView):
    """Each clock of a record; the page begins with those that were missed."""

    kind = "core.deadline"
    model = Deadline
    empty_title = _l("No deadline was missed.")
    empty_icon = "clock"
    search_columns = (Record.number, Record.title, Deadline.title, Member.name, Member.name_key)
    search_hint = _l("Number, title, deadline or person")
    tabs = (
        Tab("missed", _l("Missed"), lambda _session: _missed()),
        Tab(
            "open",
            _l("Still open"),
            lambda _session: _missed() & Deadline.stopped_at.is_(None),
        ),
        Tab("running", _l("Running"), lambda _session: Deadline.stopped_at.is_(None) & ~_missed()),
    )
    filters_of = (
        Filter(
            "person",
            _l("Person"),
            Deadline.member_id,
            "person",
            lookup=lambda: url_for("people.lookup_view"),
            who=lambda session, key: getattr(session.get(Member, key), "name", ""),
        ),
        Filter("clause", _l("Clause"), Deadline.clause, "text"),
        Filter("due", _l("Due"), Deadline.due_at, "dates"),
    )

    @property
    def columns(self) -> Sequence[Column]:  # type: ignore[override]  # the state is judged by the clock
        """Give the columns."""
        state = case(
            (Deadline.stopped_at.is_not(None), literal("late")),
            (Deadline.due_at < now(), literal("missed")),
            else_=literal("running"),
        )
        return (
            Column("title", _l("Record"), Record.title, "link", phone="title"),
            Column("state", _l("Status"), state, "tag", _state, phone="tag"),
            Column("deadline", _l("Deadline"), Deadline.title),
            Column("clause", _l("Clause"), Deadline.clause, "code"),
            Column("due_at", _l("Due"), Deadline.due_at, "time", sort=True),
            Column("stopped_at", _l("Done at"), Deadline.stopped_at, "time"),
            Column("person", _l("Person"), Member.name, "person"),
            Column("department", _l("Department"), Record.department_name, phone="hide"),
            Column("number", _l("Number"), Record.number, "code", phone="hide"),
        )

    def source(self, statement: Select[Any], session: Session) -> Select[Any]:
        """Join the record, which the reader must be allowed to open, and whose it is."""
        return (
            statement.select_from(Deadline)
            .join(Record, Record.id == Deadline.record_id)
            .join(Member, Member.id == Deadline.member_id)
            .where(scope.visible_records(session))
        )

    @door("/<int:pk>", needs=".read")
    def row_view(self, pk: int) -> Response:
        """Lead to the record's own page."""
        session = context.session()
        row = session.execute(
            select(Record.id, Record.kind)
            .join(Deadline, Deadline.record_id == Record.id)
            .where(Deadline.id == pk, scope.visible_records(session))
        ).one_or_none()
        if row is None:
            raise NotFound
        return redirect(record_url(session, row.kind, row.id))
