"""From draft to archive: what each step of the path writes, and what it costs to go wrong."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import select
from tests.core.workflow_house import (
    KIND,
    DemoRequest,
    Office,
    header,
    instance_of,
    own_task,
    tasks_of,
)

from zhidu.audit.models import AuditEntry
from zhidu.records.models import Approval, Archive, RecordReader
from zhidu.workflow import engine, queries
from zhidu.workflow.models import InstanceStatus, TrailAction


def test_a_request_goes_from_draft_to_archive(office: Office) -> None:
    org = office.org
    with office.db.write(org.salesman.actor) as session:
        row = office.draft(session, amount=Decimal(2))
        engine.submit(session, session.actor, row.header)
        record_id = row.id
        assert row.header.approval is Approval.IN_APPROVAL
        assert row.header.number is not None
        assert row.header.number.startswith("DM-")
        assert row.header.department_name.endswith("销售部 / 销售一部")
        assert row.header.summary == {"amount": "2"}
        assert [task.member_id for task in tasks_of(session, record_id)] == [org.team_head.id]
    with office.db.write(org.team_head.actor) as session:
        engine.approve(session, session.actor, own_task(session, record_id), "好")
        record = header(session, record_id)
        assert (record.approval, record.execution) == (Approval.APPROVED, "none")
        assert record.ended_at is None
    with office.db.write(org.hr_head.actor) as session:
        task = own_task(session, record_id)
        engine.handle(session, session.actor, task, values={"copies": 2})
        record = header(session, record_id)
        assert (record.approval, record.execution) == (Approval.APPROVED, "filed")
        assert record.archive is Archive.DUE
        assert record.ended_at is not None
        assert instance_of(session, record_id).status is InstanceStatus.ENDED
        row = session.get_one(DemoRequest, record_id)
        assert (row.effects, row.held, row.note) == (1, 1, "filed 2")
        story = [(one.action, one.member_id, one.note) for one in queries.trail(session, record_id)]
        assert story == [
            (TrailAction.SUBMIT, org.salesman.id, ""),
            (TrailAction.ENTER, None, ""),
            (TrailAction.APPROVE, org.team_head.id, ""),
            (TrailAction.PASS, None, "final"),
            (TrailAction.ENTER, None, ""),
            (TrailAction.HANDLE, org.hr_head.id, ""),
            (TrailAction.PASS, None, ""),
            (TrailAction.END, None, "approved"),
        ]
        assert [one.clause for one in queries.trail(session, record_id)] == [
            "",
            *["D-lead"] * 3,
            *["D-file"] * 3,
            "",
        ]
        readers = session.scalars(
            select(RecordReader.member_id).where(RecordReader.record_id == record_id)
        )
        assert set(readers) == {org.team_head.id, org.hr_head.id}
        acts = session.scalars(
            select(AuditEntry.action)
            .where(AuditEntry.record_id == record_id, AuditEntry.kind == KIND)
            .order_by(AuditEntry.id)
        ).all()
        assert [act for act in acts if act not in {"insert", "update"}] == [
            "submit", "approve", "approved", "handle", "transition",
        ]  # fmt: skip
    assert office.house.heard == [
        "before_submit", "on_submit", "after_submit",
        "before_decision", "on_approved", "after_approved", "after_decision",
        "before_decision", "after_transition", "after_decision",
    ]  # fmt: skip


@pytest.mark.parametrize("hook", ["before_submit", "on_submit"])
def test_a_veto_leaves_nothing_behind(office: Office, hook: str) -> None:
    from zhidu.errors import ValidationError

    def veto(name: str) -> None:
        if name == hook:
            raise ValidationError("no")

    with office.db.write(office.org.salesman.actor) as session:
        record_id = office.draft(session).id
    office.house.veto = veto
    with (
        pytest.raises(ValidationError),
        office.db.write(office.org.salesman.actor) as session,
    ):
        engine.submit(session, session.actor, header(session, record_id))
    with office.db.read(office.org.salesman.actor) as session:
        record = header(session, record_id)
        assert (record.approval, record.number) == (Approval.DRAFT, None)
        assert tasks_of(session, record_id) == []
