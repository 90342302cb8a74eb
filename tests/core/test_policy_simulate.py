"""Past requests are replayed under a new policy: what the policy changes is told, nothing is changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from tests.core.test_policy_trials import content
from tests.core.workflow_house import LEADER, Base, Office, flow, node, own_task, submitted

from zhidu.access import roles
from zhidu.clock import frozen_at, now
from zhidu.db import Database
from zhidu.db.base import metadata
from zhidu.db.guard import core_allowed
from zhidu.org import departments, members
from zhidu.org.models import Member
from zhidu.policy import simulate
from zhidu.policy.simulate import Replayed, Simulation, Sort
from zhidu.testing.factories import MadeMember, make_company
from zhidu.texts import use_locale
from zhidu.workflow import engine
from zhidu.workflow.definition import Approver, Branch, Flow, Node, NodeKind, Path, Scope, Window


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with use_locale("en"):
        yield


FILE = node("file", "hr", kind=NodeKind.HANDLE, transition="file")
OLD = flow(node("lead", LEADER), FILE)
BOSS = node("boss", Approver("post", "general_manager"), when="amount > 10")
SINCE = date(2000, 1, 1)


def under(office: Office, made: Flow | None, **options: Any) -> Simulation:
    since = options.pop("since", SINCE)
    with office.db.read(office.system) as session, use_locale("en"):
        return simulate.simulate(session, content(made), since, **options)


def one(office: Office, made: Flow | None) -> Replayed:
    (found,) = under(office, made).replayed
    return found


def told(office: Office, made: Flow | None) -> list[str]:
    with use_locale("en"):
        return [str(each) for each in one(office, made).differences]


def approved(office: Office, record_id: int, by: MadeMember) -> None:
    with office.db.write(by.actor) as session:
        engine.approve(session, session.actor, own_task(session, record_id), "好")


def handled(office: Office, record_id: int) -> None:
    with office.db.write(office.org.hr_head.actor) as session:
        engine.handle(session, session.actor, own_task(session, record_id), "", {"copies": 1})


def finished(office: Office, **values: Any) -> int:
    """Bring a request of the salesman to its end under the old flow."""
    record_id = submitted(office, **values)
    approved(office, record_id, office.org.team_head)
    handled(office, record_id)
    return record_id


def picture(database: Database) -> dict[str, list[Any]]:
    """Read every row of every table."""
    with database.engine.connect() as connection, core_allowed():
        return {
            table.name: sorted(map(repr, connection.execute(select(table))))
            for each in (metadata, Base.metadata)
            for table in each.sorted_tables
            if table.info.get("addon") in {"core", "demo"}
        }


def test_the_same_flow_changes_nothing_for_anybody(office: Office) -> None:
    finished(office)
    submitted(office)
    found = under(office, OLD)
    assert (len(found.replayed), found.other) == (2, ())
    assert set(found.counts.values()) == {0}


def test_nothing_at_all_is_changed_in_any_table(office: Office) -> None:
    finished(office)
    submitted(office, amount=Decimal(40))
    before = picture(office.db)
    assert sum(map(len, before.values())) > 50
    found = under(office, flow(node("lead", Approver("superior", True)), BOSS, node("new", "hr")))
    assert len(found.other) == 2
    with office.db.write(office.system) as session:  # even where writing would be possible
        simulate.simulate(session, content(flow(BOSS)), SINCE)
        assert not session.new
        assert not session.dirty
    assert picture(office.db) == before


@pytest.mark.postgresql
def test_a_session_that_only_reads_is_enough_on_postgresql(office_on_postgresql: Office) -> None:
    test_nothing_at_all_is_changed_in_any_table(office_on_postgresql)


def test_another_step_is_told_with_its_clause(office: Office) -> None:
    finished(office, amount=Decimal(11))
    finished(office, amount=Decimal(10))
    found = under(office, flow(node("lead", LEADER), BOSS, FILE))
    (other,) = found.other
    with use_locale("en"):
        assert [str(each) for each in other.differences] == [
            "other steps: lead → file → lead → boss → file [D-boss]"
        ]
    assert found.counts == {Sort.STEPS: 1, Sort.PEOPLE: 0, Sort.REFUSED: 0, Sort.ALLOWED: 0}
    assert other.number.startswith("DM-")
    assert found.to_json()["other_way"] == 1


def test_other_people_are_told_by_name(office: Office) -> None:
    finished(office)
    assert told(office, flow(node("lead", Approver("dept_leader", {"level": 2})), FILE)) == [
        "lead: 褚亮 → 陈志强 [D-lead]"
    ]


def test_a_step_that_would_wait_says_why(office: Office) -> None:
    submitted(office, office.org.general_manager)
    made = flow(node("lead", LEADER), FILE, manager=Approver("role", "none"))
    assert told(office, OLD) == []
    assert told(office, made) == [
        "lead: 周静 → The only person found for this step is the applicant. [D-lead]"
    ]


def test_refusals_are_told(office: Office) -> None:
    finished(office)
    only = flow(node("lead", LEADER), FILE, start=Scope(posts=("accountant",)))
    (refused,) = one(office, only).differences
    assert (refused.sort, refused.before) == (Sort.REFUSED, "lead → file")
    assert refused.after
    assert [each.sort for each in one(office, None).differences] == [Sort.REFUSED]
    rare = flow(node("lead", LEADER, when="amount > 99"), FILE)
    (never,) = one(office, rare).differences
    assert never.sort is Sort.REFUSED


def test_a_window_that_was_not_there_refuses_by_the_day_of_the_submit(office: Office) -> None:
    with frozen_at(datetime(2026, 3, 6, 4, tzinfo=UTC)):
        finished(office)
    closed = flow(node("lead", LEADER), FILE, windows=(Window("D-1", opens=1, closes=5),))
    (late,) = one(office, closed).differences
    assert late.sort is Sort.REFUSED
    assert "could be submitted until" in late.after
    open_then = flow(node("lead", LEADER), FILE, windows=(Window("D-1", opens=1, closes=6),))
    assert told(office, open_then) == []


def test_a_request_on_its_way_is_compared_with_what_lies_ahead(office: Office) -> None:
    record_id = submitted(office)
    assert told(office, OLD) == []
    approved(office, record_id, office.org.team_head)
    assert told(office, OLD) == []
    assert told(office, flow(node("lead", LEADER), node("more", "finance"), FILE)) == [
        "other steps: lead → file → lead → more → file [D-more]"
    ]


def test_who_moved_since_is_no_matter_of_the_policy(office: Office) -> None:
    finished(office)
    org = office.org
    with office.db.write(office.system) as session:
        team = org.departments["销售一部"]
        departments.set_leaders(session, session.actor, team, [org.other_salesman.id])
    found = one(office, OLD)
    assert (found.differences, found.moved) == ((), ("lead",))
    assert "1 were decided by people who are asked no longer" in "\n".join(
        simulate.lines(Simulation((found,)))
    )
    (difference,) = one(office, flow(node("lead", "finance"), FILE)).differences
    assert difference.sort is Sort.PEOPLE  # here the policy asks others


def test_who_may_ask_no_more_under_either_policy_is_no_matter_of_the_new_one(
    office: Office,
) -> None:
    office.house.flow = flow(node("lead", LEADER), FILE, start=Scope(roles=("finance",)))
    made = office.org.accountant
    submitted(office, made)
    assert told(office, office.house.flow) == []
    with office.db.write(office.system) as session:
        roles.take_role(session, session.actor, made.id, "finance")
    found = one(office, office.house.flow)
    assert (found.differences, found.moved) == ((), ("start",))
    assert one(office, OLD).differences == ()
    (refused,) = one(office, None).differences
    assert refused.sort is Sort.REFUSED


def test_a_superior_in_the_applicants_place_is_no_difference(office: Office) -> None:
    with office.db.write(office.org.team_head.actor) as session:
        row = office.draft(session)
        engine.submit(session, session.actor, row.header)
    assert told(office, OLD) == []


def test_branches_are_compared_by_the_path_that_was_taken(office: Office) -> None:
    small = Path("small", "small", (node("lead", LEADER),), when="amount <= 5")
    big = Path("big", "big", (node("boss", "manager"),), default=True)
    office.house.flow = flow(Branch("size", "size", (small, big)), FILE)
    finished(office, amount=Decimal(5))
    assert told(office, office.house.flow) == []
    less = Path("small", "small", small.steps, when="amount <= 3")
    assert told(office, flow(Branch("size", "size", (less, big)), FILE)) == [
        "other steps: lead → file → boss → file [D-boss]"
    ]


def test_an_engine_that_rejects_by_itself_is_a_refusal(office: Office) -> None:
    finished(office)
    auto = Node("no", "no", "D-no", kind=NodeKind.AUTO, result="reject", reason="too much")
    (difference,) = one(office, flow(auto, node("lead", LEADER), FILE)).differences
    assert (difference.sort, difference.after) == (Sort.REFUSED, "too much")


def test_what_the_old_flow_rejected_by_itself_is_no_longer_refused(office: Office) -> None:
    auto = Node("no", "no", "D-no", kind=NodeKind.AUTO, result="reject", reason="too much")
    office.house.flow = flow(auto, node("lead", LEADER), FILE)
    submitted(office)
    assert told(office, office.house.flow) == []
    allowed, steps = one(office, OLD).differences
    assert (allowed.sort, allowed.before, allowed.after) == (
        Sort.ALLOWED,
        "too much",
        "lead → file",
    )
    assert (steps.sort, steps.before) == (Sort.STEPS, "no")


def test_only_requests_since_the_day_and_only_the_newest(office: Office) -> None:
    with frozen_at(now() - timedelta(days=40)):
        finished(office)
    second, third = finished(office), finished(office)
    today = (now() - timedelta(days=2)).date()
    with office.db.read(office.system) as session:
        assert simulate.count(session, SINCE) == 3
        assert simulate.count(session, today) == 2
    assert [each.record_id for each in under(office, OLD, since=today).replayed] == [second, third]
    assert [each.record_id for each in under(office, OLD, last=1).replayed] == [third]
    seen: list[int] = []
    under(office, OLD, progress=lambda: seen.append(1))
    assert len(seen) == 3


def test_facts_that_count_from_today_are_those_of_the_day_of_submit(office: Office) -> None:
    """A replay stands still at the submit: who asks on which day is asked as it was then."""
    days: list[date] = []
    kind = office.house.registry.kinds["demo.request"]

    def read(_session: Any, row: Any) -> dict[str, Any]:
        days.append(now().date())
        return {"amount": row.amount, "sort": row.sort, "keeper": row.keeper_id}

    with frozen_at(now() - timedelta(days=40)):
        past = now().date()
        finished(office)
    object.__setattr__(kind, "read_facts", read)
    under(office, flow(node("lead", LEADER), BOSS, FILE))
    assert days
    assert set(days) == {past}


def test_a_leaver_is_named_and_his_step_goes_on(office: Office) -> None:
    finished(office)
    with office.db.write(office.system) as session:
        lead = session.get_one(Member, office.org.team_head.id)
        members.leave(session, session.actor, lead)
    found = one(office, OLD)
    assert (found.differences, found.moved) == ((), ("lead",))


def test_another_company_has_no_part_in_it(office: Office) -> None:
    finished(office)
    other = make_company(office.db, "other")
    with office.db.read(other.system) as session:
        assert simulate.simulate(session, content(OLD), SINCE).replayed == ()
        assert simulate.count(session, SINCE) == 0
