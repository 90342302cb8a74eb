"""The pages of the demo request with an amount and detail rows, and readers of what is printed."""

from __future__ import annotations

import re
from html import unescape
from io import BytesIO
from typing import Any

from pypdf import PdfReader
from tests.core.hook_stage import DemoView, answering
from tests.core.workflow_house import KIND, DemoRequest, Office
from werkzeug.test import TestResponse

from zhidu import Column, Permission, Resource, View, show_number
from zhidu.audit import queries as audit

AT = "demo/request"


class PaperView(DemoView):
    """The demo request with an amount that may be guarded, and detail rows."""

    more_columns = (Column("amount", "Amount", DemoRequest.amount, "money"),)

    def facts(self, _session: Any, row: DemoRequest) -> list[dict[str, Any]]:
        """Show an amount and a note."""
        amount = {
            "name": "amount",
            "label": "Amount",
            "value": show_number(row.amount),
            "kind": "money",
            "amount": row.amount,
        }
        return [{"title": "Request", "fields": [amount, {"label": "Note", "value": row.note}]}]

    def lines(self, _session: Any, row: DemoRequest) -> list[dict[str, Any]]:
        """Show as many rows as the note asks for."""
        count = int(row.note or 0) if row.note.isdecimal() else 0
        columns = [{"label": "Thing", "kind": "text"}, {"label": "Price", "name": "amount"}]
        rows = [[f"thing {i}", f"{i}.50 each"] for i in range(count)]
        return [{"title": "Things", "columns": columns, "rows": rows}] if count else []


def papers(**more: Any) -> dict[str, Any]:
    """Give the hooks that offer these pages."""
    view = View(lambda: PaperView("demo_request", "/demo/request", "Demos"), "Demos", "Demo")
    return {"provide_views": lambda: [view], **more}


def words(answer: TestResponse) -> str:
    """Give the text of a page."""
    assert answer.status_code == 200, answer.text[-2000:]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", answer.text)))


def pdf_of(answer: TestResponse) -> tuple[int, str]:
    """Give the pages of a PDF and its text."""
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf"), answer.text[-2000:]
    pages = PdfReader(BytesIO(answer.data)).pages
    return len(pages), "\n".join(page.extract_text() for page in pages)


def printings(office: Office, record_id: int) -> list[dict[str, Any]]:
    """Read what the audit says of the printings of a record, oldest first."""
    with office.db.read(office.system) as session:
        acts = audit.for_record(session, record_id).acts
        found = [{f.name: f.after for f in act.fields} for act in acts if act.action == "print"]
    return found[::-1]


def guarded(office: Office) -> Office:
    """Let the amount want a permission that nobody has."""
    return answering(
        office,
        **papers(
            provide_resources=lambda: [
                Resource(
                    KIND, DemoRequest, is_record=True, guarded={"amount": f"{KIND}.see_amount"}
                )
            ],
            provide_permissions=lambda: [
                Permission(f"{KIND}.{verb}", verb)
                for verb in ("create", "read", "close", "see_amount")
            ],
        ),
    )
