"""Inspections: made by the clock, brought to mind, settled; a lost seal is stopped at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import func, select
from tests.addons.seals.house import House

from zhidu.db import Session
from zhidu.errors import PermissionDenied, ValidationError
from zhidu.events import StartCardsQuery
from zhidu.jobs.models import Job, Schedule
from zhidu.jobs.run import drain
from zhidu.jobs.schedule import fire_due
from zhidu.notify.models import Notice
from zhidu.policy import activation
from zhidu.policy.settings import set_setting
from zhidu.testing.concurrency import Concurrently
from zhidu.testing.fixtures import FrozenClock
from zhidu_seals import workbench
from zhidu_seals.errors import AlreadyInspected, SealNotUsable
from zhidu_seals.models import Inspection, Seal
from zhidu_seals.rules.kinds import InspectionResult, SealState
from zhidu_seals.services import inspections
from zhidu_seals.settings import INSPECTION_MONTHS

pytestmark = pytest.mark.addons("seals")

OLD = date(2025, 10, 1)
"""Three months before this, an inspection is due on 1 January 2026."""


@pytest.fixture(autouse=True)
def stopped(clock: FrozenClock) -> FrozenClock:
    """Stand at 5 January 2026."""
    return clock


def due(house: House) -> list[tuple[int, date]]:
    """Run the daily job; list what is open then."""
    with house.db.write(house.company.system) as session:
        inspections.run_due(session, {})
    with house.db.read(house.company.system) as session:
        rows = session.execute(
            select(Inspection.seal_id, Inspection.due_on)
            .where(Inspection.result.is_(None))
            .order_by(Inspection.id)
        )
        return [(seal_id, day) for seal_id, day in rows]


def only(session: Session) -> Inspection:
    return session.scalars(select(Inspection).where(Inspection.result.is_(None))).one()


def told(house: House) -> list[int]:
    with house.db.read(house.company.system) as session:
        return sorted(session.scalars(select(Notice.member_id)))


def test_an_inspection_falls_due_by_the_setting(house: House, clock: FrozenClock) -> None:
    old = house.made_seal(number="A", entered_on=OLD)
    house.made_seal(number="B", entered_on=date(2025, 12, 1))
    assert due(house) == [(old, date(2026, 1, 1))]
    assert due(house) == [(old, date(2026, 1, 1))]
    people = sorted({house.keeper.id, house.admin.id})
    assert told(house) == people
    clock.tick(days=3)
    due(house)
    assert told(house) == sorted(people * 2)  # a week after the day on which it was due
    with house.db.write(house.admin.actor) as session:
        inspections.record(session, session.actor, only(session), InspectionResult.OK)
    assert due(house) == []
    with house.db.write(house.admin.actor) as session:
        set_setting(session, session.actor, INSPECTION_MONTHS, 1)
    clock.tick(days=32)
    assert [day for _seal, day in due(house)] == [date(2026, 2, 8), date(2026, 1, 1)]


@pytest.mark.parametrize("result", [InspectionResult.LOST, InspectionResult.DAMAGED])
def test_a_lost_or_damaged_seal_is_stopped_in_the_same_transaction(
    house: House, result: InspectionResult
) -> None:
    seal_id = house.made_seal(entered_on=OLD)
    due(house)
    with pytest.raises(ValidationError), house.db.write(house.keeper.actor) as session:
        inspections.record(session, session.actor, only(session), result)  # says nothing
    with house.db.write(house.keeper.actor) as session:
        inspections.record(session, session.actor, only(session), result, "印面缺损")
        session.rollback()
    with house.db.read(house.company.system) as session:
        assert session.get_one(Seal, seal_id).state is SealState.IN_USE
        assert only(session).result is None
    with house.db.write(house.keeper.actor) as session:
        inspections.record(session, session.actor, only(session), result, "印面缺损")
    with house.db.read(house.company.system) as session:
        seal = session.get_one(Seal, seal_id)
        assert (seal.state.value, seal.state_reason) == (result.value, "印面缺损")
        row = session.scalars(select(Inspection)).one()
        assert (row.result, row.inspected_by) == (result, house.keeper.id)


def test_a_result_is_written_once_and_by_those_who_may(house: House) -> None:
    house.made_seal(entered_on=OLD)
    due(house)
    with pytest.raises(PermissionDenied), house.db.write(house.asker.actor) as session:
        inspections.record(session, session.actor, only(session), InspectionResult.OK)
    with house.db.write(house.keeper.actor) as session:
        row = only(session)
        inspections.record(session, session.actor, row, InspectionResult.OK)
        with pytest.raises(AlreadyInspected):
            inspections.record(session, session.actor, row, InspectionResult.LOST, "x")


def test_an_inspection_beyond_the_schedule_settles_the_one_that_is_due(house: House) -> None:
    seal_id = house.made_seal(entered_on=OLD)
    due(house)
    with house.db.write(house.admin.actor) as session:
        seal = session.get_one(Seal, seal_id)
        inspections.inspect(session, session.actor, seal, InspectionResult.OK)
        inspections.inspect(session, session.actor, seal, InspectionResult.LOST, "失窃")
        with pytest.raises(SealNotUsable):
            inspections.inspect(session, session.actor, seal, InspectionResult.OK)
        assert session.scalar(select(func.count(Inspection.id))) == 2


@pytest.mark.postgresql
def test_two_runs_at_once_make_one_inspection(house: House, two_sessions: Concurrently) -> None:
    house.made_seal(entered_on=OLD)

    def run(session: Session, meet: Callable[[], None]) -> None:
        session.scalars(select(Seal)).all()
        meet()
        inspections.run_due(session, {})

    for one in two_sessions(house.company.system, run, run):
        one.get()
    with house.db.read(house.company.system) as session:
        assert session.scalar(select(func.count(Inspection.id))) == 1


def test_the_schedule_fires_where_the_addon_is_active_and_rests_where_it_is_not(
    house: House, clock: FrozenClock
) -> None:
    seal_id = house.made_seal(entered_on=OLD)
    db = house.db
    fire_due(db, "test")
    clock.tick(days=1)
    assert fire_due(db, "test") > 0
    drain(db)
    with db.read(house.company.system) as session:
        assert [one.seal_id for one in session.scalars(select(Inspection))] == [seal_id]
    with db.write(house.admin.actor) as session:
        items = workbench.provide_due_items(StartCardsQuery(session, session.actor))
        assert [one.endpoint for one in items] == ["seals_inspection.index_view"]
        row = only(session)
        inspections.record(session, session.actor, row, InspectionResult.OK)
    with db.write(house.company.system) as session:
        activation.deactivate(session, session.actor, "seals", confirmed=True)
    clock.tick(days=120)
    fire_due(db, "test")
    drain(db)
    with db.read(house.company.system) as session:
        assert session.scalar(select(func.count(Inspection.id))) == 1
    with db.write(house.company.system) as session:
        activation.activate(session, session.actor, "seals")
    clock.tick(days=1)
    fire_due(db, "test")
    drain(db)
    with db.read(house.company.system) as session:
        assert session.scalar(select(func.count(Inspection.id))) == 2
        names = set(session.scalars(select(Schedule.name)))
        assert "seals.inspections_due" in names
        dead = session.scalar(select(func.count(Job.id)).where(Job.error != ""))
        assert dead == 0
