"""What tests of pages share: the words of a page, the rows of a book, a filled-in form."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from html import unescape
from typing import Any

from openpyxl import load_workbook
from tests.addons.hr.office import Office
from werkzeug.test import TestResponse

from zhidu.testing.visitor import Visitor

Enter = Callable[..., Visitor]
LEAVE = "hr/leave-request/"


def words(answer: TestResponse) -> str:
    """Give the text of a page."""
    plain = re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", answer.text, flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(plain))


def typed(office: Office, kind: str = "annual", **changes: str) -> dict[str, str]:
    """Fill in the leave form."""
    return {
        "leave_type_id": str(office.types[kind]),
        "first_day": "2026-03-02",
        "first_half": "am",
        "last_day": "2026-03-03",
        "last_half": "pm",
        "reason": "回家探亲",
        "do": "submit",
        **changes,
    }


def rows(answer: TestResponse) -> Any:
    """Read the first sheet of an exported book."""
    assert answer.status_code == 200
    return list(load_workbook(io.BytesIO(answer.data)).worksheets[0].iter_rows(values_only=True))
