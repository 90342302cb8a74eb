"""Custody of a seal passes by a handover that two people sign; until then nothing changes."""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError

from zhidu import notify
from zhidu.access import check
from zhidu.actor import Actor
from zhidu.clock import now
from zhidu.db import Session
from zhidu.errors import ValidationError
from zhidu.org import queries as org
from zhidu.org.locking import lock_company
from zhidu.texts import lazy_gettext as _l
from zhidu_seals import queries
from zhidu_seals.errors import (
    HandoverImpossible,
    HandoverOver,
    HandoverWanted,
    NotYourHandover,
)
from zhidu_seals.models import Custody, Handover, Seal
from zhidu_seals.rules.kinds import HandoverState, SealState
from zhidu_seals.services import reasking, seals

LONGEST = 500
"""Characters of a reason or remark."""


def offer(
    session: Session, actor: Actor, seal: Seal, receiver_id: int | None, reason: str
) -> Handover:
    """Start a handover: the custodian's signature.

    :raises NotYourHandover: somebody else than the custodian tries.
    :raises HandoverImpossible: the seal is gone, or the receiver may not keep it.
    :raises HandoverOver: another handover of this seal is open.
    """
    session.refresh(seal, with_for_update={"key_share": True})
    if actor.member_id is None or actor.member_id != seal.custodian_id:
        raise NotYourHandover(seal.custodian.name)
    seals.require_person(session, "receiver_id", receiver_id)
    if receiver_id is None or receiver_id == seal.custodian_id:
        text = _l("You keep this seal already; choose somebody else.")
        raise ValidationError(text, fields={"receiver_id": text})
    _require_fit(session, seal, receiver_id)
    if queries.open_handover(session, seal.id) is not None:
        raise HandoverOver(_l("Another handover of this seal waits for its receiver."))
    handover = Handover(
        seal_id=seal.id,
        giver_id=actor.member_id,
        receiver_id=receiver_id,
        reason=_text(reason, "reason"),
        offered_at=now(),
    )
    session.add(handover)
    try:
        session.flush()
    except IntegrityError as error:  # the database holds a seal to one open handover
        raise HandoverOver(_l("Another handover of this seal waits for its receiver.")) from error
    notify.send(
        session,
        [receiver_id],
        _l(
            "%(name)s hands the seal “%(seal)s” over to you: please sign for it.",
            name=actor.name or seal.custodian.name,
            seal=seal.name,
        ),
    )
    return handover


def accept(session: Session, actor: Actor, handover: Handover, remark: str = "") -> None:
    """Sign as the receiver: from now on the receiver is the custodian, and asked to stamp.

    Where the receiver was the backup, the giver becomes it: the two change places.

    :raises NotYourHandover: somebody else than the receiver tries.
    :raises HandoverOver: it is decided already, or the seal has another custodian.
    :raises KeepersClash: finance seal and legal representative's seal would be in one hand.
    """
    lock_company(session)
    reasking.hold_records(session, handover.seal_id)
    seal = handover.seal
    session.refresh(seal, with_for_update={"key_share": True})
    _require_open(session, handover)
    if actor.member_id != handover.receiver_id:
        raise NotYourHandover(handover.receiver.name)
    if seal.custodian_id != handover.giver_id:
        raise HandoverOver(_l("The seal has another custodian by now."))
    _require_fit(session, seal, handover.receiver_id)
    if seal.backup_id == handover.receiver_id:
        seal.backup_id = handover.giver_id
    _pass_on(session, seal, handover.receiver_id, handover=handover)
    handover.state, handover.decided_at = HandoverState.ACCEPTED, now()
    handover.remark = _remark(remark)
    session.flush()
    reasking.ask_again(session, actor, seal)
    notify.send(
        session,
        [handover.giver_id, *org.people_by_role(session, "admin")],
        _l(
            "%(name)s has taken over the seal “%(seal)s”.",
            name=handover.receiver.name,
            seal=seal.name,
        ),
    )


def refuse(session: Session, actor: Actor, handover: Handover, remark: str) -> None:
    """Refuse to take the seal over, and say why; the custodian stays."""
    _require_open(session, handover)
    if actor.member_id != handover.receiver_id:
        raise NotYourHandover(handover.receiver.name)
    handover.remark = _text(remark, "remark")
    handover.state, handover.decided_at = HandoverState.REFUSED, now()
    session.flush()
    notify.send(
        session,
        [handover.giver_id],
        _l(
            "%(name)s does not take over the seal “%(seal)s”: %(remark)s",
            name=handover.receiver.name,
            seal=handover.seal.name,
            remark=handover.remark,
        ),
    )


def take_back(session: Session, actor: Actor, handover: Handover, remark: str = "") -> None:
    """Take the own offer back, as long as it is open."""
    _require_open(session, handover)
    if actor.member_id != handover.giver_id:
        raise NotYourHandover(handover.giver.name)
    handover.remark = _remark(remark)
    handover.state, handover.decided_at = HandoverState.CANCELLED, now()
    session.flush()


def appoint(session: Session, actor: Actor, seal: Seal, member_id: int | None, reason: str) -> None:
    """Give the seal of somebody who has left to a new custodian: there is nobody to sign for it.

    :raises HandoverWanted: the custodian works here and signs.
    """
    check.require(session, "seals.seal.edit", seal)
    lock_company(session)
    reasking.hold_records(session, seal.id)
    session.refresh(seal, with_for_update={"key_share": True})
    if org.works_here(session, seal.custodian_id):
        raise HandoverWanted(seal.custodian.name)
    seals.require_person(session, "member_id", member_id)
    if member_id is None:
        return
    _require_fit(session, seal, member_id)
    handover = queries.open_handover(session, seal.id)
    if handover is not None:
        handover.state, handover.decided_at = HandoverState.CANCELLED, now()
    if seal.backup_id == member_id:
        seal.backup_id = None
    _pass_on(session, seal, member_id, note=_text(reason, "reason"))
    reasking.ask_again(session, actor, seal)
    notify.send(
        session,
        [member_id],
        _l("You are the custodian of the seal “%(seal)s” now.", seal=seal.name),
    )


def _pass_on(
    session: Session,
    seal: Seal,
    member_id: int,
    *,
    handover: Handover | None = None,
    note: str = "",
) -> None:
    """End the present custody and begin the next one at the same instant."""
    seal.custodian_id = member_id
    seals.require_apart(session, seal)
    at = now()
    present = queries.present_custody(session, seal.id)
    if present is not None:
        present.until = at
    session.flush()  # the old one ends first: the index knows only one without an end
    session.add(
        Custody(
            seal_id=seal.id,
            member_id=member_id,
            since=at,
            handover_id=handover.id if handover else None,
            note=note,
        )
    )
    session.flush()
    session.expire(seal, ["custodian", "backup"])


def _require_fit(session: Session, seal: Seal, receiver_id: int) -> None:
    """Refuse a handover that could not be accepted."""
    if seal.state in {SealState.LOST, SealState.DESTROYED}:
        raise HandoverImpossible(
            _l("The seal “%(name)s” is not there to be handed over.", name=seal.name)
        )
    if receiver_id == seal.approver_id:
        raise HandoverImpossible(
            _l("Whoever approves the use of a seal does not keep it."),
            _l("Choose somebody else, or let the administrator name another approver first."),
        )
    if not org.works_here(session, receiver_id):
        raise HandoverImpossible(_l("The receiver does not work here any more."))


def _require_open(session: Session, handover: Handover) -> None:
    session.refresh(handover, with_for_update={"key_share": True})
    if handover.state is not HandoverState.OFFERED:
        raise HandoverOver(_l("This handover is closed: “%(state)s”.", state=handover.state.label))


def _text(text: str, field: str) -> str:
    text = text.strip()
    if not text or len(text) > LONGEST:
        error = _l("Please say why, in at most %(most)s characters.", most=LONGEST)
        raise ValidationError(error, fields={field: error})
    return text


def _remark(text: str) -> str:
    return text.strip()[:LONGEST]
