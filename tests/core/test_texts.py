"""The numbers of a text follow the language, also after catalogues are merged."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from zhidu import texts

PO = """\
msgid ""
msgstr ""
"Language: {locale}\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"
"Content-Type: text/plain; charset=utf-8\\n"

msgid "%(num)s unheard-of row"
msgid_plural "%(num)s unheard-of rows"
msgstr[0] "%(num)s 行"
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a catalogue of one countable text, in Chinese only."""
    where = tmp_path / "zh_Hans_CN" / "LC_MESSAGES"
    where.mkdir(parents=True)
    (where / "odd.po").write_text(PO.format(locale="zh_Hans_CN"), encoding="utf-8")
    monkeypatch.setattr(texts, "_folders", {tmp_path: None})
    monkeypatch.setattr(texts, "_loaded", {})
    return tmp_path


@pytest.mark.parametrize("num", [0, 1, 2, 12])
def test_chinese_has_one_form_for_all_numbers(folder: Path, num: int) -> None:
    with texts.use_locale("zh_Hans_CN"):
        assert texts.ngettext("%(num)s unheard-of row", "%(num)s unheard-of rows", num) == (
            f"{num} 行"
        )


@pytest.mark.parametrize(("num", "said"), [(1, "1 unheard-of row"), (2, "2 unheard-of rows")])
def test_english_has_two(folder: Path, num: int, said: str) -> None:
    with texts.use_locale("en"):
        assert texts.ngettext("%(num)s unheard-of row", "%(num)s unheard-of rows", num) == said


@pytest.mark.parametrize(
    ("num", "said"),
    [
        ("1", "1 unheard-of row"),
        ("1.0000", "1 unheard-of row"),
        ("0", "0 unheard-of rows"),
        ("0.5", "0.5 unheard-of rows"),
        ("1.5000", "1.5 unheard-of rows"),
        ("-1", "-1 unheard-of rows"),
        ("1234.5", "1,234.5 unheard-of rows"),
    ],
)
def test_days_are_counted_as_they_are_written(folder: Path, num: str, said: str) -> None:
    """A balance of 1.0000 is one; a fraction, nothing and a debt are many."""
    count = "%(num)s unheard-of row", "%(num)s unheard-of rows", Decimal(num)
    lazy = texts.lazy_ngettext(*count)
    with texts.use_locale("en"):
        assert texts.ngettext(*count) == said
        assert str(lazy) == said
    with texts.use_locale("zh_Hans_CN"):
        assert str(lazy).endswith(" 行")


@pytest.mark.parametrize(
    ("locale", "said"),
    [("en", "甲, B, 丙"), ("zh_Hans_CN", "甲、B、丙"), ("zh_Hant_TW", "甲、B、丙")],
)
def test_names_stand_side_by_side_as_the_reader_writes_them(locale: str, said: str) -> None:
    with texts.use_locale(locale):
        assert texts.enumerate_texts(["甲", "B", "丙"]) == said
        assert texts.enumerate_texts(["甲"]) == "甲"
        assert texts.enumerate_texts([]) == ""
