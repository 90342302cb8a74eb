"""Serve the real app on a free port of this machine, as ``zhidu run`` does, for as long as a test."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from waitress import wasyncore
from waitress.server import create_server

THREADS = 4


@contextmanager
def serving(wsgi: Callable[..., Any]) -> Iterator[str]:
    """Serve inside the block; give the address without a slash at its end.

    Requests in flight are finished before the block is left.
    """
    server = create_server(wsgi, host="127.0.0.1", port=0, threads=THREADS)
    thread = threading.Thread(target=server.run, name="zhidu-test-server")
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        server.task_dispatcher.shutdown(cancel_pending=False, timeout=30)
        # its loop ends when it has no socket left; only its own thread may take them away
        server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map))
        thread.join()
