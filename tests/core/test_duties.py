"""Recurring duties: opened once for those named, and done with what proves them."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import func, select
from tests.core.duty_stage import (
    CHECK,
    clocks_of,
    do,
    duties_of,
    keys,
    open_duties,
    publish,
    told,
)
from tests.core.seats_stage import office  # noqa: F401 -- fixtures
from tests.core.workflow_house import Office, submitted, tasks_of

from zhidu.clock import now
from zhidu.db import Session
from zhidu.errors import Refused
from zhidu.policy import deadlines, duties_kind
from zhidu.policy.duty_models import Duty
from zhidu.records.files import FileStore
from zhidu.records.models import Approval, Record
from zhidu.testing.fixtures import FrozenClock
from zhidu.workflow import engine, queries
from zhidu.workflow.errors import AttachmentWanted, OpinionWanted
from zhidu.workflow.models import InstanceStatus, Trail
from zhidu.workflow.trail import replay

MONDAY = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
"""Nine in the morning in Shanghai, on a working day."""


@pytest.fixture(autouse=True)
def at_nine(clock: FrozenClock) -> None:
    clock.set(MONDAY)


def one(session: Session) -> Duty:
    return session.scalars(select(Duty)).one()


def test_a_duty_is_opened_once_for_those_named(office: Office) -> None:
    version = publish(office, CHECK)
    open_duties(office)
    open_duties(office)
    with office.db.read(office.system) as session:
        row = one(session)
        assert (row.duty, row.period, row.clause) == ("check", "2026-03-02", "D-1")
        assert row.due_at == datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
        assert row.header.title == "设备点检 · 2026-03-02"
        assert row.header.policy_version_id == version
        assert row.header.number == "DT-202603-0001"
        assert row.header.approval is Approval.APPROVED
        assert row.header.execution == "open"
        assert [task.member_id for task in tasks_of(session, row.id)] == [office.org.custodian.id]
        assert tasks_of(session, row.id)[0].clause == "D-1"
    assert len(told(office, office.org.custodian, "设备点检")) == 1


def test_it_waits_on_the_person_s_list_and_is_no_request_of_theirs(office: Office) -> None:
    publish(office, CHECK)
    open_duties(office)
    with office.db.read(office.org.custodian.actor) as session:
        me = office.org.custodian.id
        assert session.scalar(select(func.count()).select_from(Record)) == 1
        assert queries.count_todo(session, me) == 1
        assert queries.count_started(session, me) == 0
        record = one(session).header
        assert [act.action for act in engine.allowed(session, session.actor, record)] == ["handle"]


def test_the_one_asked_does_it(office: Office, clock: FrozenClock) -> None:
    publish(office, CHECK)
    open_duties(office)
    with office.db.read(office.system) as session:
        key = one(session).id
    clock.tick(minutes=30)
    do(office, office.org.custodian, key, "一切正常")
    with office.db.read(office.system) as session:
        row = one(session)
        assert (row.result, row.done_by) == ("一切正常", office.org.custodian.id)
        assert row.done_at == row.header.ended_at == now()
        assert row.header.execution == "done"
        assert row.header.approval is Approval.APPROVED
        clock_row = clocks_of(session, key)[0]
        assert (clock_row.stopped_at, clock_row.missed) == (now(), False)
        assert deadlines.deadlines_of(session, [key]) == {}
        trail = session.scalars(select(Trail).where(Trail.record_id == key).order_by(Trail.id))
        standing = replay(trail.all())
        assert (standing.approval, standing.status) == (Approval.APPROVED, InstanceStatus.ENDED)
    open_duties(office)
    assert keys(office) == [("check", "2026-03-02")]


def test_words_are_demanded_where_the_policy_says_so(office: Office) -> None:
    publish(office, CHECK + "    evidence: text\n")
    open_duties(office)
    with office.db.read(office.system) as session:
        key = one(session).id
    with pytest.raises(OpinionWanted):
        do(office, office.org.custodian, key, "  ")
    do(office, office.org.custodian, key, "已检")
    with office.db.read(office.system) as session:
        assert one(session).result == "已检"


def test_a_file_is_demanded_where_the_policy_says_so(office: Office, tmp_path: Any) -> None:
    publish(office, CHECK + "    evidence: file\n")
    open_duties(office)
    with office.db.read(office.system) as session:
        key = one(session).id
    with pytest.raises(AttachmentWanted):
        do(office, office.org.custodian, key, "已检")
    files = FileStore(tmp_path / "files")
    with office.db.write(office.org.custodian.actor) as session:
        task = tasks_of(session, key)[0]
        kept = engine.attach(
            session, session.actor, task, BytesIO(b"checked"), "list.txt", files=files
        )
        engine.handle(session, session.actor, task, "已检", attachments=[kept.id])
    with office.db.read(office.system) as session:
        assert one(session).done_at is not None


def test_a_record_of_the_period_is_demanded_and_proves_one_period(
    office: Office,
    clock: FrozenClock,
) -> None:
    early = submitted(office, office.org.custodian)
    clock.tick(days=1)
    publish(office, CHECK + "    evidence: demo.request\n")
    open_duties(office)
    of_period = submitted(office, office.org.custodian)
    clock.tick(days=1)
    open_duties(office)
    with office.db.read(office.system) as session:
        first, second = (row.id for row in duties_of(session))
    wrongs: list[dict[str, Any]] = [{}, *({"proof": one} for one in (early, first, 10**6))]
    for wrong in wrongs:
        with pytest.raises(duties_kind.EvidenceWanted) as caught:
            do(office, office.org.custodian, first, **wrong)
        assert caught.value.source.ref == "D-1"
    with office.db.read(office.org.custodian.actor) as session:
        offered = session.scalars(duties_kind.proofs(session, session.get_one(Duty, first)))
        assert [record.id for record in offered] == [of_period]
    with pytest.raises(duties_kind.EvidenceWanted):  # it was made before the second period
        do(office, office.org.custodian, second, proof=of_period)
    do(office, office.org.custodian, first, proof=of_period)
    with office.db.read(office.system) as session:
        assert session.get_one(Duty, first).proof_id == of_period


def test_another_person_s_record_that_one_may_not_read_proves_nothing(office: Office) -> None:
    publish(office, CHECK + "    evidence: demo.request\n")
    open_duties(office)
    other = submitted(office, office.org.salesman)
    with office.db.read(office.system) as session:
        key = one(session).id
    with pytest.raises(duties_kind.EvidenceWanted):
        do(office, office.org.custodian, key, proof=other)


def test_nobody_else_does_it_and_nobody_withdraws_it(office: Office) -> None:
    publish(office, CHECK)
    open_duties(office)
    with office.db.read(office.system) as session:
        key = one(session).id

    def by_another(session: Session) -> None:
        engine.handle(session, session.actor, tasks_of(session, key)[0])

    def withdrawn(session: Session) -> None:
        engine.withdraw(session, session.actor, session.get_one(Record, key))

    for person, act in ((office.org.salesman, by_another), (office.org.custodian, withdrawn)):
        with pytest.raises(Refused), office.db.write(person.actor) as session:
            act(session)


def test_scopes_say_whom_it_is_for(office: Office) -> None:
    text = CHECK.replace("{role: custodian}", "{role: finance}")
    publish(
        office, text + "    mode: any\n" if False else text + "    except: {posts: [cashier]}\n"
    )
    open_duties(office)
    with office.db.read(office.system) as session:
        asked = {task.member_id for task in tasks_of(session, one(session).id)}
    assert asked == {office.org.finance_head.id, office.org.accountant.id}


def test_any_one_of_them_does_it_for_all(office: Office) -> None:
    publish(office, CHECK.replace("{role: custodian}", "{role: finance}"))
    open_duties(office)
    do(office, office.org.cashier, _key(office), "好")
    with office.db.read(office.system) as session:
        assert tasks_of(session, _key(office)) == []
        assert one(session).done_by == office.org.cashier.id


def test_where_nobody_is_found_the_administrators_are_asked(office: Office) -> None:
    publish(office, CHECK + "    except: {posts: [seal_keeper]}\n")
    open_duties(office)
    with office.db.read(office.system) as session:
        row = one(session)
        superior = office.org.general_manager.id
        assert row.header.applicant_id == office.org.admin.id
        assert [task.member_id for task in tasks_of(session, row.id)] == [superior]


def _key(office: Office) -> int:
    with office.db.read(office.system) as session:
        return one(session).id
