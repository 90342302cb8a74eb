"""Delegations: who arranges them, for which time and kinds, one at a time, one hop far."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from tests.core.seats_stage import office  # noqa: F401 -- fixtures
from tests.core.workflow_house import KIND, Office

from zhidu.clock import now
from zhidu.db import Session
from zhidu.errors import NotFound, PermissionDenied, ValidationError
from zhidu.notify.models import Notice
from zhidu.org import members
from zhidu.testing.concurrency import Concurrently
from zhidu.testing.factories import MadeMember
from zhidu.testing.fixtures import FrozenClock
from zhidu.workflow import delegation
from zhidu.workflow.seat_models import Delegation
from zhidu.workflow.seats_errors import DelegationOverlap, ReasonWanted

DAY = timedelta(days=1)


def granted(
    office: Office,
    owner: MadeMember,
    delegate: MadeMember,
    *,
    by: MadeMember | None = None,
    start: int = 0,
    days: int = 7,
    **more: Any,
) -> int:
    with office.db.write((by or owner).actor) as session:
        first = now() + start * DAY
        return delegation.grant(
            session, session.actor, owner.id, delegate.id, first, first + days * DAY, **more
        ).id


def stands_in(office: Office, owner: MadeMember, kind: str = KIND, days: float = 0) -> int | None:
    with office.db.read(office.system) as session:
        return delegation.stand_in_for(session, owner.id, kind, now() + days * DAY)


def test_it_holds_from_its_beginning_until_just_before_its_end(
    office: Office, clock: FrozenClock
) -> None:
    org = office.org
    granted(office, org.finance_head, org.accountant, start=1, days=2)
    at = [stands_in(office, org.finance_head, days=days) for days in (0, 1, 2.9, 3)]
    assert at == [None, org.accountant.id, org.accountant.id, None]
    assert stands_in(office, org.accountant) is None


def test_it_may_be_for_some_kinds_only(office: Office) -> None:
    org = office.org
    granted(office, org.finance_head, org.accountant, kinds=[KIND])
    assert stands_in(office, org.finance_head) == org.accountant.id
    assert stands_in(office, org.finance_head, "other.kind") is None
    with pytest.raises(ValidationError) as caught:
        granted(office, org.finance_head, org.cashier, start=20, kinds=["no.such"])
    assert "kinds" in caught.value.fields


@pytest.mark.parametrize(
    ("start", "days", "field"), [(0, 0, "ends_at"), (1, -1, "ends_at"), (-9, 3, "ends_at")]
)
def test_its_time_is_a_time_to_come(office: Office, start: int, days: int, field: str) -> None:
    with pytest.raises(ValidationError) as caught:
        granted(office, office.org.cashier, office.org.accountant, start=start, days=days)
    assert field in caught.value.fields


def test_never_to_oneself_nor_to_one_who_left(office: Office) -> None:
    org = office.org
    with pytest.raises(ValidationError) as caught:
        granted(office, org.cashier, org.cashier)
    assert "delegate_id" in caught.value.fields
    with office.db.write(office.system) as session:
        members.leave(session, session.actor, org.accountant.id)
    with pytest.raises(ValidationError, match=org.accountant.name):
        granted(office, org.cashier, org.accountant)


def test_who_leaves_stands_in_for_nobody(office: Office) -> None:
    org = office.org
    granted(office, org.cashier, org.accountant)
    with office.db.write(office.system) as session:
        members.leave(session, session.actor, org.accountant.id, org.finance_head.id)
    assert stands_in(office, org.cashier) is None


def test_another_persons_only_by_who_manages_flows_and_with_a_reason(office: Office) -> None:
    org = office.org
    with pytest.raises(PermissionDenied):
        granted(office, org.cashier, org.accountant, by=org.finance_head, reason="病了")
    with pytest.raises(ReasonWanted):
        granted(office, org.cashier, org.accountant, by=org.admin, reason=" ")
    made = granted(office, org.cashier, org.accountant, by=org.admin, reason="病了")
    with office.db.read(office.system) as session:
        row = session.get_one(Delegation, made)
        assert (row.granted_by, row.reason, row.kinds) == (org.admin.id, "病了", [])
        told = session.scalars(select(Notice.member_id).order_by(Notice.member_id)).all()
        assert told == sorted([org.cashier.id, org.accountant.id])


def test_two_at_the_same_time_do_not_overlap(office: Office) -> None:
    org = office.org
    granted(office, org.cashier, org.accountant, start=0, days=5)
    for start, kinds in ((4, []), (4, [KIND]), (-1, [])):
        with pytest.raises(DelegationOverlap, match=org.accountant.name):
            granted(office, org.cashier, org.finance_head, start=start, days=5, kinds=kinds)
    granted(office, org.cashier, org.finance_head, start=6, days=1)
    granted(office, org.accountant, org.cashier)  # each for the other: no chain comes of it
    assert stands_in(office, org.cashier) == org.accountant.id


def test_revoking_ends_it_at_once(office: Office, clock: FrozenClock) -> None:
    org = office.org
    made = granted(office, org.cashier, org.accountant)
    clock.tick(days=1)
    with (
        pytest.raises(PermissionDenied),
        office.db.write(org.accountant.actor) as session,
    ):
        delegation.revoke(session, session.actor, made)
    for by in (org.cashier, org.cashier):  # the second time changes nothing
        with office.db.write(by.actor) as session:
            delegation.revoke(session, session.actor, made)
    assert stands_in(office, org.cashier) is None
    assert stands_in(office, org.cashier, days=-0.5) == org.accountant.id
    with office.db.read(office.system) as session:
        assert session.get_one(Delegation, made).revoked_by == org.cashier.id
        assert delegation.of(session, org.cashier.id) == []
        assert [one.id for one in delegation.of(session, org.cashier.id, with_past=True)] == [made]
    granted(office, org.cashier, org.finance_head)
    with pytest.raises(NotFound), office.db.write(org.cashier.actor) as session:
        delegation.revoke(session, session.actor, 9999)


@pytest.mark.postgresql
def test_two_made_at_the_same_moment_do_not_overlap(office_on_postgresql: Office) -> None:
    org, house = office_on_postgresql.org, office_on_postgresql

    def grant(to: MadeMember) -> Callable[[Session, Callable[[], None]], None]:
        def act(session: Session, meet: Callable[[], None]) -> None:
            meet()
            delegation.grant(session, session.actor, org.cashier.id, to.id, now(), now() + DAY)

        return act

    outcomes = Concurrently(house.db)(
        org.cashier.actor, grant(org.accountant), grant(org.finance_head)
    )
    errors = [one.error for one in outcomes if one.error is not None]
    assert len(errors) == 1
    assert isinstance(errors[0], DelegationOverlap)
