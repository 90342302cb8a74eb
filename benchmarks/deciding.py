"""Approvers at work: ``python -m benchmarks.deciding URL MEMBER FIRST LAST`` decides that range.

Each process is one approver with a session of its own; it waits for a line on its standard input,
so that all begin together, decides its requests one by one, and prints the seconds that it took.
"""

from __future__ import annotations

import sys
import time
from itertools import count

from sqlalchemy import event, select
from tests.core.workflow_house import House

from zhidu.actor import Actor
from zhidu.db import Database
from zhidu.registry import import_core_models
from zhidu.workflow import engine
from zhidu.workflow.models import Task, TaskStatus


def open_database(url: str) -> Database:
    """Open the office's database with its one kind of request."""
    import_core_models()
    return Database(url, House().registry)


def decide(db: Database, actor: Actor, records: range) -> None:
    """Approve the actor's task on each of these records, each in a transaction of its own."""
    for record_id in records:
        with db.write(actor) as session:
            task = session.scalars(
                select(Task).where(
                    Task.record_id == record_id,
                    Task.member_id == actor.member_id,
                    Task.status == TaskStatus.OPEN,
                )
            ).one()
            engine.approve(session, actor, task)


def statements(db: Database, actor: Actor, record_id: int) -> int:
    """Count the statements of one decision."""
    counter = count()

    def heard(*_args: object) -> None:
        next(counter)

    event.listen(db.engine, "before_cursor_execute", heard)
    decide(db, actor, range(record_id, record_id + 1))
    event.remove(db.engine, "before_cursor_execute", heard)
    return next(counter)


def main(url: str, company: int, member: int, first: int, last: int) -> None:
    """Decide when told to."""
    db = open_database(url)
    actor = Actor(member_id=member, company_id=company)
    decide(db, actor, range(first, first + 1))  # what is compiled once is compiled now
    print("ready", flush=True)
    sys.stdin.readline()
    begun = time.perf_counter()
    decide(db, actor, range(first + 1, last))
    print(time.perf_counter() - begun, flush=True)
    db.close()


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
