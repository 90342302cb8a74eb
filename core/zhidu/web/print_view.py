"""The doors of the print: a sheet to look at, the note that it was printed, and the PDF.

Looking writes nothing. What leaves the house is counted: the browser tells when it prints (a small
script hears the print dialog open; without script a button does it), and the PDF is a POST.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any, ClassVar

from flask import Response, jsonify, render_template, request, send_file

from zhidu.db import Session
from zhidu.exchange import printing, printing_pdf
from zhidu.texts import gettext
from zhidu.web import context, print_page
from zhidu.web.base_view import MEMBER, OfficeView, door
from zhidu.web.print_page import Paper

STYLES = ("theme.css", "paper.css")
UNFIT = str.maketrans(dict.fromkeys('\\/:*?"<>|', "-"))
"""What no file name may hold somewhere."""


class PrintedRecord(OfficeView):
    """The print of a kind of record; ``RecordView`` derives from it."""

    log_labels: ClassVar[Mapping[str, Any]] = {}
    """Labels of the attributes of the detail, by name."""
    print_template: ClassVar[str] = "zhidu/print.html"
    """A template of the addon's own extends this one and replaces its blocks."""

    def load(self, session: Session, pk: int, action: str = "read") -> Any:
        """Give the detail that the person may read."""
        raise NotImplementedError

    def facts(self, session: Session, row: Any) -> list[dict[str, Any]]:
        """Give the field groups of the form; see record.html."""
        raise NotImplementedError

    def lines(self, _session: Session, _row: Any) -> Sequence[Mapping[str, Any]]:
        """Give the detail tables of the form; see record.html."""
        return ()

    def paper(self, _session: Session, _row: Any, paper: Paper) -> Paper:
        """Change the sheet of the addon's own kind: parts, their order, the title."""
        return paper

    @door("/<int:pk>/print", needs=MEMBER)
    def print_view(self, pk: int) -> str:
        """Show the sheet as it would be printed; whoever may read the record may."""
        session = context.session()
        row = self.load(session, pk)
        number = printing.times_printed(session, row.header) + 1
        return self._sheet(self._paper(session, row, number), pk, noted=False)

    @door("/<int:pk>/print", "POST", needs=MEMBER)
    def printed_view(self, pk: int) -> Any:
        """Note that the sheet is printed; a script goes on by itself, others get the sheet."""
        session = context.session()
        row = self.load(session, pk)
        number = printing.note_printing(session, row.header, "paper")
        if request.accept_mimetypes.best == "application/json":
            return jsonify({"text": number_text(number + 1)})
        return self._sheet(self._paper(session, row, number), pk, noted=True)

    @door("/<int:pk>/print.pdf", "POST", needs=MEMBER)
    def print_pdf_view(self, pk: int) -> Any:
        """Send the sheet as a file; it is noted before the file is made, outside the transaction."""
        session = context.session()
        row = self.load(session, pk)
        lack = printing_pdf.lacking()
        if lack is not None:
            raise printing_pdf.PdfMissing(lack)
        number = printing.note_printing(session, row.header, "pdf")
        session.commit()
        context.start_over()
        session = context.session()
        row = self.load(session, pk)
        paper = self._paper(session, row, number)
        html = render_template(self.print_template, paper=paper, title=paper.title, pdf=True)
        name = f"{paper.title}_{paper.number or pk}.pdf".translate(UNFIT)
        context.start_over()
        return pdf_file(html, name)

    def _paper(self, session: Session, row: Any, number: int) -> Paper:
        return self.paper(session, row, print_page.build(self, session, row, number))

    def _sheet(self, paper: Paper, pk: int, *, noted: bool) -> str:
        lack = printing_pdf.lacking()
        return render_template(
            self.print_template,
            paper=paper,
            title=paper.title,
            pdf=False,
            number_text=number_text(paper.printing),
            back_url=self.link("row_view", pk=pk),
            print_url=self.link("printed_view", pk=pk),
            pdf_url=None if lack else self.link("print_pdf_view", pk=pk),
            pdf_missing=f"{lack.label} {lack.cure}" if lack else "",
            noted=noted,
        )


def number_text(number: int) -> str:
    """Say which printing a sheet is."""
    return gettext("Printing no. %(number)s", number=number)


def pdf_file(html: str, name: str) -> Response:
    """Set a page as PDF and send it under its name."""
    assets = context.extension("assets")
    styles = [(assets.folder / assets.names[one]).read_text("utf-8") for one in STYLES]
    made = printing_pdf.make_pdf(html, styles)
    return send_file(BytesIO(made), "application/pdf", as_attachment=True, download_name=name)
