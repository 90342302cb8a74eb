"""The sheet of a record and of a list, as a browser asks for them: who may, what stands there, what is counted."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import replace
from decimal import Decimal
from html import unescape
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader
from sqlalchemy import select
from tests.core.hook_stage import answering, decided, submitted, visitor
from tests.core.print_stage import AT, guarded, papers, pdf_of, printings, words
from tests.core.test_seats_own import png
from tests.core.workflow_house import (
    KIND,
    LEADER,
    Office,
    flow,
    header,
    node,
    own_task,
)

from zhidu import (
    PrintCell,
    PrintColumn,
    PrintGrid,
    PrintLines,
    PrintNote,
    PrintPart,
    engine,
)
from zhidu.access.models import Grant, Role, Scope
from zhidu.audit.models import AuditEntry
from zhidu.clock import now
from zhidu.config import Config
from zhidu.db.activation import CompanyAddon
from zhidu.exchange import printing_pdf
from zhidu.records.files import FileStore
from zhidu.records.guarding import engine_writes
from zhidu.records.models import Approval
from zhidu.testing.databases import environ
from zhidu.testing.factories import make_company, make_member
from zhidu.testing.visitor import Visitor
from zhidu.workflow import signatures
from zhidu.workflow.definition import FieldRight


@pytest.fixture
def staged(office: Office) -> Office:
    """Offer the pages."""
    return answering(office, **papers())


def test_the_sheet_shows_what_the_page_shows(staged: Office, tmp_path: Path) -> None:
    """Company, number, applicant, amount in words, detail rows, decisions, clause, QR code."""
    org = staged.org
    key = submitted(staged, amount=Decimal("1409.50"), note="2")
    decided(staged, key, engine.approve, "Agreed on Monday")
    page = visitor(staged, tmp_path, org.salesman)
    answer = page.get(f"{AT}/{key}/print")
    text = words(answer)
    with staged.db.read(staged.system) as session:
        number = header(session, key).number
    assert number
    for wanted in (
        f"{number}",
        org.salesman.name,
        "人民币壹仟肆佰零玖元伍角整",
        "thing 1",
        "Agreed on Monday",
        org.team_head.name,
        "D-lead",
        "D-file",
    ):
        assert wanted in text, wanted
    assert 'src="data:image/svg+xml' in answer.text
    assert "unsafe-inline" not in answer.headers["Content-Security-Policy"]
    assert " style=" not in answer.text
    assert "<style" not in answer.text
    assert page.get(f"{AT}/{key}").text.count(f'href="/c/acme/{AT}/{key}/print"') == 1


def test_who_decided_stands_before_who_is_still_to_sign(staged: Office, tmp_path: Path) -> None:
    """Boxes come in the order of the flow; a step to come is empty, with a name and a line."""
    key = submitted(staged)
    seat = visitor(staged, tmp_path, staged.org.salesman)
    boxes = seat.get(f"{AT}/{key}/print").text.partition('class="sign"')[2]
    assert boxes.count('class="open"') == 2
    decided(staged, key, engine.approve, "fine")
    boxes = seat.get(f"{AT}/{key}/print").text.partition('class="sign"')[2]
    assert boxes.count('class="open"') == 1
    assert boxes.index(">lead<") < boxes.index("fine") < boxes.index(">file<")
    assert staged.org.hr_head.name in boxes.partition(">file<")[2]


@pytest.mark.parametrize(
    ("state", "mark", "to_sign"),
    [
        (Approval.DRAFT, True, True),
        (Approval.IN_APPROVAL, True, True),
        (Approval.REJECTED, True, False),
        (Approval.TERMINATED, True, False),
        (Approval.VOIDED, True, False),
        (Approval.APPROVED, False, False),
    ],
)
def test_a_sheet_that_is_no_finished_document_says_so(
    staged: Office, tmp_path: Path, state: Approval, mark: bool, to_sign: bool
) -> None:
    """The mark stands in the head and across the sheet; nobody signs what has ended."""
    seat = visitor(staged, tmp_path, staged.org.salesman)
    with staged.db.write(staged.org.salesman.actor) as session:
        key = staged.draft(session).id
    if state is not Approval.DRAFT:
        with staged.db.write(staged.org.salesman.actor) as session:
            engine.submit(session, session.actor, header(session, key))
        with staged.db.write(staged.system) as session, engine_writes(session):
            record = header(session, key)
            record.approval = state
            record.ended_at = None if state is Approval.IN_APPROVAL else record.submitted_at
            session.flush()
    answer = seat.get(f"{AT}/{key}/print")
    assert answer.text.count('class="a4-mark"') == int(mark)
    assert answer.text.count('class="a4-state"') == int(mark)
    assert ('class="open"' in answer.text) is to_sign
    if state is Approval.VOIDED:
        assert re.search(r'class="a4-state">(Voided|已作废)<', answer.text)


def test_a_signature_stands_beside_the_name(staged: Office, tmp_path: Path) -> None:
    """Whoever may read the record sees it, the applicant as well as who reads by a task."""
    files = FileStore(Config.load(environ(tmp_path, staged.db.url)).files)
    key = submitted(staged)
    leader = staged.org.team_head
    with staged.db.write(leader.actor) as session:
        kept = signatures.keep(session, session.actor, BytesIO(png()), files=files)
        task = own_task(session, key)
        engine.approve(session, session.actor, task, "signed", signature=kept.blob_id)
    picture = f'src="data:image/png;base64,{b64encode(png()).decode()}"'
    seat = visitor(staged, tmp_path, staged.org.hr_head)
    assert seat.get(f"{AT}/{key}/print").text.count(picture) == 1


# -- counting


def test_looking_counts_nothing_and_printing_counts(staged: Office, tmp_path: Path) -> None:
    """The script's beacon and the button without script count alike; the number goes up by one."""
    key = submitted(staged)
    seat = visitor(staged, tmp_path, staged.org.salesman)
    path = f"{AT}/{key}/print"
    seen = words(seat.get(path))
    assert words(seat.get(path)).rpartition(" 1")[0], seen
    assert printings(staged, key) == []
    answer = seat.post(path, headers={"Accept": "application/json"})
    assert answer.status_code == 200
    assert "2" in answer.get_json()["text"]
    assert 'role="status"' in seat.post(path).text
    assert printings(staged, key) == [
        {"form": "paper", "printing": 1},
        {"form": "paper", "printing": 2},
    ]
    assert re.search(r"data-printing>[^<]*3", seat.get(path).text)
    with staged.db.read(staged.system) as session:
        found = session.scalars(select(AuditEntry).where(AuditEntry.action == "print")).all()
        assert {one.member_id for one in found} == {staged.org.salesman.id}


@pytest.mark.pdf
def test_the_pdf_is_counted_and_holds_the_approval(staged: Office, tmp_path: Path) -> None:
    """Its text can be read back; its name is the title and the number."""
    key = submitted(staged, amount=Decimal(20), note="1")
    decided(staged, key, engine.approve, "批准采购，注意交期")
    seat = visitor(staged, tmp_path, staged.org.salesman)
    seat.get(f"{AT}/{key}/print")
    seat.post(f"{AT}/{key}/print")
    answer = seat.post(f"{AT}/{key}/print.pdf")
    pages, text = pdf_of(answer)
    with staged.db.read(staged.system) as session:
        number = header(session, key).number or ""
    assert pages == 1
    for wanted in (
        number,
        staged.org.salesman.name,
        "批准采购，注意交期",
        "D-lead",
        "贰拾元整",
        "1 / 1",
    ):
        assert wanted in text, wanted
    name = answer.headers["Content-Disposition"]
    assert "attachment" in name
    assert f"Demo request_{number}.pdf" in name
    assert printings(staged, key)[-1] == {"form": "pdf", "printing": 2}
    assert re.search(r"\b2\b", text.rpartition(number)[2])


@pytest.mark.pdf
def test_long_sheets_repeat_head_and_foot(office: Office, tmp_path: Path) -> None:
    """200 rows and a trail of many steps: each page has the head of the table and its number."""
    steps = [node(f"step{i}", LEADER) for i in range(12)]
    office.house.flow = flow(*steps, node("file", "hr", kind=steps[0].kind))
    office = answering(office, **papers())
    key = submitted(office, note="200")
    with office.db.write(office.org.team_head.actor) as session:
        engine.approve(session, session.actor, own_task(session, key), "long\n" * 40)
    seat = visitor(office, tmp_path, office.org.salesman)
    seat.get(f"{AT}/{key}/print")
    answer = seat.post(f"{AT}/{key}/print.pdf")
    pages, text = pdf_of(answer)
    assert pages >= 6
    single = [p.extract_text() for p in PdfReader(BytesIO(answer.data)).pages]
    for i, page in enumerate(single, 1):
        assert f"{i} / {pages}" in page
    with_rows = [page for page in single if re.search(r"thing \d", page)]
    assert len(with_rows) >= 4
    assert all("Price" in page for page in with_rows)
    assert text.count("thing ") == 200


def test_what_a_pdf_lacks_is_told_and_the_sheet_stays(
    staged: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = submitted(staged)
    seat = visitor(staged, tmp_path, staged.org.salesman)
    printing_pdf._look.cache_clear()
    monkeypatch.setattr(printing_pdf, "find_spec", lambda name: None)
    page = seat.get(f"{AT}/{key}/print")
    assert page.status_code == 200
    assert "pip install 'zhidu[pdf]'" in unescape(page.text)
    assert "print.pdf" not in page.text
    answer = seat.post(f"{AT}/{key}/print.pdf")
    assert answer.status_code == 503
    assert "pip install 'zhidu[pdf]'" in unescape(answer.text)
    assert printings(staged, key) == []


# -- who may


def test_who_may_not_read_finds_no_sheet(staged: Office, tmp_path: Path) -> None:
    """Another company's record, and a colleague's, look alike: there is none."""
    key = submitted(staged)
    seat = visitor(staged, tmp_path, staged.org.accountant)
    other = make_company(staged.db, "other")
    with staged.db.write(other.system) as session:
        make_member(session, "外人", roles=("admin",), user="stranger")
        session.add(CompanyAddon(addon="demo", active=True, changed_at=now()))
        admin = session.scalars(select(Role).where(Role.code == "admin")).one()
        session.add(Grant(role_id=admin.id, permission=f"{KIND}.read", scope=Scope.COMPANY))
    stranger = Visitor(seat._client.__class__(seat._client.application), "other").log_in("stranger")
    assert stranger.get(f"{AT}/").status_code == 200
    for who in (seat, stranger):
        who.get("notices/")
        assert who.get(f"{AT}/{key}/print").status_code == 404
        assert who.post(f"{AT}/{key}/print").status_code == 404
        assert who.post(f"{AT}/{key}/print.pdf").status_code == 404
    assert printings(staged, key) == []
    assert words(stranger.get(f"{AT}/print")).count("DM-") == 0


def test_a_field_that_the_step_hides_is_on_no_print(office: Office, tmp_path: Path) -> None:
    """Who decides without the amount prints without it; the applicant has it."""
    hiding = replace(node("lead", LEADER), fields={"amount": FieldRight.HIDE})
    office.house.flow = flow(hiding)
    office = answering(office, **papers())
    key = submitted(office, amount=Decimal("8765"), note="1")
    seat = visitor(office, tmp_path, office.org.team_head)
    for path in (f"{AT}/{key}", f"{AT}/{key}/print"):
        text = words(seat.get(path))
        assert "8,765" not in text
        assert "捌仟" not in text
        assert "thing 0" in text
        assert "0.50 each" not in text


@pytest.mark.pdf
def test_a_hidden_field_is_on_no_print(office: Office, tmp_path: Path) -> None:
    """Neither on the page, nor on the sheet, in the PDF or on the printed list."""
    office = guarded(office)
    key = submitted(office, amount=Decimal("8765"), note="1")
    seat = visitor(office, tmp_path, office.org.salesman)
    shown = [
        words(seat.get(f"{AT}/{key}")),
        words(seat.get(f"{AT}/{key}/print")),
        words(seat.get(f"{AT}/print")),
    ]
    shown.append(pdf_of(seat.post(f"{AT}/{key}/print.pdf"))[1])
    for text in shown:
        assert "8765" not in text.replace(",", "")
        assert "捌仟" not in text
        assert "0.50 each" not in text
        assert "Price" not in text
    assert "thing 0" in shown[1]


# -- parts of addons


def test_parts_of_addons(office: Office, tmp_path: Path) -> None:
    """A grid behind the form's, a note at the end, a table in the place of the form's."""
    office = answering(
        office,
        **papers(
            provide_print_parts=lambda query: [
                PrintPart(PrintGrid([PrintCell("Budget", f"of {query.record.number}")])),
                PrintPart(PrintNote("Two copies.")),
                PrintPart(
                    PrintLines([PrintColumn("Instead")], [["other thing"]]),
                    instead=True,
                ),
            ]
        ),
    )
    key = submitted(office, note="3")
    text = words(visitor(office, tmp_path, office.org.salesman).get(f"{AT}/{key}/print"))
    assert "Budget of " in text
    assert text.index("Request") < text.index("Budget") < text.index("Two copies.")
    assert "other thing" in text
    assert "thing 1" not in text
