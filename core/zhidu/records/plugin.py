"""What records offer: the settings about files, and the jobs that take orphans away."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from zhidu.hookspecs import hookimpl
from zhidu.jobs.declarations import JobType, ScheduleSpec
from zhidu.records import orphans
from zhidu.records.attachments import MAX_MB, TYPES
from zhidu.records.filetypes import DEFAULT_TYPES
from zhidu.settings import Setting
from zhidu.texts import lazy_gettext as _l


@hookimpl
def provide_settings() -> Iterable[Setting]:
    """Say which files may be attached, and how large."""
    return (
        Setting(
            MAX_MB,
            int,
            20,
            _l("Largest attachment"),
            unit=_l("MB"),
            minimum=1,
            maximum=60,
        ),
        Setting(
            TYPES,
            str,
            DEFAULT_TYPES,
            _l("Types of attachments"),
            _l("Endings of file names, with blanks between them."),
        ),
    )


@hookimpl
def provide_jobs() -> Iterable[JobType]:
    """Take orphans away: rows in each company, then contents, an effect outside the database."""
    return (
        JobType(orphans.FORGET, orphans.forget_blobs),
        JobType(orphans.SWEEP, orphans.sweep_files, writes=False),
    )


@hookimpl
def provide_schedules() -> Iterable[ScheduleSpec]:
    """Do both at night, the contents after the rows."""
    day = timedelta(days=1)
    return (
        ScheduleSpec(orphans.FORGET, orphans.FORGET, day, at_hour=3),
        ScheduleSpec(orphans.SWEEP, orphans.SWEEP, day, at_hour=4, per_company=False),
    )
