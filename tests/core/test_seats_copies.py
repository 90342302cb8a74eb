"""Copies sent by hand, what their readers say, and urging: who may, how often, what is written."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select
from tests.core.seats_stage import office  # noqa: F401 -- fixtures
from tests.core.workflow_house import (
    LEADER,
    Office,
    flow,
    header,
    node,
    own_task,
    refused,
    submitted,
    tasks_of,
)

from zhidu.access import check
from zhidu.db import Session
from zhidu.durations import Duration
from zhidu.errors import NotFound, ValidationError
from zhidu.notify.models import Notice
from zhidu.testing.factories import MadeMember
from zhidu.testing.fixtures import FrozenClock
from zhidu.workflow import engine, queries
from zhidu.workflow.definition import Act, Mode
from zhidu.workflow.models import Copy, TaskStatus, Trail, TrailAction
from zhidu.workflow.seats_errors import SeatRefused


def asks(office: Office) -> int:
    office.house.flow = flow(node("lead", LEADER), node("boss", "manager"))
    return submitted(office)


def sends(
    office: Office, record_id: int, by: MadeMember, *to: MadeMember, key: str = ""
) -> list[int]:
    with office.db.write(by.actor) as session:
        made = engine.circulate(
            session,
            session.actor,
            header(session, record_id),
            [one.id for one in to],
            "请知悉",
            key,
        )
        return [copy.id for copy in made]


def entries(office: Office, record_id: int, action: TrailAction) -> list[Trail]:
    with office.db.read(office.system) as session:
        return [one for one in queries.trail(session, record_id) if one.action is action]


def told(office: Office, who: MadeMember) -> int:
    with office.db.read(office.system) as session:
        return len(session.scalars(select(Notice.id).where(Notice.member_id == who.id)).all())


# -- copies


def test_a_copy_lets_its_reader_read_and_says_why(office: Office) -> None:
    org = office.org
    record_id = asks(office)
    assert len(sends(office, record_id, org.salesman, org.auditor, org.cashier)) == 2
    with office.db.read(org.auditor.actor) as session:
        assert check.can(session, "demo.request.read", header(session, record_id))
        copy = queries.copy_of(session, record_id, org.auditor.id)
        assert copy is not None
        assert (copy.reason, copy.sent_by) == ("请知悉", org.salesman.id)
        assert queries.count_unread(session, org.auditor.id) == 1
    assert told(office, org.auditor) == 1
    made = entries(office, record_id, TrailAction.CC)
    assert [(one.other_id, one.opinion) for one in made] == [
        (org.auditor.id, "请知悉"),
        (org.cashier.id, "请知悉"),
    ]


def test_nobody_gets_two_and_the_applicant_none(office: Office) -> None:
    org = office.org
    record_id = asks(office)
    sends(office, record_id, org.salesman, org.auditor)
    assert len(sends(office, record_id, org.team_head, org.auditor, org.salesman, org.cashier)) == 1
    assert len(sends(office, record_id, org.team_head, org.hr_head, key="f1")) == 1
    assert sends(office, record_id, org.team_head, org.accountant, key="f1") == []


def test_only_who_takes_part_sends_copies(office: Office) -> None:
    org = office.org
    record_id = asks(office)

    def verb(session: Session) -> None:
        engine.circulate(session, session.actor, header(session, record_id), [org.hr_head.id], "x")

    assert refused(office, org.auditor.actor, record_id, verb).rule == "seats.copies"
    with office.db.write(org.admin.actor) as session:  # manages flows
        verb(session)
    office.house.flow = flow(replace(node("lead", LEADER), acts=(Act.TRANSFER,)))
    record_id = submitted(office)
    assert refused(office, org.team_head.actor, record_id, verb).rule == "workflow.act"
    for people, reason in (([], "x"), ([org.hr_head.id], " ")):
        with pytest.raises(ValidationError), office.db.write(org.salesman.actor) as session:
            engine.circulate(session, session.actor, header(session, record_id), people, reason)


def test_readers_leave_a_receipt_and_may_say_something(office: Office) -> None:
    org = office.org
    record_id = asks(office)
    (key,) = sends(office, record_id, org.salesman, org.auditor)
    for _time in range(2):
        with office.db.write(org.auditor.actor) as session:
            engine.mark_read(session, session.actor, session.get_one(Copy, key))
    assert len(entries(office, record_id, TrailAction.READ)) == 1
    with office.db.write(org.auditor.actor) as session:
        engine.give_opinion(session, session.actor, session.get_one(Copy, key), " 已阅,无意见 ")
        copy = session.get_one(Copy, key)
        assert (copy.opinion, copy.opinion_at is not None) == ("已阅,无意见", True)
        assert queries.count_unread(session, org.auditor.id) == 0
    read = entries(office, record_id, TrailAction.READ)
    assert [(one.member_id, one.opinion) for one in read] == [
        (org.auditor.id, ""),
        (org.auditor.id, "已阅,无意见"),
    ]
    with pytest.raises(NotFound), office.db.write(org.cashier.actor) as session:
        engine.give_opinion(session, session.actor, session.get_one(Copy, key), "x")
    with pytest.raises(ValidationError), office.db.write(org.auditor.actor) as session:
        engine.give_opinion(session, session.actor, session.get_one(Copy, key), " ")


# -- urging


def urges(office: Office, record_id: int, by: MadeMember, key: str = "") -> int:
    with office.db.write(by.actor) as session:
        return engine.urge(session, session.actor, header(session, record_id), "急", key)


def test_the_applicant_urges_those_who_are_asked(office: Office, clock: FrozenClock) -> None:
    org = office.org
    office.house.flow = flow(node("money", "finance", mode=Mode.ALL), node("boss", "manager"))
    record_id = submitted(office)
    with office.db.write(org.cashier.actor) as session:
        engine.approve(session, session.actor, own_task(session, record_id))
    before = {one.id: told(office, one) for one in (org.accountant, org.cashier)}
    assert urges(office, record_id, org.salesman) == 2
    assert told(office, org.accountant) == before[org.accountant.id] + 1
    assert told(office, org.cashier) == before[org.cashier.id]
    (entry,) = entries(office, record_id, TrailAction.URGE)
    assert (entry.member_id, entry.opinion) == (org.salesman.id, "急")
    with office.db.read(office.system) as session:
        assert all(task.urged_at for task in tasks_of(session, record_id, TaskStatus.OPEN))


def test_not_again_before_the_flow_allows_it(office: Office, clock: FrozenClock) -> None:
    org = office.org
    office.house.flow = flow(node("lead", LEADER), urge_every=Duration.parse("2 hours"))
    record_id = submitted(office)
    for hours, works in ((0, True), (1.9, False), (0.1, True), (0, False)):
        clock.tick(hours=hours)
        offered = _offered(office, org.salesman, record_id)
        assert ("urge" in offered) == works
        if works:
            assert urges(office, record_id, org.salesman) == 1
            continue
        with pytest.raises(SeatRefused) as caught:
            urges(office, record_id, org.salesman)
        assert caught.value.rule == "seats.urge_every"
    # another one who waits has an own patience
    assert urges(office, record_id, org.admin) == 1


def _offered(office: Office, who: MadeMember, record_id: int) -> list[str]:
    with office.db.read(who.actor) as session:
        return [
            one.action for one in engine.beside(session, session.actor, header(session, record_id))
        ]


def test_a_second_click_urges_once(office: Office) -> None:
    record_id = asks(office)
    assert [urges(office, record_id, office.org.salesman, "f") for _click in range(2)] == [1, 0]


def test_only_who_waits_may_urge_and_only_while_somebody_is_asked(office: Office) -> None:
    org = office.org
    record_id = asks(office)

    def verb(session: Session) -> None:
        engine.urge(session, session.actor, header(session, record_id))

    assert refused(office, org.auditor.actor, record_id, verb).rule == "seats.urge"
    for who in (org.team_head, org.general_manager):
        with office.db.write(who.actor) as session:
            engine.approve(session, session.actor, own_task(session, record_id))
    assert refused(office, org.salesman.actor, record_id, verb).rule == "workflow.state"
