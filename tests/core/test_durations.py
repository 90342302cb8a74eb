"""Lengths of time as policies write them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhidu.durations import PATTERN, Duration, Unit


@given(st.integers(1, 99999), st.sampled_from(Unit))
def test_what_is_written_is_read_again(amount: int, unit: Unit) -> None:
    length = Duration(amount, unit)
    assert Duration.parse(str(length)) == length
    assert re.search(PATTERN, str(length))


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("1 month", Duration(1, Unit.MONTHS)),
        ("2 working days", Duration(2, Unit.WORKING_DAYS)),
        ("1 working hour", Duration(1, Unit.WORKING_HOURS)),
        (" 24 hours ", Duration(24, Unit.HOURS)),
    ],
)
def test_how_it_is_written(text: str, length: Duration) -> None:
    assert Duration.parse(text) == length


@given(
    st.one_of(
        st.sampled_from(
            [
                *("", "0 days", "-1 day", "1.5 days", "2", "days", "2 workdays", "2  days"),
                *("1 working month", "1 working minute", "100000 days", "１ day", "2 Days"),
            ]
        ),
        st.text(max_size=12),
    )
)
def test_anything_else_is_refused_by_both(text: str) -> None:
    if re.search(PATTERN, text.strip()):
        assert Duration.parse(text)
        return
    with pytest.raises(ValueError):
        Duration.parse(text)
