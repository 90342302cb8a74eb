"""An office under a policy with duties and deadlines, and its job runner."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from sqlalchemy import select
from tests.core.workflow_house import Office, own_task

from zhidu.actor import Actor
from zhidu.db import Session
from zhidu.jobs import enqueue, schedule
from zhidu.jobs.models import Job, JobStatus
from zhidu.jobs.run import drain
from zhidu.notify.models import Notice
from zhidu.org.models import Member
from zhidu.policy import apply, deadlines_watch, duties
from zhidu.policy.deadline_models import Deadline
from zhidu.policy.duty_models import Duty
from zhidu.testing.factories import MadeMember
from zhidu.workflow import engine
from zhidu.workflow.models import Task, TaskStatus

HEAD = """\
format: 1
policy:
  id: duty-norms
  title: 值守规范
  version: "{version}"
  effective: 2026-01-01
clauses:
  - {{id: D-1, section: 日常, title: 点检, summary: 每日点检。, by: [core.duty.remind]}}
  - {{id: D-2, section: 日常, title: 升级, summary: 逾期上报。, by: [core.duty.remind]}}
  - {{id: D-3, section: 期限, title: 时限, summary: 按时办结。, by: [core.deadline.watch]}}
  - {{id: D-4, section: 期限, title: 催办, summary: 逾期催办。, by: [core.deadline.watch]}}
addons: [demo]
"""

CHECK = """\
  - id: check
    title: 设备点检
    every: day
    by: "10:00"
    who: {role: custodian}
    clause: D-1
"""


DECIDED = """\
  - id: decided
    title: 审批时限
    of: demo.request
    from: submit
    until: approve
    within: 24 hours
    clause: D-3
    escalate:
      - {after: 1 hour, do: remind, most: 2, clause: D-4}
      - {after: 4 hours, do: escalate, clause: D-4}
      - {after: 24 hours, do: manager}
"""


def publish(
    office: Office,
    duties: str = "",
    deadlines: str = "",
    version: str = "1",
    day: date | None = None,
) -> int:
    """Put a policy in force; give the version's key."""
    text = HEAD.format(version=version)
    text += f"duties:\n{duties}" if duties else ""
    text += f"deadlines:\n{deadlines}" if deadlines else ""
    with office.db.write(office.system) as session:
        planned = apply.plan(session, text, "p.yaml", day)
        assert not planned.errors, [str(one) for one in planned.errors]
        made = apply.apply_pack(
            session,
            session.actor,
            text,
            "p.yaml",
            day,
            confirmed=True,
            accepted=[one.code for one in planned.problems],
            accepted_by=session.get(Member, office.org.admin.id),
        )
        return made.id


def run(office: Office, name: str) -> None:
    """Have one job done by the runner, with all that it enqueues."""
    with office.db.write(office.system) as session:
        enqueue(session, name)
    drain(office.db)
    assert dead(office) == []


def run_all(office: Office) -> None:
    """Fire what the clock says, and carry it out, as the worker does."""
    schedule.fire_due(office.db, "a worker")
    drain(office.db)
    assert dead(office) == []


def dead(office: Office) -> list[str]:
    """Give the errors of jobs that failed."""
    with office.db.all_companies(Actor.system(), "a test looks at jobs") as session:
        failed = (Job.status == JobStatus.DEAD) | (Job.error != "")
        return list(session.scalars(select(Job.error).where(failed)))


def open_duties(office: Office) -> None:
    """Run the job of each hour."""
    run(office, duties.JOB)


def watch(office: Office) -> None:
    """Run the job that watches clocks."""
    run(office, deadlines_watch.JOB)


def duties_of(session: Session) -> list[Duty]:
    """List all duties that were opened, in order."""
    return list(session.scalars(select(Duty).order_by(Duty.falls_on, Duty.duty)))


def keys(office: Office) -> list[tuple[str, str]]:
    """Name what was opened: (duty, period)."""
    with office.db.read(office.system) as session:
        return [(one.duty, one.period) for one in duties_of(session)]


def clocks_of(session: Session, record_id: int | None = None) -> list[Deadline]:
    """List the clocks of a record, or all."""
    found = select(Deadline).order_by(Deadline.record_id, Deadline.deadline, Deadline.turn)
    if record_id is not None:
        found = found.where(Deadline.record_id == record_id)
    return list(session.scalars(found))


def told(office: Office, person: MadeMember, word: str = "") -> list[str]:
    """List what a person was told, oldest first, as message and values."""
    with office.db.read(office.system) as session:
        rows = session.scalars(
            select(Notice).where(Notice.member_id == person.id).order_by(Notice.id)
        )
        found = [f"{row.message} {row.values}" for row in rows]
    return [text for text in found if word in text]


def do(
    office: Office, person: MadeMember, record_id: int, opinion: str = "", **values: Any
) -> None:
    """Let a person finish the duty."""
    with office.db.write(person.actor) as session:
        task = session.scalars(
            select(Task).where(
                Task.record_id == record_id,
                Task.member_id == person.id,
                Task.status == TaskStatus.OPEN,
            )
        ).one()
        engine.handle(session, session.actor, task, opinion, values)


def by(office: Office, person: MadeMember, verb: Callable[[Session], Any]) -> None:
    """Let a person act."""
    with office.db.write(person.actor) as session:
        verb(session)


def approve(office: Office, person: MadeMember, record_id: int) -> None:
    """Let a person approve the own task."""
    by(office, person, lambda s: engine.approve(s, s.actor, own_task(s, record_id)))


def states(office: Office, record_id: int) -> list[tuple[str, int, bool, bool]]:
    """Give (deadline, turn, runs, missed)."""
    with office.db.read(office.system) as session:
        return [
            (row.deadline, row.turn, row.stopped_at is None, row.missed)
            for row in clocks_of(session, record_id)
        ]
