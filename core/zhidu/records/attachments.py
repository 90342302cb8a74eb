"""Files on records: kept once per company, access-checked, every download in the audit trail."""

from __future__ import annotations

from typing import BinaryIO

from sqlalchemy import select

from zhidu import settings
from zhidu.access import check
from zhidu.actor import Actor
from zhidu.audit import trail
from zhidu.clock import now
from zhidu.db import Session
from zhidu.errors import NotFound
from zhidu.records.errors import NotTheApplicant
from zhidu.records.filenames import clean_name
from zhidu.records.files import FileStore, Stored
from zhidu.records.filetypes import check_type, media_type
from zhidu.records.guarding import EDITABLE, RecordIsFixed, engine_is_writing
from zhidu.records.models import Attachment, Blob, Record
from zhidu.records.queries import is_applicant

MAX_MB = "core.file_max_mb"
TYPES = "core.file_types"


def attach(
    session: Session,
    actor: Actor,
    record: Record,
    stream: BinaryIO,
    filename: str,
    purpose: str = "",
    *,
    files: FileStore,
) -> Attachment:
    """Keep a file on the applicant's own record, before or between submits.

    A service of an addon that works inside the engine (a scan after stamping) may add one later.

    :param purpose: empty, or what the kind calls it, such as ``document``.
    :raises FileRefused: too large, empty, of a type not allowed, or not what its name says.
    :raises RecordIsFixed: the record was submitted.
    """
    require_attachable(actor, record)
    name = clean_name(filename)
    allowed = settings.get(session, TYPES, record.policy_version_id)
    limit = settings.get(session, MAX_MB, record.policy_version_id) * 1024 * 1024
    kept = files.keep(stream, limit, lambda head: check_type(name, head, allowed))
    attachment = Attachment(
        record_id=record.id,
        blob=blob_of(session, kept, name),
        name=name,
        purpose=purpose,
        uploaded_by=actor.member_id or record.applicant_id,
        uploaded_at=now(),
    )
    session.add(attachment)
    record.touched += 1  # whoever has the form open sees that something changed
    session.flush()
    return attachment


def require_attachable(actor: Actor, record: Record) -> None:
    """Refuse files on another person's record, or on one that is on its way.

    :raises NotTheApplicant: it is another person's request.
    :raises RecordIsFixed: it was submitted.
    """
    if engine_is_writing():
        return
    if not is_applicant(actor, record) and not actor.is_system:
        raise NotTheApplicant
    if record.approval not in EDITABLE:
        raise RecordIsFixed(record)


def open_attachment(
    session: Session, actor: Actor, attachment: Attachment, *, files: FileStore
) -> BinaryIO:
    """Open a file for reading; the caller closes it. Written into the audit trail.

    :raises NotFound: it was removed, or the actor may not read the record: both look alike.
    """
    record = session.get(Record, attachment.record_id)
    if record is None or attachment.removed_at is not None:
        raise NotFound
    if not actor.is_system and not check.can(session, f"{record.kind}.read", record):
        raise NotFound
    stream = files.open(attachment.blob.sha256)
    trail.log(
        session,
        "download",
        "core.attachment",
        attachment.id,
        record_id=record.id,
        changes={"name": attachment.name},
    )
    return stream


def remove_attachment(session: Session, actor: Actor, attachment: Attachment) -> None:
    """Take a file off the own record; its content stays for the trail until nobody refers to it.

    :raises RecordIsFixed: the record was submitted.
    """
    record = session.get_one(Record, attachment.record_id)
    require_attachable(actor, record)
    if attachment.removed_at is None:
        attachment.removed_at = now()
        record.touched += 1
        session.flush()


def blob_of(session: Session, kept: Stored, name: str) -> Blob:
    """Give the company's row of this content, made at its first file.

    The row is held: while it gets a new reference nobody deletes it as one that has none.
    """
    blob = session.scalars(
        select(Blob).where(Blob.sha256 == kept.sha256).with_for_update(read=True, key_share=True)
    ).one_or_none()
    if blob is None:
        blob = Blob(
            sha256=kept.sha256, size=kept.size, media_type=media_type(name), created_at=now()
        )
        session.add(blob)
        session.flush()
    return blob
