"""A leave from draft to file through the services, and what is refused on the way."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import func, select
from tests.addons.hr.office import Office, period, sound

from zhidu.db import ledger
from zhidu.errors import PermissionDenied, StaleRecord, ValidationError
from zhidu.records import services as records
from zhidu.records.errors import NotTheApplicant
from zhidu.records.guarding import RecordIsFixed
from zhidu.records.models import Approval, Archive, Record
from zhidu.texts import use_locale
from zhidu.workflow.errors import TooLateToWithdraw
from zhidu_hr.errors import GrantInUse, LeaveOverlap, NoLeaveDays, NotEnoughLeave, ReasonNeeded
from zhidu_hr.models import LeaveEntry, LeaveGrant, LeaveRequest, LeaveSlot, LeaveType
from zhidu_hr.services import leave, leave_types

pytestmark = pytest.mark.addons("hr")
D = Decimal


def test_a_leave_from_draft_to_file(office: Office) -> None:
    """The balance is used by the last approval; HR's filing comes after it and changes no day."""
    me = office.org.salesman
    grant = office.grant(me, 5)
    key = office.draft(me, period("2026-03-02", "2026-03-03"))
    assert office.balance(grant) == (5, 0, 0)
    office.submit(me, key)
    assert office.balance(grant) == (3, 2, 0)
    office.approve(key)
    assert office.balance(grant) == (3, 0, 2)
    with office.db.read(office.system) as session:
        assert session.get_one(Record, key).archive is Archive.NONE
    office.file(key)
    with office.db.read(office.system) as session:
        record = session.get_one(Record, key)
        assert (record.approval, record.execution) == (Approval.APPROVED, "filed")
        assert record.archive is Archive.DUE
        assert record.summary == {
            "type": "annual",
            "days": "2",
            "period": "2026-03-02 – 2026-03-03",
        }
        entries = session.execute(
            select(LeaveEntry.purpose, LeaveEntry.source, LeaveEntry.member_id).order_by(
                LeaveEntry.id
            )
        ).all()
        assert [tuple(row) for row in entries] == [
            ("grant", f"grant:{grant}", office.org.hr_head.id),
            ("reserve", f"leave:{key}", me.id),
            ("commit", f"leave:{key}", office.org.team_head.id),
        ]
        sound(session)


def test_reserved_is_given_back_and_reserved_anew(office: Office) -> None:
    """Return, re-submit, withdraw, re-submit, reject: each act leaves its own entry."""
    me = office.org.salesman
    grant = office.grant(me, 5)
    key = office.ask(me, period("2026-03-02", "2026-03-03"))
    office.send_back(key)
    assert office.balance(grant) == (5, 0, 0)
    office.submit(me, key)
    assert office.balance(grant) == (3, 2, 0)
    office.withdraw(me, key)
    assert office.balance(grant) == (5, 0, 0)
    office.submit(me, key)
    office.reject(key)
    assert office.balance(grant) == (5, 0, 0)
    with office.db.read(office.system) as session:
        steps = session.execute(
            select(LeaveEntry.purpose, LeaveEntry.step)
            .where(LeaveEntry.source == f"leave:{key}")
            .order_by(LeaveEntry.id)
        ).all()
        assert [tuple(row) for row in steps] == [
            ("reserve", "r1"), ("release", "x1"),
            ("reserve", "r2"), ("release", "x2"),
            ("reserve", "r3"), ("release", "x3"),
        ]  # fmt: skip
        assert session.scalar(select(func.count(LeaveSlot.id))) == 0
        sound(session)
    # the days are free again
    office.ask(me, period("2026-03-02"))


def test_a_withdrawal_comes_before_the_last_approval(office: Office) -> None:
    """After it the balance is used, and nobody takes it back by a withdrawal."""
    me = office.org.salesman
    grant = office.grant(me, 5)
    key = office.ask(me, period("2026-03-02"))
    office.approve(key)
    with pytest.raises(TooLateToWithdraw):
        office.withdraw(me, key)
    assert office.balance(grant) == (4, 0, 1)


def test_a_balance_that_is_too_small_is_named(office: Office) -> None:
    """Nothing is left behind: no number, no half day, no entry."""
    me = office.org.salesman
    office.grant(me, D("1.5"))
    with use_locale("en"):
        with pytest.raises(NotEnoughLeave) as raised:
            office.ask(me, period("2026-03-02", "2026-03-03"))
        assert "Annual leave" in str(raised.value)
        assert "default of the addon People and leave" in str(raised.value)
    assert (raised.value.available, raised.value.wanted) == (D("1.5"), 2)
    with office.db.read(office.system) as session:
        assert session.scalar(select(func.count(Record.id))) == 0
        assert session.scalar(select(func.count(LeaveSlot.id))) == 0
        sound(session)


def test_an_unlimited_kind_has_no_balance(office: Office) -> None:
    """Sick leave is asked for without any entitlement, and none can be granted."""
    me = office.org.salesman
    key = office.ask(me, period("2026-03-02", "2026-03-06"), "sick")
    office.approve(key)
    with office.db.read(office.system) as session:
        assert session.scalar(select(func.count(LeaveGrant.id))) == 0
        assert session.scalar(select(func.count(LeaveEntry.id))) == 0
        sound(session)
    with pytest.raises(ValidationError) as raised:
        office.grant(me, 5, "sick")
    assert set(raised.value.fields) == {"leave_type_id"}


def test_days_come_from_the_calendar(office: Office) -> None:
    """Holidays and weekends do not count, make-up workdays do, half days count 0.5."""
    me = office.org.salesman
    office.grant(me, 50)
    # Spring Festival 2026: 15 to 23 February off; Saturdays 14 and 28 February are worked
    assert office.days(office.draft(me, period("2026-02-14", "2026-02-28"))) == 6
    assert office.days(office.draft(me, period("2026-02-14"))) == 1
    assert office.days(office.draft(me, period("2026-03-02", None, "pm"))) == D("0.5")
    assert office.days(office.draft(me, period("2026-03-02", "2026-03-04", "pm", "am"))) == 2
    # marriage leave of a company that counts calendar days
    with office.db.write(office.org.hr_head.actor) as session:
        row = session.get_one(LeaveType, office.types["marriage"])
        leave_types.change(session, session.actor, row, version=row.version, counts="calendar")
    key = office.draft(me, period("2026-02-14", "2026-02-28"), "marriage")
    assert office.days(key) == 15


def test_a_period_without_a_working_day_is_refused(office: Office) -> None:
    """It may lie as a draft, but is no leave."""
    key = office.draft(office.org.salesman, period("2026-03-07", "2026-03-08"), "sick")
    with pytest.raises(NoLeaveDays):
        office.submit(office.org.salesman, key)
    assert office.state(key) is Approval.DRAFT


@pytest.mark.parametrize(
    ("first", "last", "halves", "overlaps"),
    [
        ("2026-03-03", "2026-03-03", ("am", "pm"), True),
        ("2026-03-01", "2026-03-31", ("am", "pm"), True),
        ("2026-03-04", "2026-03-04", ("am", "am"), True),
        ("2026-03-04", "2026-03-04", ("pm", "pm"), False),
        ("2026-03-02", "2026-03-02", ("am", "am"), False),
        ("2026-03-05", "2026-03-05", ("am", "pm"), False),
    ],
)
def test_an_overlap_is_refused_by_the_half_day(
    office: Office, first: str, last: str, halves: tuple[str, str], overlaps: bool
) -> None:
    """The other leave runs from noon of the 2nd to noon of the 4th."""
    me = office.org.salesman
    office.ask(me, period("2026-03-02", "2026-03-04", "pm", "am"), "sick")
    other = period(first, last, *halves)
    if overlaps:
        with pytest.raises(LeaveOverlap) as raised:
            office.ask(me, other, "personal", "搬家")
        assert set(raised.value.fields) == {"first_day"}
    else:
        office.ask(me, other, "personal", "搬家")
    # a colleague may be away on the same days
    office.ask(office.org.other_salesman, other, "sick")


def test_kind_period_and_reason_are_mandatory(office: Office) -> None:
    """Each refusal names its field."""
    me = office.org.salesman

    def refused(**changes: object) -> set[str]:
        values = {
            "leave_type_id": office.types["sick"],
            "period": period("2026-03-02"),
            "reason": "发烧",
            **changes,
        }
        with pytest.raises(ValidationError) as raised, office.db.write(me.actor) as session:
            leave.draft(session, session.actor, **values)  # type: ignore[arg-type]  # wrong ones, too
        return set(raised.value.fields)

    assert refused(leave_type_id=0) == {"leave_type_id"}
    assert refused(reason="  ") == {"reason"}
    assert refused(reason="长" * 501) == {"reason"}
    assert refused(period=period("2026-03-02", "2026-03-01")) == {"last_day"}
    assert refused(period=period("2026-03-02", None, "pm", "am")) == {"last_day"}
    assert refused(period=period("2026-03-02", "2027-06-01")) == {"last_day"}
    with office.db.write(office.org.hr_head.actor) as session:
        sick = session.get_one(LeaveType, office.types["sick"])
        leave_types.archive(session, session.actor, sick, archived=True)
    assert refused() == {"leave_type_id"}


def test_a_kind_may_demand_the_applicant_s_own_words(office: Office) -> None:
    """The preset phrase is not enough, in whichever language it stands."""
    me = office.org.salesman
    for phrase in ("个人事务", "Personal affairs "):
        with pytest.raises(ReasonNeeded) as raised:
            office.ask(me, period("2026-03-02"), "personal", phrase)
        assert set(raised.value.fields) == {"reason"}
    office.ask(me, period("2026-03-02"), "personal", "陪孩子看病")
    office.ask(me, period("2026-03-03"), "sick", "身体不适，需要休息或就医")


def test_the_title_speaks_the_writer_s_language(office: Office) -> None:
    """It says kind, days and period, and follows a change."""
    me = office.org.salesman
    office.grant(me, 5)
    with use_locale("en"), office.db.write(me.actor) as session:
        row = leave.draft(
            session,
            session.actor,
            leave_type_id=office.types["annual"],
            period=period("2026-03-02", "2026-03-03"),
            reason="Trip",
        )
        assert row.header.title == "Annual leave 2 days, 2026-03-02 – 2026-03-03"
        leave.change(
            session,
            session.actor,
            row,
            leave_type_id=office.types["annual"],
            period=period("2026-03-02", None, "pm"),
            reason="Trip",
            version=row.header.version,
        )
        assert row.header.title == "Annual leave 0.5 days, 2026-03-02"
        assert (row.header.summary or {})["days"] == "0.5"


def test_one_day_is_a_day(office: Office) -> None:
    """In the title, and in the refusals; only a text of one number can say it in English."""
    me = office.org.salesman
    office.grant(me, 1)
    with use_locale("en"):
        with office.db.write(me.actor) as session:
            row = leave.draft(
                session,
                session.actor,
                leave_type_id=office.types["annual"],
                period=period("2026-03-02"),
                reason="Trip",
            )
            assert row.header.title == "Annual leave 1 day, 2026-03-02"
        with pytest.raises(NotEnoughLeave, match="is 1 day on these dates; the request takes 2"):
            office.ask(me, period("2026-03-02", "2026-03-03"))
        assert "1 day of this entitlement is used" in str(GrantInUse(Decimal("1.0000")))
        assert "0.5 days of this entitlement are used" in str(GrantInUse(Decimal("0.5000")))


def test_only_the_applicant_changes_it_and_only_before_or_between_submits(office: Office) -> None:
    """Also HR, whose right to edit reaches the whole company, does not write another's request."""
    me, hr = office.org.salesman, office.org.hr_head
    office.grant(me, 5)
    key = office.draft(me, period("2026-03-02"))

    def change(who: object, version: int | None = None) -> None:
        with office.db.write(who.actor) as session:  # type: ignore[attr-defined]  # a member
            row = session.get_one(LeaveRequest, key)
            leave.change(
                session,
                session.actor,
                row,
                leave_type_id=office.types["annual"],
                period=period("2026-03-03"),
                reason="改期",
                version=row.header.version if version is None else version,
            )

    with pytest.raises(NotTheApplicant):
        change(hr)
    with pytest.raises(PermissionDenied):
        change(office.org.other_salesman)
    with pytest.raises(StaleRecord) as raised:
        change(me, version=0)
    assert [(c.name, c.theirs, c.yours) for c in raised.value.clashes] == [
        ("first_day", "2026-03-02", "2026-03-03"),
        ("last_day", "2026-03-02", "2026-03-03"),
        ("reason", "回家探亲", "改期"),
    ]
    change(me)
    office.submit(me, key)
    with pytest.raises(RecordIsFixed):
        change(me)


def test_entitlements_pay_on_their_own_days_the_first_to_end_first(office: Office) -> None:
    """A leave over the end of an entitlement takes from both; none is used after its last day."""
    me = office.org.salesman
    old = office.grant(me, 3, last="2026-03-31")
    new = office.grant(me, 5, first="2026-03-01")
    key = office.ask(me, period("2026-03-30", "2026-04-02"))
    assert office.balance(old) == (1, 2, 0)
    assert office.balance(new) == (3, 2, 0)
    office.approve(key)
    assert office.balance(old) == (1, 0, 2)
    # the day left of the old one is lost after March
    with pytest.raises(NotEnoughLeave) as raised:
        office.ask(me, period("2026-04-13", "2026-04-16"))
    assert raised.value.available == 3


def test_a_draft_that_is_deleted_leaves_the_balance_alone(office: Office) -> None:
    """It held nothing."""
    me = office.org.salesman
    grant = office.grant(me, 5)
    key = office.draft(me, period("2026-03-02"))
    with office.db.write(me.actor) as session:
        records.delete_draft(session, session.actor, session.get_one(LeaveRequest, key))
    with office.db.read(office.system) as session:
        assert session.get(Record, key) is None
        sound(session)
    assert office.balance(grant) == (5, 0, 0)


def test_the_ledger_of_leave_is_append_only(office: Office) -> None:
    """The database itself refuses to change or delete an entry, past every door of ours."""
    from sqlalchemy.exc import DBAPIError

    from zhidu.db.guard import core_allowed

    office.grant(office.org.salesman, 5)
    for statement in ("UPDATE hr_leave_entry SET source = 'x'", "DELETE FROM hr_leave_entry"):
        with (
            pytest.raises(DBAPIError),
            core_allowed(),
            office.db.engine.begin() as connection,
        ):
            connection.exec_driver_sql(statement)
    with office.db.read(office.system) as session:
        assert ledger.differences(session, LeaveGrant, LeaveEntry) == []
        assert session.scalars(select(LeaveEntry.at)).one().date() == date(2026, 1, 5)
