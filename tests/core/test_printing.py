"""What a sheet is made of, apart from pages: cells in rows, amounts in words, the PDF and what it lacks."""

from __future__ import annotations

import builtins
import sys
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from zhidu.cli import health
from zhidu.exchange import printing, printing_pdf
from zhidu.exchange.printing import (
    ONE_LINE,
    PrintCell,
    PrintGrid,
    PrintLines,
    PrintNote,
    PrintPart,
)
from zhidu.exchange.printing_pdf import Lack, PdfMissing, lacking, make_pdf
from zhidu.exchange.printing_words import in_words
from zhidu.texts import use_locale

# -- amounts in words


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0", "零元整"),
        ("0.05", "伍分"),
        ("0.50", "伍角整"),
        ("10", "壹拾元整"),
        ("325.04", "叁佰贰拾伍元零肆分"),
        ("1001", "壹仟零壹元整"),
        ("1409.50", "壹仟肆佰零玖元伍角整"),
        ("1680.32", "壹仟陆佰捌拾元叁角贰分"),
        ("6007.14", "陆仟零柒元壹角肆分"),
        ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
        ("20050", "贰万零伍拾元整"),
        ("107000.53", "壹拾万柒仟元伍角叁分"),
        ("30000001", "叁仟万零壹元整"),
        ("100010000", "壹亿零壹万元整"),
        ("10000000000000", "壹拾万亿元整"),
        ("2.675", "贰元陆角捌分"),
        ("-3.20", "负叁元贰角整"),
        ("-0.001", "零元整"),
    ],
)
def test_an_amount_in_words(amount: str, words: str) -> None:
    assert in_words(Decimal(amount)) == f"人民币{words}"


def test_words_follow_the_script_and_the_currency() -> None:
    with use_locale("zh_Hant_TW"):
        assert in_words(Decimal("26.34")) == "人民幣貳拾陸元參角肆分"
        assert in_words(Decimal(10000), "TWD") == "新臺幣壹萬元整"
    with use_locale("en"):
        assert in_words(Decimal(1)) == "人民币壹元整"
    assert in_words(Decimal(1), "USD") == ""


def read_words(text: str) -> Decimal:
    """Read an amount in words back, knowing nothing of how it was written."""
    whole, _, rest = text.partition("元") if "元" in text else ("", "", text)
    digits = {char: value for value, char in enumerate("零壹贰叁肆伍陆柒捌玖")}

    def number(part: str) -> int:
        for unit, size in (("亿", 10**8), ("万", 10**4), ("仟", 1000), ("佰", 100), ("拾", 10)):
            if unit in part:
                head, _, tail = part.rpartition(unit)
                return number(head) * size + number(tail)
        return int("".join(str(digits[char]) for char in part) or 0)

    cents = 0
    for unit, size in (("角", 10), ("分", 1)):
        if unit in rest:
            cents += digits[rest[rest.index(unit) - 1]] * size
    return number(whole) + Decimal(cents) / 100


@given(st.integers(0, 92 * 10**15).map(lambda cents: Decimal(cents) / 100))
def test_words_say_the_amount(amount: Decimal) -> None:
    """Read back, they are the amount; and two noughts never stand side by side."""
    words = in_words(amount)
    assert read_words(words.removeprefix("人民币")) == amount
    assert "零零" not in words
    assert words.endswith("整") is (amount * 100 % 10 == 0)


# -- cells in rows


@given(st.lists(st.tuples(st.text("a部 \n", max_size=ONE_LINE + 5), st.booleans())))
def test_a_grid_shows_each_cell_once_and_fills_each_row(cells: list[tuple[str, bool]]) -> None:
    made = [PrintCell(str(i), value, wide) for i, (value, wide) in enumerate(cells)]
    rows = PrintGrid(made).rows
    assert [cell for row in rows for cell, _span in row] == made
    for row in rows:
        assert sum(1 + span for _cell, span in row) == 4
        if len(row) == 2:
            assert not any(cell.fills_a_row for cell, _span in row)


def test_parts_stand_behind_the_form_or_in_its_place() -> None:
    own, more, other = (PrintGrid([PrintCell(name, "x")]) for name in "abc")
    note = PrintPart(PrintNote("n"))
    assert printing.joined([own], [PrintPart(more), note], PrintGrid) == [own, more]
    parts = [PrintPart(more), PrintPart(other, instead=True)]
    assert printing.joined([own], parts, PrintGrid) == [more, other]
    assert printing.joined([], [note, PrintPart(more)], PrintLines) == []


# -- the PDF


@pytest.mark.pdf
def test_a_page_becomes_a_pdf_with_its_fonts() -> None:
    made = make_pdf("<html lang=zh-Hans-CN><title>单</title><p>请假</p></html>", ["p{color:#000}"])
    page = PdfReader(BytesIO(made)).pages[0]
    assert "请假" in page.extract_text()
    fonts: Any = page["/Resources"]["/Font"]  # type: ignore[index]  # a dictionary of a PDF
    for font in fonts.values():
        for part in font.get_object()["/DescendantFonts"]:
            descriptor = part.get_object()["/FontDescriptor"]
            assert "/FontFile2" in descriptor or "/FontFile3" in descriptor


@pytest.mark.pdf
def test_a_page_fetches_nothing(tmp_path: Path) -> None:
    """What somebody writes into a form cannot bring a file of the server into the PDF."""
    secret = tmp_path / "secret.css"
    secret.write_text("body::before { content: 'STOLEN' }")
    html = (
        f'<html><link rel="stylesheet" href="{secret.as_uri()}">'
        f'<link rel="attachment" href="{secret.as_uri()}"><p>A</p></html>'
    )
    reader = PdfReader(BytesIO(make_pdf(html, [f'@import "{secret.as_uri()}";'])))
    assert "STOLEN" not in reader.pages[0].extract_text()
    assert reader.attachments == {}


@pytest.fixture
def machine() -> Any:
    """Forget what is known of the machine, before and after."""
    printing_pdf._look.cache_clear()
    yield
    printing_pdf._look.cache_clear()


@pytest.fixture(params=list(Lack))
def broken(request: pytest.FixtureRequest, machine: None, monkeypatch: pytest.MonkeyPatch) -> Lack:
    """Take away what a PDF needs, one thing after the other."""
    lack: Lack = request.param
    found = builtins.__import__

    def no_pango(name: str, *args: Any, **more: Any) -> Any:
        if name == "weasyprint":
            raise OSError("cannot load library 'libpango-1.0-0'")
        return found(name, *args, **more)

    present = lack is not Lack.WEASYPRINT
    monkeypatch.setattr(printing_pdf, "find_spec", lambda name: object() if present else None)
    if lack is Lack.PANGO:
        monkeypatch.setattr(builtins, "__import__", no_pango)
    if lack is Lack.FONT:
        monkeypatch.setitem(sys.modules, "weasyprint", object())
        monkeypatch.setattr(printing_pdf, "has_chinese_font", lambda: False)
    return lack


def test_what_is_missing_is_named_with_its_cure(broken: Lack) -> None:
    assert lacking() is broken
    with pytest.raises(PdfMissing) as refused:
        make_pdf("<p>A</p>", [])
    assert (refused.value.lack, refused.value.status) == (broken, 503)
    with use_locale("en"):
        assert str(refused.value.cure).startswith(("Run:", "Install"))
    pango, fonts = health.pango(None, None), health.fonts(None, None)  # type: ignore[arg-type]
    assert pango.ok is (broken is not Lack.PANGO)
    assert fonts.ok is (broken is not Lack.FONT)


def test_what_was_missing_is_looked_for_again(machine: None, monkeypatch: Any) -> None:
    monkeypatch.setattr(printing_pdf, "find_spec", lambda name: None)
    assert lacking() is Lack.WEASYPRINT
    monkeypatch.setattr(printing_pdf, "find_spec", lambda name: object())
    monkeypatch.setitem(sys.modules, "weasyprint", object())
    monkeypatch.setattr(printing_pdf, "has_chinese_font", lambda: True)
    assert lacking() is None
