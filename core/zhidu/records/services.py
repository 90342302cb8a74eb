"""The verbs of a business document before, beside and between its approvals."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.orm import object_session
from sqlalchemy.orm.exc import StaleDataError

from zhidu.access import check
from zhidu.actor import Actor
from zhidu.audit import queries as audit
from zhidu.audit import trail
from zhidu.clock import now
from zhidu.db import Session
from zhidu.errors import NotFound, Refused, StaleRecord, ValidationError
from zhidu.events import RecordEvent
from zhidu.org import queries as org
from zhidu.org.models import Department
from zhidu.records.clashes import find_clashes
from zhidu.records.errors import DraftsOnly, NotTheApplicant
from zhidu.records.guarding import (
    EDITABLE,
    RecordIsFixed,
    engine_is_writing,
    engine_writes,
)
from zhidu.records.kinds import RecordKind
from zhidu.records.models import (
    Approval,
    Attachment,
    Comment,
    ReaderReason,
    Record,
    RecordReader,
)
from zhidu.records.queries import detail, is_applicant, kind_of
from zhidu.texts import Text
from zhidu.texts import lazy_gettext as _l

__all__ = [
    "add_reader",
    "amend",
    "check_version",
    "create",
    "delete_draft",
    "detail",
    "edit",
    "require_editable",
]

MAX_TITLE = 200
"""Characters of a title."""


def create(
    session: Session,
    actor: Actor,
    kind: str,
    detail_values: Mapping[str, Any],
    title: str,
    department_id: int | None = None,
    *,
    applicant_id: int | None = None,
) -> Any:
    """Write a draft: header and detail row; gives the detail, with ``.header``.

    :param detail_values: columns of the kind's model.
    :param department_id: one of the applicant's departments; default: the primary one.
    :param applicant_id: for imports by the system only; a person requests for oneself.
    :raises PermissionDenied: the actor lacks ``<kind>.create``.
    """
    declared = kind_of(session, kind)
    if not actor.is_system:
        check.require(session, f"{kind}.create")
        if applicant_id not in (None, actor.member_id):
            raise NotTheApplicant
        applicant_id = actor.member_id
    if applicant_id is None:
        raise ValidationError(_l("A request needs an applicant."), fields={"applicant": ""})
    header = Record(
        kind=kind,
        title=_title(title),
        applicant_id=applicant_id,
        approval=Approval.DRAFT,
        execution=declared.execution.initial,
        created_at=now(),
    )
    set_department(session, header, department_id)
    row = declared.model(header=header, **_columns(declared, detail_values))
    session.add(row)
    session.flush()
    _summarize(session, declared, row)
    session.flush()
    return row


def edit(
    session: Session,
    actor: Actor,
    row: Any,
    values: Mapping[str, Any],
    version: int,
    *,
    original: Mapping[str, Any] | None = None,
    title: str | None = None,
    department_id: int | None = None,
    granted: Collection[str] | None = None,
) -> None:
    """Save what the applicant typed into a form.

    :param granted: fields that the approval engine lets another person change while the record is
        on its way; only the engine says so.
    :param version: the header's version when the form was opened.
    :param original: the form's values when it was opened, to tell who changed what.
    :raises StaleRecord: someone saved in between; names each field with both values.
    :raises RecordIsFixed: the record was submitted and neither returned nor withdrawn.
    """
    header: Record = row.header
    declared = kind_of(session, header.kind)
    if granted is None:
        require_editable(actor, header)
    elif not engine_is_writing() or set(values) - set(granted):
        raise RecordIsFixed(header)
    check_version(row, values, version, original=original)
    for name, value in _columns(declared, values).items():
        setattr(row, name, value)
    if title is not None:
        header.title = _title(title)
    if department_id is not None and department_id != header.department_id:
        set_department(session, header, department_id)
    try:
        session.flush()
        _summarize(session, declared, row)
        session.flush()
    except StaleDataError as error:  # saved by another session between our check and the flush
        raise StaleRecord from error


def amend(
    session: Session,
    actor: Actor,
    row: Any,
    values: Mapping[str, Any],
    reason: Text | str,
    *,
    title: str | None = None,
) -> None:
    """Change a submitted record because a rule demands it, e.g. newly announced working days.

    Not for what people type: only the system may do this. The audit trail keeps the reason.

    :raises Refused: a person calls it.
    """
    if not actor.is_system:
        raise Refused(
            _l("Only a rule of the system changes a submitted record."), rule="records.amend"
        )
    header: Record = row.header
    declared = kind_of(session, header.kind)
    with engine_writes(session):
        for name, value in _columns(declared, values).items():
            setattr(row, name, value)
        if title is not None:
            header.title = _title(title)
        session.flush()
        _summarize(session, declared, row)
    trail.log(
        session,
        "amend",
        header.kind,
        header.id,
        record_id=header.id,
        changes={"reason": str(reason)},
    )


def delete_draft(session: Session, actor: Actor, row: Any) -> None:
    """Delete a draft for good, header and all; the audit trail keeps it.

    :raises DraftsOnly: it was submitted once.
    """
    header: Record = row.header
    declared = kind_of(session, header.kind)
    if not is_applicant(actor, header) and not actor.is_system:
        raise NotTheApplicant
    if header.approval is not Approval.DRAFT or header.submitted_at is not None:
        raise DraftsOnly
    with engine_writes(session):
        if declared.on_delete is not None:
            declared.on_delete(RecordEvent(session, actor, header))
        for model in (Attachment, Comment, RecordReader):
            # one by one, so that the audit trail keeps what was on the draft
            for part in session.scalars(select(model).where(model.record_id == header.id)):
                session.delete(part)
        session.delete(row)
        session.flush()  # the detail points at the header: it goes first
        session.delete(header)


def require_editable(actor: Actor, record: Record) -> None:
    """Refuse whoever may not change the record now.

    :raises NotTheApplicant: it is another person's request.
    :raises RecordIsFixed: it is on its way, or at its end.
    """
    if not is_applicant(actor, record) and not actor.is_system:
        raise NotTheApplicant
    if record.approval not in EDITABLE:
        raise RecordIsFixed(record)


def check_version(
    row: Any,
    typed: Mapping[str, Any],
    version: int,
    *,
    original: Mapping[str, Any] | None = None,
) -> None:
    """Refuse a form that was opened before someone else saved.

    :raises StaleRecord: with the version to save upon, who saved last, and each field that differs.
    """
    header: Record = row.header
    if header.version == version:
        return
    clashes = find_clashes(row, typed, original)
    session = object_session(row)
    last = (
        audit.for_record(session, header.id, limit=1).acts[:1]
        if isinstance(session, Session)
        else ()
    )
    who, at = (last[0].who, last[0].at) if last else ("", None)
    raise StaleRecord(clashes, header.version, who, at)


def add_reader(session: Session, record_id: int, member_id: int, reason: ReaderReason) -> None:
    """Let a person read the record from now on; the first reason is kept."""
    if session.get(RecordReader, (member_id, record_id)) is None:
        session.add(RecordReader(member_id=member_id, record_id=record_id, reason=reason))
        session.flush()


def set_department(session: Session, record: Record, department_id: int | None) -> None:
    """Put the record under a department of its applicant, with its path and name as of now.

    :raises ValidationError: the applicant does not belong there.
    """
    department = _department(session, record.applicant_id, department_id)
    record.department_id = department.id if department else None
    record.department_path = department.path if department else ""
    record.department_name = org.department_full_name(session, department.id) if department else ""


def resummarize(session: Session, record: Record) -> None:
    """Read the record's short texts again, as at a submit."""
    _summarize(session, kind_of(session, record.kind), detail(session, record))


def _department(session: Session, member_id: int, wanted: int | None) -> Department | None:
    if wanted is None:
        return org.primary_department(session, member_id)
    department = session.get(Department, wanted)
    if department is None or member_id not in org.people_of_department(session, wanted):
        text = _l("The applicant does not belong to this department.")
        raise ValidationError(text, fields={"department_id": text})
    return department


def _title(title: str) -> str:
    title = " ".join(title.split())
    if not title or len(title) > MAX_TITLE:
        text = _l("A title has 1 to %(limit)s characters.", limit=MAX_TITLE)
        raise ValidationError(text, fields={"title": text})
    return title


def _columns(declared: RecordKind, values: Mapping[str, Any]) -> dict[str, Any]:
    """Take only what the detail itself holds: never its key, its company or its header."""
    known = inspect(declared.model).attrs.keys()
    for name in values:
        if name not in known or name in {"id", "company_id", "header"}:
            raise NotFound(_l("“%(kind)s” has no field “%(name)s”.", kind=declared.name, name=name))
    return dict(values)


def _summarize(session: Session, declared: RecordKind, row: Any) -> None:
    if declared.summarize is None:
        return
    texts = {str(label): str(text) for label, text in declared.summarize(session, row).items()}
    if row.header.summary != texts:
        row.header.summary = texts
