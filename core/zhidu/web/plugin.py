"""What the web part of the core offers through the hooks."""

from __future__ import annotations

from collections.abc import Iterable

from zhidu.hookspecs import hookimpl
from zhidu.web.declarations import View


@hookimpl
def provide_views() -> Iterable[View]:
    """Offer the core's own pages."""
    from zhidu.web.pages import declared  # the web is loaded by who serves it

    return tuple(declared.views())
