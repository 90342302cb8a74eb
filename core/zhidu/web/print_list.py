"""A list on paper: the register (台账) as it is filtered, numbered, with its period and a sign-off line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import jsonify, render_template, request

from zhidu import clock
from zhidu.db import Session
from zhidu.exchange import printing
from zhidu.exchange.printing import PrintColumn, PrintLines
from zhidu.money import show_money
from zhidu.texts import gettext, localize
from zhidu.web import cells, context, filters, present
from zhidu.web.base_view import OfficeView, door
from zhidu.web.listing import CSS_KINDS, Column, Query
from zhidu.web.print_trail import stamp

if TYPE_CHECKING:
    from zhidu.web.list_view import ListView

MOST = 2000
"""Rows on one print; who needs more takes the export."""


@dataclass(frozen=True, slots=True)
class Register:
    """What ``print_list.html`` draws.

    :param period: the days that the filter names, or that it names none.
    :param narrowed: the other filters in force, in words.
    :param cut: there are more rows than are printed.
    """

    company: str
    title: str
    period: str
    narrowed: str
    lines: PrintLines
    cut: bool
    printed_by: str
    printed_at: str


class PrintedList(OfficeView):
    """The print of a list; ``ListView`` derives from it."""

    @door("/print", needs=".read")
    def print_list_view(self) -> str:
        """Show the list as it would be printed: filtered as the address says, oldest row first."""
        return self._register(noted=False)

    @door("/print", "POST", needs=".read")
    def printed_list_view(self) -> Any:
        """Note that the list is printed; a script goes on by itself, others get the sheet."""
        made = build(self, context.session())
        printing.note_register(context.session(), self.kind, len(made.lines.rows))
        if request.accept_mimetypes.best == "application/json":
            return jsonify({"text": ""})
        return self._register(noted=True)

    def print_url(self, query: Query) -> str:
        """Give the address of the print of the list as it stands."""
        tail = query.url(["size"]).partition("?")[2]
        return self.link("print_list_view") + (f"?{tail}" if tail else "")

    def _register(self, *, noted: bool) -> str:
        tail = request.query_string.decode()
        return render_template(
            "zhidu/print_list.html",
            paper=build(self, context.session()),
            back_url=self.link("index_view") + (f"?{tail}" if tail else ""),
            print_url=self.link("printed_list_view") + (f"?{tail}" if tail else ""),
            noted=noted,
        )


def build(view: ListView, session: Session) -> Register:
    """Read the rows of a list, and lay them out."""
    query = view.query()
    columns = view.visible_columns(session)
    order, descending = view._order(query, columns)
    # on paper the newest row stands last, unless another order was chosen
    keys = (
        [view.key.asc()]
        if order is None
        else [key.desc() if descending else key.asc() for key in (order.expr, view.key)]
    )
    statement = view.statement(session, query, columns).order_by(*keys).limit(MOST + 1)
    rows = list(session.execute(statement))
    here = context.here()
    return Register(
        company=here.name,
        title=str(view.title),
        period=_period(view, session, query),
        narrowed=_narrowed(view, session, query),
        lines=PrintLines(
            [PrintColumn(str(c.label), _kind(c)) for c in columns],
            [[_text(c, getattr(row, c.key)) for c in columns] for row in rows[:MOST]],
        ),
        cut=len(rows) > MOST,
        printed_by=context.actor().name,
        printed_at=stamp(clock.now()),
    )


def _kind(column: Column) -> str:
    """Say what a column looks like: a link is a text; its number, if it is one, keeps together."""
    if column.key == "number":
        return "code"
    return "text" if column.kind == "link" else CSS_KINDS.get(column.kind, column.kind)


def _text(column: Column, value: Any) -> str:
    """Write a cell as text."""
    if value is None or value == "":
        return ""
    match column.kind:
        case "tag" | "words":
            return cells.tag_text(column.tags, value)
        case "translated":
            return localize(value)
        case "money":
            return show_money(value, context.here().currency)
        case "number":
            return present.number(value)
        case "time":
            return stamp(value)
        case _:
            return str(value)


def _period(view: ListView, session: Session, query: Query) -> str:
    """Name the days that the filters by day leave, e.g. «Stamped at: 2026-11-01 – 2026-11-30»."""
    days = [f for f in view.filters_of if f.kind == "dates"]
    named = [
        f"{tag['label']}: {tag['value']}"
        for tag in filters.active(days, session, query)
        if tag["label"] in {str(f.label) for f in days}
    ]
    return "; ".join(named) or gettext("no limit")


def _narrowed(view: ListView, session: Session, query: Query) -> str:
    """Name tab, search and the other filters."""
    tab = view.current_tab(query)
    named = [str(tab.label)] if tab is not None and tab is not view.tabs[0] else []
    rest = [f for f in view.filters_of if f.kind != "dates"]
    named += [f"{tag['label']}: {tag['value']}" for tag in filters.active(rest, session, query)]
    return "; ".join(named)
