"""What records offer: the settings about files."""

from __future__ import annotations

from collections.abc import Iterable

from zhidu.hookspecs import hookimpl
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
