"""Any history of one person's leave, through the real engine: what is held always adds up."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select
from tests.addons.hr.office import Office, sound

from zhidu.db import ledger
from zhidu.errors import Refused, ValidationError
from zhidu.jobs.run import drain
from zhidu.org.calendar_company import set_company_day
from zhidu.org.models import DayKind
from zhidu.records.models import Approval, Record
from zhidu_hr.errors import GrantInUse, LeaveOverlap, NoLeaveDays, NotEnoughLeave
from zhidu_hr.models import LeaveCorrection, LeaveEntry, LeaveGrant, LeaveRequest
from zhidu_hr.rules.days import Half, Period
from zhidu_hr.services import grants

pytestmark = pytest.mark.addons("hr")
D = Decimal
FIRST = date(2026, 3, 2)

halves = st.sampled_from(list(Half))
spans = st.tuples(st.integers(0, 11), st.integers(0, 3), halves, halves)


def _period(span: tuple[int, int, Half, Half]) -> Period:
    start, length, first, last = span
    day = FIRST + timedelta(days=start)
    return Period(day, first, day + timedelta(days=length), last)


class LeaveLife(RuleBasedStateMachine):
    """One new person; the others of the company decide. The model keeps statuses only.

    Refusals are checked by reasons that can be recomputed; the ledger is checked by its sums.
    """

    office: Office

    drafts = Bundle("drafts")
    running = Bundle("running")
    approved = Bundle("approved")

    def __init__(self) -> None:
        super().__init__()
        self.me = self.office.hire()
        self.granted = D(0)
        self.grants: list[int] = []
        self.live: dict[int, Period] = {}
        self.status: dict[int, Approval] = {}

    @rule(half_days=st.integers(1, 12))
    def grant(self, half_days: int) -> None:
        """HR grants."""
        self.grants.append(self.office.grant(self.me, D(half_days) / 2))
        self.granted += D(half_days) / 2

    @rule(half_days=st.integers(1, 12))
    def correct_grant(self, half_days: int) -> None:
        """HR changes the first entitlement; never below what is used or reserved."""
        if not self.grants:
            return
        with self.office.db.write(self.office.org.hr_head.actor) as session:
            row = session.get_one(LeaveGrant, self.grants[0])
            before, held = row.days, row.reserved + row.used
            try:
                grants.change(
                    session,
                    session.actor,
                    row,
                    days=D(half_days) / 2,
                    expires_on=row.expires_on,
                    note="",
                    version=row.version,
                )
            except GrantInUse:
                assert D(half_days) / 2 < held
                session.rollback()
            else:
                assert D(half_days) / 2 >= held
                self.granted += D(half_days) / 2 - before

    @rule(target=drafts, span=spans, kind=st.sampled_from(["annual", "sick"]))
    def draft(self, span: tuple[int, int, Half, Half], kind: str) -> int | None:
        """The person drafts."""
        try:
            key = self.office.draft(self.me, _period(span), kind)
        except ValidationError:
            assert not _period(span).slots
            return None
        self.status[key] = Approval.DRAFT
        return key

    @rule(target=running, key=drafts)
    def submit(self, key: int | None) -> int | None:
        """The person submits, for the first time or again."""
        if key is None:
            return None
        with self.office.db.read(self.office.system) as session:
            request = session.get_one(LeaveRequest, key)
            wanted, limited = request.period, request.leave_type.limited
            days = request.days
            left = sum(
                session.scalars(
                    select(LeaveGrant.available).where(LeaveGrant.member_id == self.me.id)
                ),
                D(0),
            )
        clash = any(wanted.overlaps(other) for k, other in self.live.items() if k != key)
        try:
            self.office.submit(self.me, key)
        except Refused:
            assert self.status[key] not in {
                Approval.DRAFT, Approval.RETURNED, Approval.WITHDRAWN,
            }  # fmt: skip
            return None
        except NoLeaveDays:
            assert days == 0
            return None
        except LeaveOverlap:
            assert clash
            return None
        except NotEnoughLeave:
            assert limited
            assert left < days
            return None
        assert not clash
        assert days > 0
        assert not limited or left >= days
        self.live[key], self.status[key] = wanted, Approval.IN_APPROVAL
        return key

    @rule(target=approved, key=running)
    def approve(self, key: int | None) -> int | None:
        """The leader approves; a request whose days no longer fit is refused and stays."""
        if key is None or self.status[key] is not Approval.IN_APPROVAL:
            return None
        try:
            self.office.approve(key)
        except NotEnoughLeave:
            return None
        self.status[key] = Approval.APPROVED
        return key

    @rule(key=running)
    def reject(self, key: int | None) -> None:
        """The leader rejects."""
        if key is not None and self.status[key] is Approval.IN_APPROVAL:
            self.office.reject(key)
            self._over(key, Approval.REJECTED)

    @rule(target=drafts, key=running)
    def send_back(self, key: int | None) -> int | None:
        """The leader returns."""
        if key is None or self.status[key] is not Approval.IN_APPROVAL:
            return None
        self.office.send_back(key)
        self._over(key, Approval.RETURNED)
        return key

    @rule(target=drafts, key=running)
    def withdraw(self, key: int | None) -> int | None:
        """The person withdraws: possible until the last approval."""
        if key is None:
            return None
        try:
            self.office.withdraw(self.me, key)
        except Refused:
            assert self.status[key] not in {Approval.IN_APPROVAL, Approval.RETURNED}
            return None
        self._over(key, Approval.WITHDRAWN)
        return key

    @rule(key=consumes(approved))
    def file(self, key: int | None) -> None:
        """HR files; nothing of the leave changes."""
        if key is not None:
            self.office.file(key)

    @rule(day=st.integers(0, 14), kind=st.sampled_from(list(DayKind)))
    def change_calendar(self, day: int, kind: DayKind) -> None:
        """A day becomes worked or free."""
        with self.office.db.write(self.office.org.admin.actor) as session:
            set_company_day(session, session.actor, FIRST + timedelta(days=day), kind)
        drain(self.office.db)

    def _over(self, key: int, status: Approval) -> None:
        self.status[key] = status
        self.live.pop(key, None)

    @invariant()
    def adds_up(self) -> None:
        """Left, reserved and used are what was granted; statuses are what the model says."""
        with self.office.db.read(self.office.system) as session:
            rows = session.scalars(
                select(LeaveGrant).where(LeaveGrant.member_id == self.me.id)
            ).all()
            assert sum((row.days for row in rows), D(0)) == self.granted
            assert all(min(row.available, row.reserved, row.used) >= 0 for row in rows)
            for key, status in self.status.items():
                assert session.get_one(Record, key).approval is status
            # what waits for HR, or for more entitlement, is short by design
            waiting = session.scalars(
                select(LeaveCorrection.id).where(LeaveCorrection.settled_at.is_(None))
            ).first()
            if waiting is None and not self._short(session):
                sound(session)
            assert ledger.differences(session, LeaveGrant, LeaveEntry) == []

    def _short(self, session: object) -> bool:
        from tests.addons.hr.office import held

        return any(
            status is Approval.IN_APPROVAL
            and (request := session.get_one(LeaveRequest, key)).leave_type.limited  # type: ignore[attr-defined]  # a session
            and held(session, key)[0] != request.days  # type: ignore[arg-type]  # a session
            for key, status in self.status.items()
        )

    def teardown(self) -> None:
        """Leave no calendar and no open request behind for the next history."""
        from zhidu.org.calendar_company import remove_company_day
        from zhidu.org.models import CompanyDay

        for key, status in self.status.items():
            if status is Approval.IN_APPROVAL:
                self.office.withdraw(self.me, key)
        with self.office.db.write(self.office.org.admin.actor) as session:
            for day in session.scalars(select(CompanyDay.day)).all():
                remove_company_day(session, session.actor, day)
        drain(self.office.db)


def test_any_history_of_leave_adds_up(office: Office) -> None:
    """Submit, approve, reject, return, withdraw, re-submit, file; grants and calendar change."""
    machine = type("Machine", (LeaveLife,), {"office": office})
    run_state_machine_as_test(
        machine, settings=settings(max_examples=30, stateful_step_count=35, deadline=None)
    )
