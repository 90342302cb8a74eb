"""What the seats of the approval engine offer: settings, the clocks' job, and leaving with hand-over."""

from __future__ import annotations

from collections.abc import Iterable

from zhidu.hookspecs import hookimpl
from zhidu.settings import Setting
from zhidu.workflow import phrases


@hookimpl
def provide_settings() -> Iterable[Setting]:
    """Say which opinions are offered."""
    return phrases.SETTINGS
