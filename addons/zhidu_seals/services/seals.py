"""The seal file: enter a seal, change it, stop its use and take it up again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from zhidu import notify
from zhidu.access import check
from zhidu.actor import Actor
from zhidu.clock import now
from zhidu.db import Session
from zhidu.errors import StaleRecord, ValidationError
from zhidu.org import queries as org
from zhidu.org.locking import lock_company
from zhidu.org.models import Member
from zhidu.records.clashes import find_clashes
from zhidu.texts import Text
from zhidu.texts import lazy_gettext as _l
from zhidu_seals import queries
from zhidu_seals.errors import SOURCE, KeepersClash, StateNotPossible
from zhidu_seals.models import Custody, Seal
from zhidu_seals.rules.kinds import DocumentType, HandoverState, SealState, SealType, may_become
from zhidu_seals.rules.people import Kept, in_one_hand
from zhidu_seals.services import reasking

COMPARED = ("name", "number", "type", "kept_where", "note")
"""Fields that are compared when two people save the same file."""

STOPS = frozenset({SealState.SUSPENDED, SealState.LOST, SealState.DAMAGED})
"""States into which a custodian may put the own seal at once; the rest is the administrator's."""


@dataclass(frozen=True, slots=True)
class SealFile:
    """What a form says of a seal.

    :param backup_id: stamps where the custodian asks, or has left.
    """

    type: SealType
    name: str
    number: str
    document_types: tuple[DocumentType, ...]
    approver_id: int
    backup_id: int | None = None
    kept_where: str = ""
    note: str = ""


def create(
    session: Session,
    actor: Actor,
    file: SealFile,
    *,
    custodian_id: int,
    entered_on: date | None = None,
) -> Seal:
    """Enter a seal with its first custodian.

    :param entered_on: the day from which inspections are counted; default: today.
    :raises ValidationError: names the field.
    :raises KeepersClash: finance seal and legal representative's seal would be in one hand.
    """
    check.require(session, "seals.seal.create")
    lock_company(session)
    today = queries.local_today(session)
    if entered_on is not None and entered_on > today:
        text = _l("This day has not come yet.")
        raise ValidationError(text, fields={"entered_on": text})
    _check(session, file, custodian_id, None)
    seal = Seal(custodian_id=custodian_id, state_since=now(), entered_on=entered_on or today)
    _write(seal, file)
    require_apart(session, seal)
    session.add(seal)
    session.flush()
    session.add(Custody(seal_id=seal.id, member_id=custodian_id, since=now()))
    session.flush()
    return seal


def change(
    session: Session, actor: Actor, seal: Seal, file: SealFile, *, version: int | None = None
) -> None:
    """Change a seal's file; its custodian changes by a handover only.

    :param version: of the row, as the form was opened with it; None for a command or an import.
    :raises StaleRecord: someone changed it in between; names each field that differs.
    """
    check.require(session, "seals.seal.edit", seal)
    lock_company(session)
    session.refresh(seal, with_for_update={"key_share": True})
    if version is not None and seal.version != version:
        typed = {name: getattr(file, name) for name in COMPARED}
        raise StaleRecord(find_clashes(seal, typed, None), seal.version)
    _check(session, file, seal.custodian_id, seal.id)
    _write(seal, file)
    require_apart(session, seal)
    session.flush()
    session.expire(seal, ["approver", "backup"])
    reasking.ask_again(session, actor, seal)


def change_state(session: Session, actor: Actor, seal: Seal, state: SealState, reason: str) -> None:
    """Stop a seal's use, take it up again, or write it off; says why, and tells those concerned.

    The custodian may stop the own seal at once; all else needs ``seals.seal.edit``.

    :raises StateNotPossible: a seal does not go from its state to that one.
    """
    keeps = actor.member_id is not None and actor.member_id in seal.keepers
    if not (keeps and state in STOPS):
        check.require(session, "seals.seal.edit", seal)
    reason = reason.strip()
    if not reason or len(reason) > 500:
        text = _l("Please say why, in at most 500 characters.")
        raise ValidationError(text, fields={"reason": text})
    put(session, seal, state, reason)


def put(session: Session, seal: Seal, state: SealState, reason: Text | str) -> None:
    """Put a seal into a state, whoever asks: the rule for every door.

    A lost or destroyed seal is neither inspected nor handed over; a destroyed one is kept by nobody.
    """
    session.flush()
    session.refresh(seal, with_for_update={"key_share": True})
    if not may_become(seal.state, state):
        raise StateNotPossible(seal.state.label, state.label)
    seal.state, seal.state_reason, seal.state_since = state, str(reason), now()
    if state in {SealState.LOST, SealState.DESTROYED}:
        inspection = queries.open_inspection(session, seal.id)
        if inspection is not None:
            session.delete(inspection)
        handover = queries.open_handover(session, seal.id)
        if handover is not None:
            handover.state, handover.decided_at = HandoverState.CANCELLED, now()
            handover.remark = str(state.label)
    if state is SealState.DESTROYED:
        custody = queries.present_custody(session, seal.id)
        if custody is not None:
            custody.until = now()
    session.flush()
    _tell(session, seal, reason)


def require_apart(session: Session, seal: Seal) -> None:
    """Refuse one hand over finance seal and legal representative's seal; the company is locked.

    :raises KeepersClash: with the name of the person and of the other seal.
    """
    mine = Kept(seal.type, seal.name, seal.keepers)
    with session.no_autoflush:
        others = queries.kept_apart(session, seal.id)
        other = in_one_hand(mine, others)
        if other is not None:
            raise KeepersClash(_name(session, min(mine.keepers & other.keepers)), other.name)


def require_person(session: Session, field: str, member_id: int | None) -> None:
    """Refuse somebody who does not work here.

    :raises ValidationError: names the field.
    """
    if member_id is None or not org.works_here(session, member_id):
        text = _l("Choose a person who works here.")
        raise ValidationError(text, fields={field: text})


def _check(session: Session, file: SealFile, custodian_id: int, seal_id: int | None) -> None:
    errors: dict[str, Text] = {}
    if not file.name.strip() or len(file.name) > 60:
        errors["name"] = _l("A name has 1 to 60 characters.")
    if not file.number.strip() or len(file.number) > 40:
        errors["number"] = _l("A number has 1 to 40 characters.")
    elif _taken(session, file.number.strip(), seal_id):
        errors["number"] = _l("Another seal has this number.")
    if not file.document_types:
        errors["document_types"] = _l("Permit at least one type of document.")
    people = {"approver_id": file.approver_id, "custodian_id": custodian_id}
    if seal_id is not None:
        del people["custodian_id"]  # one who has left is replaced by an appointment
    if file.backup_id is not None:
        people["backup_id"] = file.backup_id
    for field, member_id in people.items():
        if not org.works_here(session, member_id):
            errors[field] = _l("Choose a person who works here.")
    if file.approver_id == custodian_id:
        errors["approver_id"] = _l("Whoever keeps the seal does not approve its use.")
    if file.backup_id is not None and file.backup_id in {custodian_id, file.approver_id}:
        errors["backup_id"] = _l("The backup is neither the custodian nor the approver.")
    if errors:
        raise ValidationError(
            _l("Some fields are not right yet."), fields=dict(errors), source=SOURCE
        )


def _taken(session: Session, number: str, but: int | None) -> bool:
    found = session.scalar(select(Seal.id).where(Seal.number == number))
    return found is not None and found != but


def _write(seal: Seal, file: SealFile) -> None:
    seal.type = file.type
    seal.name = file.name.strip()
    seal.number = file.number.strip()
    seal.document_types = [kind.value for kind in DocumentType if kind in file.document_types]
    seal.approver_id = file.approver_id
    seal.backup_id = file.backup_id
    seal.kept_where = file.kept_where.strip()[:200]
    seal.note = file.note.strip()[:500]


def _name(session: Session, member_id: int) -> str:
    return session.scalars(select(Member.name).where(Member.id == member_id)).one()


def _tell(session: Session, seal: Seal, reason: Text | str) -> None:
    people: Iterable[int] = (
        seal.approver_id,
        *sorted(seal.keepers),
        *org.people_by_role(session, "admin"),
        *queries.running_applicants(session, seal.id),
    )
    notify.send(
        session,
        [one for one in people if one != session.actor.member_id],
        _l(
            "The seal “%(name)s” is now “%(state)s”: %(reason)s",
            name=seal.name,
            state=seal.state.label,
            reason=reason,
        ),
    )
