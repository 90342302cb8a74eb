"""What is a person's own when deciding: stock phrases and the picture of the signature."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.hook_stage import answering, pages, visitor
from tests.core.seats_stage import office  # noqa: F401 -- fixtures
from tests.core.workflow_house import Office, submitted

from zhidu.errors import NotFound, Refused, ValidationError
from zhidu.policy.settings import set_setting
from zhidu.records.errors import FileRefused
from zhidu.records.files import FileStore
from zhidu.texts import use_locale
from zhidu.workflow import phrases, signatures
from zhidu.workflow.seat_models import PhraseKind

APPROVE = PhraseKind.APPROVE


def texts(office: Office, kind: PhraseKind = APPROVE) -> list[str]:
    with office.db.read(office.org.cashier.actor) as session, use_locale("en"):
        return phrases.offered(session, office.org.cashier.id, kind)


def added(office: Office, *new: str) -> list[int]:
    with office.db.write(office.org.cashier.actor) as session:
        return [phrases.add(session, session.actor, APPROVE, text).id for text in new]


def test_own_phrases_else_the_companys_else_ours(office: Office) -> None:
    assert texts(office) == ["Agreed", "Agreed, please handle it soon"]
    with office.db.write(office.system) as session:
        set_setting(session, session.actor, phrases.key_of(APPROVE), "同意 | | 按预算执行")
    assert texts(office) == ["同意", "按预算执行"]
    assert texts(office, PhraseKind.HANDLE) == ["Done"]
    added(office, "照办")
    assert texts(office) == ["照办"]


def test_phrases_are_put_in_order(office: Office) -> None:
    keys = added(office, "一", "二", "三")
    with office.db.write(office.org.cashier.actor) as session:
        phrases.move(session, session.actor, keys[2], 1)
    assert texts(office) == ["三", "一", "二"]
    with office.db.write(office.org.cashier.actor) as session:
        phrases.move(session, session.actor, keys[2], 99)
        phrases.remove(session, session.actor, keys[0])
        rows = phrases.own_phrases(session, office.org.cashier.id, APPROVE)
        assert [(row.text, row.position) for row in rows] == [("二", 1), ("三", 2)]


def test_what_phrases_cannot_be(office: Office) -> None:
    (key,) = added(office, "照  办")
    assert texts(office) == ["照 办"]
    for wrong in ("", "  ", "x" * 101, "照 办"):
        with pytest.raises(ValidationError) as caught:
            added(office, wrong)
        assert "text" in caught.value.fields
    for actor in (office.org.accountant.actor, office.system):
        with pytest.raises((NotFound, Refused)), office.db.write(actor) as session:
            phrases.remove(session, session.actor, key)
    added(office, *[f"第{place}" for place in range(phrases.MOST - 1)])
    with pytest.raises(ValidationError, match="20"):
        added(office, "再来")


# -- the signature


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(wide: int = 2, high: int = 2, more: bytes = b"", behind: bytes = b"") -> bytes:
    pixels = zlib.compress((b"\0" + b"\xff" * wide) * high)
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", wide, high, 8, 0, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n" + head + more + chunk(b"IDAT", pixels) + chunk(b"IEND", b"") + behind
    )


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "files")


def kept(office: Office, store: FileStore, content: bytes) -> int:
    with office.db.write(office.org.cashier.actor) as session:
        return signatures.keep(session, session.actor, BytesIO(content), files=store).blob_id


def test_a_signature_is_kept_by_its_content(office: Office, store: FileStore) -> None:
    first = kept(office, store, png())
    assert kept(office, store, png()) == first
    second = kept(office, store, png(3, 1))
    assert second != first
    with office.db.read(office.org.cashier.actor) as session:
        row = signatures.current(session, office.org.cashier.id)
        assert row is not None
        assert row.blob_id == second
        with signatures.open_own(session, session.actor, files=store) as stream:
            assert stream.read() == png(3, 1)
        assert signatures.current(session, office.org.accountant.id) is None
    assert kept(office, store, png()) == first  # an older one again
    with office.db.write(office.org.cashier.actor) as session:
        signatures.remove(session, session.actor)
        assert signatures.current(session, office.org.cashier.id) is None
        with pytest.raises(NotFound):
            signatures.open_own(session, session.actor, files=store)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>",
        b"GIF89a",
        png()[:-1],
        png(behind=b"PK\x03\x04"),
        png(more=chunk(b"tEXt", b"a\0b")),
        png(more=chunk(b"IHDR", b"\0" * 13)),
        png().replace(b"IDAT", b"IDAX"),
        png(1201, 1),
        png(0, 1),
        png(more=chunk(b"PLTE", b"\0" * 300_000)),
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", b"\0\0\0\1\0\0\0\1\1\0\0\0\0") + chunk(b"IEND", b""),
    ],
    ids=["empty", "svg", "gif", "cut", "tail", "text", "twice", "sum", "wide", "flat", "large", "blank"],
)  # fmt: skip
def test_what_is_no_plain_small_png_is_refused(
    office: Office, store: FileStore, content: bytes
) -> None:
    with pytest.raises(FileRefused):
        kept(office, store, content)
    assert not list(store.folder.rglob("*")) if store.folder.exists() else True


@given(st.binary(max_size=300), st.integers(0, 80))
def test_no_bytes_upset_the_check(noise: bytes, cut: int) -> None:
    whole = png()
    for content in (noise, whole[:cut] + noise, whole[:cut] + noise + whole[cut:]):
        size = signatures._size(content)
        assert size is None or content == whole


def test_the_dialog_offers_them_for_the_act_they_are_for(office: Office, tmp_path: Path) -> None:
    with office.db.write(office.org.team_head.actor) as session:
        phrases.add(session, session.actor, APPROVE, "照准 <b>")
    shown = answering(office, **pages())
    submitted(shown)
    page = visitor(shown, tmp_path, office.org.team_head).get().get_data(as_text=True)
    assert 'data-for="approve">照准 &lt;b&gt;</button>' in page
    assert 'data-for="reject return">' in page
