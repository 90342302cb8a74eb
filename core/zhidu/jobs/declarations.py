"""What addons declare of background work."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zhidu.db import Session


@dataclass(frozen=True, slots=True)
class JobType:
    """A kind of background work.

    :param name: ``addon.verb``.
    :param run: gets the session of the job's company and the arguments; its effect and the mark
        «done» are one transaction.
    :param max_tries: after so many failures the job is dead and waits for an administrator.
    :param writes: False for an effect outside the database (a letter, a call): it runs in a
        session that only reads, so that no lock is held meanwhile. Such an effect may be tried
        again after a crash; ``job_key(session)`` makes the second time recognisable.
    """

    name: str
    run: Callable[[Session, Mapping[str, Any]], None]
    max_tries: int = 8
    writes: bool = True


@dataclass(frozen=True, slots=True)
class ScheduleSpec:
    """When a job is enqueued by the clock.

    :param every: the period; the first firing is one period after the row is made, or at once
        with ``at_start``.
    :param at_hour: for daily ones: local hour of the company at which it fires.
    :param per_company: one row for each company in which the addon is active.
    """

    name: str
    job: str
    every: timedelta
    at_hour: int | None = None
    per_company: bool = True
    at_start: bool = False
