"""Lists as files: xlsx and csv, row by row, safe to open, written down in the audit trail."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import IO, Any
from zoneinfo import ZoneInfo

import xlsxwriter

from zhidu import clock
from zhidu.audit import trail
from zhidu.db import Session

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""A spreadsheet takes a cell that begins so for a formula."""

LONGEST_NUMBER = 11
"""Digits that Excel shows without an exponent; longer ones are ids and go out as text."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is exported: rows are drawn while they are written, never all at once."""

    title: str
    heads: Sequence[str]
    kinds: Sequence[str]
    rows: Iterable[Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Exported:
    """A finished file, to be sent and closed by the caller."""

    name: str
    media_type: str
    stream: IO[bytes]
    count: int


def safe_text(value: str) -> str:
    """Take the formula out of a text: an apostrophe in front, as OWASP advises."""
    return f"'{value}" if value.startswith(DANGEROUS) else value


def export(session: Session, sheet: Sheet, file_type: str, *, kind: str, zone: str) -> Exported:
    """Write the file and the audit row ``export`` with the number of rows.

    :param file_type: ``xlsx`` or ``csv``.
    :param zone: time zone in which instants are written.
    :raises KeyError: another file type.
    """
    write = {"xlsx": _write_xlsx, "csv": _write_csv}[file_type]
    stream = tempfile.TemporaryFile()  # noqa: SIM115 -- the caller sends and closes it
    count = write(stream, sheet, ZoneInfo(zone))
    stream.seek(0)
    trail.log(
        session, "export", kind, None, changes={"rows": [None, count], "type": [None, file_type]}
    )
    day = clock.now().astimezone(ZoneInfo(zone))
    media = {
        "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "csv": "text/csv; charset=utf-8",
    }
    return Exported(f"{sheet.title}_{day:%Y%m%d}.{file_type}", media[file_type], stream, count)


def _write_xlsx(stream: IO[bytes], sheet: Sheet, zone: ZoneInfo) -> int:
    """Real dates and numbers, long ids as text, no cell ever read as a formula."""
    book = xlsxwriter.Workbook(
        stream,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    tab = book.add_worksheet(sheet.title[:31].translate(str.maketrans("[]:*?/\\", "       ")))
    bold = book.add_format({"bold": True, "bg_color": "#F2F4F7", "border": 1})
    formats = {
        "date": book.add_format({"num_format": "yyyy-mm-dd"}),
        "time": book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
        "money": book.add_format({"num_format": "#,##0.00"}),
        "number": book.add_format({"num_format": "#,##0.####"}),
    }
    tab.freeze_panes(1, 0)
    for column, (head, kind) in enumerate(zip(sheet.heads, sheet.kinds, strict=True)):
        tab.set_column(column, column, 14 if kind in formats else 22)
        tab.write_string(0, column, head, bold)
    count = 0
    for count, row in enumerate(sheet.rows, 1):
        for column, value in enumerate(row):
            if value is None:
                continue
            if isinstance(value, datetime):
                local = value.astimezone(zone).replace(tzinfo=None)
                tab.write_datetime(count, column, local, formats["time"])
            elif isinstance(value, date):
                tab.write_datetime(count, column, datetime.combine(value, time()), formats["date"])
            elif isinstance(value, Decimal | int) and len(str(value)) <= LONGEST_NUMBER + 5:
                kind = sheet.kinds[column]
                tab.write_number(count, column, float(value), formats.get(kind))
            else:
                tab.write_string(count, column, str(value))
    book.close()
    return count


def _write_csv(stream: IO[bytes], sheet: Sheet, zone: ZoneInfo) -> int:
    """UTF-8 with a mark, so that Excel shows Chinese; formulas are disarmed."""
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow([safe_text(head) for head in sheet.heads])
    count = 0
    for count, row in enumerate(sheet.rows, 1):  # noqa: B007 -- the last one is returned
        writer.writerow([_csv_cell(value, zone) for value in row])
    text.detach()
    return count


def _csv_cell(value: Any, zone: ZoneInfo) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value.astimezone(zone):%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return safe_text(str(value))
