"""Numbers have no gaps under any concurrency; patterns are checked before they are used."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.conftest import new_company

from zhidu.actor import Actor
from zhidu.db import Database, ReadOnly, Session
from zhidu.db.sequence import (
    BadNumberPattern,
    check_pattern,
    format_number,
    next_number,
    period_of,
)
from zhidu.testing.concurrency import Concurrently


def test_numbers_count_per_series_period_and_company(
    shop_db: Database, alpha: Actor, beta: Actor
) -> None:
    with shop_db.write(alpha) as session:
        assert [next_number(session, "leave", "2026", gapless=True) for _ in range(3)] == [1, 2, 3]
        assert next_number(session, "leave", "2027", gapless=False) == 1
        assert next_number(session, "seal", "2026") == 1
    with shop_db.write(beta) as session:
        assert next_number(session, "leave", "2026") == 1
    with shop_db.read(beta) as session, pytest.raises(ReadOnly):
        next_number(session, "leave", "2026")


def test_a_rollback_gives_the_number_back(shop_db: Database, alpha: Actor) -> None:
    with shop_db.write(alpha) as session:
        assert next_number(session, "s", "") == 1
        savepoint = session.begin_nested()
        assert next_number(session, "s", "") == 2
        savepoint.rollback()
        assert next_number(session, "s", "") == 2
        session.rollback()
        assert next_number(session, "s", "") == 1


def test_twenty_sessions_take_every_number_once(shop_db: Database, alpha: Actor) -> None:
    def take(session: Session, _meet: Any) -> int:
        return next_number(session, "race", "2026")

    outcomes = Concurrently(shop_db)(alpha, *[take] * 20)
    assert sorted(outcome.get() for outcome in outcomes) == list(range(1, 21))


def test_two_companies_do_not_wait_for_each_other(postgresql_shop: Database) -> None:
    actors = [Actor(company_id=new_company(postgresql_shop)) for _ in range(2)]

    def take(session: Session, meet: Any) -> int:
        number = next_number(session, "race", "")
        meet()  # both hold their row
        return number

    outcomes = Concurrently(postgresql_shop)(actors, take, take)
    assert [outcome.get() for outcome in outcomes] == [1, 1]


@pytest.mark.parametrize(
    ("pattern", "number", "period"),
    [
        ("QJ-{yyyymm}-{seq:04d}", "QJ-202611-0042", "202611"),
        ("{company}〔{yyyy}〕{seq}号", "zd〔2026〕42号", "2026"),
        ("{yy}{mm}{dd}{seq:3d}", "261120 42", "20261120"),
        ("{yymm}/{seq}", "2611/42", "202611"),
        ("{yyyymmdd}-{seq:02}", "20261120-42", "20261120"),
        ("{{{seq}}}", "{42}", ""),
    ],
)
def test_a_pattern_writes_the_number_and_counts_in_its_period(
    pattern: str, number: str, period: str
) -> None:
    written = format_number(pattern, year=2026, month=11, day=20, seq=42, company="zd")
    assert written == number
    assert period_of(pattern, year=2026, month=11, day=20) == period


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "QJ-{yyyy}",
        "{seq}{seq}",
        "{seq",
        "{}-{seq}",
        "{year}-{seq}",
        "{seq:x}",
        "{seq:99d}",
        "{seq!r}",
        "{yyyy:06d}-{seq}",
        "{seq.__class__}",
        "{mm}-{seq}",
        "{yyyy}{dd}-{seq}",
    ],
)
def test_a_wrong_pattern_is_named(pattern: str) -> None:
    with pytest.raises(BadNumberPattern, match=re.escape(f"“{pattern}”")):
        check_pattern(pattern)


@given(
    st.sampled_from(["{yyyy}-{seq}", "{yymm}-{seq:03d}", "{yyyymmdd}{seq:05d}", "N{seq}"]),
    st.tuples(st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.integers(1, 999)),
    st.tuples(st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.integers(1, 999)),
)
def test_two_documents_never_get_one_number(
    pattern: str, one: tuple[date, int], other: tuple[date, int]
) -> None:
    def said(day: date, seq: int) -> tuple[str, tuple[str, int]]:
        year, month, of_month = day.timetuple()[:3]
        number = format_number(pattern, year=year, month=month, day=of_month, seq=seq)
        return number, (period_of(pattern, year=year, month=month, day=of_month), seq)

    (number, taken), (number_2, taken_2) = said(*one), said(*other)
    assert (number == number_2) == (taken == taken_2)
