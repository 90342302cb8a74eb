"""The sheet of a leave request: form, decisions, clauses in words, three languages, the PDF."""

from __future__ import annotations

from io import BytesIO

import pytest
from pypdf import PdfReader
from tests.addons.hr.desk import LEAVE, Enter, words
from tests.addons.hr.office import Office, period
from werkzeug.test import TestResponse

from zhidu.records.models import Record
from zhidu.texts import LOCALES, use_locale

pytestmark = pytest.mark.addons("hr")


def filed(office: Office) -> tuple[int, str]:
    """Let a request be approved and filed; give its key and number."""
    org = office.org
    office.grant(org.salesman)
    key = office.draft(org.salesman, period("2026-03-02", "2026-03-03"), reason="陪家人看病")
    office.submit(org.salesman, key)
    office._decide(key, org.team_head, "approve", "同意，工作已交接")
    office._decide(key, org.hr_head, "handle", "已登记")
    with office.db.read(office.system) as session:
        return key, session.get_one(Record, key).number or ""


def text_of(answer: TestResponse) -> str:
    """Read a PDF back."""
    assert answer.mimetype == "application/pdf", answer.text[-2000:]
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(answer.data)).pages)


@pytest.mark.pdf
def test_the_pdf_says_what_an_auditor_asks(office: Office, enter: Enter) -> None:
    """Number, applicant, reason, each decision with person and opinion, each clause in words."""
    key, number = filed(office)
    org = office.org
    hr = enter(org.hr_head)
    hr.get(f"{LEAVE}{key}/print")
    answer = hr.post(f"{LEAVE}{key}/print.pdf")
    text = text_of(answer)
    for wanted in (
        *(number, org.salesman.name, "陪家人看病", "2026-03-02"),
        *(org.team_head.name, "同意，工作已交接", org.hr_head.name, "已登记"),
        *("T-2", "由部门负责人审批。", "T-3", "由人力资源备案。", "测试"),
    ):
        assert wanted in text, wanted
    assert text.index("同意，工作已交接") < text.index("已登记") < text.index("由部门负责人审批。")


@pytest.mark.pdf
@pytest.mark.sqlite
@pytest.mark.parametrize("locale", LOCALES)
def test_the_sheet_speaks_the_reader_s_language(office: Office, enter: Enter, locale: str) -> None:
    """The title and the file's name; Chinese names go over the wire by RFC 5987."""
    key, number = filed(office)
    staff = enter(office.org.salesman)
    staff.post("/language", {"lang": locale})
    with use_locale(locale):
        title = str(office.db.registry.kinds["hr.leave_request"].title)
    sheet = staff.get(f"{LEAVE}{key}/print")
    assert f'lang="{locale.replace("_", "-")}"' in sheet.text
    assert title in words(sheet)
    answer = staff.post(f"{LEAVE}{key}/print.pdf")
    assert title in text_of(answer).replace("\n", "")
    name = answer.headers["Content-Disposition"]
    if title.isascii():
        assert f'"{title}_{number}.pdf"' in name
    else:
        assert "filename*=UTF-8''%" in name
        assert name.endswith(f"_{number}.pdf")
