"""An approved leave is voided: its days go back, nothing of it counts any more."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import func, select
from tests.addons.hr.office import PACK, Office, period, sound

from zhidu.actor import Actor
from zhidu.errors import Conflict, Refused
from zhidu.jobs.run import drain
from zhidu.org.calendar_company import set_company_day
from zhidu.org.models import DayKind
from zhidu.policy.apply import apply_pack
from zhidu.records.models import Approval, Record
from zhidu.workflow import engine
from zhidu_hr import queries, reporting
from zhidu_hr.models import LeaveCorrection, LeaveEntry, LeaveSlot
from zhidu_hr.rules.days import Half
from zhidu_hr.services import corrections

pytestmark = pytest.mark.addons("hr")
D = Decimal

VOIDABLE = (
    PACK.replace('version: "1"', 'version: "2"')
    + """\
    void:
      - {id: undo, name: 作废, approver: {role: hr}, clause: T-3}
"""
)


@pytest.fixture(autouse=True)
def _voidable(office: Office) -> None:
    """Put the policy in force that says how a leave is voided."""
    with office.db.write(office.system) as session:
        apply_pack(session, session.actor, VOIDABLE)


def taken(office: Office, first: str, last: str, kind: str = "annual") -> int:
    """Let the salesman's leave come to its end: approved and filed; give its key."""
    key = office.ask(office.org.salesman, period(first, last), kind)
    office.approve(key)
    office.file(key)
    return key


def ask_void(office: Office, key: int) -> None:
    """Let the applicant ask for it to be voided."""
    with office.db.write(office.org.salesman.actor) as session:
        engine.void(session, session.actor, session.get_one(Record, key), "行程取消")


def void(office: Office, key: int) -> None:
    """Ask, and let HR agree."""
    ask_void(office, key)
    office.approve(key, office.org.hr_head)
    assert office.state(key) is Approval.VOIDED


def entries(office: Office, key: int) -> list[tuple[str, Decimal]]:
    """Give the rows of the ledger that a request has written, oldest first."""
    with office.db.read(office.system) as session:
        rows = session.scalars(
            select(LeaveEntry).where(LeaveEntry.source == f"leave:{key}").order_by(LeaveEntry.id)
        )
        return [(row.purpose.value, row.available_delta) for row in rows]


def test_the_days_go_back_by_a_row_of_the_ledger(office: Office) -> None:
    grant = office.grant(office.org.salesman, 5)
    key = taken(office, "2026-03-02", "2026-03-04")
    before = entries(office, key)
    assert office.balance(grant) == (2, 0, 3)
    ask_void(office, key)
    assert office.balance(grant) == (2, 0, 3)  # in force until somebody agrees
    office.approve(key, office.org.hr_head)
    assert office.balance(grant) == (5, 0, 0)
    assert entries(office, key) == [*before, ("restore", D(3))]
    with office.db.read(office.system) as session:
        sound(session)
    # the same days may be asked for again
    assert office.state(taken(office, "2026-03-02", "2026-03-04")) is Approval.APPROVED
    assert office.balance(grant) == (2, 0, 3)


def test_each_entitlement_gets_back_what_it_gave(office: Office) -> None:
    old = office.grant(office.org.salesman, 2, last="2026-03-31")
    new = office.grant(office.org.salesman, 5)
    key = taken(office, "2026-03-02", "2026-03-05")
    assert (office.balance(old), office.balance(new)) == ((0, 0, 2), (3, 0, 2))
    void(office, key)
    assert (office.balance(old), office.balance(new)) == ((2, 0, 0), (5, 0, 0))


def test_a_request_to_void_that_is_refused_changes_nothing(office: Office) -> None:
    grant = office.grant(office.org.salesman, 5)
    key = taken(office, "2026-03-02", "2026-03-04")
    before = entries(office, key)
    ask_void(office, key)
    office.reject(key, office.org.hr_head)
    assert office.state(key) is Approval.APPROVED
    assert (office.balance(grant), entries(office, key)) == ((2, 0, 3), before)
    with office.db.read(office.system) as session:
        sound(session)


def test_nobody_is_away_and_no_statistic_counts_it(office: Office) -> None:
    kept = taken(office, "2026-03-09", "2026-03-09", "sick")
    key = taken(office, "2026-03-02", "2026-03-03", "sick")
    me = office.org.salesman.id

    def seen() -> tuple[list[int], Decimal, int]:
        with office.db.read(office.org.hr_head.actor) as session:
            table = reporting.table(session, 2026, "month")
            away = queries.on_leave(session, [me], date(2026, 3, 2), Half.MORNING)
            return away, table.total, table.requests

    assert seen() == ([me], 3, 2)
    void(office, key)
    assert seen() == ([], 1, 1)
    with office.db.read(office.system) as session:
        assert session.scalars(select(LeaveSlot.record_id).distinct()).all() == [kept]


def test_what_the_calendar_left_to_settle_is_closed(office: Office) -> None:
    grant = office.grant(office.org.salesman, 2)
    key = taken(office, "2026-03-06", "2026-03-09")  # Friday to Monday: two days
    with office.db.write(office.org.admin.actor) as session:
        set_company_day(session, session.actor, date(2026, 3, 7), DayKind.WORKDAY)
    drain(office.db)
    with office.db.read(office.system) as session:
        row = session.scalars(select(LeaveCorrection)).one()
        assert (row.settled_at, row.days_after) == (None, 3)
    void(office, key)
    with office.db.write(office.org.hr_head.actor) as session:
        row = session.scalars(select(LeaveCorrection)).one()
        assert row.settled_at is not None
        assert (row.settled_by, row.days_after) == (None, 0)
        with pytest.raises(Conflict):
            corrections.settle(session, session.actor, row, note="补一天", take=True)
    assert office.balance(grant) == (2, 0, 0)


def test_days_that_the_calendar_moved_go_back_as_they_are_now(office: Office) -> None:
    grant = office.grant(office.org.salesman, 5)
    key = taken(office, "2026-03-02", "2026-03-04")
    with office.db.write(office.org.admin.actor) as session:
        set_company_day(session, session.actor, date(2026, 3, 3), DayKind.HOLIDAY)
    drain(office.db)
    assert office.balance(grant) == (3, 0, 2)
    void(office, key)
    assert office.balance(grant) == (5, 0, 0)
    with office.db.write(office.org.admin.actor) as session:  # and nothing is counted anew
        set_company_day(session, session.actor, date(2026, 3, 4), DayKind.HOLIDAY)
    drain(office.db)
    assert office.balance(grant) == (5, 0, 0)
    with office.db.read(office.system) as session:
        assert session.scalar(select(func.count()).select_from(LeaveCorrection)) == 0


def test_it_is_voided_once(office: Office) -> None:
    office.grant(office.org.salesman, 5)
    key = taken(office, "2026-03-02", "2026-03-04")
    void(office, key)
    with pytest.raises(Refused):
        ask_void(office, key)
    assert [purpose for purpose, _days in entries(office, key)].count("restore") == 1


def test_what_the_flow_s_manager_ends_lets_the_days_go(office: Office) -> None:
    grant = office.grant(office.org.salesman, 5)
    key = office.ask(office.org.salesman, period("2026-03-02", "2026-03-04"))
    manager: Actor = office.org.admin.actor
    with office.db.write(manager) as session:
        engine.terminate(session, session.actor, session.get_one(Record, key), "部门解散")
    assert (office.state(key), office.balance(grant)) == (Approval.TERMINATED, (5, 0, 0))
    with office.db.read(office.system) as session:
        sound(session)
