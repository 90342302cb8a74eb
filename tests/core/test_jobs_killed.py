"""Workers that are killed in the middle of their work lose nothing and repeat nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

JOBS, KILLS = 200, 4


def test_every_effect_once_under_kill_9(database_url: str, root: Path) -> None:
    # the same driver proves 2,000 jobs in benchmarks/prove_jobs.py
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks.killing", "drive", database_url, str(JOBS), str(KILLS)],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(ran.stdout)
    assert found["kills"] == KILLS
    assert found["effects"] == found["distinct"] == found["done"] == JOBS, found
    assert found["crew_codes"] == [0, 0, 0]
