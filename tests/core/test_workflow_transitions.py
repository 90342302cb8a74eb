"""The execution axis: a task's transition from either door, guards, states, permissions."""

from __future__ import annotations

import pytest
from tests.core.workflow_house import (
    DemoRequest,
    Office,
    header,
    own_task,
    picture,
    refused,
    submitted,
)

from zhidu.db import Session
from zhidu.errors import ValidationError
from zhidu.workflow import engine


def approved(office: Office) -> int:
    """Bring a request to its handle node."""
    record_id = submitted(office)
    with office.db.write(office.org.team_head.actor) as session:
        engine.approve(session, session.actor, own_task(session, record_id))
    return record_id


def test_a_transition_of_a_task_is_its_finishing_from_either_door(office: Office) -> None:
    by_task, by_name = approved(office), approved(office)
    with office.db.write(office.org.hr_head.actor) as session:
        engine.handle(session, session.actor, own_task(session, by_task), values={"copies": 1})
        engine.apply(session, session.actor, header(session, by_name), "file", {"copies": 1})
        for record_id in (by_task, by_name):
            assert header(session, record_id).execution == "filed"
            assert session.get_one(DemoRequest, record_id).note == "filed 1"
            assert header(session, record_id).ended_at is not None


def test_nobody_else_performs_it(office: Office) -> None:
    record_id = approved(office)
    for member in (office.org.salesman, office.org.team_head):
        error = refused(
            office,
            member.actor,
            record_id,
            lambda session: engine.apply(
                session, session.actor, header(session, record_id), "file"
            ),
        )
        assert error.rule == "workflow.transition"


def test_a_guard_refuses_the_whole_step(office: Office) -> None:
    record_id = approved(office)
    before = picture(office, record_id)
    with pytest.raises(ValidationError), office.db.write(office.org.hr_head.actor) as session:
        engine.handle(session, session.actor, own_task(session, record_id), values={"copies": 9})
    assert picture(office, record_id) == before


def test_a_plain_transition_asks_state_and_permission(office: Office) -> None:
    record_id = approved(office)

    def close(session: Session) -> None:
        engine.apply(session, session.actor, header(session, record_id), "close")

    assert refused(office, office.org.hr_head.actor, record_id, close).rule == "workflow.transition"
    with office.db.write(office.org.hr_head.actor) as session:
        engine.handle(session, session.actor, own_task(session, record_id))
    assert refused(office, office.org.cashier.actor, record_id, close).rule == "access.permission"
    with office.db.write(office.org.hr_head.actor) as session:
        record = header(session, record_id)
        assert [act.transition for act in engine.allowed(session, session.actor, record)] == [
            "close"
        ]
        close(session)
        assert record.execution == "closed"
        assert engine.allowed(session, session.actor, record) == []
    unknown = refused(
        office,
        office.org.hr_head.actor,
        record_id,
        lambda session: engine.apply(session, session.actor, header(session, record_id), "burn"),
    )
    assert unknown.rule == "workflow.transition"


def test_no_transition_before_the_approval(office: Office) -> None:
    record_id = submitted(office)
    error = refused(
        office,
        office.org.hr_head.actor,
        record_id,
        lambda session: engine.apply(session, session.actor, header(session, record_id), "close"),
    )
    assert error.rule == "workflow.transition"
