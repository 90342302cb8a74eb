"""What a printed sheet holds, apart from its look: grids, tables, boxes to sign, and who printed it.

Pages build these values out of what the screen shows too; a template and a stylesheet make A4 of
them, in any browser and in the PDF. Addons add parts of their own by ``provide_print_parts``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar
from unicodedata import east_asian_width

from sqlalchemy import func, select

from zhidu.audit import trail
from zhidu.audit.models import AuditEntry
from zhidu.db import Session
from zhidu.records.models import Record
from zhidu.texts import Text

PRINT = "print"
"""The act in the audit trail."""

ONE_LINE = 36
"""Latin characters that stand in one line of a cell of half the sheet; Chinese ones count two."""


@dataclass(frozen=True, slots=True)
class PrintCell:
    """A label with its value.

    :param wide: takes the whole width; what is too long for half of it does so anyway.
    :param kind: ``text``, ``money``, ``number``, ``date`` or ``person``.
    :param amount: of ``money``: written out in words below, as vouchers want it.
    """

    label: Text | str
    value: Text | str
    wide: bool = False
    kind: str = "text"
    amount: Decimal | None = None

    @property
    def fills_a_row(self) -> bool:
        """Tell whether the value needs the whole width."""
        return self.wide or text_width(str(self.value)) > ONE_LINE


@dataclass(frozen=True, slots=True)
class PrintGrid:
    """Labelled values in a bordered grid, two to a row."""

    cells: Sequence[PrintCell]
    title: Text | str = ""

    @property
    def rows(self) -> list[list[tuple[PrintCell, int]]]:
        """Lay the cells out; each comes with the columns that its value spans: 1, or 3 of 4."""
        made: list[list[tuple[PrintCell, int]]] = []
        left: PrintCell | None = None
        for cell in self.cells:
            if cell.fills_a_row:
                if left is not None:
                    made.append([(left, 3)])
                made.append([(cell, 3)])
                left = None
            elif left is None:
                left = cell
            else:
                made.append([(left, 1), (cell, 1)])
                left = None
        if left is not None:
            made.append([(left, 3)])
        return made


@dataclass(frozen=True, slots=True)
class PrintColumn:
    """A column of a table: ``kind`` as in :class:`PrintCell`."""

    label: Text | str
    kind: str = "text"


@dataclass(frozen=True, slots=True)
class PrintLines:
    """Rows under a head that is repeated on each page, with totals below."""

    columns: Sequence[PrintColumn]
    rows: Sequence[Sequence[Text | str]]
    title: Text | str = ""
    totals: Sequence[PrintCell] = ()


@dataclass(frozen=True, slots=True)
class PrintNote:
    """A line of small print below the boxes."""

    text: Text | str


@dataclass(frozen=True, slots=True)
class PrintMove:
    """What one person did in a box: act, opinion, name and time as they are to be read.

    :param for_whom: the person on whose behalf it was done.
    :param signature: an image as ``data:`` address, or nothing.
    """

    act: str
    who: str
    when: str
    opinion: str = ""
    for_whom: str = ""
    signature: str = ""


@dataclass(frozen=True, slots=True)
class PrintBox:
    """A step of the approval: what was done there, and whether somebody has still to sign.

    :param verb: what is asked for, e.g. «Review».
    :param to_sign: an empty box, or an empty line below the moves.
    :param expected: who is asked, or will be.
    """

    title: str
    verb: str = ""
    clauses: Sequence[str] = ()
    moves: Sequence[PrintMove] = ()
    to_sign: bool = False
    expected: str = ""


@dataclass(frozen=True, slots=True)
class PrintPart:
    """What an addon gives to the sheet of a record.

    :param what: a grid stands behind the form's, lines behind its lines, a note at the end.
    :param instead: in place of the form's own parts of that sort, not behind them.
    """

    what: PrintGrid | PrintLines | PrintNote
    instead: bool = False


T = TypeVar("T")


def joined(own: Sequence[T], parts: Iterable[PrintPart], sort: type[T]) -> list[T]:
    """Put the parts of one sort behind the form's own, or in their place."""
    added: list[T] = []
    instead = False
    for part in parts:
        if isinstance(part.what, sort):
            added.append(part.what)
            instead = instead or part.instead
    return added if instead else [*own, *added]


def text_width(text: str) -> int:
    """Count the room that a text takes, in Latin characters; a line break needs a whole row."""
    if "\n" in text:
        return ONE_LINE + 1
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in text)


def times_printed(session: Session, record: Record) -> int:
    """Count the printings of a record so far, on paper and as PDF."""
    count = select(func.count(AuditEntry.id)).where(
        AuditEntry.record_id == record.id, AuditEntry.action == PRINT
    )
    return session.scalar(count) or 0


def note_printing(session: Session, record: Record, form: str) -> int:
    """Write down that a record is printed and give the number of this printing, from 1.

    The record's row is locked meanwhile: no two sheets bear the same number.

    :param form: ``paper`` or ``pdf``.
    """
    session.execute(select(Record.id).where(Record.id == record.id).with_for_update())
    number = times_printed(session, record) + 1
    trail.log(
        session,
        PRINT,
        record.kind,
        record.id,
        changes={"form": [None, form], "printing": [None, number]},
        record_id=record.id,
    )
    return number


def note_register(session: Session, kind: str, rows: int) -> None:
    """Write down that a list was printed, with its number of rows."""
    trail.log(session, PRINT, kind, None, changes={"rows": [None, rows]})
