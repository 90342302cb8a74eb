"""A use of a seal may be voided as long as nothing was stamped; the register stays."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select
from tests.addons.seals.house import PACK, House

from zhidu.errors import SourceKind
from zhidu.policy.apply import apply_pack
from zhidu.records.guarding import engine_writes
from zhidu.records.models import Approval, Record
from zhidu.workflow import engine
from zhidu_seals.errors import StampedAlready
from zhidu_seals.models import UseEntry, UseRequest

pytestmark = pytest.mark.addons("seals")

VOIDABLE = (
    PACK.replace('version: "1"', 'version: "2"')
    + """\
    void:
      - {id: undo, name: 作废, approver: {field: approver}, clause: T-1}
"""
)


@pytest.fixture(autouse=True)
def _voidable(house: House) -> None:
    """Put the policy in force that says how a use is voided."""
    with house.db.write(house.company.system) as session:
        apply_pack(session, session.actor, VOIDABLE, "seals.yaml")


def without_stamp(house: House) -> int:
    """Let a request come to its end without a stamp: confirmed where the policy has no such step."""
    plain = VOIDABLE.replace('version: "2"', 'version: "3"')
    plain = "\n".join(line for line in plain.splitlines() if "{id: stamp," not in line)
    with house.db.write(house.company.system) as session:
        apply_pack(session, session.actor, plain, "seals.yaml")
    return house.approved(house.made_seal())


def ask_void(house: House, key: int) -> None:
    """Let the applicant ask for it to be voided."""
    with house.db.write(house.asker.actor) as session:
        engine.void(session, session.actor, session.get_one(Record, key), "合同不签了")


def may_void(house: House, key: int) -> bool:
    """Tell whether the page offers it to the applicant."""
    with house.db.read(house.asker.actor) as session:
        return engine.may_void(session, session.actor, session.get_one(Record, key))


def state(house: House, key: int) -> Approval:
    """Tell the approval status."""
    with house.db.read(house.company.system) as session:
        return session.get_one(Record, key).approval


def test_a_use_without_a_stamp_is_voided(house: House) -> None:
    key = without_stamp(house)
    assert may_void(house, key)
    ask_void(house, key)
    assert state(house, key) is Approval.APPROVED
    house.approve(key)
    assert state(house, key) is Approval.VOIDED
    assert not may_void(house, key)


@pytest.mark.parametrize("copies", [1, 2])
def test_what_was_stamped_stays_in_force_and_in_the_register(house: House, copies: int) -> None:
    key = house.approved(house.made_seal())
    house.stamp(key, copies)
    assert not may_void(house, key)
    with pytest.raises(StampedAlready) as caught:
        ask_void(house, key)
    source = caught.value.source
    assert source is not None
    assert (caught.value.rule, source.kind, source.ref) == (
        "seals.stamped", SourceKind.ADDON, "seals",
    )  # fmt: skip
    assert state(house, key) is Approval.APPROVED
    with house.db.read(house.company.system) as session:
        assert session.scalar(select(func.sum(UseEntry.copies))) == copies
        assert session.get_one(UseRequest, key).copies_stamped == copies


def test_a_stamp_that_came_in_between_is_found_at_the_last_approval(house: House) -> None:
    key = without_stamp(house)
    ask_void(house, key)
    # no way of the product leads here
    with house.db.write(house.company.system) as session, engine_writes(session):
        session.get_one(UseRequest, key).copies_stamped = 1
    with pytest.raises(StampedAlready):
        house.approve(key)
    assert state(house, key) is Approval.APPROVED
