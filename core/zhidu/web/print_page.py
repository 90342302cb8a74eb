"""The sheet of one record: what its page shows, arranged as the paper form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import segno
from markupsafe import Markup

from zhidu import clock, hooks
from zhidu.db import Session
from zhidu.events import PrintQuery
from zhidu.exchange import printing
from zhidu.exchange.printing import PrintBox, PrintCell, PrintColumn, PrintGrid, PrintLines
from zhidu.exchange.printing_words import in_words
from zhidu.records import queries as records
from zhidu.records.models import Approval, Record
from zhidu.texts import enumerate_texts, gettext, ngettext, pgettext
from zhidu.web import context, present, print_trail, record_clauses, record_facts

if TYPE_CHECKING:
    from zhidu.web.print_view import PrintedRecord


@dataclass(slots=True)
class Paper:
    """What ``print.html`` draws; an addon's view may change it in ``paper``.

    :param mark: what the sheet is not yet, or no longer: «not finished», «voided».
    :param number: which printing this is; the page, before it is printed, shows the next one.
    """

    company: str
    title: str
    number: str
    day: str
    code: str
    mark: str
    grids: Sequence[PrintGrid]
    lines: Sequence[PrintLines]
    boxes: Sequence[PrintBox]
    notes: Sequence[str]
    clauses: Sequence[Mapping[str, Any]]
    policy: str
    printed_by: str
    printed_at: str
    printing: int
    others: PrintLines | None = None


def build(view: PrintedRecord, session: Session, row: Any, printing_number: int) -> Paper:
    """Arrange a record that the person may read."""
    record: Record = row.header
    parts = hooks.provide_print_parts(session, PrintQuery(session, context.actor(), record))
    form = [_grid(group) for group in record_facts.groups(view, session, row)]
    tables = [_lines(table) for table in record_facts.lines(view, session, row)]
    policy = record_clauses.policy(session, record)
    return Paper(
        company=context.here().name,
        title=str(session.registry.kinds[view.kind].title),
        number=record.number or "",
        day=print_trail.stamp(record.submitted_at)[:10],
        code=code_of(view.link("row_view", pk=record.id, _external=True)),
        mark=mark_of(record),
        grids=[_head(view, session, record), *printing.joined(form, parts, PrintGrid)],
        lines=printing.joined(tables, parts, PrintLines),
        boxes=print_trail.boxes(session, record),
        others=print_trail.others(session, record),
        notes=[str(n.text) for n in printing.joined([], parts, printing.PrintNote)],
        clauses=record_clauses.clauses(session, record),
        policy=gettext(
            "%(title)s, version %(version)s, in force since %(day)s",
            title=policy["title"],
            version=policy["version"],
            day=policy["since"],
        )
        if policy
        else "",
        printed_by=context.actor().name,
        printed_at=print_trail.stamp(clock.now()),
        printing=printing_number,
    )


def code_of(address: str) -> str:
    """Draw an address as QR code: a ``data:`` address of an SVG, which both browser and PDF know."""
    made: str = segno.make(address, error="m", micro=False).svg_data_uri(border=0, scale=4)
    return made


def mark_of(record: Record) -> str:
    """Say in one word why the sheet is no finished document; empty when it is one."""
    match record.approval:
        case Approval.APPROVED:
            return "" if record.ended_at else pgettext("print", "Not finished")
        case Approval.IN_APPROVAL | Approval.RETURNED:
            return pgettext("print", "Not finished")
        case _:
            return present.approval_title(record.approval)


def _head(view: PrintedRecord, session: Session, record: Record) -> PrintGrid:
    """Name who asks, from where, when, how far it came, and what is attached."""
    state = [present.approval_title(record.approval)]
    declared = session.registry.kinds[view.kind].execution
    if record.execution != declared.initial:
        state.append(str(declared.states.get(record.execution, record.execution)))
    cells = [
        PrintCell(gettext("Applicant"), record.applicant.name, kind="person"),
        PrintCell(gettext("Department"), record.department_name),
        PrintCell(gettext("Submitted"), print_trail.stamp(record.submitted_at), kind="date"),
        PrintCell(gettext("Status"), enumerate_texts(state)),
        PrintCell(gettext("Title"), record.title, wide=True),
    ]
    files = [one.name for one in records.attachments(session, record)]
    if files:
        count = ngettext(
            "%(num)s file: %(names)s",
            "%(num)s files: %(names)s",
            len(files),
            names=enumerate_texts(files),
        )
        cells.append(PrintCell(gettext("Attachments"), count, wide=True))
    return PrintGrid(cells)


def _grid(group: Mapping[str, Any]) -> PrintGrid:
    cells: list[PrintCell] = []
    for field in group["fields"]:
        cells += _cells(field)
    return PrintGrid(cells, group.get("title") or "")


def _cells(field: Mapping[str, Any]) -> list[PrintCell]:
    """Make a field's cell, and below an amount of money the same in words."""
    value = plain(field["person"]["name"] if field.get("person") else field.get("value"))
    if value and field.get("unit"):
        value = f"{value} {field['unit']}"
    amount = field.get("amount")
    cell = PrintCell(
        field["label"], value, bool(field.get("wide")), field.get("kind") or "text", amount
    )
    if amount is None:
        return [cell]
    words = in_words(amount, context.here().currency)
    return [cell, PrintCell(gettext("In words"), words, wide=True)] if words else [cell]


def _lines(table: Mapping[str, Any]) -> PrintLines:
    totals: list[PrintCell] = []
    for field in table.get("totals") or ():
        totals += _cells(field)
    return PrintLines(
        [PrintColumn(c["label"], c.get("kind") or "text") for c in table["columns"]],
        [[plain(value) for value in row] for row in table["rows"]],
        table.get("title") or "",
        totals,
    )


def plain(value: Any) -> str:
    """Give a value of the page as text: markup loses its tags, an instant its nearness."""
    if value is None:
        return ""
    if isinstance(value, Markup):
        return value.striptags()
    if isinstance(value, datetime):
        return print_trail.stamp(value)
    return str(value)
