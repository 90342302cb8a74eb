"""Questions about records: their detail, files, comments, and what a person may do with them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, select

from zhidu.actor import Actor
from zhidu.db import Session
from zhidu.errors import NotFound
from zhidu.records.errors import AddonOff
from zhidu.records.guarding import EDITABLE
from zhidu.records.kinds import RecordKind
from zhidu.records.models import Approval, Attachment, Comment, Record, RecordReader

_FILES = (
    select(Attachment)
    .where(Attachment.record_id == bindparam("record_id"), Attachment.removed_at.is_(None))
    .order_by(Attachment.id)
)
_COMMENTS = select(Comment).where(Comment.record_id == bindparam("record_id")).order_by(Comment.id)


def kind_is_active(session: Session, kind: str) -> bool:
    """Tell whether the addon of a kind is loaded, and active in the company."""
    known = session.registry.kinds
    return kind in known and session.registry.owner(kind) in session.active_addons


def active_kinds(session: Session) -> list[str]:
    """Name the kinds whose addon is active in the company, in one order."""
    return sorted(kind for kind in session.registry.kinds if kind_is_active(session, kind))


def kind_of(session: Session, name: str) -> RecordKind:
    """Give the declaration of a kind.

    :raises AddonOff: its addon is not loaded, or not active in the company.
    """
    if not kind_is_active(session, name):
        raise AddonOff(name)
    return session.registry.kinds[name]


def detail(session: Session, record: Record) -> Any:
    """Give the addon's own row of a record.

    :raises AddonOff: its addon is not loaded, or not active in the company.
    :raises NotFound: there is no such row.
    """
    model = kind_of(session, record.kind).model
    row = session.scalars(select(model).where(model.id == record.id)).one_or_none()
    if row is None:
        raise NotFound
    return row


def attachments(session: Session, record: Record) -> list[Attachment]:
    """List the files on a record, oldest first."""
    return list(session.scalars(_FILES, {"record_id": record.id}))


def comments(session: Session, record: Record) -> list[Comment]:
    """List the remarks on a record, oldest first."""
    return list(session.scalars(_COMMENTS, {"record_id": record.id}))


def readers(session: Session, record: Record) -> list[RecordReader]:
    """List who may read the record because of a task, a copy or a mention."""
    return list(
        session.scalars(
            select(RecordReader)
            .where(RecordReader.record_id == record.id)
            .order_by(RecordReader.member_id)
        )
    )


def is_applicant(actor: Actor, record: Record) -> bool:
    """Tell whether the request is the actor's own."""
    return actor.member_id is not None and actor.member_id == record.applicant_id


def can_edit(actor: Actor, record: Record) -> bool:
    """Tell whether the actor may change the record now: the applicant, before or between submits."""
    return is_applicant(actor, record) and record.approval in EDITABLE


def can_delete(actor: Actor, record: Record) -> bool:
    """Tell whether the actor may delete it: the applicant's draft that was never submitted."""
    return is_applicant(actor, record) and record.approval is Approval.DRAFT
