"""The file of seals: what a form may say, who may stop a seal, who may see what."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from tests.addons.seals.house import House

from zhidu.access import check, scope
from zhidu.errors import PermissionDenied, StaleRecord, ValidationError
from zhidu.notify.models import Notice
from zhidu_seals.errors import StateNotPossible
from zhidu_seals.models import Handover, Inspection, Seal, UseEntry, UseRequest
from zhidu_seals.rules.kinds import HandoverState, SealState
from zhidu_seals.services import custody, inspections, seals

pytestmark = pytest.mark.addons("seals")


def test_a_form_hears_what_is_wrong_beside_each_field(house: House) -> None:
    house.made_seal()
    with pytest.raises(ValidationError) as raised, house.db.write(house.company.system) as session:
        house.seal(
            session,
            name=" ",
            document_types=(),
            approver_id=house.boss.id,
            backup_id=house.boss.id,
        )
    assert set(raised.value.fields) == {"name", "number", "document_types", "backup_id"}


def test_only_the_administrator_enters_and_edits(house: House) -> None:
    for who in (house.keeper, house.asker, house.boss):
        with pytest.raises(PermissionDenied), house.db.write(who.actor) as session:
            house.seal(session)
    seal_id = house.made_seal()
    with house.db.write(house.admin.actor) as session:
        seal = session.get_one(Seal, seal_id)
        version = seal.version
        seals.change(session, session.actor, seal, house.file(name="行政公章"), version=version)
    with pytest.raises(StaleRecord) as raised:
        house.act(house.admin, seal_id, seals.change, house.file(name="总章"), version=version)
    assert [(one.name, one.theirs, one.yours) for one in raised.value.clashes] == [
        ("name", "行政公章", "总章")
    ]


def test_a_custodian_stops_the_own_seal_but_does_not_take_it_up_again(house: House) -> None:
    seal_id = house.made_seal()
    with pytest.raises(PermissionDenied):
        house.act(house.asker, seal_id, seals.change_state, SealState.LOST, "找不到")
    with pytest.raises(ValidationError):
        house.act(house.keeper, seal_id, seals.change_state, SealState.LOST, "  ")
    with house.db.write(house.keeper.actor) as session:
        seal = session.get_one(Seal, seal_id)
        seals.change_state(session, session.actor, seal, SealState.LOST, "找不到")
        told = set(session.scalars(select(Notice.member_id)))
        assert told == {house.boss.id, house.backup.id, house.admin.id}
    with pytest.raises(PermissionDenied):
        house.act(house.keeper, seal_id, seals.change_state, SealState.IN_USE, "找到了")
    with house.db.write(house.admin.actor) as session:
        seal = session.get_one(Seal, seal_id)
        seals.change_state(session, session.actor, seal, SealState.IN_USE, "找到了")
        seals.change_state(session, session.actor, seal, SealState.DESTROYED, "公司更名")
        with pytest.raises(StateNotPossible):
            seals.change_state(session, session.actor, seal, SealState.IN_USE, "误操作")


def test_a_lost_seal_leaves_no_open_inspection_and_no_open_handover(house: House) -> None:
    seal_id = house.made_seal()
    with house.db.write(house.keeper.actor) as session:
        seal = session.get_one(Seal, seal_id)
        handover_id = custody.offer(session, session.actor, seal, house.other.id, "轮岗").id
    with house.db.write(house.company.system) as session:
        seal = session.get_one(Seal, seal_id)
        session.add(Inspection(seal_id=seal_id, due_on=seal.entered_on))
    with house.db.write(house.keeper.actor) as session:
        seals.change_state(
            session, session.actor, session.get_one(Seal, seal_id), SealState.LOST, "找不到"
        )
    with house.db.read(house.company.system) as session:
        assert session.get_one(Handover, handover_id).state is HandoverState.CANCELLED
        assert list(session.scalars(select(Inspection))) == []
        assert inspections.INSPECTED == (
            SealState.IN_USE,
            SealState.SUSPENDED,
            SealState.DAMAGED,
        )


def test_who_sees_what(house: House) -> None:
    key = house.approved(house.made_seal())
    house.stamp(key)
    seen = {}
    for name in ("asker", "other", "boss", "keeper", "admin", "auditor", "cashier"):
        with house.db.read(house.people[name].actor) as session:
            seen[name] = tuple(
                len(session.scalars(select(model.id).where(scope.visible(session, kind))).all())
                for kind, model in (
                    ("seals.seal", Seal),
                    ("seals.use_request", UseRequest),
                    ("seals.use_entry", UseEntry),
                )
            )
            assert check.can(session, "seals.seal.edit") == (name == "admin")
    assert seen == {
        "asker": (1, 1, 0),
        "other": (1, 0, 0),
        "boss": (1, 1, 1),
        "keeper": (1, 1, 1),
        "admin": (1, 0, 0),
        "auditor": (1, 1, 1),
        "cashier": (1, 0, 0),
    }
