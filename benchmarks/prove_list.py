"""What a page of a long list costs: 50 of 200,000 leave requests against plain Flask and Jinja."""

from __future__ import annotations

import re
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from flask import Flask, render_template_string
from sqlalchemy import create_engine, text
from tests.browser.gallery import Furnisher
from werkzeug.test import Client

from benchmarks.proof import Proof
from zhidu import demo
from zhidu.app import make_wsgi
from zhidu.config import Config
from zhidu.enabling import connect
from zhidu.testing.databases import environ
from zhidu.testing.demo import ServedDemo, passwords

ROWS = 200_000
SHOWN = 50
ROUNDS, TIMES = 7, 10
FIRST_KEY = 1000

ROW = """<tr data-href="{{ r.id }}"><td><input type="checkbox" name="ids" value="{{ r.id }}"></td>
<td><a href="{{ r.id }}">{{ r.title }}</a></td><td>{{ r.number }}</td><td>{{ r.name }}</td>
<td>{{ r.department_name }}</td><td>{{ r.first_day }}</td><td>{{ r.last_day }}</td>
<td>{{ r.days }}</td><td>{{ r.approval }}</td><td>{{ r.submitted_at }}</td></tr>"""
PLAIN = (
    "<!doctype html><html><body><table>{% for r in rows %}"
    + ROW
    + "{% endfor %}</table></body></html>"
)
QUERY = text(
    "SELECT r.id, r.title, r.number, m.name, r.department_name, d.first_day, d.last_day, d.days,"
    " r.approval, r.submitted_at FROM core_record r JOIN hr_leave_request d ON d.id = r.id"
    " JOIN core_member m ON m.id = r.applicant_id WHERE r.company_id = 1"
    " ORDER BY r.id DESC LIMIT 50"
)


def main() -> Proof:
    """Fill the list, and measure both in turn in one process."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "var"
        config = Config.load(environ(home))
        demo.load(config)
        multiply(config, home)
        ours, plain = ours_of(config, home), plain_of(home)
        # in turn, so that a busy machine is busy for both
        pairs = [(cpu(ours), cpu(plain)) for _ in range(ROUNDS)]
    mine = statistics.median(a for a, _ in pairs)
    theirs = statistics.median(b for _, b in pairs)
    ratio = statistics.median(a / b for a, b in pairs)
    return Proof(
        "A page of a long list",
        f"{SHOWN} of {ROWS:,} leave requests as a leader sees them, with menu, notices, rights and"
        " scope, against a bare Flask page of the same rows: processor time in the same run.",
        {
            "ratio to plain Flask + Jinja": f"{ratio:.1f}",
            "our page": f"{mine * 1000:.0f} ms of processor time",
            "the bare page": f"{theirs * 1000:.0f} ms of processor time",
        },
    )


def multiply(config: Config, home: Path) -> None:
    """Make one request by the services, and copy its rows past them, as an import of old data."""
    db = connect(config)
    demo_ = ServedDemo("", passwords(home), config, db)
    first = Furnisher(demo_).ask("staff", 0)
    db.close()
    with closing(sqlite3.connect(home / "zhidu.db")) as link:
        for table in ("core_record", "hr_leave_request"):
            names = [row[1] for row in link.execute(f"PRAGMA table_info({table})")]
            new = {"id": f"{FIRST_KEY} + n.value", "number": "'QJ-OLD-' || n.value"}
            link.execute(
                f"INSERT INTO {table} ({', '.join(names)})"
                f" WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n"
                f" WHERE value < {ROWS})"
                f" SELECT {', '.join(new.get(name, f't.{name}') for name in names)}"
                f" FROM n JOIN {table} t ON t.id = ?",
                (first,),
            )
        link.execute("ANALYZE")
        link.commit()


def ours_of(config: Config, home: Path) -> Callable[[], Any]:
    """Give a call that asks for our page as the leader."""
    client = Client(make_wsgi(config))
    page = client.get("/auth/login").text
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found
    client.post(
        "/auth/login",
        data={
            "csrf_token": found[1],
            "username": "leader",
            "password": passwords(home)["leader"],
        },
    )

    def ask() -> None:
        answer = client.get(f"/c/demo/hr/leave-request/?size={SHOWN}")
        assert answer.status_code == 200
        assert answer.text.count("<tr data-href") == SHOWN

    return ask


def plain_of(home: Path) -> Callable[[], Any]:
    """Give a call that asks for the bare page."""
    app = Flask("plain")
    engine = create_engine(f"sqlite:///{home / 'zhidu.db'}")

    @app.get("/")
    def page() -> str:
        with engine.connect() as link:
            return render_template_string(PLAIN, rows=link.execute(QUERY).all())

    client = Client(app)

    def ask() -> None:
        answer = client.get("/")
        assert answer.status_code == 200
        assert answer.text.count("<tr data-href") == SHOWN

    return ask


def cpu(ask: Callable[[], Any]) -> float:
    """Give the processor seconds of one call."""
    ask()
    begun = time.process_time()
    for _ in range(TIMES):
        ask()
    return (time.process_time() - begun) / TIMES
