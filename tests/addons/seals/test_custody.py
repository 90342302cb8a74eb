"""Custody: two people sign, exactly one keeps, and who keeps two seals never keeps the wrong two."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from tests.addons.seals.house import House, asked

from zhidu.db import Session
from zhidu.db.guard import core_allowed
from zhidu.errors import PermissionDenied, ValidationError
from zhidu.notify.models import Notice
from zhidu.org.members import leave
from zhidu.org.models import Member
from zhidu.testing.concurrency import Act, Concurrently
from zhidu.testing.factories import MadeMember
from zhidu.workflow.errors import NotYourTask
from zhidu.workflow.seats_errors import SeatRefused
from zhidu_seals import queries
from zhidu_seals.errors import (
    HandoverImpossible,
    HandoverOver,
    HandoverWanted,
    KeepersClash,
    NotYourHandover,
)
from zhidu_seals.models import Custody, Handover, Seal
from zhidu_seals.rules.kinds import HandoverState, SealState, SealType
from zhidu_seals.services import custody, seals

pytestmark = pytest.mark.addons("seals")


def offer(house: House, seal_id: int, giver: MadeMember, receiver: MadeMember) -> int:
    """Offer as the giver; give the handover's key."""
    with house.db.write(giver.actor) as session:
        seal = session.get_one(Seal, seal_id)
        return custody.offer(session, session.actor, seal, receiver.id, "轮岗").id


def accept(house: House, handover_id: int, who: MadeMember) -> None:
    with house.db.write(who.actor) as session:
        custody.accept(session, session.actor, session.get_one(Handover, handover_id))


def keepers(house: House, seal_id: int) -> tuple[int, list[int]]:
    """Give the seal's custodian, and the custodies that have not ended."""
    with house.db.read(house.company.system) as session:
        now = session.scalars(
            select(Custody.member_id).where(Custody.seal_id == seal_id, Custody.until.is_(None))
        )
        return session.get_one(Seal, seal_id).custodian_id, list(now)


def test_custody_passes_when_both_have_signed(house: House) -> None:
    seal_id = house.made_seal()
    handover_id = offer(house, seal_id, house.keeper, house.other)
    assert keepers(house, seal_id) == (house.keeper.id, [house.keeper.id])
    with house.db.read(house.other.actor) as session:
        told = session.scalars(select(Notice.member_id).order_by(Notice.id)).all()
        assert told == [house.other.id]
        assert [one.id for one in queries.offered_to(session, house.other.id)] == [handover_id]
    accept(house, handover_id, house.other)
    assert keepers(house, seal_id) == (house.other.id, [house.other.id])
    with house.db.read(house.company.system) as session:
        history = queries.custody_history(session, seal_id)
        assert [one.member_id for one in history] == [house.other.id, house.keeper.id]
        assert history[1].until == history[0].since
        assert history[0].handover_id == handover_id
        row = session.get_one(Handover, handover_id)
        assert (row.state, row.decided_at is not None) == (HandoverState.ACCEPTED, True)


def test_only_the_two_people_sign(house: House) -> None:
    seal_id = house.made_seal()
    for who in (house.boss, house.admin, house.other):
        with pytest.raises(NotYourHandover):
            offer(house, seal_id, who, house.asker)
    handover_id = offer(house, seal_id, house.keeper, house.other)
    for who in (house.keeper, house.admin, house.asker):
        with pytest.raises(NotYourHandover):
            accept(house, handover_id, who)
    with pytest.raises(NotYourHandover), house.db.write(house.admin.actor) as session:
        custody.take_back(session, session.actor, session.get_one(Handover, handover_id))
    assert keepers(house, seal_id) == (house.keeper.id, [house.keeper.id])


def test_a_refusal_and_a_taken_back_offer_leave_the_custodian(house: House) -> None:
    seal_id = house.made_seal()
    first = offer(house, seal_id, house.keeper, house.other)
    with pytest.raises(HandoverOver):
        offer(house, seal_id, house.keeper, house.asker)
    with pytest.raises(ValidationError), house.db.write(house.other.actor) as session:
        custody.refuse(session, session.actor, session.get_one(Handover, first), " ")
    with house.db.write(house.other.actor) as session:
        custody.refuse(session, session.actor, session.get_one(Handover, first), "出差")
    with pytest.raises(HandoverOver):
        accept(house, first, house.other)
    second = offer(house, seal_id, house.keeper, house.asker)
    with house.db.write(house.keeper.actor) as session:
        custody.take_back(session, session.actor, session.get_one(Handover, second))
    with pytest.raises(HandoverOver):
        accept(house, second, house.asker)
    assert keepers(house, seal_id) == (house.keeper.id, [house.keeper.id])


def test_custodian_and_backup_change_places(house: House) -> None:
    seal_id = house.made_seal()
    accept(house, offer(house, seal_id, house.keeper, house.backup), house.backup)
    with house.db.read(house.company.system) as session:
        seal = session.get_one(Seal, seal_id)
        assert (seal.custodian_id, seal.backup_id) == (house.backup.id, house.keeper.id)
    accept(house, offer(house, seal_id, house.backup, house.keeper), house.keeper)
    with house.db.read(house.company.system) as session:
        seal = session.get_one(Seal, seal_id)
        assert (seal.custodian_id, seal.backup_id) == (house.keeper.id, house.backup.id)


def test_the_approver_does_not_keep(house: House) -> None:
    seal_id = house.made_seal()
    with pytest.raises(HandoverImpossible):
        offer(house, seal_id, house.keeper, house.boss)
    with pytest.raises(ValidationError) as raised, house.db.write(house.company.system) as session:
        house.seal(session, number="X", approver_id=house.keeper.id)
    assert "approver_id" in raised.value.fields


def test_the_new_custodian_is_asked_to_stamp_what_was_approved_before(house: House) -> None:
    seal_id = house.made_seal()
    waiting, running = house.approved(seal_id), house.submitted(seal_id)
    accept(house, offer(house, seal_id, house.keeper, house.other), house.other)
    house.approve(running)
    with house.db.read(house.other.actor) as session:
        assert asked(session, waiting) == [house.other.id]
        assert asked(session, running) == [house.other.id]
    with pytest.raises(NotYourTask) as raised:
        house.stamp(waiting, 1)
    assert "蒋欣" in str(raised.value.message)
    house.stamp(waiting, 2, house.other)
    # and back: the same person is asked again on the same step
    accept(house, offer(house, seal_id, house.other, house.keeper), house.keeper)
    house.stamp(running, 2, house.keeper)


def test_a_custodian_who_left_is_replaced_without_a_signature(house: House) -> None:
    seal_id = house.made_seal()
    key = house.approved(seal_id)
    with pytest.raises(HandoverWanted):
        house.act(house.admin, seal_id, custody.appoint, house.other.id, "离职")
    with pytest.raises(SeatRefused), house.db.write(house.company.system) as session:
        leave(session, session.actor, session.get_one(Member, house.keeper.id), house.other.id)
    with house.db.write(house.company.system) as session:
        # the backup takes the open task over; the seal itself waits for whoever is appointed
        leave(session, session.actor, session.get_one(Member, house.keeper.id), house.backup.id)
    with pytest.raises(PermissionDenied):
        house.act(house.asker, seal_id, custody.appoint, house.other.id, "离职")
    with house.db.write(house.admin.actor) as session:
        assert [one.id for one in queries.orphaned(session)] == [seal_id]
        seal = session.get_one(Seal, seal_id)
        custody.appoint(session, session.actor, seal, house.other.id, "离职")
    assert keepers(house, seal_id) == (house.other.id, [house.other.id])
    house.stamp(key, 1, house.other)


# --- finance seal and legal representative's seal


def two_seals(house: House) -> tuple[int, int]:
    """Enter a finance seal and a legal representative's seal with different people."""
    finance = house.made_seal(
        type=SealType.FINANCE, name="财务章", number="CW", custodian=house.cashier, backup_id=None
    )
    legal = house.made_seal(
        type=SealType.LEGAL_REPRESENTATIVE, name="法人章", number="FR", backup_id=None
    )
    return finance, legal


def test_finance_and_legal_seal_have_different_custodians(house: House) -> None:
    finance, legal = two_seals(house)
    for values in (
        {"custodian": house.cashier, "backup_id": None},
        {"custodian": house.other, "backup_id": house.cashier.id},
    ):
        with pytest.raises(KeepersClash) as raised, house.db.write(house.company.system) as session:
            house.seal(session, type=SealType.LEGAL_REPRESENTATIVE, number="FR-2", **values)
        assert raised.value.source.ref == "seals"
        assert "孙莉" in str(raised.value.message)
    with pytest.raises(KeepersClash):
        house.act(
            house.admin,
            legal,
            seals.change,
            house.file(type=SealType.LEGAL_REPRESENTATIVE, number="FR", backup_id=house.cashier.id),
        )
    handover_id = offer(house, legal, house.keeper, house.cashier)
    with pytest.raises(KeepersClash):
        accept(house, handover_id, house.cashier)
    assert keepers(house, legal) == (house.keeper.id, [house.keeper.id])
    with house.db.write(house.admin.actor) as session:
        seal = session.get_one(Seal, finance)
        seals.change_state(session, session.actor, seal, SealState.DESTROYED, "重刻")
    accept(house, handover_id, house.cashier)  # a destroyed seal is kept by nobody
    assert keepers(house, legal) == (house.cashier.id, [house.cashier.id])


@pytest.mark.postgresql
def test_two_handovers_at_once_do_not_bring_both_seals_into_one_hand(
    house: House, two_sessions: Concurrently
) -> None:
    finance, legal = two_seals(house)
    first = offer(house, finance, house.cashier, house.other)
    second = offer(house, legal, house.keeper, house.other)

    def act(key: int) -> Act:
        def sign(session: Session, meet: Callable[[], None]) -> None:
            handover = session.get_one(Handover, key)
            assert handover.seal.custodian_id != house.other.id
            meet()
            custody.accept(session, session.actor, handover)

        return sign

    outcomes = two_sessions(house.other.actor, act(first), act(second))
    errors = [one.error for one in outcomes if one.error is not None]
    assert len(errors) == 1
    assert isinstance(errors[0], KeepersClash)
    kept = [keepers(house, one)[0] for one in (finance, legal)]
    assert kept.count(house.other.id) == 1


@pytest.mark.postgresql
def test_signing_twice_at_once_makes_one_custody(house: House, two_sessions: Concurrently) -> None:
    seal_id = house.made_seal()
    key = offer(house, seal_id, house.keeper, house.other)

    def sign(session: Session, meet: Callable[[], None]) -> None:
        handover = session.get_one(Handover, key)
        meet()
        custody.accept(session, session.actor, handover)

    outcomes = two_sessions(house.other.actor, sign, sign)
    errors = [one.error for one in outcomes if one.error is not None]
    assert len(errors) == 1
    assert isinstance(errors[0], HandoverOver)
    assert keepers(house, seal_id) == (house.other.id, [house.other.id])


@pytest.mark.postgresql
def test_offering_twice_at_once_leaves_one_open_handover(
    house: House, two_sessions: Concurrently
) -> None:
    seal_id = house.made_seal()

    def act(receiver: MadeMember) -> Act:
        def give(session: Session, meet: Callable[[], None]) -> None:
            seal = session.get_one(Seal, seal_id)
            meet()
            custody.offer(session, session.actor, seal, receiver.id, "轮岗")

        return give

    outcomes = two_sessions(house.keeper.actor, act(house.other), act(house.asker))
    assert sorted(type(one.error).__name__ for one in outcomes) == ["HandoverOver", "NoneType"]


def test_the_database_itself_holds_one_present_custody(house: House) -> None:
    seal_id = house.made_seal()
    with house.db.write(house.company.system) as session:
        present = queries.present_custody(session, seal_id)
        assert present is not None
        session.add(Custody(seal_id=seal_id, member_id=house.other.id, since=present.since))
        with pytest.raises(IntegrityError):
            session.flush()
        session.rollback()
    with house.db.write(house.company.system) as session, core_allowed():
        with pytest.raises(IntegrityError):
            session.connection().execute(update(Seal).values(custodian_id=None))
        session.rollback()
    with house.db.read(house.company.system) as session:
        assert session.scalar(select(func.count(Custody.id))) == 1
