"""Drafts, edits, versions, comments: what a record keeps, and whom it refuses."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, update
from tests.core.workflow_house import KIND, DemoRequest, Office, header, own_task

from zhidu.access import check
from zhidu.audit.models import AuditEntry
from zhidu.clock import now
from zhidu.db import Session
from zhidu.db.activation import CompanyAddon
from zhidu.errors import NotFound, PermissionDenied, Refused, StaleRecord, ValidationError
from zhidu.notify.models import Notice
from zhidu.records import comments, queries
from zhidu.records import services as records
from zhidu.records.guarding import StatusIsTheEngines
from zhidu.records.models import Approval, Comment, Record, RecordReader
from zhidu.texts import use_locale
from zhidu.workflow import engine


def draft(office: Office, **values: Any) -> int:
    with office.db.write(office.org.salesman.actor) as session:
        return office.draft(session, **values).id


def test_a_draft_has_header_and_detail(office: Office) -> None:
    record_id = draft(office, amount=Decimal("2.50"), note="备注")
    with office.db.read(office.org.salesman.actor) as session:
        row = session.get_one(DemoRequest, record_id)
        record = row.header
        assert (record.id, record.kind, record.title) == (record_id, KIND, "一件事")
        assert (record.approval, record.number, record.submitted_at) == (Approval.DRAFT, None, None)
        assert record.applicant_id == office.org.salesman.id
        assert record.department_path.count("/") == 4
        assert record.summary == {"amount": "2.5"}
        assert queries.detail(session, record) is row
        assert queries.can_edit(session.actor, record)
        assert queries.can_delete(session.actor, record)
        assert not queries.can_edit(office.org.team_head.actor, record)


@pytest.mark.parametrize("title", ["", "  ", "长" * 201])
def test_a_title_is_wanted(office: Office, title: str) -> None:
    with pytest.raises(ValidationError), office.db.write(office.org.salesman.actor) as session:
        records.create(session, session.actor, KIND, {}, title)


def test_only_columns_of_the_detail_are_set(office: Office) -> None:
    for name in ("id", "company_id", "header", "approval", "nothing"):
        with pytest.raises(NotFound), office.db.write(office.org.salesman.actor) as session:
            records.create(session, session.actor, KIND, {name: 1}, "x")


def test_nobody_asks_in_another_persons_name(office: Office) -> None:
    with office.db.write(office.org.salesman.actor) as session:
        with pytest.raises(Refused):
            records.create(
                session, session.actor, KIND, {}, "x", applicant_id=office.org.team_head.id
            )
        with pytest.raises(ValidationError):
            records.create(session, session.actor, KIND, {}, "x", office.org.departments["财务部"])
    with office.db.write(office.system) as session:
        with pytest.raises(ValidationError):
            records.create(session, session.actor, KIND, {}, "x")
        made = records.create(
            session, session.actor, KIND, {}, "x", applicant_id=office.org.team_head.id
        )
        assert made.header.applicant_id == office.org.team_head.id


def test_where_the_addon_is_off_nothing_is_written(office: Office) -> None:
    with office.db.write(office.system) as session:
        session.get_one(CompanyAddon, (office.made.company, "demo")).active = False
    with pytest.raises(Refused) as caught, office.db.write(office.org.salesman.actor) as session:
        office.draft(session)
    assert caught.value.rule == "records.addon_off"


# -- versions


def test_the_version_rises_with_the_detail_alone(office: Office) -> None:
    record_id = draft(office)
    with office.db.write(office.org.salesman.actor) as session:
        row = session.get_one(DemoRequest, record_id)
        before = row.header.version
        records.edit(session, session.actor, row, {"note": "neu"}, before)
        assert row.header.version == before + 1
        records.edit(session, session.actor, row, {"note": "neu"}, row.header.version)
        assert row.header.version == before + 1  # nothing changed


def test_a_stale_form_shows_both_values(office: Office) -> None:
    record_id = draft(office, amount=Decimal(1), note="a")
    with office.db.write(office.org.salesman.actor) as session:
        row = session.get_one(DemoRequest, record_id)
        opened = row.header.version
        original = {"amount": row.amount, "note": row.note}
        records.edit(session, session.actor, row, {"amount": Decimal(2), "note": "a"}, opened)
        with pytest.raises(StaleRecord) as caught, use_locale("en"):
            records.edit(
                session,
                session.actor,
                row,
                {"amount": Decimal(3), "note": "b"},
                opened,
                original=original,
            )
        (clash,) = caught.value.clashes  # the note was changed by this person only
        assert (clash.label, clash.was, clash.theirs, clash.yours) == ("Amount", "1", "2", "3")
        assert caught.value.version == row.header.version
        assert caught.value.who == "卫东"
        assert caught.value.at is not None
        # without the form's own beginning every difference is shown
        with pytest.raises(StaleRecord) as caught:
            records.edit(session, session.actor, row, {"amount": Decimal(3), "note": "b"}, opened)
        assert [clash.name for clash in caught.value.clashes] == ["amount", "note"]
        records.edit(
            session, session.actor, row, {"amount": Decimal(3)}, caught.value.version, title="新题"
        )
        assert (row.amount, row.header.title) == (Decimal(3), "新题")


def test_a_submitted_record_is_fixed(office: Office) -> None:
    record_id = draft(office)
    with office.db.write(office.org.salesman.actor) as session:
        engine.submit(session, session.actor, header(session, record_id))

    def by_service(session: Session) -> None:
        row = session.get_one(DemoRequest, record_id)
        records.edit(session, session.actor, row, {"note": "x"}, row.header.version)

    def by_detail(session: Session) -> None:
        session.get_one(DemoRequest, record_id).note = "x"

    def by_header(session: Session) -> None:
        header(session, record_id).title = "x"

    def by_deletion(session: Session) -> None:
        session.delete(session.get_one(DemoRequest, record_id))

    def by_draft_deletion(session: Session) -> None:
        records.delete_draft(session, session.actor, session.get_one(DemoRequest, record_id))

    for door in (by_service, by_detail, by_header, by_deletion, by_draft_deletion):
        with (
            pytest.raises(Refused) as caught,
            office.db.write(office.org.salesman.actor) as session,
        ):
            door(session)
        assert caught.value.rule in {"records.fixed", "records.draft_only"}
        assert str(caught.value.cure)
    with office.db.read(office.system) as session:
        row = session.get_one(DemoRequest, record_id)
        assert (row.note, row.header.title) == ("", "一件事")


def test_statements_over_records_are_refused(office: Office) -> None:
    record_id = draft(office)
    for model, values in (
        (Record, {"approval": Approval.APPROVED}),
        (DemoRequest, {"note": "x"}),
    ):
        with (
            pytest.raises((StatusIsTheEngines, RuntimeError)),
            office.db.write(office.system) as session,
        ):
            session.execute(update(model).where(model.id == record_id).values(values))


@pytest.mark.parametrize(("field", "value"), [("approval", Approval.APPROVED), ("number", "DM-1")])
def test_a_new_record_begins_as_a_draft(office: Office, field: str, value: Any) -> None:
    with office.db.write(office.org.salesman.actor) as session:
        session.add(
            Record(
                kind=KIND,
                title="x",
                applicant_id=office.org.salesman.id,
                created_at=now(),
                **{field: value},
            )
        )
        with pytest.raises(StatusIsTheEngines):
            session.flush()
        session.rollback()


def test_a_rule_amends_what_people_may_not(office: Office) -> None:
    record_id = draft(office)
    with office.db.write(office.org.salesman.actor) as session:
        engine.submit(session, session.actor, header(session, record_id))
        row = session.get_one(DemoRequest, record_id)
        with pytest.raises(Refused):
            records.amend(session, session.actor, row, {"amount": Decimal(9)}, "because")
    with office.db.write(office.system) as session:
        row = session.get_one(DemoRequest, record_id)
        before = row.header.version
        records.amend(session, session.actor, row, {"amount": Decimal(9)}, "because", title="neu")
        assert row.header.version > before
        assert (row.header.summary, row.header.title) == ({"amount": "9"}, "neu")
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "amend")).one()
        assert "because" in entry.changes


def test_a_draft_is_deleted_for_good(office: Office) -> None:
    record_id = draft(office)
    with office.db.write(office.org.salesman.actor) as session:
        comments.comment(
            session, session.actor, header(session, record_id), "@", [office.org.admin.id]
        )
    with pytest.raises(Refused), office.db.write(office.org.team_head.actor) as session:
        records.delete_draft(session, session.actor, session.get_one(DemoRequest, record_id))
    with office.db.write(office.org.salesman.actor) as session:
        records.delete_draft(session, session.actor, session.get_one(DemoRequest, record_id))
    assert "on_delete" in office.house.heard
    with office.db.read(office.system) as session:
        assert session.get(Record, record_id) is None
        assert session.get(DemoRequest, record_id) is None
        deleted = session.scalars(
            select(AuditEntry.kind).where(AuditEntry.action == "delete")
        ).all()
        assert {"core.record", KIND, "core.comment"} <= set(deleted)


# -- comments and readers


def test_a_person_named_in_a_comment_may_read_and_is_told(office: Office) -> None:
    record_id = draft(office)
    admin, cashier = office.org.admin, office.org.cashier
    with office.db.read(cashier.actor) as session:
        assert not check.can(session, f"{KIND}.read", header(session, record_id))
    with office.db.write(office.org.salesman.actor) as session:
        record = header(session, record_id)
        made = comments.comment(
            session, session.actor, record, " 看一下 ", [cashier.id, cashier.id]
        )
        assert (made.text, made.mentions) == ("看一下", [cashier.id])
        assert [reader.member_id for reader in queries.readers(session, record)] == [cashier.id]
        told = session.scalars(select(Notice.member_id)).all()
        assert told == [cashier.id]
    with office.db.write(cashier.actor) as session:
        record = header(session, record_id)
        assert check.can(session, f"{KIND}.read", record)
        comments.comment(session, session.actor, record, "好", [])
        told = session.scalars(select(Notice.member_id).order_by(Notice.id)).all()
        assert told == [cashier.id, office.org.salesman.id]
        assert [one.text for one in queries.comments(session, record)] == ["看一下", "好"]
    with pytest.raises(NotFound), office.db.write(admin.actor) as session:
        comments.comment(session, session.actor, header(session, record_id), "?", [])


@pytest.mark.parametrize(
    ("text", "mentions"),
    [("", []), (" \n ", []), ("长" * 2001, []), ("x", [999999]), ("x", list(range(1, 30)))],
)
def test_a_comment_is_checked(office: Office, text: str, mentions: list[int]) -> None:
    record_id = draft(office)
    with pytest.raises(ValidationError), office.db.write(office.org.salesman.actor) as session:
        comments.comment(session, session.actor, header(session, record_id), text, mentions)
    with office.db.read(office.system) as session:
        assert session.scalars(select(Comment.id)).all() == []
        assert session.scalars(select(RecordReader.record_id)).all() == []


def test_whoever_had_a_task_may_read_on(office: Office) -> None:
    record_id = draft(office)
    with office.db.write(office.org.salesman.actor) as session:
        engine.submit(session, session.actor, header(session, record_id))
    with office.db.write(office.org.team_head.actor) as session:
        engine.approve(session, session.actor, own_task(session, record_id))
        assert check.can(session, f"{KIND}.read", header(session, record_id))
    with office.db.read(office.org.cashier.actor) as session, pytest.raises(PermissionDenied):
        check.require(session, f"{KIND}.read", header(session, record_id))
