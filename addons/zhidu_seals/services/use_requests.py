"""Ask for the use of a seal, and what the approval engine does with it.

The effects at the end are the record kind's own: they run in the transaction of the act, and an
error in one of them undoes the whole act.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from pathlib import PurePath
from typing import Any, BinaryIO

from sqlalchemy import inspect

from zhidu.actor import Actor
from zhidu.db import Session
from zhidu.errors import ValidationError
from zhidu.events import RecordEvent
from zhidu.records import attachments
from zhidu.records import services as records
from zhidu.records.files import FileStore
from zhidu.records.models import Attachment, Record
from zhidu.texts import enumerate_texts, ngettext
from zhidu.texts import lazy_gettext as _l
from zhidu_seals import queries
from zhidu_seals.errors import (
    SOURCE,
    DocumentWanted,
    NotTheKeeper,
    SealNotUsable,
    ThreePeople,
    TypeNotPermitted,
)
from zhidu_seals.models import Seal, UseRequest
from zhidu_seals.rules import people
from zhidu_seals.rules.copies import MOST
from zhidu_seals.rules.kinds import DocumentType, SealState, may_be_used

KIND = "seals.use_request"
UNSTAMPED = "none"
"""The execution state before the stamp."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What an applicant wants stamped.

    :param document_title: empty: the name of the document's file is taken.
    """

    seal_id: int
    document_title: str
    document_type: DocumentType
    copies: int
    purpose: str = ""
    counterparty: str = ""
    expected_on: date | None = None


def draft(session: Session, actor: Actor, wish: Wish, *, file_name: str = "") -> UseRequest:
    """Write a draft for the person who acts.

    :raises ValidationError: names the field.
    """
    wish, seal = _checked(session, wish, file_name)
    request: UseRequest = records.create(
        session, actor, KIND, asdict(wish), title=title(seal, wish.document_title, wish.copies)
    )
    return request


def change(
    session: Session,
    actor: Actor,
    request: UseRequest,
    wish: Wish,
    version: int,
    *,
    file_name: str = "",
) -> None:
    """Change a draft or a returned request.

    :param version: of the header, as the form was opened with it.
    :raises StaleRecord: someone changed it in between.
    """
    wish, seal = _checked(session, wish, file_name)
    records.edit(
        session,
        actor,
        request,
        asdict(wish),
        version,
        title=title(seal, wish.document_title, wish.copies),
    )
    session.expire(request, ["seal"])


def put_document(
    session: Session,
    actor: Actor,
    request: UseRequest,
    stream: BinaryIO,
    filename: str,
    *,
    files: FileStore,
) -> Attachment:
    """Attach the document to be stamped, in the place of an earlier one.

    :raises FileRefused: empty, too large, or not what its name says.
    :raises RecordIsFixed: the request was submitted.
    """
    record: Record = request.header
    earlier = queries.documents(session, record.id)
    put = attachments.attach(
        session, actor, record, stream, filename, queries.DOCUMENT, files=files
    )
    for one in earlier:
        attachments.remove_attachment(session, actor, one)
    return put


def title(seal: Seal, document: str, copies: int) -> str:
    """Make the record's title, in the language of the person who writes it."""
    count = ngettext("%(num)s copy", "%(num)s copies", copies)
    room = records.MAX_TITLE - len(seal.name) - len(count) - 6
    return f"{document[:room]} · {seal.name} · {count}"


def require_usable(seal: Seal) -> None:
    """Refuse a seal that is not in use.

    :raises SealNotUsable: names its state.
    """
    if not may_be_used(seal.state):
        raise SealNotUsable(seal.name, seal.state.label)


def require_permitted(seal: Seal, document_type: DocumentType) -> None:
    """Refuse a type of document that the seal's file does not permit.

    :raises TypeNotPermitted: names those that it permits.
    """
    if document_type not in seal.permitted:
        permitted = enumerate_texts(one.label for one in seal.permitted)
        raise TypeNotPermitted(seal.name, document_type.label, permitted)


def require_three_people(seal: Seal, applicant_id: int | None) -> None:
    """Refuse a request that three different people cannot carry out, and name who is the problem.

    :raises ThreePeople: with the person's name.
    """
    match people.problem(seal.hands, applicant_id):
        case people.Problem.NO_KEEPER if seal.custodian_id == applicant_id:
            raise ThreePeople.keeper_asks(seal.custodian.name)
        case people.Problem.NO_KEEPER:
            raise ThreePeople.keeper_gone(seal.custodian.name)
        case people.Problem.KEEPER_APPROVES:
            raise ThreePeople.keeper_approves(seal.approver.name)


def check_actor(session: Session, actor: Actor, request: UseRequest, node_kind: str) -> None:
    """Keep the three people of a use apart, at every decision.

    Asked with the engine's own questions, too: who might be asked at all.

    :raises ThreePeople: the person has another part in this request.
    :raises NotTheKeeper: somebody else keeps the seal.
    """
    record = request.header
    member_id = actor.member_id or 0
    stamps = request.custodian
    if node_kind == "approve":
        if member_id == record.applicant_id:
            raise ThreePeople.applicant_approves()
        if stamps is not None and stamps.id == member_id:
            raise ThreePeople.keeper_approves(stamps.name)
        return
    if record.execution not in (None, UNSTAMPED):
        return  # a step after the stamp, which the policy may give to others
    require_keeper(session, actor, request)


def require_keeper(session: Session, actor: Actor, request: UseRequest) -> None:
    """Refuse whoever may not stamp: the keeper does, who neither asked nor approved.

    Until the first stamp the backup may take the step over: who leaves or is away gives it on.

    :raises ThreePeople: the applicant or an approver tries.
    :raises NotTheKeeper: somebody else tries.
    """
    record = request.header
    stamps = request.custodian
    known = inspect(record).has_identity
    approvers = queries.approved_by(session, record.id) if known else []
    member_id = actor.member_id or 0
    if people.may_stamp(
        member_id,
        record.applicant_id,
        stamps.id if stamps else None,
        [key for key, _n in approvers],
        request.seal.backup_id if record.execution in (None, UNSTAMPED) else None,
    ):
        return
    if member_id == record.applicant_id:
        raise ThreePeople.applicant_stamps()
    if stamps is None or stamps.id != member_id:
        raise NotTheKeeper((stamps or request.seal.custodian).name)
    raise ThreePeople.approver_stamps()


# --- effects of the approval; see ``zhidu_seals.services.effects``


def on_submit(event: RecordEvent) -> None:
    """Check the seal, the type and the three people; bind the document's content to the request.

    :raises SealNotUsable: the seal is not in use.
    :raises TypeNotPermitted: it may not stand under this type of document.
    :raises ThreePeople: applicant, approver and custodian would not be three.
    :raises DocumentWanted: not exactly one document is attached.
    """
    session = event.session
    request = session.get_one(UseRequest, event.record.id)
    seal = hold_seal(session, request)
    require_usable(seal)
    require_permitted(seal, request.document_type)
    require_three_people(seal, event.record.applicant_id)
    found = queries.documents(session, event.record.id)
    if len(found) != 1:
        raise DocumentWanted(len(found))
    request.document_name = found[0].name
    request.document_sha256 = found[0].blob.sha256


def on_approved(event: RecordEvent) -> None:
    """Hold the seal as it is now: whoever is asked to stamp next is its keeper of this moment."""
    hold_seal(event.session, event.session.get_one(UseRequest, event.record.id))


def hold_seal(session: Session, request: UseRequest) -> Seal:
    """Read the seal anew and keep it as it is until the unit of work ends; readers share it."""
    seal = request.seal
    session.refresh(seal, with_for_update={"read": True})
    return seal


def _checked(session: Session, wish: Wish, file_name: str) -> tuple[Wish, Seal]:
    seal = session.get(Seal, wish.seal_id)
    errors: dict[str, Any] = {}
    if seal is None or seal.state is SealState.DESTROYED:
        errors["seal_id"] = _l("Choose a seal.")
    document = " ".join(wish.document_title.split()) or PurePath(file_name).stem.strip()
    if not document or len(document) > 120:
        errors["document_title"] = _l("A title has 1 to 120 characters.")
    if not 1 <= wish.copies <= MOST:
        errors["copies"] = _l("Between 1 and %(most)s copies.", most=MOST)
    for name, limit in (("purpose", 500), ("counterparty", 120)):
        if len(getattr(wish, name)) > limit:
            errors[name] = _l("At most %(limit)s characters.", limit=limit)
    if errors or seal is None:
        raise ValidationError(_l("Some fields are not right yet."), fields=errors, source=SOURCE)
    return (
        Wish(
            seal.id,
            document,
            DocumentType(wish.document_type),
            wish.copies,
            wish.purpose.strip(),
            wish.counterparty.strip(),
            wish.expected_on,
        ),
        seal,
    )
