"""One out of many: the applicant's choice within a range, and turns that are fair to everybody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from tests.core.find_stage import found, question, wrong
from tests.core.workflow_house import KIND, DemoRequest, Office, node

from zhidu.db import Session
from zhidu.org import groups, members
from zhidu.org.models_groups import Group
from zhidu.records import services as records
from zhidu.records.models import Record
from zhidu.testing.concurrency import Concurrently
from zhidu.texts import use_locale
from zhidu.workflow import choices
from zhidu.workflow.definition import Approver
from zhidu.workflow.models_people import Choice, Turn

BY_TURNS = {"rotation": {"group": "buyers"}}


@pytest.fixture
def buyers(office: Office) -> list[int]:
    return make_group(office)


def make_group(office: Office) -> list[int]:
    org = office.org
    people = [org.cashier.id, org.auditor.id, org.accountant.id]
    with office.db.write(office.system) as session:
        groups.create_group(session, session.actor, "buyers", "采购小组", people)
    return people


# -- chosen by the applicant


def kept(office: Office, chosen: dict[str, list[int]], argument: Any, **more: Any) -> list[int]:
    """Choose for the node ``n`` in one unit of work; find in the next one."""
    way = Approver("chosen", argument, more.pop("otherwise", ()))
    step = node("n", way)
    with office.db.write(office.org.salesman.actor) as session:
        row = office.draft(session)
        choices.choose(
            session,
            row.header,
            [step],
            chosen,
            lambda asked: question(session, row, node=asked.id),
        )
        key = row.id
    with office.db.read(office.org.salesman.actor) as session:
        row = session.get_one(type(row), key)
        return found(session, row, way, **more)


@pytest.mark.parametrize(
    ("argument", "wanted"),
    [
        ({"role": "finance"}, ["cashier"]),
        ({"role": "finance", "most": 2}, ["cashier", "accountant"]),
        ({"post": "cashier"}, ["cashier"]),
        ({"group": "buyers", "most": 3}, ["accountant", "auditor"]),
        ({"dept": "财务部"}, ["accountant"]),
        ({"dept": "applicant"}, ["team_head"]),
        ({"anyone": True, "most": 99}, ["hr_head", "admin"]),
    ],
)
def test_a_choice_is_kept_in_its_order(
    office: Office, buyers: list[int], argument: Any, wanted: list[str]
) -> None:
    ids = [getattr(office.org, name).id for name in wanted]
    assert kept(office, {"n": ids, "other": [1]}, argument) == ids
    assert wrong(office, {"chosen": argument}) == []
    assert buyers


@pytest.mark.parametrize(
    ("argument", "wanted"),
    [
        ({"role": "finance"}, []),
        ({"role": "finance"}, ["cashier", "accountant"]),
        ({"role": "finance"}, ["hr_head"]),
        ({"role": "finance", "most": 2}, ["cashier", "hr_head"]),
        ({"dept": "applicant"}, ["salesman"]),
        ({"people": ["nobody"]}, ["cashier"]),
    ],
)
def test_who_cannot_be_chosen_is_refused_by_field(
    office: Office, argument: Any, wanted: list[str]
) -> None:
    """Nobody, too many, somebody outside the range, the applicant."""
    with pytest.raises(choices.NotChosen) as caught:
        kept(office, {"n": [getattr(office.org, name).id for name in wanted]}, argument)
    assert set(caught.value.fields) == {"chosen-n"}


def test_with_a_stand_in_nobody_need_be_chosen(office: Office) -> None:
    stand_in = (Approver("post", "cashier"),)
    assert kept(office, {}, {"role": "hr"}, otherwise=stand_in) == [office.org.cashier.id]
    head = office.org.hr_head.id
    assert kept(office, {"n": [head]}, {"role": "hr"}, otherwise=stand_in) == [head]


def test_who_left_the_range_is_found_no_more(office: Office, buyers: list[int]) -> None:
    way = {"chosen": {"group": "buyers", "most": 2}}
    with office.db.write(office.org.salesman.actor) as session:
        row = office.draft(session)
        session.add_all(
            Choice(record_id=row.id, node_id="n", member_id=one, sort=place)
            for place, one in enumerate((buyers[1], buyers[0]))
        )
        session.flush()
        assert found(session, row, way) == [buyers[1], buyers[0]]
        assert found(session, row, way, node="other") == []
        key = row.id
    with office.db.write(office.system) as session:
        groups.set_group_members(session, session.actor, _group(session), [buyers[0]])
    with office.db.read(office.org.salesman.actor) as session:
        assert found(session, session.get_one(type(row), key), way) == [buyers[0]]


def _group(session: Session) -> int:
    return session.scalars(select(Group.id).where(Group.code == "buyers")).one()


def test_a_preview_sees_what_the_form_chooses(office: Office, buyers: list[int]) -> None:
    with office.db.read(office.org.salesman.actor) as session:
        row = _unsaved(session, office)
        way = {"chosen": {"group": "buyers"}}
        assert found(session, row, way) == []
        assert found(session, row, way, chosen={"n": [buyers[2]]}) == [buyers[2]]
        assert found(session, row, way, chosen={"n": [office.org.hr_head.id]}) == []
        assert found(session, row, BY_TURNS, takes=True) == [buyers[0]]


def _unsaved(session: Session, office: Office) -> Any:
    header = Record(kind=KIND, title="x", applicant_id=office.org.salesman.id)
    return DemoRequest(header=header)


def test_another_choice_replaces_the_first(office: Office) -> None:
    org = office.org
    step = node("n", Approver("chosen", {"role": "finance"}))
    with office.db.write(org.salesman.actor) as session:
        row = office.draft(session)
        for one in (org.cashier.id, org.accountant.id):
            choices.choose(
                session,
                row.header,
                [step],
                {"n": [one, one]},
                lambda asked: question(session, row, node=asked.id),
            )
        assert choices.chosen_for(session, row.header) == {"n": [org.accountant.id]}
        [need] = choices.needs([step], lambda asked: question(session, row, node=asked.id))
        assert (need.most, need.optional, need.field) == (1, False, "chosen-n")
        assert set(need.candidates) == {org.cashier.id, org.accountant.id, org.finance_head.id}


def test_a_deleted_draft_takes_its_choices_along(office: Office) -> None:
    with office.db.write(office.org.salesman.actor) as session:
        row = office.draft(session)
        session.add(Choice(record_id=row.id, node_id="n", member_id=office.org.cashier.id))
        session.flush()
        records.delete_draft(session, session.actor, row)
    with office.db.read(office.system) as session:
        assert session.scalars(select(Choice)).all() == []


# -- by turns


def taken(office: Office, **more: Any) -> int:
    """Let a new request of the salesman take a turn."""
    with office.db.write(office.org.salesman.actor) as session:
        row = office.draft(session)
        [one] = found(session, row, BY_TURNS, takes=True, **more)
        return one


def test_turns_go_round_in_the_order_of_the_group(office: Office, buyers: list[int]) -> None:
    assert [taken(office) for _ in range(7)] == [*buyers, *buyers, buyers[0]]


def test_who_is_away_is_passed_over_and_comes_next(office: Office, buyers: list[int]) -> None:
    assert taken(office, away=[buyers[0]]) == buyers[1]
    assert taken(office) == buyers[0]
    assert taken(office) == buyers[2]
    assert taken(office) == buyers[1]


def test_a_request_keeps_its_person(office: Office, buyers: list[int]) -> None:
    with office.db.write(office.org.salesman.actor) as session:
        row = office.draft(session)
        first = found(session, row, BY_TURNS, takes=True)
        assert found(session, row, BY_TURNS, takes=True) == first
        assert found(session, row, BY_TURNS) == first
        # on another step it is somebody else's turn; where the person is away, too
        assert found(session, row, BY_TURNS, node="m", takes=True) == [buyers[1]]
        assert found(session, row, BY_TURNS, takes=True, away=first) == [buyers[2]]
        assert found(session, row, BY_TURNS, takes=True) == [buyers[2]]


def test_looking_takes_no_turn(office: Office, buyers: list[int]) -> None:
    for _ in range(3):
        with office.db.write(office.org.salesman.actor) as session:
            assert found(session, office.draft(session), BY_TURNS) == [buyers[0]]
    with office.db.read(office.system) as session:
        assert session.scalars(select(Turn)).all() == []


def test_the_applicants_own_request_goes_to_another(office: Office, buyers: list[int]) -> None:
    with office.db.write(office.org.cashier.actor) as session:
        assert found(session, office.draft(session), BY_TURNS, takes=True) == [buyers[1]]
    assert taken(office) == buyers[0]


def test_nobody_there_is_nobody(office: Office, buyers: list[int]) -> None:
    with office.db.write(office.org.salesman.actor) as session:
        row = office.draft(session)
        assert found(session, row, BY_TURNS, away=buyers, takes=True) == []
        assert found(session, row, {"rotation": {"role": "none"}}, takes=True) == []
        assert found(session, row, {"rotation": {"post": "cashier"}}, takes=True) == [buyers[0]]


def test_turns_are_fair_whoever_is_away(office: Office, buyers: list[int]) -> None:
    """Nobody is ahead of another by more turns than the other was away, plus one."""

    @settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(st.frozensets(st.sampled_from(buyers), max_size=2), max_size=25))
    def check(days: list[frozenset[int]]) -> None:
        turns: Counter[int] = Counter()
        missed: Counter[int] = Counter()
        with office.db.write(office.org.salesman.actor) as session:
            for away in days:
                [one] = found(
                    session, office.draft(session), BY_TURNS, takes=True, away=sorted(away)
                )
                assert one not in away
                turns[one] += 1
                missed.update(away)
            for one in buyers:
                for other in buyers:
                    assert turns[one] - turns[other] <= missed[other] + 1
            session.rollback()

    check()


@pytest.mark.postgresql
def test_two_requests_at_once_have_two_turns(office_on_postgresql: Office) -> None:
    office = office_on_postgresql
    people = make_group(office)

    def act(session: Session, meet: Callable[[], None]) -> int:
        row = office.draft(session)
        meet()
        [one] = found(session, row, BY_TURNS, takes=True)
        return one

    actor = office.org.salesman.actor
    for _ in range(4):
        outcomes = Concurrently(office.db)(actor, act, act, act)
        assert sorted(outcome.get() for outcome in outcomes) == sorted(people)


# -- arguments


@pytest.mark.parametrize(
    ("way", "said"),
    [
        ({"chosen": {}}, "one of these"),
        ({"chosen": {"role": "a", "post": "b"}}, "one of these"),
        ({"chosen": {"role": "a", "most": 0}}, "from 1 to 99"),
        ({"chosen": {"people": []}}, "list of log-in names"),
        ({"chosen": {"people": "a"}}, "list of log-in names"),
        ({"chosen": {"anyone": False}}, "true"),
        ({"rotation": "buyers"}, "words"),
        ({"rotation": {"group": "a", "role": "b"}}, "one of these"),
        ({"rotation": {"dept": "a"}}, "dept"),
    ],
)
def test_a_wrong_argument_is_named(office: Office, way: Any, said: str) -> None:
    with use_locale("en"):
        [text] = wrong(office, way)
    assert said in text


def test_a_leaver_is_skipped(office: Office, buyers: list[int]) -> None:
    with office.db.write(office.system) as session:
        members.leave(session, session.actor, buyers[0])
    assert [taken(office) for _ in range(3)] == [buyers[1], buyers[2], buyers[1]]
