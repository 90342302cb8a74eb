"""What a decision costs on PostgreSQL: 1, 4 and 16 approvers at once; 100,000 requests around it."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from sqlalchemy import create_engine, text
from sqlalchemy.engine import Connection
from tests.core import workflow_house

from benchmarks import deciding
from benchmarks.proof import Proof
from zhidu.actor import Actor
from zhidu.db import Database
from zhidu.testing.postgresql import PostgreSQL, postgresql
from zhidu.testing.services import Run
from zhidu.workflow import engine

ROOT = Path(__file__).parent.parent
CREWS = (1, 4, 16)
EACH = 160
"""Decisions in all, per size of the crew."""
MANY = 100_000
ALONE = 60
"""Decisions of which the time of one is the median."""


def main() -> Proof:
    """Measure all three in one database, before and after it is filled."""
    run = Run()
    try:
        server = postgresql(run)
        assert isinstance(server, PostgreSQL), str(server)
        with office(server) as (url, made):
            db = deciding.open_database(url)
            head = Actor(member_id=made.org.team_head.id, company_id=made.company)
            figures: dict[str, str] = {}
            for crew in CREWS:
                rate = together(url, db, made, head, crew)
                figures[f"decisions a second, {crew} approvers at once"] = f"{rate:.0f}"
            few, few_statements = alone(db, made, head)
            multiply(server, url, next(iter(ask(db, made, 1))), MANY)
            many, many_statements = alone(db, made, head)
            assert few_statements == many_statements, (few_statements, many_statements)
            scans = whole_tables(server, url, lambda: alone(db, made, head))
            assert not scans, f"read from end to end: {scans}"
            db.close()
            figures["one decision"] = f"{few * 1000:.1f} ms"
            figures[f"one decision among {MANY:,} requests"] = f"{many * 1000:.1f} ms"
            figures["ratio"] = f"{many / few:.2f}"
            figures["statements of one decision, few and many requests alike"] = str(few_statements)
    finally:
        run.end()
    return Proof(
        "Decisions",
        "The approval that fires the business effect, with trail, audit, notice and the next task, by"
        f" processes with a session each, on PostgreSQL without fsync. {os.cpu_count()} cores. With"
        f" {MANY:,} requests in the database no large table is read from end to end.",
        figures,
    )


@contextmanager
def office(server: PostgreSQL) -> Iterator[tuple[str, workflow_house.Made]]:
    """Make a database with one company and its kind of request."""
    name = f"{server.prefix}{uuid4().hex}"
    server.execute(f'CREATE DATABASE "{name}"')
    server.execute(
        f'ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO "{server.app_role}"',
        f'ALTER DEFAULT PRIVILEGES GRANT ALL ON SEQUENCES TO "{server.app_role}"',
        database=name,
    )
    database = deciding.open_database(server.owner(name))
    made = workflow_house.fill(database)
    database.close()
    try:
        yield server.app(name), made
    finally:
        server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def ask(db: Database, made: workflow_house.Made, number: int) -> list[int]:
    """Submit requests of the salesman; give their ids."""
    found = []
    who = made.org.salesman.actor
    for _ in range(number):
        with db.write(who) as session:
            row = workflow_house.Office(db, workflow_house.House(), made).draft(session)
            engine.submit(session, who, row.header)
            found.append(row.id)
    return found


def together(url: str, db: Database, made: workflow_house.Made, head: Actor, crew: int) -> float:
    """Give the decisions a second of so many processes that begin at the same moment."""
    share = EACH // crew + 1
    ids = ask(db, made, share * crew)
    assert ids == list(range(ids[0], ids[-1] + 1))
    approvers = [
        subprocess.Popen(
            [
                sys.executable, "-m", "benchmarks.deciding", url, str(made.company),
                str(head.member_id), str(ids[0] + n * share), str(ids[0] + (n + 1) * share),
            ],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for n in range(crew)
    ]  # fmt: skip
    try:
        for one in approvers:
            assert one.stdout is not None
            assert one.stdout.readline() == "ready\n"
        begun = time.perf_counter()
        for one in approvers:
            assert one.stdin is not None
            one.stdin.write("\n")
            one.stdin.flush()
        for one in approvers:
            assert one.stdout is not None
            assert float(one.stdout.readline()) > 0
        seconds = time.perf_counter() - begun
    finally:
        for one in approvers:
            one.kill()
    return crew * (share - 1) / seconds


def alone(db: Database, made: workflow_house.Made, head: Actor) -> tuple[float, int]:
    """Give the median seconds of one decision, and its statements."""
    ids = ask(db, made, ALONE + 2)
    number = deciding.statements(db, head, ids[0])
    deciding.decide(db, head, range(ids[1], ids[1] + 1))
    times = []
    for record_id in ids[2:]:
        begun = time.perf_counter()
        deciding.decide(db, head, range(record_id, record_id + 1))
        times.append(time.perf_counter() - begun)
    return statistics.median(times), number


def multiply(server: PostgreSQL, url: str, record_id: int, number: int) -> None:
    """Copy one running request with all its rows so many times, past the services."""
    name = url.rsplit("/", 1)[1].split("?")[0]
    owner = create_engine(server.owner(name))
    with owner.begin() as link:
        _copy(link, "core_record", "id", record_id, number, {"number": "number || '-' || n"})
        _copy(link, "demo_request", "id", record_id, number, {})
        for table in _pointing(link):
            _copy(link, table, "record_id", record_id, number, {})
    with owner.connect().execution_options(isolation_level="AUTOCOMMIT") as link:
        link.execute(text("VACUUM ANALYZE"))
    owner.dispose()


def _pointing(link: Connection) -> list[str]:
    """List the tables of the engine whose rows belong to a record, those pointed at first."""
    order = [
        "core_flow_instance",
        "core_flow_step",
        "core_task",
        "core_trail",
        "core_record_reader",
    ]
    there = set(
        link.scalars(
            text(
                "SELECT table_name FROM information_schema.columns WHERE column_name = 'record_id'"
            )
        )
    )
    return [table for table in order if table in there]


def _copy(
    link: Connection, table: str, key: str, record_id: int, number: int, new: dict[str, str]
) -> None:
    """Copy the rows of one record; every id and every key into a copied table moves by n * STEP."""
    columns = list(
        link.scalars(
            text(
                "SELECT column_name FROM information_schema.columns WHERE table_name = :t"
                " ORDER BY ordinal_position"
            ),
            {"t": table},
        )
    )
    moved = {"id", "record_id", "instance_id", "task_id", "step_id", "parent_task_id"}
    values = [
        new.get(name) or (f"t.{name} + n::bigint * {STEP}" if name in moved else f"t.{name}")
        for name in columns
    ]
    link.execute(
        text(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)}"
            f" FROM {table} t, generate_series(1, {number}) n WHERE t.{key} = :id"
        ),
        {"id": record_id},
    )


STEP = 1_000_000
"""How far the ids of one copy lie from those of the next: far beyond all that are really given."""


def whole_tables(server: PostgreSQL, url: str, act: Callable[[], object]) -> list[str]:
    """Name the large tables that an act read from end to end, by PostgreSQL's own counters."""
    name = url.rsplit("/", 1)[1].split("?")[0]
    owner = create_engine(server.owner(name), isolation_level="AUTOCOMMIT")
    query = text("SELECT relname, seq_scan FROM pg_stat_user_tables WHERE n_live_tup > :n")

    def counted() -> dict[str, int]:
        with owner.connect() as link:
            link.execute(text("SELECT pg_stat_force_next_flush()"))
            return {row.relname: row.seq_scan for row in link.execute(query, {"n": MANY // 2})}

    before = counted()
    act()
    after = counted()
    owner.dispose()
    assert before, "the large tables are there"
    return [table for table, scans in after.items() if scans > before.get(table, 0)]
