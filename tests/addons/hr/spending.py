"""Processes that ask for leave at the same time; they import little, so that they start quickly."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from zhidu.actor import Actor
from zhidu.config import Config
from zhidu.db import Database
from zhidu.db.session import Session
from zhidu.records.models import Record
from zhidu.testing.databases import environ, registry_of
from zhidu.workflow import engine
from zhidu_hr.errors import NotEnoughLeave
from zhidu_hr.rules.days import Half, Period
from zhidu_hr.services import leave


def ask_for_a_day(session: Session, leave_type_id: int, day: date) -> int:
    """Draft and submit one day of leave; give the request's key."""
    when = Period(day, Half.MORNING, day, Half.AFTERNOON)
    row = leave.draft(
        session, session.actor, leave_type_id=leave_type_id, period=when, reason="一天"
    )
    engine.submit(session, session.actor, session.get_one(Record, row.id))
    return row.id


def ask_in_a_process(
    url: str,
    home: Path,
    addons: tuple[str, ...],
    actor: Actor,
    leave_type_id: int,
    days: Sequence[date],
    start: Any,
    found: Any,
) -> None:
    """Wait for the others, then ask for each day in a unit of work of its own.

    Puts, for each day, an empty text where it was submitted, else the refusal's name.
    """
    database = Database(url, registry_of(Config.load(environ(home, url)), addons))
    outcomes = []
    start.wait()
    for day in days:
        try:
            with database.write(actor) as session:
                ask_for_a_day(session, leave_type_id, day)
            outcomes.append("")
        except NotEnoughLeave as error:
            outcomes.append(f"{type(error).__name__}: {error}")
    database.close()
    found.put(outcomes)
