"""What conditions cover is what the engine says on every value, not only on those that are tried."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhidu.expressions import FactType, compile_condition
from zhidu.policy.regions import MOST_CELLS, table

FACTS = {
    "days": FactType.number("Days"),
    "amount": FactType.number("Amount", nullable=True),
    "grade": FactType.choice(["A", "B"], "Grade"),
    "urgent": FactType.boolean("Urgent"),
    "on": FactType.date("On"),
    "note": FactType.text("Note"),
}


def tried(*texts: str) -> object:
    return table([compile_condition(text, FACTS) for text in texts])


@pytest.mark.parametrize(
    "text",
    [
        "days + 1 > 3",
        "days > -days",
        "days * 2 > 3",
        "days == (amount ?? 0)",
        "(amount ?? days) > 3",
        "'x' in note",
        "days > (amount ?? 2)",
        "(days) > (amount ?? 2)",
    ],
)
def test_nothing_is_said_where_facts_are_reckoned_with(text: str) -> None:
    assert tried(text) is None


def test_too_many_cells_are_left_alone() -> None:
    facts = {name: FactType.number(name) for name in ("a", "b", "c", "d")}
    many = [compile_condition(f"a > {n} and b > {n} and c > {n}", facts) for n in range(9)]
    assert table(many) is None
    assert table(many[:2]) is not None
    found = table([compile_condition("days > 3 and (amount ?? 0) > 5 and grade == 'A'", FACTS)])
    assert found is not None
    assert len(found.cells) < MOST_CELLS


LITERALS = st.sampled_from(["-2", "0", "1", "1.5", "3"])
COMPARES = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])
TERMS = (
    st.builds("days {} {}".format, COMPARES, LITERALS)
    | st.builds("{} {} days".format, LITERALS, COMPARES)
    | st.builds("(amount ?? {}) {} {}".format, LITERALS, COMPARES, LITERALS)
    | st.sampled_from(
        ["urgent", "not urgent", "grade == 'A'", "grade in ['A', 'B']", "note == 'x'"]
    )
    | st.builds("on {} d'2026-0{}-01'".format, COMPARES, st.sampled_from("123"))
    | st.just("amount == null")
)
CONDITIONS = st.recursive(
    TERMS,
    lambda inner: (
        st.builds("({} and {})".format, inner, inner)
        | st.builds("({} or {})".format, inner, inner)
        | st.builds("not ({})".format, inner)
    ),
    max_leaves=4,
)
NUMBERS = st.decimals(-4, 5, places=2)
VALUES = st.fixed_dictionaries(
    {
        "days": NUMBERS,
        "amount": st.none() | NUMBERS,
        "grade": st.sampled_from("AB"),
        "urgent": st.booleans(),
        "on": st.integers(0, 150).map(lambda n: date(2025, 12, 1) + timedelta(days=n)),
        "note": st.sampled_from(["", "x", "y"]),
    }
)


@settings(max_examples=200, deadline=None)
@given(CONDITIONS, VALUES)
def test_never_and_always_hold_for_every_value(text: str, values: dict[str, object]) -> None:
    condition = compile_condition(text, FACTS)
    found = table([condition])
    if found is None:
        return
    (holds,) = found.holds
    if not any(holds):
        assert not condition.matches(values)
    if all(holds):
        assert condition.matches(values)


@settings(max_examples=150, deadline=None)
@given(st.lists(CONDITIONS, min_size=2, max_size=3), VALUES)
def test_what_covers_another_covers_it_for_every_value(
    texts: list[str], values: dict[str, object]
) -> None:
    conditions = [compile_condition(text, FACTS) for text in texts]
    found = table(conditions)
    if found is None:
        return
    first, second = found.holds[:2]
    if all(one or not other for one, other in zip(first, second, strict=True)):
        assert conditions[0].matches(values) or not conditions[1].matches(values)


def test_cells_are_told_as_a_policy_writes_them() -> None:
    found = table([compile_condition("days > 3 and days <= 5.50", FACTS)])
    assert found is not None
    assert [found.span("days", at, at) for at in range(5)] == [
        "days < 3",
        "days = 3",
        "3 < days < 5.5",
        "days = 5.5",
        "5.5 < days",
    ]
    assert found.span("days", 1, 3) == "3 <= days <= 5.5"
    assert found.say((2,)) == f"days = {Decimal('4.25')}"
