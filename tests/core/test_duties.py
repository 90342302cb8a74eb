"""Recurring duties: opened once, on their day, for those named; proven, escalated, never lost."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import func, select
from tests.core.duty_stage import (
    CHECK,
    clocks_of,
    do,
    duties_of,
    keys,
    open_duties,
    publish,
    run,
    run_all,
    told,
    watch,
)
from tests.core.seats_stage import office  # noqa: F401 -- fixtures
from tests.core.workflow_house import Office, submitted, tasks_of

from zhidu.clock import now
from zhidu.db import Session
from zhidu.errors import Refused
from zhidu.org.calendar import is_workday
from zhidu.org.models import Company
from zhidu.policy import deadlines, duties, duties_kind
from zhidu.policy.duty_models import Duty
from zhidu.records.files import FileStore
from zhidu.records.models import Approval, Record
from zhidu.testing.concurrency import Concurrently
from zhidu.testing.fixtures import FrozenClock
from zhidu.workflow import engine, queries
from zhidu.workflow.errors import AttachmentWanted, OpinionWanted
from zhidu.workflow.models import InstanceStatus, Trail
from zhidu.workflow.seats_plugin import FIND_DUE
from zhidu.workflow.trail import replay

MONDAY = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
"""Nine in the morning in Shanghai, on a working day."""


@pytest.fixture(autouse=True)
def at_nine(clock: FrozenClock) -> None:
    clock.set(MONDAY)


def one(session: Session) -> Duty:
    return session.scalars(select(Duty)).one()


def test_a_duty_is_opened_once_for_those_named(office: Office) -> None:
    version = publish(office, CHECK)
    open_duties(office)
    open_duties(office)
    with office.db.read(office.system) as session:
        row = one(session)
        assert (row.duty, row.period, row.clause) == ("check", "2026-03-02", "D-1")
        assert row.due_at == datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
        assert row.header.title == "设备点检 · 2026-03-02"
        assert row.header.policy_version_id == version
        assert row.header.number == "DT-202603-0001"
        assert row.header.approval is Approval.APPROVED
        assert row.header.execution == "open"
        assert [task.member_id for task in tasks_of(session, row.id)] == [office.org.custodian.id]
        assert tasks_of(session, row.id)[0].clause == "D-1"
    assert len(told(office, office.org.custodian, "设备点检")) == 1


def test_it_waits_on_the_person_s_list_and_is_no_request_of_theirs(office: Office) -> None:
    publish(office, CHECK)
    open_duties(office)
    with office.db.read(office.org.custodian.actor) as session:
        me = office.org.custodian.id
        assert session.scalar(select(func.count()).select_from(Record)) == 1
        assert queries.count_todo(session, me) == 1
        assert queries.count_started(session, me) == 0
        record = one(session).header
        assert [act.action for act in engine.allowed(session, session.actor, record)] == ["handle"]


def test_the_one_asked_does_it(office: Office, clock: FrozenClock) -> None:
    publish(office, CHECK)
    open_duties(office)
    with office.db.read(office.system) as session:
        key = one(session).id
    clock.tick(minutes=30)
    do(office, office.org.custodian, key, "一切正常")
    with office.db.read(office.system) as session:
        row = one(session)
        assert (row.result, row.done_by) == ("一切正常", office.org.custodian.id)
        assert row.done_at == row.header.ended_at == now()
        assert row.header.execution == "done"
        assert row.header.approval is Approval.APPROVED
        clock_row = clocks_of(session, key)[0]
        assert (clock_row.stopped_at, clock_row.missed) == (now(), False)
        assert deadlines.deadlines_of(session, [key]) == {}
        trail = session.scalars(select(Trail).where(Trail.record_id == key).order_by(Trail.id))
        standing = replay(trail.all())
        assert (standing.approval, standing.status) == (Approval.APPROVED, InstanceStatus.ENDED)
    open_duties(office)
    assert keys(office) == [("check", "2026-03-02")]


def test_words_are_demanded_where_the_policy_says_so(office: Office) -> None:
    publish(office, CHECK + "    evidence: text\n")
    open_duties(office)
    with office.db.read(office.system) as session:
        key = one(session).id
    with pytest.raises(OpinionWanted):
        do(office, office.org.custodian, key, "  ")
    do(office, office.org.custodian, key, "已检")
    with office.db.read(office.system) as session:
        assert one(session).result == "已检"


def test_a_file_is_demanded_where_the_policy_says_so(office: Office, tmp_path: Any) -> None:
    publish(office, CHECK + "    evidence: file\n")
    open_duties(office)
    with office.db.read(office.system) as session:
        key = one(session).id
    with pytest.raises(AttachmentWanted):
        do(office, office.org.custodian, key, "已检")
    files = FileStore(tmp_path / "files")
    with office.db.write(office.org.custodian.actor) as session:
        task = tasks_of(session, key)[0]
        kept = engine.attach(
            session, session.actor, task, BytesIO(b"checked"), "list.txt", files=files
        )
        engine.handle(session, session.actor, task, "已检", attachments=[kept.id])
    with office.db.read(office.system) as session:
        assert one(session).done_at is not None


def test_a_record_of_the_period_is_demanded_and_proves_one_period(
    office: Office,
    clock: FrozenClock,
) -> None:
    early = submitted(office, office.org.custodian)
    clock.tick(days=1)
    publish(office, CHECK + "    evidence: demo.request\n")
    open_duties(office)
    of_period = submitted(office, office.org.custodian)
    clock.tick(days=1)
    open_duties(office)
    with office.db.read(office.system) as session:
        first, second = (row.id for row in duties_of(session))
    for wrong in ({}, {"proof": early}, {"proof": first}, {"proof": 10**6}):
        with pytest.raises(duties_kind.EvidenceWanted) as caught:
            do(office, office.org.custodian, first, **wrong)
        assert caught.value.source.ref == "D-1"
    with office.db.read(office.org.custodian.actor) as session:
        offered = session.scalars(duties_kind.proofs(session, session.get_one(Duty, first)))
        assert [record.id for record in offered] == [of_period]
    with pytest.raises(duties_kind.EvidenceWanted):  # it was made before the second period
        do(office, office.org.custodian, second, proof=of_period)
    do(office, office.org.custodian, first, proof=of_period)
    with office.db.read(office.system) as session:
        assert session.get_one(Duty, first).proof_id == of_period


def test_another_person_s_record_that_one_may_not_read_proves_nothing(office: Office) -> None:
    publish(office, CHECK + "    evidence: demo.request\n")
    open_duties(office)
    other = submitted(office, office.org.salesman)
    with office.db.read(office.system) as session:
        key = one(session).id
    with pytest.raises(duties_kind.EvidenceWanted):
        do(office, office.org.custodian, key, proof=other)


def test_nobody_else_does_it_and_nobody_withdraws_it(office: Office) -> None:
    publish(office, CHECK)
    open_duties(office)
    with office.db.read(office.system) as session:
        key = one(session).id

    def by_another(session: Session) -> None:
        engine.handle(session, session.actor, tasks_of(session, key)[0])

    def withdrawn(session: Session) -> None:
        engine.withdraw(session, session.actor, session.get_one(Record, key))

    for person, act in ((office.org.salesman, by_another), (office.org.custodian, withdrawn)):
        with pytest.raises(Refused), office.db.write(person.actor) as session:
            act(session)


ESCALATED = (
    CHECK
    + """\
    escalate:
      - {after: 1 hour, do: remind, clause: D-2}
      - {after: 4 hours, do: escalate, clause: D-2}
      - {after: 24 hours, do: manager, clause: D-2}
"""
)


def test_the_clocks_count_from_when_it_is_due(office: Office, clock: FrozenClock) -> None:
    publish(office, ESCALATED)
    open_duties(office)
    who = office.org
    reminders = lambda: len(told(office, who.custodian, "Reminder"))  # noqa: E731

    def strike(hours: float) -> None:
        clock.set(datetime(2026, 3, 2, 2, 0, tzinfo=UTC) + timedelta(hours=hours))
        _strike(office)

    strike(0.9)
    assert reminders() == 0
    strike(1)
    strike(1.2)
    assert reminders() == 1
    with office.db.read(office.system) as session:
        assert [task.member_id for task in tasks_of(session, one(session).id)] == [who.custodian.id]
    strike(4)
    with office.db.read(office.system) as session:
        asked = [task.member_id for task in tasks_of(session, one(session).id)]
        assert asked == [who.custodian.id, who.admin.id]  # 周静 is the superior of 吴芳
        clauses = session.scalars(
            select(Trail.clause).where(Trail.action == "timeout").order_by(Trail.id)
        )
        assert list(clauses) == ["D-2", "D-2"]
    do(office, who.admin, _key(office), "代办")
    with office.db.read(office.system) as session:
        assert one(session).done_by == who.admin.id


def test_after_the_superior_comes_the_manager_of_the_flow(
    office: Office,
    clock: FrozenClock,
) -> None:
    text = ESCALATED.replace("role: custodian", "role: hr")
    publish(office, text)
    open_duties(office)
    clock.set(datetime(2026, 3, 3, 2, 0, tzinfo=UTC))
    for _ in range(3):
        _strike(office)
    with office.db.read(office.system) as session:
        first = duties_of(session)[0]
        assert office.org.admin.id in {task.member_id for task in tasks_of(session, first.id)}


def test_a_catch_up_does_not_escalate_at_once(office: Office, clock: FrozenClock) -> None:
    """Who is asked a week late is reminded an hour later, not told off in the same minute."""
    publish(office, ESCALATED)
    open_duties(office)
    clock.tick(days=7)
    open_duties(office)
    _strike(office)
    with office.db.read(office.system) as session:
        late = next(row for row in duties_of(session) if row.period == "2026-03-05")
        assert [task.member_id for task in tasks_of(session, late.id)] == [office.org.custodian.id]
        assert tasks_of(session, late.id)[0].reminded == 0


def test_what_is_late_stays_open_when_the_next_period_opens(
    office: Office,
    clock: FrozenClock,
) -> None:
    publish(office, CHECK)
    open_duties(office)
    watch(office)
    clock.tick(days=1)
    open_duties(office)
    watch(office)
    assert keys(office) == [("check", "2026-03-02"), ("check", "2026-03-03")]
    with office.db.read(office.org.custodian.actor) as session:
        assert queries.count_todo(session, office.org.custodian.id) == 2
        first, second = duties_of(session)
        found = deadlines.deadlines_of(session, [first.id, second.id])
        assert (found[first.id].missed, found[second.id].missed) == (True, False)
        assert found[first.id].clause == "D-1"
        assert [row.missed for row in clocks_of(session)] == [True, False]
    do(office, office.org.custodian, first.id)
    with office.db.read(office.system) as session:
        assert clocks_of(session, first.id)[0].missed


def test_missed_days_are_made_up_for(office: Office, clock: FrozenClock) -> None:
    publish(office, CHECK)
    open_duties(office)
    clock.tick(days=10)
    open_duties(office)
    days = [date(2026, 3, 2) + timedelta(days=n) for n in range(11)]
    with office.db.read(office.system) as session:
        expected = [day.isoformat() for day in days if is_workday(session, day)]
    assert [period for _, period in keys(office)] == expected
    assert len(expected) == 9


def test_a_company_without_a_policy_has_nothing_to_do(office: Office) -> None:
    open_duties(office)
    assert keys(office) == []


def test_before_the_first_look_nothing_is_made_up_for(office: Office, clock: FrozenClock) -> None:
    publish(office, CHECK)
    clock.tick(days=3)
    open_duties(office)
    assert keys(office) == [("check", "2026-03-05")]


YEAR = (
    CHECK
    + """\
  - {id: week, title: 周报, every: week, on: fri, who: {role: hr}, clause: D-1}
  - {id: month, title: 月结, every: month, on: 31, by: "17:00", who: {role: finance}, clause: D-1}
  - {id: quarter, title: 季报, every: quarter, on: {month: 1, day: 15}, who: {role: finance},
     within: 2 working days, clause: D-1}
  - {id: half, title: 半年检, every: half-year, who: {role: custodian}, clause: D-1}
  - {id: year, title: 年审, every: year, on: {month: 3, day: 31}, who: {role: auditor}, clause: D-1}
"""
)


@pytest.mark.sqlite
def test_a_year_of_jobs(office: Office, clock: FrozenClock) -> None:
    """Each period of each duty is opened once, on a working day, by a runner that sometimes sleeps."""
    clock.set(datetime(2026, 1, 1, 1, 0, tzinfo=UTC))
    publish(office, YEAR)
    day = datetime(2026, 1, 1, 1, 0, tzinfo=UTC)
    asleep = {40, 41, 42, 120, 200, 201, 202, 203, 204, 205, 206, 207}
    for n in range(365):
        clock.set(day + timedelta(days=n))
        if n not in asleep:
            open_duties(office)
            if n % 30 == 0:
                open_duties(office)
    with office.db.read(office.system) as session:
        rows = duties_of(session)
        working = {day for day in _days(2026) if is_workday(session, day)}
        counted: dict[str, int] = {}
        for row in rows:
            counted[row.duty] = counted.get(row.duty, 0) + 1
            assert row.falls_on in working
        weeks = {day.isocalendar()[:2] for day in working}
        assert counted.pop("check") == len(working)
        assert counted.pop("week") in (len(weeks), len(weeks) - 1)  # the last Friday is 2027's
        assert counted == {"month": 12, "quarter": 4, "half": 2, "year": 1}
        assert len({(row.duty, row.period) for row in rows}) == len(rows)
        numbers = [row.header.number for row in rows]
        assert len(set(numbers)) == len(numbers)
        quarter = next(row for row in rows if row.duty == "quarter" and row.period == "2026-Q2")
        assert quarter.falls_on == date(2026, 4, 15)
        # from nine on the 15th, a Wednesday, two working days: nine on the 17th
        assert quarter.due_at == datetime(2026, 4, 17, 1, 0, tzinfo=UTC)


def _days(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [first + timedelta(days=n) for n in range(365)]


def test_two_workers_open_nothing_twice(office: Office) -> None:
    publish(office, YEAR)
    meet = Concurrently(office.db)

    def act(session: Session, _meet: Any) -> None:
        duties.open_due(session, {})

    for outcome in meet(office.system, act, act, act):
        outcome.get()
    open_duties(office)
    found = keys(office)
    assert found == [("check", "2026-03-02")]


def test_a_new_version_drops_a_duty_and_leaves_what_runs(
    office: Office,
    clock: FrozenClock,
) -> None:
    first = publish(office, CHECK)
    open_duties(office)
    clock.tick(days=1)
    second = publish(
        office, CHECK.replace("check", "round").replace("设备点检", "巡查"), version="2"
    )
    open_duties(office)
    assert keys(office) == [("check", "2026-03-02"), ("round", "2026-03-03")]
    with office.db.read(office.system) as session:
        old, new = duties_of(session)
        assert (old.header.policy_version_id, new.header.policy_version_id) == (first, second)
        assert len(tasks_of(session, old.id)) == 1
        key = old.id
    do(office, office.org.custodian, key, "好")


def test_a_day_that_was_missed_is_opened_under_the_version_of_that_day(
    office: Office,
    clock: FrozenClock,
) -> None:
    publish(office, CHECK)
    open_duties(office)
    other = CHECK.replace("check", "round")
    publish(office, other, version="2", day=date(2026, 3, 5))
    clock.tick(days=4)
    open_duties(office)
    assert keys(office) == [
        ("check", "2026-03-02"),
        ("check", "2026-03-03"),
        ("check", "2026-03-04"),
        ("round", "2026-03-05"),
        ("round", "2026-03-06"),
    ]


def test_scopes_say_whom_it_is_for(office: Office) -> None:
    text = CHECK.replace("{role: custodian}", "{role: finance}")
    publish(
        office, text + "    mode: any\n" if False else text + "    except: {posts: [cashier]}\n"
    )
    open_duties(office)
    with office.db.read(office.system) as session:
        asked = {task.member_id for task in tasks_of(session, one(session).id)}
    assert asked == {office.org.finance_head.id, office.org.accountant.id}


def test_any_one_of_them_does_it_for_all(office: Office) -> None:
    publish(office, CHECK.replace("{role: custodian}", "{role: finance}"))
    open_duties(office)
    do(office, office.org.cashier, _key(office), "好")
    with office.db.read(office.system) as session:
        assert tasks_of(session, _key(office)) == []
        assert one(session).done_by == office.org.cashier.id


def test_where_nobody_is_found_the_administrators_are_asked(office: Office) -> None:
    publish(office, CHECK + "    except: {posts: [seal_keeper]}\n")
    open_duties(office)
    with office.db.read(office.system) as session:
        row = one(session)
        superior = office.org.general_manager.id
        assert row.header.applicant_id == office.org.admin.id
        assert [task.member_id for task in tasks_of(session, row.id)] == [superior]


def test_a_duty_that_cannot_be_opened_holds_up_no_other_one_and_is_tried_again(
    office: Office,
    clock: FrozenClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    publish(office, CHECK + CHECK.replace("check", "fails"))
    real = duties.open_duty

    def failing(*arguments: Any) -> Any:
        if arguments[3].id == "fails":
            raise RuntimeError("an addon is broken")
        return real(*arguments)

    monkeypatch.setattr(duties, "open_duty", failing)
    open_duties(office)
    clock.tick(days=1)
    open_duties(office)
    assert keys(office) == [("check", "2026-03-02"), ("check", "2026-03-03")]
    monkeypatch.setattr(duties, "open_duty", real)
    open_duties(office)
    assert len(keys(office)) == 4


def test_summer_time_does_not_move_what_the_clock_on_the_wall_shows(
    office: Office,
    clock: FrozenClock,
) -> None:
    """In New York the clocks go forward on 8 March 2026: ten o'clock stays ten o'clock."""
    with office.db.write(office.system) as session:
        session.get_one(Company, session.company).timezone = "America/New_York"
    clock.set(datetime(2026, 3, 6, 14, 0, tzinfo=UTC))
    publish(office, CHECK)
    open_duties(office)
    clock.set(datetime(2026, 3, 9, 14, 0, tzinfo=UTC))
    open_duties(office)
    with office.db.read(office.system) as session:
        due = {row.period: row.due_at for row in duties_of(session)}
    assert due == {
        "2026-03-06": datetime(2026, 3, 6, 15, 0, tzinfo=UTC),
        "2026-03-09": datetime(2026, 3, 9, 14, 0, tzinfo=UTC),
    }


def test_the_runner_itself_opens_and_watches(office: Office, clock: FrozenClock) -> None:
    publish(office, ESCALATED)
    run_all(office)
    assert keys(office) == [("check", "2026-03-02")]
    clock.tick(hours=2.5)  # an hour and a half behind ten o'clock
    run_all(office)
    assert len(told(office, office.org.custodian, "Reminder")) == 1
    with office.db.read(office.system) as session:
        assert clocks_of(session)[0].missed
    clock.tick(days=1)
    run_all(office)
    assert keys(office) == [("check", "2026-03-02"), ("check", "2026-03-03")]


def _key(office: Office) -> int:
    with office.db.read(office.system) as session:
        return one(session).id


def _strike(office: Office) -> None:
    run(office, FIND_DUE)
