"""Keep one test server alive exactly as long as the test run: run by path, imports nothing of ours.

``python keeper.py LOCK FOLDER USER COMMAND…`` starts the command and then waits for the lock that
the test run holds. When the run ends, by whatever cause, the system frees the lock: the keeper ends
the server and removes the folder. So no server outlives a run, not even one that was killed.
"""

from __future__ import annotations

import fcntl
import pwd
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

PATIENCE_SECONDS = 10


def as_user(name: str) -> dict[str, Any]:
    """Give the arguments with which ``subprocess`` runs a command as this user; none for ``""``."""
    if not name:
        return {}
    entry = pwd.getpwnam(name)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def keep(lock: Path, folder: Path, user: str, command: list[str]) -> int:
    """Run the command until the lock is free, and return its exit code."""
    with (folder / "server.log").open("ab") as log:
        server = subprocess.Popen(  # noqa: S603 -- the command comes from our own services
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=folder,
            **as_user(user),
        )
    signal.signal(signal.SIGCHLD, lambda *_: _mark(server, folder))
    _mark(server, folder)
    with lock.open("ab") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    server.send_signal(signal.SIGINT)
    try:
        code = server.wait(PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        code = server.wait()
    for left in (folder, lock.parent):
        shutil.rmtree(left, ignore_errors=True)
    return code


def _mark(server: subprocess.Popen[bytes], folder: Path) -> None:
    """Tell the starter, who waits for an answer, that the server ended by itself."""
    code = server.poll()
    if code is not None:
        (folder / "ended").write_text(str(code))


if __name__ == "__main__":
    sys.exit(keep(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4:]))
