"""Throw at the compiler what editors, fingers and enemies write: an answer or an ExpressionError."""

from __future__ import annotations

import os
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zhidu.expressions import ExpressionError, FactType, compile_condition
from zhidu.expressions.scan import MAX_LENGTH
from zhidu.texts import LOCALES, use_locale

FACTS = {
    "days": FactType.number("Days", "days"),
    "km": FactType.number("Distance", "km", nullable=True),
    "sort": FactType.choice(["annual", "病假"], "Sort"),
    "urgent": FactType.boolean("Urgent"),
    "starts_on": FactType.date("First day"),
    "title": FactType.text("Title"),
    "note": FactType.text("Note", nullable=True),
}
VALUES: dict[str, Any] = {
    "days": Decimal("3.5"),
    "km": None,
    "sort": "病假",
    "urgent": False,
    "starts_on": date(2026, 5, 1),
    "title": "采购合同",
    "note": None,
}
VALID = [
    "days > 3",
    "(km ?? 0) >= 12.5 and not urgent",
    "sort in ['annual', '病假'] or sort != 'annual'",
    "starts_on >= d'2026-05-01'",
    "'合同' in title and title != \"x\"",
    "days * 2 + 1 <= -3 / 2 or (note ?? '') == ''",
    "note == null or days in [1, -2, 3.5]",
    "not (not (urgent)) == true",
]
EXAMPLES = int(os.environ.get("ZHIDU_FUZZ", "400"))
"""Set it to a hundred thousand for a long night."""

fuzzed = settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow])


def answer(text: str, values: dict[str, Any] = VALUES) -> bool | None:
    """Decide, or give None where it is refused in words that can be shown in every language."""
    refused: ExpressionError
    try:
        found = compile_condition(text, FACTS).matches(values)
    except ExpressionError as error:
        refused = error
    else:
        assert found in {True, False}
        return found
    assert refused.expression == text
    assert refused.position is None or 0 <= refused.position <= len(text)
    for locale in LOCALES:
        with use_locale(locale):
            assert str(refused)
    return None


@st.composite
def mutilated(draw: st.DrawFn) -> str:
    """Take a valid condition and change it like a slip of the hand, several times."""
    text = draw(st.sampled_from(VALID))
    for _ in range(draw(st.integers(1, 5))):
        at = draw(st.integers(0, len(text)))
        end = min(len(text), at + draw(st.integers(0, 6)))
        match draw(st.sampled_from(["insert", "delete", "double", "swap", "join"])):
            case "insert":
                text = text[:at] + draw(st.text(max_size=3)) + text[at:]
            case "delete":
                text = text[:at] + text[end:]
            case "double":
                text = text[:end] + text[at:end] * draw(st.integers(1, 40)) + text[end:]
            case "swap":
                text = text[end:] + text[at:end] + text[:at]
            case _:
                text += draw(st.sampled_from([" and ", " or ", " ", " ?? ", "\n"]))
                text += draw(st.sampled_from(VALID))
    return text


@fuzzed
@given(mutilated())
def test_slips_of_the_hand(text: str) -> None:
    answer(text)


@fuzzed
@given(st.text(st.characters(codec="utf-8"), max_size=MAX_LENGTH + 20))
def test_any_text_at_all(text: str) -> None:
    answer(text)


@pytest.mark.parametrize("unit", ["not ", "- ", "(", "[", "days > 1 and ", "days - ", "(km ?? "])
@pytest.mark.parametrize("times", [1, 9, 10, 11, 60, 500, 5000])
def test_deep_and_long(unit: str, times: int) -> None:
    """Nesting ends in a refusal, never in a stack that is too small."""
    for end in ("urgent", "days > 1", "1", ""):
        answer(unit * times + end)
        answer(unit * times + end + ")" * times)


@pytest.mark.parametrize(
    "text",
    [
        "title =~ '(a+)+$'",
        "title.length > 1",
        "title.__class__ == 'x'",
        "$today > starts_on",
        "starts_on.year == 2026",
        "title['x'] == 'y'",
        "[x for x in title]",
        "urgent ? true : false",
        "title &. lower == 'x'",
        "days ** 999999 > 1",
        "days << 99999999 > 1",
        "{1: 2}",
        "lambda: days > 1",
        "__import__('os')",
    ],
)
def test_what_the_engine_below_could_do_and_a_policy_may_not(text: str) -> None:
    """Patterns, attributes, calls, indexes, comprehensions, powers and shifts stay refused."""
    assert answer(text) is None


values = st.fixed_dictionaries(
    {
        "days": st.one_of(st.integers(), st.decimals(), st.floats(), st.none(), st.text()),
        "km": st.one_of(st.none(), st.decimals(allow_nan=False, allow_infinity=False)),
        "sort": st.sampled_from(["annual", "病假", "other", "", None]),
        "urgent": st.one_of(st.booleans(), st.integers(), st.none()),
        "starts_on": st.one_of(st.dates(), st.datetimes(), st.text()),
        "title": st.one_of(st.text(), st.none()),
        "note": st.one_of(st.text(), st.none()),
    }
)


@fuzzed
@given(st.sampled_from(VALID), values)
def test_any_values(text: str, given_values: dict[str, Any]) -> None:
    answer(text, given_values)
