"""Clocks of tasks in tests: flows with timeouts, a Monday, and the job runner when time goes on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select
from tests.core.workflow_house import LEADER, Office, flow, node, tasks_of

from zhidu.actor import Actor
from zhidu.durations import Duration
from zhidu.jobs.models import Job, JobStatus
from zhidu.jobs.queue import enqueue
from zhidu.jobs.run import drain
from zhidu.notify.models import Notice
from zhidu.testing.factories import MadeMember
from zhidu.testing.fixtures import FrozenClock
from zhidu.workflow import queries
from zhidu.workflow.definition import Flow, Mode, OnTimeout, Timeout
from zhidu.workflow.models import Task, Trail, TrailAction
from zhidu.workflow.seats_plugin import FIND_DUE

MONDAY = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
"""Ten in the morning in Shanghai, on a working day."""


def after(text: str, action: OnTimeout, most: int = 1, clause: str = "") -> Timeout:
    return Timeout(Duration.parse(text), action, most, clause)


def clocked(*found: Timeout, mode: Mode = Mode.ANY, **more: Any) -> Flow:
    return flow(
        replace(node("lead", LEADER, mode=mode), timeouts=found, **more), node("boss", "manager")
    )


@pytest.fixture(autouse=True)
def monday(clock: FrozenClock) -> FrozenClock:
    clock.set(MONDAY)
    return clock


def tick(office: Office, clock: FrozenClock, **delta: float) -> None:
    """Go on, and let the job runner do what is due."""
    clock.tick(**delta)
    with office.db.write(office.system) as session:
        enqueue(session, FIND_DUE)
    drain(office.db)
    with office.db.all_companies(Actor.system(), "look for failures") as session:
        assert session.scalars(select(Job.error).where(Job.status != JobStatus.DONE)).all() == []


def the_task(office: Office, record_id: int) -> Task:
    with office.db.read(office.system) as session:
        (task,) = tasks_of(session, record_id)
        return task


def struck(office: Office, record_id: int) -> list[Trail]:
    with office.db.read(office.system) as session:
        return [
            one for one in queries.trail(session, record_id) if one.action is TrailAction.TIMEOUT
        ]


def notes(office: Office, record_id: int) -> list[str]:
    return [one.note for one in struck(office, record_id)]


def notices(office: Office, member: MadeMember) -> int:
    with office.db.read(office.system) as session:
        return len(session.scalars(select(Notice.id).where(Notice.member_id == member.id)).all())
