"""A use of a seal from draft to register, and what is refused on the way."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from io import BytesIO

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from tests.addons.seals.house import PDF, House, asked, own_task

from zhidu.db import Database, Session
from zhidu.db.guard import core_allowed
from zhidu.errors import PermissionDenied, ValidationError
from zhidu.org.models import Member
from zhidu.records import attachments
from zhidu.records.guarding import RecordIsFixed
from zhidu.records.models import Approval, Archive
from zhidu.testing.concurrency import Act, Concurrently
from zhidu.testing.factories import MadeCompany, make_company
from zhidu.workflow import engine
from zhidu.workflow.errors import AlreadyDecided, NotYourTask, SelfApproval, WrongTransition
from zhidu.workflow.models import Task
from zhidu_seals import queries
from zhidu_seals.errors import (
    CopiesWrong,
    DocumentWanted,
    NothingLeft,
    NotTheKeeper,
    SealNotUsable,
    ThreePeople,
    TypeNotPermitted,
)
from zhidu_seals.models import Handover, Seal, UseEntry, UseRequest
from zhidu_seals.rules.kinds import DocumentType, SealState
from zhidu_seals.services import custody, seals, use_requests

pytestmark = pytest.mark.addons("seals")


def stamped(house: House, key: int) -> tuple[int, int]:
    """Give what the request counts, and the sum of the register."""
    with house.db.read(house.company.system) as session:
        row = session.get_one(UseRequest, key)
        total = session.scalar(select(func.sum(UseEntry.copies)).where(UseEntry.record_id == key))
        return row.copies_stamped, int(total or 0)


def test_a_use_goes_from_draft_to_the_register(house: House) -> None:
    seal_id = house.made_seal()
    key = house.submitted(seal_id)
    with house.db.read(house.boss.actor) as session:
        row = session.get_one(UseRequest, key)
        assert row.document_sha256 == hashlib.sha256(PDF).hexdigest()
        assert row.document_name == "合同.pdf"
        assert (row.header.number or "").startswith("YY-")
        assert row.header.summary == {"seal": "公章", "copies": "2"}
        assert asked(session, key) == [house.boss.id]
    house.approve(key)
    with house.db.read(house.keeper.actor) as session:
        assert asked(session, key) == [house.keeper.id]
        row = session.get_one(UseRequest, key)
        assert (row.header.approval, row.header.execution) == (Approval.APPROVED, "none")
    house.stamp(key)
    with house.db.read(house.auditor.actor) as session:
        row = session.get_one(UseRequest, key)
        assert (row.header.execution, row.header.archive) == ("stamped", Archive.DUE)
        line = session.scalars(select(UseEntry)).one()
        assert (line.serial, line.copies, line.keeper) == (1, 2, "吴芳")
        assert (line.applicant, line.approvers) == ("卫东", "王建国")
        assert line.document_sha256 == row.document_sha256
        assert line.number == f"{line.year}-0001"
    assert stamped(house, key) == (2, 2)


def test_fewer_copies_first_and_the_rest_later(house: House) -> None:
    key = house.approved(house.made_seal(), copies=5)
    house.stamp(key, 2)
    keeper = house.keeper.actor
    with house.db.read(keeper) as session:
        record = session.get_one(UseRequest, key).header
        allowed = [one.transition for one in engine.allowed(session, keeper, record)]
        assert allowed == ["stamp_rest"]
    with house.db.write(keeper) as session:
        record = session.get_one(UseRequest, key).header
        with pytest.raises(CopiesWrong):
            engine.apply(session, keeper, record, "stamp_rest", {"copies": 4})
    with house.db.write(keeper) as session:
        record = session.get_one(UseRequest, key).header
        engine.apply(session, keeper, record, "stamp_rest", {"copies": "3", "note": "续盖"})
    with house.db.read(keeper) as session:
        record = session.get_one(UseRequest, key).header
        assert engine.allowed(session, keeper, record) == []
        assert [one.serial for one in queries.entries(session, key)] == [1, 2]
    with pytest.raises(NothingLeft), house.db.write(keeper) as session:
        engine.apply(
            session, keeper, session.get_one(UseRequest, key).header, "stamp_rest", {"copies": 1}
        )
    assert stamped(house, key) == (5, 5)


def test_a_wrong_number_of_copies_is_refused_and_nothing_is_written(house: House) -> None:
    key = house.approved(house.made_seal())
    for wrong in (0, -1, 3, "viel", "", None):
        with pytest.raises(ValidationError):
            house.stamp(key, wrong)
    assert stamped(house, key) == (0, 0)


def test_the_number_of_copies_must_be_said(house: House) -> None:
    key = house.approved(house.made_seal())
    with pytest.raises(ValidationError), house.db.write(house.keeper.actor) as session:
        engine.handle(session, session.actor, own_task(session, key))


def test_stamping_twice_is_refused(house: House) -> None:
    key = house.approved(house.made_seal())
    house.stamp(key, 1)
    with pytest.raises(AlreadyDecided):
        house.stamp(key, 1)
    with pytest.raises(WrongTransition), house.db.write(house.keeper.actor) as session:
        engine.apply(
            session, session.actor, session.get_one(UseRequest, key).header, "stamp", {"copies": 1}
        )
    assert stamped(house, key) == (1, 1)


# --- the document


def test_a_submit_wants_exactly_one_document(house: House) -> None:
    seal_id = house.made_seal()
    with house.db.write(house.asker.actor) as session:
        request = house.draft(session, seal_id, document=None)
        with pytest.raises(DocumentWanted):
            engine.submit(session, session.actor, request.header)
    with house.db.write(house.asker.actor) as session:
        request = house.draft(session, seal_id)
        attachments.attach(
            session,
            session.actor,
            request.header,
            BytesIO(b"%PDF-1.4 another"),
            "b.pdf",
            queries.DOCUMENT,
            files=house.files,
        )
        with pytest.raises(DocumentWanted):
            engine.submit(session, session.actor, request.header)


def test_another_file_takes_the_documents_place_until_the_submit(house: House) -> None:
    seal_id = house.made_seal()
    other = b"%PDF-1.4 second"
    with house.db.write(house.asker.actor) as session:
        request = house.draft(session, seal_id)
        use_requests.put_document(
            session, session.actor, request, BytesIO(other), "新.pdf", files=house.files
        )
        engine.submit(session, session.actor, request.header)
        key = request.id
        assert request.document_sha256 == hashlib.sha256(other).hexdigest()
    with house.db.write(house.asker.actor) as session:
        request = session.get_one(UseRequest, key)
        with pytest.raises(RecordIsFixed):
            use_requests.put_document(
                session, session.actor, request, BytesIO(PDF), "x.pdf", files=house.files
            )
        with pytest.raises(RecordIsFixed):
            attachments.remove_attachment(
                session, session.actor, queries.documents(session, key)[0]
            )


def test_the_type_of_document_must_be_permitted(house: House) -> None:
    seal_id = house.made_seal()
    with pytest.raises(TypeNotPermitted) as raised:
        house.submitted(seal_id, document_type=DocumentType.TENDER)
    assert raised.value.source is not None
    assert raised.value.source.ref == "seals"


# --- people


def test_the_backup_stamps_what_the_custodian_asks_for(house: House) -> None:
    key = house.approved(house.made_seal(), house.keeper)
    with house.db.read(house.boss.actor) as session:
        assert asked(session, key) == [house.backup.id]
    house.stamp(key, 2, house.backup)
    assert stamped(house, key) == (2, 2)


def test_a_custodian_without_backup_cannot_ask(house: House) -> None:
    seal_id = house.made_seal(backup_id=None)
    with pytest.raises(ThreePeople) as raised:
        house.submitted(seal_id, house.keeper)
    assert "吴芳" in str(raised.value.message)
    assert raised.value.source.ref == "seals"


def test_the_approver_who_asks_is_decided_by_another(house: House) -> None:
    seal_id = house.made_seal(approver_id=house.other.id)
    key = house.submitted(seal_id, house.other)
    with house.db.read(house.boss.actor) as session:
        assert asked(session, key) == [house.boss.id]
    with house.db.write(house.other.actor) as session:
        task = task_of(session, key, house.boss.id)
        with pytest.raises(SelfApproval):
            engine.approve(session, session.actor, task)


def task_of(session: Session, key: int, member_id: int) -> Task:
    """Give somebody's task."""
    return session.scalars(
        select(Task).where(Task.record_id == key, Task.member_id == member_id)
    ).one()


def test_a_keeper_is_not_asked_to_approve_in_a_superiors_place(house: House, db: Database) -> None:
    seal_id = house.made_seal(approver_id=house.other.id)
    with db.write(house.company.system) as session:
        session.get_one(Member, house.other.id).superior_id = house.keeper.id
    key = house.submitted(seal_id, house.other)
    with db.read(house.boss.actor) as session:
        # the keeper is passed over: the next superior decides
        assert asked(session, key) == [house.boss.id]


def test_nobody_but_the_keeper_stamps(house: House) -> None:
    key = house.approved(house.made_seal())
    for who in (house.asker, house.boss, house.admin, house.backup):
        with house.db.write(who.actor) as session:
            task = task_of(session, key, house.keeper.id)
            with pytest.raises((NotYourTask, PermissionDenied)):
                engine.handle(session, session.actor, task, values={"copies": 1})
            record = session.get_one(UseRequest, key).header
            with pytest.raises((WrongTransition, PermissionDenied)):
                engine.apply(session, session.actor, record, "stamp", {"copies": 1})
    assert stamped(house, key) == (0, 0)


def test_an_approver_who_became_keeper_does_not_stamp(house: House) -> None:
    seal_id = house.made_seal(approver_id=house.other.id)
    key = house.submitted(seal_id, house.other)
    house.approve(key)  # the boss, in the place of the approver who asks
    with house.db.write(house.keeper.actor) as session:
        seal = session.get_one(Seal, seal_id)
        handover = custody.offer(session, session.actor, seal, house.boss.id, "离职")
        handover_id = handover.id
    with house.db.write(house.boss.actor) as session:
        custody.accept(session, session.actor, session.get_one(Handover, handover_id))
    with house.db.read(house.boss.actor) as session:
        assert asked(session, key) == []
        row = session.get_one(UseRequest, key)
        with pytest.raises(ThreePeople):
            use_requests.require_keeper(session, session.actor, row)
        with pytest.raises(NotTheKeeper):
            use_requests.require_keeper(session, house.keeper.actor, row)


# --- states


def test_a_stopped_seal_is_neither_requested_nor_stamped_with(house: House) -> None:
    seal_id = house.made_seal()
    key = house.approved(seal_id)
    with house.db.write(house.asker.actor) as session:
        draft = house.draft(session, seal_id).id
    for state in (SealState.SUSPENDED, SealState.DAMAGED, SealState.LOST, SealState.DESTROYED):
        with house.db.write(house.admin.actor) as session:
            seal = session.get_one(Seal, seal_id)
            seals.change_state(session, session.actor, seal, state, "查实")
        with pytest.raises(SealNotUsable):
            house.stamp(key)
        with pytest.raises(SealNotUsable), house.db.write(house.asker.actor) as session:
            engine.submit(session, session.actor, session.get_one(UseRequest, draft).header)
    assert stamped(house, key) == (0, 0)


# --- the register


def test_the_register_cannot_be_changed(house: House) -> None:
    key = house.approved(house.made_seal())
    house.stamp(key)
    for act in ("update", "delete"):
        with house.db.write(house.company.system) as session:
            line = session.scalars(select(UseEntry)).one()
            if act == "update":
                line.copies = 1
            else:
                session.delete(line)
            with pytest.raises((DBAPIError, IntegrityError)):
                session.flush()
            session.rollback()
    with house.db.write(house.company.system) as session, core_allowed():
        with pytest.raises((DBAPIError, IntegrityError)):
            session.connection().execute(update(UseEntry).values(copies=9))
        session.rollback()
    assert stamped(house, key) == (2, 2)


def test_serials_have_no_gaps_after_a_refusal(house: House) -> None:
    seal_id = house.made_seal()
    keys = [house.approved(seal_id) for _ in range(3)]
    house.stamp(keys[0])
    with pytest.raises(CopiesWrong):
        house.stamp(keys[1], 99)
    with house.db.write(house.keeper.actor) as session:
        engine.handle(session, session.actor, own_task(session, keys[1]), values={"copies": 1})
        session.rollback()
    house.stamp(keys[2])
    house.stamp(keys[1])
    with house.db.read(house.company.system) as session:
        lines = session.execute(select(UseEntry.serial, UseEntry.record_id).order_by(UseEntry.id))
        assert list(lines) == [(1, keys[0]), (2, keys[2]), (3, keys[1])]


def test_the_database_itself_holds_stamped_to_approved(house: House) -> None:
    key = house.approved(house.made_seal())
    with house.db.write(house.company.system) as session, core_allowed():
        with pytest.raises(IntegrityError):
            session.connection().execute(
                update(UseRequest).where(UseRequest.id == key).values(copies_stamped=3)
            )
        session.rollback()


@pytest.mark.postgresql
def test_two_who_stamp_the_rest_at_once_never_exceed_what_was_approved(
    house: House, two_sessions: Concurrently
) -> None:
    key = house.approved(house.made_seal(), copies=5)
    house.stamp(key, 1)

    def rest(session: Session, meet: Callable[[], None]) -> None:
        row = session.get_one(UseRequest, key)
        assert row.copies_stamped == 1
        meet()  # both have read one stamped copy
        engine.apply(session, session.actor, row.header, "stamp_rest", {"copies": 3})

    outcomes = two_sessions(house.keeper.actor, rest, rest)
    errors = [one.error for one in outcomes if one.error is not None]
    assert len(errors) == 1
    assert isinstance(errors[0], CopiesWrong)
    assert stamped(house, key) == (4, 4)


@pytest.mark.postgresql
def test_serials_are_gapless_when_many_stamp_at_once(
    house: House, two_sessions: Concurrently
) -> None:
    seal_id = house.made_seal()
    keys = [house.approved(seal_id) for _ in range(6)]

    def act(key: int) -> Act:
        def stamp(session: Session, meet: Callable[[], None]) -> None:
            task = own_task(session, key)
            meet()
            engine.handle(session, session.actor, task, values={"copies": 1})

        return stamp

    outcomes = two_sessions(house.keeper.actor, *(act(key) for key in keys))
    for one in outcomes:
        one.get()
    with house.db.read(house.company.system) as session:
        serials = list(session.scalars(select(UseEntry.serial).order_by(UseEntry.serial)))
        assert serials == list(range(1, 7))


def test_another_company_sees_nothing(house: House, db: Database, company: MadeCompany) -> None:
    key = house.approved(house.made_seal())
    other = make_company(db, "other")
    with db.read(other.system) as session:
        assert session.get(UseRequest, key) is None
        assert list(session.scalars(select(Seal))) == []
