"""Leave statistics: days taken by kind of leave, per department or per month (PN-5.1.2-4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from babel.dates import get_month_names
from flask import Response, abort, request, send_file

from zhidu import clock
from zhidu.db import Session
from zhidu.exchange.exporter import Sheet, export
from zhidu.texts import current_locale, gettext, localize
from zhidu.web import context, present
from zhidu.web.base_view import OfficeView, door, one_of
from zhidu_hr import reporting
from zhidu_hr.reporting import Table

GROUPS = ("department", "month")


class LeaveStatisticsView(OfficeView):
    """Days of approved leave in a year, in the person's scope."""

    kind = "hr.leave_request"

    @door("/", needs=".report")
    def index_view(self) -> str:
        """Show the table of a year."""
        session = context.session()
        year, group = self._year(), self._group()
        table = reporting.table(session, year, group)
        heads = self._heads(session, table, group)
        rows = self._rows(table, group)
        totals = [
            {"label": gettext("Days in all"), "value": present.number(table.total)},
            {"label": gettext("Requests"), "value": present.number(table.requests)},
        ]
        page = {
            "tabs": [
                {
                    "label": self._group_label(name),
                    "url": self.link("index_view", year=year, group=name),
                    "current": name == group,
                }
                for name in GROUPS
            ],
            "action": self.link("index_view"),
            "hidden": [("group", group)],
            "filters": [
                {
                    "kind": "choice",
                    "name": "year",
                    "label": gettext("Year"),
                    "value": str(year),
                    "options": [(str(y), str(y)) for y in reporting.years(session, year)],
                }
            ],
            "active": [],
            "columns": [
                {"key": str(n), "label": head, "kind": "number" if n else "text", "phone": phone}
                for n, head in enumerate(heads)
                for phone in (("title",) if n == 0 else (None,))
            ],
            "rows": [
                {"id": n, "cells": [row[0], *(present.number(v) for v in row[1:])]}
                for n, row in enumerate(rows, 1)
            ],
            "exports": [
                {
                    "label": gettext("Export %(type)s", type=kind),
                    "url": self.link("export_view", file_type=kind, year=year, group=group),
                }
                for kind in ("xlsx", "csv")
            ],
            "summary": totals if rows else None,
            "next": self.link("index_view", year=year, group=group),
            "empty": {
                "icon": "leave",
                "title": gettext("No approved leave in %(year)s.", year=year),
                "text": gettext("Choose another year, or come back when leave was approved."),
            },
        }
        return self.show("zhidu/list.html", self.title, page=page)

    @door("/export/<file_type>", "POST", needs=".report")
    def export_view(self, file_type: str) -> Response:
        """Write the table of a year into a file; audited."""
        if file_type not in ("xlsx", "csv"):
            abort(404)
        session = context.session()
        year, group = self._year(), self._group()
        table = reporting.table(session, year, group)
        heads = self._heads(session, table, group)
        sheet = Sheet(
            title=f"{self.title} {year}",
            heads=heads,
            kinds=["text", *["number"] * (len(heads) - 1)],
            rows=self._rows(table, group),
        )
        made = export(session, sheet, file_type, kind=self.kind, zone=context.here().timezone)
        return send_file(made.stream, made.media_type, as_attachment=True, download_name=made.name)

    def _year(self) -> int:
        this = clock.today(context.here().timezone).year
        asked = request.args.get("year", "")
        return int(asked) if asked.isdecimal() and 1990 <= int(asked) <= 2199 else this

    def _group(self) -> str:
        return one_of(request.args.get("group"), GROUPS, GROUPS[0])

    def _group_label(self, group: str) -> str:
        return gettext("By department") if group == "department" else gettext("By month")

    def _heads(self, session: Session, table: Table, group: str) -> list[str]:
        first = gettext("Department") if group == "department" else gettext("Month")
        names = reporting.type_names(session, table.types)
        return [first, *(localize(names[key]) for key in table.types), gettext("Days in all")]

    def _rows(self, table: Table, group: str) -> Sequence[list[Any]]:
        months = get_month_names("wide", locale=current_locale())
        return [
            [
                str(months[int(key)]) if group == "month" else table.labels[key] or "–",
                *(table.days.get((key, kind)) for kind in table.types),
                table.of_row(key),
            ]
            for key in table.keys
        ]
