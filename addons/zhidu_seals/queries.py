"""Questions about seals: who keeps what, what falls due, what is stamped and what waits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from zhidu.clock import today
from zhidu.db import Session
from zhidu.org.models import Company, Member, MemberStatus
from zhidu.records.models import Approval, Attachment, Record
from zhidu.workflow.definition import NodeKind
from zhidu.workflow.models import Instance, Purpose, Task, TaskStatus, Trail, TrailAction
from zhidu_seals.models import Custody, Handover, Inspection, Seal, UseEntry, UseRequest
from zhidu_seals.rules.kinds import HandoverState, SealState, SealType
from zhidu_seals.rules.people import APART, Kept

DOCUMENT = "document"
"""Purpose of the one attachment that is stamped."""

HASH_SHOWN = 12
"""Digits of a hash that people compare at a glance; the page of the request shows all."""


def local_today(session: Session) -> date:
    """Give today as the company's people count it."""
    zone = session.scalars(select(Company.timezone).where(Company.id == session.company)).one()
    return today(zone)


def seals(session: Session) -> Sequence[Seal]:
    """List the seals that were not destroyed, with their people: official ones first."""
    found = session.scalars(
        select(Seal)
        .where(Seal.state != SealState.DESTROYED)
        .options(
            joinedload(Seal.custodian, innerjoin=True),
            joinedload(Seal.approver, innerjoin=True),
            joinedload(Seal.backup),
        )
        .order_by(Seal.number, Seal.id)
    ).all()
    order = list(SealType)
    return sorted(found, key=lambda seal: order.index(seal.type))


def kept_apart(session: Session, but: int | None = None) -> list[Kept]:
    """List the finance and legal representative's seals that exist, with their keepers."""
    statement = select(Seal).where(Seal.type.in_(sorted(APART)), Seal.state != SealState.DESTROYED)
    if but is not None:
        statement = statement.where(Seal.id != but)
    rows = session.scalars(
        statement.order_by(Seal.id), execution_options={"populate_existing": True}
    )
    return [Kept(seal.type, seal.name, seal.keepers) for seal in rows]


def documents(session: Session, record_id: int) -> Sequence[Attachment]:
    """List the attachments that stand as the document to be stamped; one is right."""
    return session.scalars(
        select(Attachment)
        .where(
            Attachment.record_id == record_id,
            Attachment.purpose == DOCUMENT,
            Attachment.removed_at.is_(None),
        )
        .order_by(Attachment.id)
    ).all()


def approved_by(session: Session, record_id: int) -> list[tuple[int, str]]:
    """List who approved the request in its present round, with names, in their order."""
    rows = session.execute(
        select(Trail.member_id, Member.name)
        .join(Instance, Instance.id == Trail.instance_id)
        .join(Member, Member.id == Trail.member_id)
        .where(
            Trail.record_id == record_id,
            Instance.purpose == Purpose.APPROVAL,
            Trail.round == Instance.round,
            Trail.action == TrailAction.APPROVE,
        )
        .order_by(Trail.id)
    )
    return [(key, name) for key, name in rows if key is not None]


def to_stamp(session: Session, seal_id: int) -> list[int]:
    """List the records of a seal whose stamping is asked of somebody now."""
    return list(
        session.scalars(
            select(Task.record_id)
            .join(UseRequest, UseRequest.id == Task.record_id)
            .where(
                UseRequest.seal_id == seal_id,
                Task.node_kind == NodeKind.HANDLE,
                Task.status.in_((TaskStatus.OPEN, TaskStatus.WAITING)),
            )
            .distinct()
            .order_by(Task.record_id)
        )
    )


def running_applicants(session: Session, seal_id: int) -> list[int]:
    """List who has a request of the seal on its way, or approved and not stamped."""
    return list(
        session.scalars(
            select(Record.applicant_id)
            .join(UseRequest, UseRequest.id == Record.id)
            .where(
                UseRequest.seal_id == seal_id,
                Record.approval.in_((Approval.IN_APPROVAL, Approval.APPROVED)),
                UseRequest.copies_stamped < UseRequest.copies,
                Record.ended_at.is_(None),
            )
            .distinct()
            .order_by(Record.applicant_id)
        )
    )


def present_custody(session: Session, seal_id: int) -> Custody | None:
    """Give the custody that has not ended."""
    return session.scalars(
        select(Custody).where(Custody.seal_id == seal_id, Custody.until.is_(None))
    ).one_or_none()


def custody_history(session: Session, seal_id: int) -> Sequence[Custody]:
    """List who kept the seal, newest first."""
    return session.scalars(
        select(Custody)
        .where(Custody.seal_id == seal_id)
        .options(joinedload(Custody.member, innerjoin=True))
        .order_by(Custody.id.desc())
    ).all()


def open_handover(session: Session, seal_id: int) -> Handover | None:
    """Give the handover of the seal that waits for its receiver."""
    return session.scalars(
        select(Handover).where(Handover.seal_id == seal_id, Handover.state == HandoverState.OFFERED)
    ).one_or_none()


def offered_to(session: Session, member_id: int) -> Sequence[Handover]:
    """List the handovers that wait for this person's signature."""
    return session.scalars(
        select(Handover)
        .where(Handover.receiver_id == member_id, Handover.state == HandoverState.OFFERED)
        .options(joinedload(Handover.seal, innerjoin=True))
        .order_by(Handover.id)
    ).all()


def open_inspection(session: Session, seal_id: int) -> Inspection | None:
    """Give the inspection of the seal that waits for its result."""
    return session.scalars(
        select(Inspection).where(Inspection.seal_id == seal_id, Inspection.result.is_(None))
    ).one_or_none()


def inspections(session: Session, seal_id: int, limit: int) -> Sequence[Inspection]:
    """List the seal's inspections, newest first."""
    return session.scalars(
        select(Inspection)
        .where(Inspection.seal_id == seal_id)
        .options(joinedload(Inspection.inspector))
        .order_by(Inspection.id.desc())
        .limit(limit)
    ).all()


def last_inspected(session: Session) -> Mapping[int, Inspection]:
    """Give each seal's last finished inspection; one query."""
    newest = (
        select(func.max(Inspection.id))
        .where(Inspection.result.is_not(None))
        .group_by(Inspection.seal_id)
    )
    rows = session.scalars(select(Inspection).where(Inspection.id.in_(newest)))
    return {row.seal_id: row for row in rows}


def due_inspections(session: Session) -> tuple[int, date | None]:
    """Count the open inspections, and give the oldest day on which one fell due."""
    count, oldest = session.execute(
        select(func.count(Inspection.id), func.min(Inspection.due_on)).where(
            Inspection.result.is_(None)
        )
    ).one()
    return count, oldest


def orphaned(session: Session) -> Sequence[Seal]:
    """List the seals whose custodian has left."""
    return session.scalars(
        select(Seal)
        .join(Member, Member.id == Seal.custodian_id)
        .where(Seal.state != SealState.DESTROYED, Member.status != MemberStatus.ACTIVE)
        .order_by(Seal.id)
    ).all()


def uses(session: Session, seal_id: int, limit: int) -> Sequence[UseEntry]:
    """List the seal's lines of the register, newest first."""
    return session.scalars(
        select(UseEntry)
        .where(UseEntry.seal_id == seal_id)
        .order_by(UseEntry.id.desc())
        .limit(limit)
    ).all()


def entries(session: Session, record_id: int) -> Sequence[UseEntry]:
    """List the lines of the register that a request led to."""
    return session.scalars(
        select(UseEntry).where(UseEntry.record_id == record_id).order_by(UseEntry.id)
    ).all()
