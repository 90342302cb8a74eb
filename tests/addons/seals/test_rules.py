"""The rules by themselves: three people, two hands, copies, months, states."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from zhidu_seals.rules import copies, people
from zhidu_seals.rules.kinds import (
    NEXT,
    InspectionResult,
    SealState,
    SealType,
    may_be_used,
    may_become,
)
from zhidu_seals.rules.months import add_months, next_inspection
from zhidu_seals.rules.people import APART, Hands, Kept, in_one_hand

KEYS = st.integers(1, 5)
HANDS = st.builds(
    Hands,
    approver=KEYS,
    custodian=KEYS,
    backup=st.none() | KEYS,
    custodian_here=st.booleans(),
    backup_here=st.booleans(),
)


@given(HANDS, KEYS)
def test_the_keeper_never_asks_and_works_here(hands: Hands, applicant: int) -> None:
    stamps = people.keeper(hands, applicant)
    assert stamps != applicant
    if stamps is None:
        assert people.problem(hands, applicant) is people.Problem.NO_KEEPER
    elif stamps == hands.custodian and hands.custodian_here:
        assert True
    else:
        assert stamps == hands.backup
        assert hands.backup_here
        assert hands.custodian == applicant or not hands.custodian_here


@given(HANDS, KEYS)
def test_the_custodian_comes_before_the_backup(hands: Hands, applicant: int) -> None:
    if hands.custodian_here and hands.custodian != applicant:
        assert people.keeper(hands, applicant) == hands.custodian


@given(HANDS, KEYS, KEYS, st.sets(KEYS))
def test_whoever_approves_and_stamps_are_three_with_the_applicant(
    hands: Hands, applicant: int, member: int, approved: set[int]
) -> None:
    stamps = people.keeper(hands, applicant)
    if people.may_stamp(member, applicant, stamps, approved, hands.backup):
        assert member in {stamps, hands.backup}
        assert member != applicant
        assert member not in approved
    if people.may_stamp(member, applicant, stamps, approved):
        assert member == stamps
        assert not people.may_approve(member, applicant, stamps)
    if people.may_approve(member, applicant, stamps):
        assert member not in {applicant, stamps}


@given(HANDS, KEYS)
def test_without_a_problem_three_people_can_be_found(hands: Hands, applicant: int) -> None:
    if people.problem(hands, applicant) is None:
        stamps = people.keeper(hands, applicant)
        assert stamps is not None
        assert stamps != applicant
        # the approver is a third one, or the applicant, for whom the superior decides
        assert stamps != hands.approver or hands.approver == applicant


KEPT = st.builds(
    Kept,
    type=st.sampled_from(SealType),
    name=st.text(max_size=3),
    keepers=st.frozensets(KEYS, min_size=1, max_size=2),
)


@given(KEPT, st.lists(KEPT, max_size=4))
def test_finance_and_legal_seal_are_never_in_one_hand(seal: Kept, others: list[Kept]) -> None:
    found = in_one_hand(seal, others)
    clash = [
        other
        for other in others
        if {seal.type, other.type} == APART and seal.keepers & other.keepers
    ]
    assert (found is None) == (not clash)
    assert found is None or found in clash


@given(st.integers(0, 50), st.integers(0, 60), st.integers(-3, 60))
def test_copies_never_exceed_what_was_approved(approved: int, stamped: int, now: int) -> None:
    assert 0 <= copies.left(approved, stamped) <= max(approved, 0)
    if copies.fits(approved, stamped, now):
        assert now >= 1
        assert stamped + now <= approved


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(1, 24))
def test_months_keep_the_day_or_take_the_last_one(day: date, months: int) -> None:
    then = add_months(day, months)
    assert (then.year * 12 + then.month) - (day.year * 12 + day.month) == months
    assert then.day == day.day or (then.day < day.day and add_months(then, 0) == then)
    assert next_inspection(day, months) > day


def test_months_at_the_end_of_february() -> None:
    assert add_months(date(2026, 11, 30), 3) == date(2027, 2, 28)
    assert add_months(date(2027, 11, 30), 3) == date(2028, 2, 29)
    assert add_months(date(2026, 12, 31), 1) == date(2027, 1, 31)


def test_a_destroyed_seal_never_comes_back_and_only_one_in_use_is_used() -> None:
    assert NEXT[SealState.DESTROYED] == ()
    reached = {SealState.IN_USE}
    for state in SealState:
        assert not may_become(state, state)
        assert may_be_used(state) == (state is SealState.IN_USE)
        reached.update(NEXT[state])
    assert reached == set(SealState)
    assert {one.stops for one in InspectionResult} == {None, SealState.LOST, SealState.DAMAGED}


def test_everything_people_see_has_a_name() -> None:
    from zhidu_seals.rules.kinds import DocumentType, HandoverState

    for enum in (SealType, SealState, DocumentType, InspectionResult, HandoverState):
        names = [str(one.label) for one in enum]
        assert all(names)
        assert len(set(names)) == len(names)
