"""What notices offer: the inbox as a channel, and the job that serves the other channels."""

from __future__ import annotations

from collections.abc import Iterable

from zhidu.hookspecs import hookimpl
from zhidu.jobs import JobType
from zhidu.notify import service
from zhidu.notify.channels import Channel, keep_in_inbox
from zhidu.texts import lazy_gettext as _l


@hookimpl
def provide_channels() -> Iterable[Channel]:
    """Offer the inbox."""
    return [Channel(service.INBOX, _l("Inbox"), keep_in_inbox)]


@hookimpl
def provide_jobs() -> Iterable[JobType]:
    """Declare the delivery over other channels: outside the database, so without its lock."""
    return [JobType(service.DELIVER, service.deliver, writes=False)]
