"""Facts over a window, units, and how far a value is from the next band."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from tests.core.find_stage import with_kind
from tests.core.workflow_house import KIND, DemoRequest, Office, flow, node

from zhidu.clock import frozen_at
from zhidu.db import Session
from zhidu.expressions import FactType, compile_condition
from zhidu.records.models import Approval, Record
from zhidu.records.windows import Period, Span, WindowFact, facts_of, span
from zhidu.workflow.bands import NextBand, next_band, next_bands
from zhidu.workflow.definition import Branch, Path

FACTS = {
    "amount": FactType.number("Amount", "yuan"),
    "km": FactType.number("Distance", "km", nullable=True),
    "sort": FactType.choice(["a", "b"], "Sort"),
}


# -- periods


@pytest.mark.parametrize(
    ("period", "day", "first", "end"),
    [
        (Period.MONTH, date(2026, 2, 28), date(2026, 2, 1), date(2026, 3, 1)),
        (Period.MONTH, date(2026, 12, 1), date(2026, 12, 1), date(2027, 1, 1)),
        (Period.QUARTER, date(2026, 6, 30), date(2026, 4, 1), date(2026, 7, 1)),
        (Period.HALF_YEAR, date(2026, 7, 1), date(2026, 7, 1), date(2027, 1, 1)),
        (Period.YEAR, date(2026, 12, 31), date(2026, 1, 1), date(2027, 1, 1)),
    ],
)
def test_periods_of_the_calendar(period: Period, day: date, first: date, end: date) -> None:
    assert span(period, day) == Span(first, end)


@given(st.sampled_from(Period), st.dates(date(1990, 1, 1), date(2199, 12, 31)))
def test_every_day_lies_in_one_period(period: Period, day: date) -> None:
    around = span(period, day)
    assert around.first <= day < around.end
    assert span(period, around.first) == around
    assert span(period, around.end).first == around.end


# -- sums and counts


asked: list[Span] = []


def others(session: Session, row: DemoRequest, within: Span) -> Decimal:
    """Sum the applicant's other requests that were not refused."""
    asked.append(within)
    header = row.header
    found = session.scalar(
        select(func.sum(DemoRequest.amount))
        .join(Record, Record.id == DemoRequest.id)
        .where(
            Record.applicant_id == header.applicant_id,
            Record.approval != Approval.REJECTED,
            DemoRequest.id != (header.id or 0),
        )
    )
    return found or Decimal(0)


TOTAL = WindowFact("year_total", "Year's total", others, of="amount", by=("applicant",))
COUNT = WindowFact("so_far", "Requests", lambda *_: 2, Period.MONTH, unit="requests")


def test_this_request_counts_too(office: Office) -> None:
    asked.clear()
    with_kind(office, lambda kind: replace(kind, windows=(TOTAL, COUNT)))
    kind = office.db.registry.kinds[KIND]
    assert kind.facts["year_total"].unit == kind.facts["amount"].unit
    assert (kind.facts["so_far"].kind, kind.facts["so_far"].unit) == ("number", "requests")
    with office.db.write(office.org.salesman.actor) as session:
        office.draft(session, amount=Decimal(700))
        row = office.draft(session, amount=Decimal("300.5"))
        facts = facts_of(session, kind, row)
        assert asked == []  # nothing was reckoned that nobody asked for
        assert facts["amount"] == Decimal("300.5")
        assert facts["so_far"] == 3
        condition = compile_condition("year_total > 1000 and so_far == 3", kind.facts)
        assert condition.matches(facts)
        assert facts["year_total"] == Decimal("1000.5")
        assert len(asked) == 1  # and only once
        assert set(facts) == set(kind.facts)
        assert len(facts) == len(kind.facts)
        assert not compile_condition("amount > 1000", kind.facts).matches(facts)


def test_the_period_is_the_companys_today_or_a_day_of_the_form(office: Office) -> None:
    asked.clear()
    dated = replace(TOTAL, on="day", period=Period.QUARTER)

    def read(_session: Session, row: DemoRequest) -> Mapping[str, Any]:
        return {"amount": row.amount, "day": date(2026, 3, 31) if row.note else None}

    with_kind(
        office,
        lambda kind: replace(
            kind,
            facts={**FACTS, "day": FactType.date("Day", nullable=True)},
            read_facts=read,
            windows=(dated,),
        ),
    )
    kind = office.db.registry.kinds[KIND]
    with office.db.write(office.org.salesman.actor) as session:
        row = office.draft(session, note="x")
        assert facts_of(session, kind, row)["year_total"] == 1
        row.note = ""
        with frozen_at(datetime(2026, 6, 30, 16, 30, tzinfo=UTC)):  # 1 July in Shanghai
            facts_of(session, kind, row)["year_total"]
    assert asked == [
        Span(date(2026, 1, 1), date(2026, 4, 1)),
        Span(date(2026, 7, 1), date(2026, 10, 1)),
    ]


def test_two_facts_of_one_name_are_a_slip(office: Office) -> None:
    kind = office.db.registry.kinds[KIND]
    for windows in ((COUNT, COUNT), (replace(COUNT, name="amount"),)):
        with pytest.raises(ValueError, match=KIND):
            replace(kind, windows=windows)


# -- the next band


@pytest.mark.parametrize(
    ("conditions", "amount", "expected"),
    [
        (["amount <= 3", "amount > 3 and amount <= 10", ""], "1", ("3", "2", False)),
        (["amount <= 3", "amount > 3 and amount <= 10", ""], "3", ("3", "0", False)),
        (["amount <= 3", "amount > 3 and amount <= 10", ""], "3.5", ("10", "6.5", False)),
        (["amount <= 3", "amount > 3 and amount <= 10", ""], "10.0001", None),
        (["amount < 1000", "amount >= 1000"], "999.99", ("1000", "0.01", True)),
        (["amount < 1000", "amount >= 1000"], "1000", None),
        (["not (500 > amount)"], "1", ("500", "499", True)),
        (["amount > 100 or sort == 'a'"], "1", None),
        (["amount > 100 and sort == 'b'", "amount > 500"], "1", ("500", "499", False)),
        (["amount * 2 > 100", "amount > 90"], "60", ("90", "30", False)),
        (["amount in [5, 7]"], "1", ("5", "4", True)),
        (["(km ?? 0) > 3"], "1", None),
        (["amount > -5"], "-9", ("-5", "4", False)),
        ([], "1", None),
    ],
)
def test_how_far_the_next_band_is(
    conditions: list[str], amount: str, expected: tuple[str, str, bool] | None
) -> None:
    values = {"amount": Decimal(amount), "sort": "a", "km": None}
    found = next_band(conditions, FACTS, values, "amount")
    if expected is None:
        assert found is None
    else:
        threshold, distance, reached_at = expected
        assert found == NextBand("amount", Decimal(threshold), Decimal(distance), reached_at)


def test_an_empty_fact_has_no_band() -> None:
    values = {"amount": 1, "sort": "a", "km": None}
    assert next_band(["(km ?? 0) > 3"], FACTS, values, "km") is None
    assert next_band(["sort == 'a'"], FACTS, values, "sort") is None
    near = next_band(["(km ?? 0) > 3"], FACTS, {**values, "km": 2}, "km")
    assert near == NextBand("km", Decimal(3), Decimal(1), False)


def test_the_bands_of_a_flow(office: Office) -> None:
    """Only what conditions ask for is read; branches and paths count, too."""
    asked.clear()
    unused = replace(TOTAL, name="unused")
    with_kind(office, lambda kind: replace(kind, windows=(TOTAL, unused)))
    kind = office.db.registry.kinds[KIND]
    deep = Path("deep", "Deep", (node("d", "hr", when="amount > 90"),), when="year_total > 2000")
    steps = flow(node("a", "hr", when="amount > 1000"), node("b", "hr"))
    branched = replace(steps, nodes=(*steps.nodes, Branch("x", "X", (deep,))))
    with office.db.write(office.org.salesman.actor) as session:
        row = office.draft(session, amount=Decimal(50))
        found = next_bands(branched, kind.facts, facts_of(session, kind, row))
        assert found == [
            NextBand("amount", Decimal(90), Decimal(40), False),
            NextBand("year_total", Decimal(2000), Decimal(1950), False),
        ]
        assert len(asked) == 1


amounts = st.decimals(-50, 50, places=1)


@given(st.lists(amounts, min_size=1, max_size=4, unique=True), amounts)
def test_between_here_and_the_next_band_nothing_changes(
    cuts: list[Decimal], amount: Decimal
) -> None:
    """The band found is the first at which the answers differ from those here."""
    conditions = [f"amount > {cut}" for cut in cuts]
    values = {"amount": amount, "sort": "a", "km": None}
    found = next_band(conditions, FACTS, values, "amount")
    above = sorted(cut for cut in cuts if cut >= amount)
    assert (found.threshold if found else None) == (above[0] if above else None)
    assert found is None or found.distance == above[0] - amount
