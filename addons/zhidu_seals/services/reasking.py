"""When a seal's people change, whoever is to stamp what was already approved is asked anew."""

from __future__ import annotations

from sqlalchemy import select

from zhidu.actor import Actor
from zhidu.db import Session
from zhidu.records.models import Record
from zhidu.workflow import engine
from zhidu.workflow.asking import ask_anew
from zhidu_seals import queries
from zhidu_seals.models import Seal


def hold_records(session: Session, seal_id: int) -> None:
    """Lock the records that wait for the stamp, before the seal itself.

    Whoever stamps locks the record first and the seal second; the same order here keeps two acts
    from waiting for each other.
    """
    keys = queries.to_stamp(session, seal_id)
    session.scalars(
        select(Record.id)
        .where(Record.id.in_(keys))
        .order_by(Record.id)
        .with_for_update(key_share=True)
    ).all()


def ask_again(session: Session, actor: Actor, seal: Seal) -> None:
    """Ask the seal's present keeper to stamp, in the place of an earlier one."""
    for record_id in queries.to_stamp(session, seal.id):
        ask_anew(session, actor, session.get_one(Record, record_id))
    engine.retry_waiting(session)
