"""What the web part of the core offers through the hooks."""

from __future__ import annotations

from collections.abc import Iterable

from zhidu.hookspecs import hookimpl
from zhidu.texts import lazy_gettext as _l
from zhidu.web.declarations import View
from zhidu.web.pages.notices import NoticesView
from zhidu.web.pages.people import PeopleView


@hookimpl
def provide_views() -> Iterable[View]:
    return (
        View(lambda: NoticesView("notices", "/notices"), _l("Notices")),
        View(lambda: PeopleView("people", "/people"), _l("Colleagues")),
    )
