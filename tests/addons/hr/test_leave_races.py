"""What people try at the same moment: no balance below zero, no half day taken twice."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from tests.addons.hr.office import Office, period, sound, weekdays
from tests.addons.hr.spending import ask_for_a_day, ask_in_a_process

from zhidu.audit.models import AuditEntry
from zhidu.db import Session
from zhidu.records.models import Approval, Record
from zhidu.testing.concurrency import Concurrently
from zhidu.texts import use_locale
from zhidu.workflow import engine
from zhidu.workflow.models import Instance, Task
from zhidu_hr.errors import LeaveOverlap, NotEnoughLeave
from zhidu_hr.models import LeaveEntry, LeaveRequest, LeaveSlot
from zhidu_hr.services import grants

pytestmark = pytest.mark.addons("hr")
D = Decimal

Act = Callable[[Session, Any], int]


def _five_of_twenty(office: Office, grant: int, drafts: int = 0) -> None:
    """Check what twenty one-day requests on a balance of 5.0 must leave behind, and nothing else.

    :param drafts: drafts that were there before and stay as drafts when refused.
    """
    assert office.balance(grant) == (0, 5, 0)
    with office.db.read(office.system) as session:
        states = session.scalars(select(Record.approval)).all()
        assert states.count(Approval.IN_APPROVAL) == 5
        assert states.count(Approval.DRAFT) == drafts == len(states) - 5
        numbers = session.scalars(select(Record.number).where(Record.number.is_not(None))).all()
        assert sorted(map(str, numbers)) == [f"QJ-202601-000{n}" for n in range(1, 6)]
        counts = {
            model: session.scalar(select(func.count()).select_from(model))
            for model in (LeaveRequest, LeaveSlot, Instance, Task)
        }
        assert counts == {LeaveRequest: 5 + drafts, LeaveSlot: 10, Instance: 5, Task: 5}
        reserved = session.scalars(
            select(LeaveEntry.reserved_delta).where(LeaveEntry.reserved_delta != 0)
        ).all()
        assert reserved == [1] * 5
        submits = select(func.count(AuditEntry.id)).where(AuditEntry.action == "submit")
        assert session.scalar(submits) == 5
        sound(session)


@pytest.mark.parametrize("drafted", [False, True], ids=["drafted at once", "drafted before"])
def test_twenty_requests_at_once_on_a_balance_of_five(office: Office, drafted: bool) -> None:
    """5 are submitted, 15 refused naming the balance; twenty sessions on PostgreSQL."""
    me = office.org.salesman
    grant = office.grant(me, D("5.0"))
    days = weekdays("2026-03-02", 20)
    annual = office.types["annual"]
    drafts = [office.draft(me, period(day)) for day in days] if drafted else []

    def submit(place: int) -> Act:
        def act(session: Session, _meet: Any) -> int:
            if not drafted:
                return ask_for_a_day(session, annual, days[place])
            engine.submit(session, session.actor, session.get_one(Record, drafts[place]))
            return drafts[place]

        return act

    outcomes = Concurrently(office.db)(me.actor, *map(submit, range(20)))
    refused = [outcome.error for outcome in outcomes if outcome.error is not None]
    assert [type(error) for error in refused] == [NotEnoughLeave] * 15
    with use_locale("en"):
        for error in refused:
            assert "is 0 days on these dates; the request takes 1" in str(error)
    _five_of_twenty(office, grant, 15 if drafted else 0)


@pytest.mark.sqlite
def test_twenty_requests_of_four_processes_on_sqlite(
    office: Office, database_url: str, home: Path
) -> None:
    """The same from four processes at the same file."""
    me = office.org.salesman
    grant = office.grant(me, D("5.0"))
    days = weekdays("2026-03-02", 20)
    context = multiprocessing.get_context("spawn")
    found, start = context.Queue(), context.Barrier(4)
    shared = (database_url, home, ("hr",), me.actor, office.types["annual"])
    processes = [
        context.Process(target=ask_in_a_process, args=(*shared, days[place::4], start, found))
        for place in range(4)
    ]
    for process in processes:
        process.start()
    outcomes = [text for _ in processes for text in found.get(timeout=120)]
    for process in processes:
        process.join()
    assert outcomes.count("") == 5
    refused = [text for text in outcomes if text]
    assert len(refused) == 15
    assert all(text.startswith("NotEnoughLeave: ") for text in refused)
    assert office.balance(grant) == (0, 5, 0)
    with office.db.read(office.system) as session:
        assert session.scalar(select(func.count(Record.id))) == 5
        sound(session)


def test_two_requests_for_one_half_day_at_once(office: Office) -> None:
    """One is submitted, the others hear of the overlap."""
    me = office.org.salesman
    drafts = [
        office.draft(me, when, "sick")
        for when in (
            period("2026-03-02", "2026-03-04"),
            period("2026-03-04", "2026-03-06", "am", "pm"),
            period("2026-03-04", None, "am", "am"),
            period("2026-03-03", "2026-03-05"),
        )
    ]

    def submit(key: int) -> Act:
        def act(session: Session, _meet: Any) -> int:
            engine.submit(session, session.actor, session.get_one(Record, key))
            return key

        return act

    outcomes = Concurrently(office.db)(me.actor, *map(submit, drafts))
    refused = [outcome.error for outcome in outcomes if outcome.error is not None]
    assert [type(error) for error in refused] == [LeaveOverlap] * 3
    with office.db.read(office.system) as session:
        sound(session)


def test_hr_takes_away_while_a_leave_is_submitted(office: Office) -> None:
    """Whoever comes second is refused; the balance is never negative."""
    me, hr = office.org.salesman, office.org.hr_head
    grant = office.grant(me, 5)
    key = office.draft(me, period("2026-03-02", "2026-03-06"))

    def submit(session: Session, _meet: Any) -> str:
        engine.submit(session, session.actor, session.get_one(Record, key))
        return "submitted"

    def shrink(session: Session, _meet: Any) -> str:
        from zhidu_hr.models import LeaveGrant

        row = session.get_one(LeaveGrant, grant)
        grants.change(
            session,
            session.actor,
            row,
            days=D(1),
            expires_on=row.expires_on,
            note="",
            version=row.version,
        )
        return "shrunk"

    outcomes = Concurrently(office.db)([me.actor, hr.actor], submit, shrink)
    done = [outcome.value for outcome in outcomes if outcome.error is None]
    assert len(done) == 1
    assert office.balance(grant) == ((0, 5, 0) if done == ["submitted"] else (1, 0, 0))
    with office.db.read(office.system) as session:
        sound(session)


def test_an_approval_and_a_withdrawal_at_once(office: Office) -> None:
    """Used or given back, never both."""
    me, head = office.org.salesman, office.org.team_head
    grant = office.grant(me, 5)
    key = office.ask(me, period("2026-03-02"))

    def approve(session: Session, _meet: Any) -> str:
        task = session.scalars(select(Task).where(Task.record_id == key)).one()
        engine.approve(session, session.actor, task)
        return "approved"

    def withdraw(session: Session, _meet: Any) -> str:
        engine.withdraw(session, session.actor, session.get_one(Record, key))
        return "withdrawn"

    outcomes = Concurrently(office.db)([head.actor, me.actor], approve, withdraw)
    done = [outcome.value for outcome in outcomes if outcome.error is None]
    assert len(done) == 1
    assert office.balance(grant) == ((4, 0, 1) if done == ["approved"] else (5, 0, 0))
    with office.db.read(office.system) as session:
        sound(session)
