"""Attachments: whole or not at all, named as their owner named them, and what they say they are."""

from __future__ import annotations

import hashlib
import io
import unicodedata
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from tests.core.workflow_house import Office, header

from zhidu.audit.models import AuditEntry
from zhidu.db import Session
from zhidu.errors import NotFound, Refused
from zhidu.records import attachments, queries
from zhidu.records.errors import FileRefused
from zhidu.records.filenames import MAX_NAME, clean_name, ending_of
from zhidu.records.files import FileStore
from zhidu.records.filetypes import DEFAULT_TYPES, check_type, media_type
from zhidu.records.models import Attachment, Blob
from zhidu.workflow import engine

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\x00" * 20


def zipped(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return buffer.getvalue()


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "files")


def draft(office: Office) -> int:
    with office.db.write(office.org.salesman.actor) as session:
        return office.draft(session).id


def attach(
    session: Session, record_id: int, store: FileStore, data: bytes, name: str
) -> Attachment:
    return attachments.attach(
        session, session.actor, header(session, record_id), io.BytesIO(data), name, files=store
    )


# -- the folder


def test_content_lies_under_its_sum(store: FileStore) -> None:
    kept = store.keep(io.BytesIO(PDF), 1000)
    assert kept.sha256 == hashlib.sha256(PDF).hexdigest()
    assert kept.size == len(PDF)
    assert store.path(kept.sha256) == store.folder / kept.sha256[:2] / kept.sha256
    with store.open(kept.sha256) as stream:
        assert stream.read() == PDF
    assert store.keep(io.BytesIO(PDF), 1000) == kept
    assert sorted(path.name for path in store.folder.rglob("*") if path.is_file()) == [kept.sha256]


@pytest.mark.parametrize(
    ("data", "limit"), [(b"", 100), (b"x" * 101, 100), (b"x" * 600_000, 599_999)]
)
def test_what_is_refused_leaves_nothing(store: FileStore, data: bytes, limit: int) -> None:
    with pytest.raises(FileRefused):
        store.keep(io.BytesIO(data), limit)
    assert [path for path in store.folder.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "A" * 64, "0" * 63, "0" * 64 + "/.."])
def test_only_sums_name_a_content(store: FileStore, name: str) -> None:
    with pytest.raises(NotFound):
        store.open(name)


def test_missing_content_says_so(store: FileStore) -> None:
    with pytest.raises(NotFound):
        store.open("0" * 64)


# -- names


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("合同（最终版）.pdf", "合同（最终版）.pdf"),
        ("C:\\Users\\张三\\合同.PDF", "合同.PDF"),
        ("../../../etc/合同.pdf", "合同.pdf"),
        ("a\x00b\r\n.pdf", "ab.pdf"),
        ("\u202efdp.exe", "fdp.exe"),
        ("  .htaccess ", "htaccess"),
        ("报销 单.xlsx", "报销 单.xlsx"),
        ("...", "file"),
        ("", "file"),
        ("/", "file"),
        ('a<b>:"|?*.pdf', "ab.pdf"),
        ("长" * 300 + ".docx", "长" * (MAX_NAME - 5) + ".docx"),
        ("e\u0301.pdf", "é.pdf"),
    ],
)
def test_names_are_kept_and_tricks_are_not(given_name: str, kept: str) -> None:
    assert clean_name(given_name) == kept


@given(st.text(max_size=300))
def test_every_name_becomes_a_safe_one(name: str) -> None:
    kept = clean_name(name)
    assert 1 <= len(kept) <= MAX_NAME
    assert kept == clean_name(kept)
    assert not set(kept) & set('/\\<>:"|?*\x00\n\r')
    assert not any(unicodedata.category(char).startswith("C") for char in kept)
    assert kept == kept.strip()
    assert kept not in {".", ".."}


# -- types


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.pdf", PDF),
        ("a.PDF", PDF),
        ("a.png", PNG),
        ("a.jpg", b"\xff\xd8\xff\xe0" + b"\x00" * 30),
        ("a.docx", zipped("[Content_Types].xml", "word/document.xml")),
        ("a.ofd", zipped("OFD.xml")),
        ("a.zip", zipped("x")),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600),
        ("a.wps", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600),
        ("a.txt", "你好，世界".encode()),
        ("a.csv", "姓名,天数\n张三,2".encode("gb18030")),
        ("a.txt", "你好".encode("utf-16")),
        ("a.txt", ("长" * 100_000).encode()[:262_144]),
    ],
)
def test_a_file_that_is_what_it_says(name: str, data: bytes) -> None:
    check_type(name, data, DEFAULT_TYPES)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.exe", b"MZ\x90\x00" + b"\x00" * 60),
        ("a.pdf", b"MZ\x90\x00" + b"\x00" * 60),
        ("a.pdf", zipped("x")),
        ("a.jpg", PDF),
        ("a.docx", PDF),
        ("a.txt", b"\x7fELF" + b"\x00" * 60),
        ("a.txt", PDF),
        ("a.txt", b"#!/bin/sh\nrm"),
        ("a.csv", b"a\x00b"),
        ("a.webp", b"RIFF0000WAVE"),
        ("a.html", b"<script>"),
        ("a.svg", b"<svg/>"),
        ("a", PDF),
        ("a.pdf.exe", PDF),
    ],
)
def test_a_file_that_is_not(name: str, data: bytes) -> None:
    with pytest.raises(FileRefused) as caught:
        check_type(name, data, DEFAULT_TYPES)
    assert str(caught.value)


def test_a_policy_may_name_other_types() -> None:
    check_type("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "svg, .PDF")
    with pytest.raises(FileRefused):
        check_type("a.png", PNG, "svg, .PDF")
    with pytest.raises(FileRefused):
        check_type("a.svg", PNG, "svg")


def test_media_types() -> None:
    assert media_type("合同.pdf") == "application/pdf"
    assert media_type("a.docx").endswith("wordprocessingml.document")
    assert media_type("a.unknown") == "application/octet-stream"
    assert ending_of("a.b.PDF") == "pdf"


# -- on records


def test_a_file_on_a_record(office: Office, store: FileStore) -> None:
    record_id = draft(office)
    with office.db.write(office.org.salesman.actor) as session:
        before = header(session, record_id).version
        one = attach(session, record_id, store, PDF, "合同.pdf")
        two = attach(session, record_id, store, PDF, "合同 副本.pdf")
        assert one.blob is two.blob
        assert one.blob.media_type == "application/pdf"
        assert header(session, record_id).version > before
        assert [file.name for file in queries.attachments(session, header(session, record_id))] == [
            "合同.pdf", "合同 副本.pdf",
        ]  # fmt: skip
        with attachments.open_attachment(session, session.actor, one, files=store) as stream:
            assert stream.read() == PDF
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "download")).one()
        assert (entry.record_id, "合同.pdf" in entry.changes) == (record_id, True)
        attachments.remove_attachment(session, session.actor, one)
        assert len(queries.attachments(session, header(session, record_id))) == 1
        with pytest.raises(NotFound):
            attachments.open_attachment(session, session.actor, one, files=store)
        assert session.scalars(select(Blob.id)).all() == [two.blob_id]


def test_whose_files_and_when(office: Office, store: FileStore) -> None:
    record_id = draft(office)
    with office.db.write(office.org.salesman.actor) as session:
        file_id = attach(session, record_id, store, PDF, "a.pdf").id
    with office.db.write(office.org.cashier.actor) as session:
        with pytest.raises(Refused):
            attach(session, record_id, store, PDF, "b.pdf")
        with pytest.raises(NotFound):
            attachments.open_attachment(
                session, session.actor, session.get_one(Attachment, file_id), files=store
            )
    with office.db.write(office.org.salesman.actor) as session:
        engine.submit(session, session.actor, header(session, record_id))
        for act in (
            lambda: attach(session, record_id, store, PDF, "b.pdf"),
            lambda: attachments.remove_attachment(
                session, session.actor, session.get_one(Attachment, file_id)
            ),
        ):
            with pytest.raises(Refused) as caught:
                act()
            assert caught.value.rule == "records.fixed"
    with office.db.write(office.org.team_head.actor) as session:
        # whoever has a task reads the files
        attachments.open_attachment(
            session, session.actor, session.get_one(Attachment, file_id), files=store
        ).close()


def test_a_refused_file_leaves_no_row(office: Office, store: FileStore) -> None:
    record_id = draft(office)
    with office.db.write(office.org.salesman.actor) as session:
        for data, name in ((b"MZ", "a.pdf"), (PDF, "a.exe"), (b"", "a.pdf")):
            with pytest.raises(FileRefused):
                attach(session, record_id, store, data, name)
        assert session.scalars(select(Attachment.id)).all() == []
    assert [path for path in store.folder.rglob("*") if path.is_file()] == []
