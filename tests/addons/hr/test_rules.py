"""The pure rules: half days, which entitlement pays, the check digit of an identity number."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from zhidu_hr.rules.allocation import Allocation, Lot, allocate
from zhidu_hr.rules.days import HALF_DAY, Half, Period, count_days
from zhidu_hr.rules.id_number import id_number_is_valid

FIRST = date(2026, 3, 2)
D = Decimal

days = st.integers(0, 30).map(lambda n: FIRST + timedelta(days=n))
halves = st.sampled_from(list(Half))
periods = st.builds(Period, days, halves, days, halves)
counting = st.frozensets(days)


@given(periods, counting)
def test_a_day_counts_by_its_halves(period: Period, works: frozenset[date]) -> None:
    """Each worked day counts 0.5 or 1; the whole is half the number of worked half days."""
    found = count_days(period, works.__contains__)
    assert set(found.values()) <= {HALF_DAY, D(1)}
    assert sum(found.values(), D(0)) == HALF_DAY * sum(day in works for day, _ in period.slots)
    assert set(found) <= works
    inner = [day for day in found if period.first_day < day < period.last_day]
    assert all(found[day] == 1 for day in inner)


@given(periods)
def test_the_half_days_are_in_order_and_once(period: Period) -> None:
    """They begin and end where the period does, or there are none."""
    slots = period.slots
    assert slots == sorted(set(slots))
    backwards = (period.first_day, period.first_half) > (period.last_day, period.last_half)
    assert (slots == []) == backwards
    if slots:
        assert slots[0] == (period.first_day, period.first_half)
        assert slots[-1] == (period.last_day, period.last_half)
        between = (period.last_day - period.first_day).days
        cut = (period.first_half is Half.AFTERNOON) + (period.last_half is Half.MORNING)
        assert len(slots) == 2 * (between + 1) - cut


@given(periods, periods)
def test_two_periods_overlap_where_they_share_a_half_day(one: Period, other: Period) -> None:
    """It works both ways; morning and afternoon of one day do not overlap."""
    assert one.overlaps(other) == other.overlaps(one)
    assert one.overlaps(other) == bool(set(one.slots) & set(other.slots))


def test_morning_and_afternoon_do_not_overlap() -> None:
    """Two half days of one day may be two leaves."""
    morning = Period(FIRST, Half.MORNING, FIRST, Half.MORNING)
    afternoon = Period(FIRST, Half.AFTERNOON, FIRST, Half.AFTERNOON)
    assert not morning.overlaps(afternoon)
    assert morning.overlaps(Period(FIRST, Half.MORNING, FIRST, Half.AFTERNOON))


few_days = st.dictionaries(
    st.integers(0, 7).map(lambda n: FIRST + timedelta(days=n)),
    st.sampled_from([HALF_DAY, D(1)]),
    max_size=6,
)


@st.composite
def lots(draw: st.DrawFn) -> list[Lot]:
    """Draw up to four entitlements that begin and end somewhere in the same days."""
    made = []
    for key in range(draw(st.integers(0, 4))):
        begins = draw(st.integers(-1, 7))
        ends = draw(st.integers(begins, 8))
        amount = draw(st.integers(0, 6))
        made.append(
            Lot(
                key,
                FIRST + timedelta(days=begins),
                FIRST + timedelta(days=ends),
                HALF_DAY * amount,
            )
        )
    return made


@given(few_days, lots())
def test_nothing_is_paid_twice_or_from_the_wrong_entitlement(
    wanted: dict[date, Decimal], given_: list[Lot]
) -> None:
    """What is paid and what is missing is what was wanted; no entitlement is overdrawn."""
    found = allocate(wanted, given_)
    left = {lot.id: lot.available for lot in given_}
    assert sum(found.amounts.values(), D(0)) + found.missing == sum(wanted.values(), D(0))
    assert all(0 < amount <= left[key] for key, amount in found.amounts.items())
    for lot in given_:
        usable = sum(
            (n for day, n in wanted.items() if lot.starts_on <= day <= lot.expires_on), D(0)
        )
        assert found.amounts.get(lot.id, D(0)) <= usable


@given(few_days, lots())
def test_no_other_allocation_pays_more(wanted: dict[date, Decimal], given_: list[Lot]) -> None:
    """By the theorem of maximum flow and minimum cut: over all sets of days, found the hard way.

    A set of days can be paid at most what the entitlements valid on one of them hold; what is
    missing at best is the largest excess of any set.
    """
    least_missing = D(0)
    order = list(wanted)
    for chosen in product([False, True], repeat=len(order)):
        some = [day for day, yes in zip(order, chosen, strict=True) if yes]
        held = sum(
            (
                lot.available
                for lot in given_
                if any(lot.starts_on <= day <= lot.expires_on for day in some)
            ),
            D(0),
        )
        least_missing = max(least_missing, sum((wanted[day] for day in some), D(0)) - held)
    assert allocate(wanted, given_).missing == least_missing


def test_the_entitlement_that_ends_first_pays_first() -> None:
    """Days of last year are used before they are lost."""
    old = Lot(1, FIRST, FIRST + timedelta(days=2), D(2))
    new = Lot(2, FIRST, FIRST + timedelta(days=300), D(5))
    wanted = {FIRST + timedelta(days=n): D(1) for n in range(4)}
    assert allocate(wanted, [new, old]) == Allocation({1: D(2), 2: D(2)}, D(0))


def test_identity_numbers_of_the_standard() -> None:
    """The two examples of GB 11643-1999, and near misses."""
    assert id_number_is_valid("11010519491231002X")
    assert id_number_is_valid("440524188001010014")
    for wrong in (
        "11010519491231002x",  # the service writes it in capitals first
        "110105194912310021",
        "11010519490231002X",  # 31 February
        "1101051949123100",
        "１1010519491231002X",
        "",
    ):
        assert not id_number_is_valid(wrong)


@given(
    st.integers(100000, 999999),
    st.dates(date(1900, 1, 1), date(2099, 12, 31)),
    st.integers(0, 999),
    st.integers(0, 17),
    st.integers(1, 9),
)
def test_one_wrong_digit_is_always_found(
    place: int, born: date, order: int, where: int, by: int
) -> None:
    """ISO 7064 MOD 11-2, which the standard uses, finds every single wrong digit."""
    body = f"{place}{born:%Y%m%d}{order:03d}"
    right = next(body + last for last in "0123456789X" if id_number_is_valid(body + last))
    if where == 17:
        last = "0123456789X"
        wrong = right[:17] + last[(last.index(right[17]) + by) % 11]
    else:
        wrong = right[:where] + str((int(right[where]) + by) % 10) + right[where + 1 :]
    assert not id_number_is_valid(wrong)
