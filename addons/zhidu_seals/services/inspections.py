"""Inspections: made when they fall due, brought to mind, settled with a result."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from zhidu import clock, notify, settings
from zhidu.access import check
from zhidu.actor import Actor
from zhidu.db import Session
from zhidu.errors import Refused, ValidationError
from zhidu.org import queries as org
from zhidu.org.models import Company
from zhidu.texts import lazy_gettext as _l
from zhidu_seals import queries
from zhidu_seals.errors import SOURCE, AlreadyInspected, SealNotUsable
from zhidu_seals.models import Inspection, Seal
from zhidu_seals.rules.kinds import InspectionResult, SealState
from zhidu_seals.rules.months import next_inspection
from zhidu_seals.services import reasking, seals
from zhidu_seals.settings import INSPECTION_MONTHS

REMIND_DAYS = 7
"""Days between two reminders of an inspection that is due."""

INSPECTED = (SealState.IN_USE, SealState.SUSPENDED, SealState.DAMAGED)
"""States in which there is a seal to look at."""


def run_due(session: Session, _args: Mapping[str, Any]) -> None:
    """Do the daily work: the job ``seals.inspections_due`` of one company."""
    make_due(session)
    remind(session)
    for seal in queries.orphaned(session):
        reasking.ask_again(session, session.actor, seal)


def make_due(session: Session) -> list[Inspection]:
    """Make the inspections that have fallen due; a seal has at most one open. May be repeated."""
    today = queries.local_today(session)
    every = settings.get(session, INSPECTION_MONTHS)
    # one run at a time: the rows of the seals are held until it is committed
    found = session.scalars(
        select(Seal)
        .where(Seal.state.in_(INSPECTED))
        .order_by(Seal.id)
        .with_for_update(key_share=True)
    ).all()
    last = queries.last_inspected(session)
    open_now = set(session.scalars(select(Inspection.seal_id).where(Inspection.result.is_(None))))
    made = []
    for seal in found:
        if seal.id in open_now:
            continue
        due = next_inspection(last_day(session, seal, last.get(seal.id)), every)
        if due <= today:
            made.append(Inspection(seal_id=seal.id, due_on=due))
    session.add_all(made)
    session.flush()
    return made


def last_day(session: Session, seal: Seal, last: Inspection | None) -> date:
    """Give the day from which the next inspection is counted."""
    if last is None or last.inspected_at is None:
        return seal.entered_on
    zone = session.scalars(select(Company.timezone).where(Company.id == session.company)).one()
    return last.inspected_at.astimezone(ZoneInfo(zone)).date()


def remind(session: Session) -> None:
    """Tell custodians and administrators of open inspections: at once, and every week."""
    today = queries.local_today(session)
    people = _inspectors(session)
    rows = session.scalars(
        select(Inspection).where(Inspection.result.is_(None)).order_by(Inspection.id)
    )
    for inspection in rows:
        weeks = (today - inspection.due_on).days // REMIND_DAYS
        notify.send(
            session,
            [inspection.seal.custodian_id, *people],
            _l(
                "The seal “%(seal)s” has to be inspected; it was due on %(day)s.",
                seal=inspection.seal.name,
                day=inspection.due_on,
            ),
            dedupe=f"seals.inspection:{inspection.id}:{weeks}",
        )


def record(
    session: Session,
    actor: Actor,
    inspection: Inspection,
    result: InspectionResult,
    note: str = "",
) -> None:
    """Write what an inspection found; a lost or damaged seal is stopped in the same transaction.

    :raises AlreadyInspected: it has its result.
    """
    check.require(session, "seals.inspection.edit", inspection)
    _settle(session, actor, inspection, result, note)


def inspect(
    session: Session, actor: Actor, seal: Seal, result: InspectionResult, note: str = ""
) -> Inspection:
    """Inspect a seal beyond the schedule; an inspection that is due is settled by it.

    :raises SealNotUsable: there is no seal to look at.
    """
    check.require(session, "seals.inspection.create")
    session.refresh(seal, with_for_update={"key_share": True})
    if seal.state not in INSPECTED:
        raise SealNotUsable(seal.name, seal.state.label)
    inspection = queries.open_inspection(session, seal.id)
    if inspection is None:
        inspection = Inspection(seal_id=seal.id, due_on=queries.local_today(session))
        session.add(inspection)
        session.flush()
    _settle(session, actor, inspection, result, note)
    return inspection


def _settle(
    session: Session,
    actor: Actor,
    inspection: Inspection,
    result: InspectionResult,
    note: str,
) -> None:
    if actor.member_id is None:
        raise Refused(_l("Only a person inspects a seal."), rule="seals.inspection", source=SOURCE)
    note = note.strip()
    if len(note) > 500 or (result is not InspectionResult.OK and not note):
        text = _l("Please describe what was found, in at most 500 characters.")
        raise ValidationError(text, fields={"note": text})
    session.refresh(inspection, with_for_update={"key_share": True})
    if inspection.result is not None:
        raise AlreadyInspected
    inspection.result = result
    inspection.inspected_by = actor.member_id
    inspection.inspected_at = clock.now()
    inspection.note = note
    session.flush()
    stopped = result.stops
    if stopped is not None and inspection.seal.state is not stopped:
        seals.put(session, inspection.seal, stopped, note)


def _inspectors(session: Session) -> Iterable[int]:
    return (*org.people_by_role(session, "custodian"), *org.people_by_role(session, "admin"))
