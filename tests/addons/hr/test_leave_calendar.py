"""The calendar changes under a leave: drafts, running and approved requests are counted again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select
from tests.addons.hr.office import Office, period, sound

from zhidu.actor import Actor
from zhidu.audit.models import AuditEntry
from zhidu.errors import Conflict, PermissionDenied, ValidationError
from zhidu.jobs.run import drain
from zhidu.notify.models import Notice
from zhidu.org.calendar_company import remove_company_day, set_company_day
from zhidu.org.calendar_statutory import import_statutory, load_statutory
from zhidu.org.models import DayKind
from zhidu.records.models import Approval, Record
from zhidu.testing.factories import MadeMember
from zhidu.texts import use_locale
from zhidu_hr.errors import NotEnoughLeave
from zhidu_hr.models import LeaveCorrection, LeaveRequest, LeaveSlot, LeaveType
from zhidu_hr.services import corrections, leave_types

pytestmark = pytest.mark.addons("hr")
D = Decimal


def set_days(office: Office, kind: DayKind, *days: str) -> None:
    """Let the administrator say what days are, then let the jobs run."""
    with office.db.write(office.org.admin.actor) as session:
        for day in days:
            set_company_day(session, session.actor, date.fromisoformat(day), kind)
    drain(office.db)


def free(office: Office, *days: str) -> None:
    """Make these days holidays of the company."""
    set_days(office, DayKind.HOLIDAY, *days)


def work(office: Office, *days: str) -> None:
    """Make these days working days of the company."""
    set_days(office, DayKind.WORKDAY, *days)


def notices(office: Office, who: MadeMember) -> list[str]:
    """Give what a person was told of counted days, as English msgids."""
    with office.db.read(office.system) as session:
        found = session.scalars(
            select(Notice.message).where(Notice.member_id == who.id).order_by(Notice.id)
        )
        return [text for text in found if "instead of" in text]


def check(office: Office) -> None:
    """Check the invariants of the whole company."""
    with office.db.read(office.system) as session:
        sound(session)


def open_corrections(office: Office) -> list[tuple[Decimal, Decimal]]:
    """Give days before and after of what HR has to settle."""
    with office.db.read(office.system) as session:
        rows: Iterable[LeaveCorrection] = session.scalars(
            select(LeaveCorrection).where(LeaveCorrection.settled_at.is_(None))
        )
        return [(row.days_before, row.days_after) for row in rows]


def test_a_draft_shows_the_new_days(office: Office) -> None:
    """Its title and version change with them: a form opened before is stale."""
    me = office.org.salesman
    key = office.draft(me, period("2026-03-02", "2026-03-06"), "sick")
    free(office, "2026-03-04")
    with office.db.read(office.system) as session:
        record = session.get_one(Record, key)
        assert session.get_one(LeaveRequest, key).days == 4
        assert "4" in record.title.replace("2026-03-0", "")
        assert record.summary is not None
        assert record.summary["days"] == "4"
        reason = session.scalars(select(AuditEntry.changes).where(AuditEntry.action == "amend"))
        assert len(reason.all()) == 1
    assert len(notices(office, me)) == 1
    check(office)


def test_a_running_request_reserves_what_it_now_counts(office: Office) -> None:
    """Fewer days give back, more days reserve more; approval uses exactly that."""
    me = office.org.salesman
    grant = office.grant(me, 5)
    key = office.ask(me, period("2026-03-06", "2026-03-09"))
    assert office.balance(grant) == (3, 2, 0)
    free(office, "2026-03-09")
    assert office.balance(grant) == (4, 1, 0)
    check(office)
    work(office, "2026-03-07", "2026-03-08", "2026-03-09")
    assert office.balance(grant) == (1, 4, 0)
    assert office.days(key) == 4
    check(office)
    office.approve(key)
    assert office.balance(grant) == (1, 0, 4)
    check(office)
    assert len(notices(office, me)) == 2  # not one for each of the three days


def test_a_running_request_that_no_longer_fits_cannot_be_approved(office: Office) -> None:
    """It shows its days and tells the applicant; more entitlement lets it pass."""
    me = office.org.salesman
    grant = office.grant(me, 2)
    key = office.ask(me, period("2026-03-06", "2026-03-09"))
    work(office, "2026-03-07")
    assert office.days(key) == 3
    assert office.balance(grant) == (0, 2, 0)
    assert "more than your balance" in notices(office, me)[-1]
    with pytest.raises(NotEnoughLeave):
        office.approve(key)
    assert office.state(key) is Approval.IN_APPROVAL
    more = office.grant(me, 5)
    office.approve(key)
    assert sum(office.balance(one)[2] for one in (grant, more)) == 3
    check(office)


def test_a_running_request_that_no_longer_fits_can_be_returned(office: Office) -> None:
    """What it held is given back."""
    me = office.org.salesman
    grant = office.grant(me, 2)
    key = office.ask(me, period("2026-03-06", "2026-03-09"))
    work(office, "2026-03-07")
    office.send_back(key)
    assert office.balance(grant) == (2, 0, 0)
    check(office)


def test_an_approved_leave_gets_days_back(office: Office) -> None:
    """Used days become free again; another change takes them anew."""
    me = office.org.salesman
    grant = office.grant(me, 5)
    key = office.ask(me, period("2026-03-02", "2026-03-06"))
    office.approve(key)
    free(office, "2026-03-04")
    assert office.balance(grant) == (1, 0, 4)
    check(office)
    work(office, "2026-03-04")
    assert office.balance(grant) == (0, 0, 5)
    assert open_corrections(office) == []
    check(office)
    assert len(notices(office, me)) == 2
    office.file(key)  # HR's step is not disturbed


def test_an_approved_leave_that_does_not_fit_is_left_to_hr(office: Office) -> None:
    """HR grants more and takes the days."""
    me, hr = office.org.salesman, office.org.hr_head
    grant = office.grant(me, 2)
    key = office.ask(me, period("2026-03-06", "2026-03-09"))
    office.approve(key)
    work(office, "2026-03-07")
    assert open_corrections(office) == [(2, 3)]
    assert (office.days(key), office.balance(grant)) == (2, (0, 0, 2))
    assert len(notices(office, hr)) == 1
    work(office, "2026-03-08")  # the open one says the newer number
    assert open_corrections(office) == [(2, 4)]
    check(office)

    def settle(who: Actor, *, take: bool, note: str = "已补额度") -> None:
        with office.db.write(who) as session:
            row = session.scalars(select(LeaveCorrection)).one()
            corrections.settle(session, session.actor, row, note=note, take=take)

    with pytest.raises(PermissionDenied):
        settle(me.actor, take=False)
    with pytest.raises(ValidationError):
        settle(hr.actor, take=False, note=" ")
    with pytest.raises(NotEnoughLeave):
        settle(hr.actor, take=True)
    more = office.grant(me, 3)
    settle(hr.actor, take=True)
    assert office.days(key) == 4
    assert office.balance(grant)[2] + office.balance(more)[2] == 4
    assert open_corrections(office) == []
    with pytest.raises(Conflict):
        settle(hr.actor, take=False)
    check(office)


def test_hr_may_leave_an_approved_leave_as_it_is(office: Office) -> None:
    """The note says why; days and ledger stay."""
    me, hr = office.org.salesman, office.org.hr_head
    grant = office.grant(me, 2)
    key = office.ask(me, period("2026-03-06", "2026-03-09"))
    office.approve(key)
    work(office, "2026-03-07")
    with office.db.write(hr.actor) as session:
        row = session.scalars(select(LeaveCorrection)).one()
        corrections.settle(session, session.actor, row, note="公司承担", take=False)
    assert (office.days(key), office.balance(grant)) == (2, (0, 0, 2))
    check(office)


def test_a_correction_goes_when_the_calendar_goes_back(office: Office) -> None:
    """Nobody has to settle what is right again."""
    me = office.org.salesman
    office.grant(me, 2)
    key = office.ask(me, period("2026-03-06", "2026-03-09"))
    office.approve(key)
    work(office, "2026-03-07")
    assert len(open_corrections(office)) == 1
    with office.db.write(office.org.admin.actor) as session:
        remove_company_day(session, session.actor, date(2026, 3, 7))
    drain(office.db)
    assert open_corrections(office) == []
    check(office)


def test_a_swapped_day_moves_between_entitlements(office: Office) -> None:
    """The number of days stays, but another entitlement pays: each on its own days."""
    me = office.org.salesman
    march = office.grant(me, 5, last="2026-03-31")
    april = office.grant(me, 5, first="2026-04-01")
    key = office.ask(me, period("2026-03-31", "2026-04-01"))
    office.approve(key)
    assert (office.balance(march)[2], office.balance(april)[2]) == (1, 1)
    free(office, "2026-03-31")
    assert (office.balance(march)[2], office.balance(april)[2]) == (0, 1)
    check(office)


def test_a_year_that_is_not_announced_yet(office: Office) -> None:
    """Monday to Friday count, and say so; when the year arrives, all is counted again."""
    me = office.org.salesman
    grant = office.grant(me, 20)
    drafted = office.draft(me, period("2027-02-08", "2027-02-12"))
    running = office.ask(me, period("2027-10-01", "2027-10-08"))
    approved = office.ask(me, period("2027-05-03", "2027-05-07"))
    office.approve(approved)
    with office.db.read(office.system) as session:
        rows = session.scalars(select(LeaveRequest).order_by(LeaveRequest.id)).all()
        assert [(row.days, row.provisional) for row in rows] == [(5, True), (6, True), (5, True)]
    with office.db.write(Actor.system()) as session:
        days = [f"2027-02-{day:02d}" for day in range(5, 12)]
        days += [f"2027-10-{day:02d}" for day in range(1, 8)] + ["2027-05-03", "2027-05-04"]
        import_statutory(
            session,
            session.actor,
            [{"day": day, "kind": "holiday", "name": "假"} for day in days],
            "国办发明电",
        )
    drain(office.db)
    with office.db.read(office.system) as session:
        rows = session.scalars(select(LeaveRequest).order_by(LeaveRequest.id)).all()
        assert [(row.id, row.days, row.provisional) for row in rows] == [
            (drafted, 1, False), (running, 1, False), (approved, 3, False),
        ]  # fmt: skip
    assert office.balance(grant) == (16, 1, 3)
    assert len(notices(office, me)) == 3
    check(office)


def test_an_announced_year_that_changes_nothing_takes_the_remark_away(office: Office) -> None:
    """The days stay, the request is no longer provisional, nobody is disturbed."""
    me = office.org.salesman
    office.grant(me, 20)
    key = office.ask(me, period("2025-11-12", "2025-11-13"), "sick")
    office.approve(key)
    with office.db.write(Actor.system()) as session:
        load_statutory(session, session.actor, 2025)
    drain(office.db)
    with office.db.read(office.system) as session:
        row = session.get_one(LeaveRequest, key)
        assert (row.days, row.provisional) == (2, False)
    assert notices(office, me) == []


def test_what_counts_calendar_days_is_left_alone(office: Office) -> None:
    """So are rejected requests, and other people's days."""
    me = office.org.salesman
    with office.db.write(office.org.hr_head.actor) as session:
        row = session.get_one(LeaveType, office.types["marriage"])
        leave_types.change(session, session.actor, row, version=row.version, counts="calendar")
    wedding = office.ask(me, period("2026-03-02", "2026-03-11"), "marriage")
    rejected = office.ask(office.org.other_salesman, period("2026-03-02", "2026-03-03"), "sick")
    office.reject(rejected)
    free(office, "2026-03-03")
    assert (office.days(wedding), office.days(rejected)) == (10, 2)
    check(office)


def test_another_company_s_calendar_is_its_own(office: Office) -> None:
    """A day of one company counts no leave of the other again."""
    me = office.org.salesman
    key = office.ask(me, period("2026-03-02", "2026-03-03"), "sick")
    with office.db.write(office.made.other.system) as session:
        set_company_day(session, session.actor, date(2026, 3, 2), DayKind.HOLIDAY)
    drain(office.db)
    assert office.days(key) == 2


def test_a_deleted_draft_is_no_work_for_the_job(office: Office) -> None:
    """It was deleted between the change and the job."""
    from zhidu.records import services as records

    me = office.org.salesman
    key = office.draft(me, period("2026-03-02"), "sick")
    with office.db.write(office.org.admin.actor) as session:
        set_company_day(session, session.actor, date(2026, 3, 2), DayKind.HOLIDAY)
    with office.db.write(me.actor) as session:
        records.delete_draft(session, session.actor, session.get_one(LeaveRequest, key))
    assert drain(office.db) >= 1
    check(office)


def test_the_new_title_speaks_the_applicant_s_language(office: Office) -> None:
    """Whoever changed the calendar."""
    me = office.org.salesman
    key = office.draft(me, period("2026-03-02", "2026-03-06"), "sick")
    with use_locale("en"):
        free(office, "2026-03-04")
    with office.db.read(office.system) as session:
        assert session.get_one(Record, key).title.startswith("病假")
        assert session.scalars(select(LeaveSlot)).all() == []
