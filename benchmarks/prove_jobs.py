"""2,000 jobs under four kill -9: every effect in the database exactly once, on both databases."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.killing import drive
from benchmarks.proof import Proof
from zhidu.config import Config
from zhidu.testing.databases import KINDS, fresh_database, registry_of
from zhidu.testing.services import Run

JOBS, KILLS = 2000, 4


def main() -> Proof:
    """Run the proof on SQLite and PostgreSQL."""
    figures: dict[str, str] = {}
    run = Run()
    try:
        for kind in KINDS:
            with tempfile.TemporaryDirectory() as folder:
                home = Path(folder)
                registry = registry_of(Config.load({"ZHIDU_HOME": folder}), ())
                with fresh_database(run, kind, registry, home) as url:
                    found = drive(url, JOBS, KILLS)
            assert found["kills"] == KILLS, found
            assert found["effects"] == found["distinct"] == found["done"] == JOBS, found
            figures[f"{kind}: effects of {JOBS} jobs under {KILLS} kills"] = (
                f"{found['effects']}, {found['distinct']} of them distinct"
            )
            figures[f"{kind}: jobs that were tried again"] = str(found["retries"])
            figures[f"{kind}: jobs a second, 3 processes, 2 ms of work each"] = (
                f"{JOBS / found['seconds']:.0f}"
            )
    finally:
        run.end()
    return Proof(
        "Jobs under kill -9",
        f"{JOBS} jobs, four worker processes killed with SIGKILL while they work:"
        " every effect in the database is there exactly once.",
        figures,
    )
