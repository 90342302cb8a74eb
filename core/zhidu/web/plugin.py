"""What the web part of the core offers through the hooks."""

from __future__ import annotations

from collections.abc import Iterable

from zhidu.hookspecs import hookimpl
from zhidu.web.declarations import View
from zhidu.web.pages import declared


@hookimpl
def provide_views() -> Iterable[View]:
    """Offer the core's own pages."""
    return tuple(declared.views())
