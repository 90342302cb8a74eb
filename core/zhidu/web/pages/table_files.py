"""Tables that people upload: xlsx or csv with a head line, read into rows of text and dates."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from typing import IO, Any

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from zhidu.errors import ValidationError
from zhidu.texts import LOCALES, Text, enumerate_texts, use_locale
from zhidu.texts import lazy_gettext as _l

MOST_BYTES = 2 * 1024 * 1024
MOST_ROWS = 5000
LINE = "line"
"""Key of a row's number, as a spreadsheet counts it."""


def read_table(
    stream: IO[bytes], filename: str, columns: Mapping[str, Text]
) -> list[dict[str, Any]]:
    """Read the rows below the head line, each with its line; empty rows are left out.

    :param columns: key -> label; a head may be the key or the label in any of our languages.
    :raises ValidationError: the file is too large, no table, or lacks a column.
    """
    content = stream.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise ValidationError(_l("The file is larger than 2 MB."), cure=_l("Split it."))
    lines = _xlsx(content) if content[:2] == b"PK" else _csv(content, filename)
    rows = [
        (number, line)
        for number, line in enumerate(lines, start=1)
        if any(value not in (None, "") for value in line)
    ]
    if not rows:
        raise ValidationError(_l("The file is empty."), cure=_l("Start from the sample file."))
    if len(rows) > MOST_ROWS + 1:
        raise ValidationError(
            _l("The file has more than %(most)s rows.", most=MOST_ROWS), cure=_l("Split it.")
        )
    places = _places(rows[0][1], columns)
    return [
        {key: row[place] if place < len(row) else None for key, place in places.items()}
        | {LINE: number}
        for number, row in rows[1:]
    ]


def _places(head: Sequence[Any], columns: Mapping[str, Text]) -> dict[str, int]:
    known: dict[str, str] = {key: key for key in columns}
    for locale in LOCALES:
        with use_locale(locale):
            known |= {str(label).strip().lower(): key for key, label in columns.items()}
    found: dict[str, int] = {}
    for place, cell in enumerate(head):
        key = known.get(str(cell or "").strip().lower())
        if key is not None:
            found.setdefault(key, place)
    missing = [str(label) for key, label in columns.items() if key not in found]
    if missing:
        raise ValidationError(
            _l("The first row lacks the columns: %(names)s.", names=enumerate_texts(missing)),
            cure=_l("Start from the sample file."),
        )
    return found


def _xlsx(content: bytes) -> Iterator[Sequence[Any]]:
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        yield from sheet.iter_rows(values_only=True, max_row=MOST_ROWS + 2)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, IndexError, ValueError) as error:
        raise ValidationError(
            _l("The file cannot be read as a workbook."),
            cure=_l("Save it as .xlsx or .csv and try again."),
        ) from error


def _csv(content: bytes, filename: str) -> Iterator[Sequence[Any]]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise ValidationError(
            _l("%(file)s is neither a workbook nor a text table.", file=filename),
            cure=_l("Save it as .xlsx or .csv and try again."),
        )
    if "\x00" in text:
        raise ValidationError(
            _l("%(file)s is neither a workbook nor a text table.", file=filename),
            cure=_l("Save it as .xlsx or .csv and try again."),
        )
    first = text.partition("\n")[0]
    mark = max(",;\t", key=first.count)
    yield from csv.reader(io.StringIO(text), delimiter=mark)
