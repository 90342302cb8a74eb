"""Does ``zhidu run`` work on this home now? A lock tells, and ends with the process that holds it."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from zhidu.config import Config
from zhidu.errors import Conflict
from zhidu.texts import lazy_gettext as _l

FILE = "run.lock"


@contextmanager
def running_here(config: Config) -> Iterator[None]:
    """Hold the home as a server does: several may, nobody else may throw its data away."""
    with (config.make_home() / FILE).open("ab") as held:
        fcntl.flock(held, fcntl.LOCK_SH)
        yield


@contextmanager
def nobody_running(config: Config) -> Iterator[None]:
    """Hold the home alone.

    :raises Conflict: a server works on it.
    """
    with (config.make_home() / FILE).open("ab") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Conflict(
                _l("Zhidu runs on %(home)s.", home=config.home),
                cure=_l("Stop it first."),
            ) from error
        yield
