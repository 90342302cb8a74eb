"""What the web part of the core offers through the hooks."""

from __future__ import annotations

from collections.abc import Iterable

from zhidu.hookspecs import hookimpl
from zhidu.texts import lazy_gettext as _l
from zhidu.web.declarations import View
from zhidu.web.pages.members import MembersView
from zhidu.web.pages.notices import NoticesView
from zhidu.web.pages.people import PeopleView
from zhidu.web.pages.policy import PolicyView
from zhidu.web.pages.policy_apply import PolicyApplyView

ORGANISATION = _l("Organisation")
ADMINISTRATION = _l("Administration")


@hookimpl
def provide_views() -> Iterable[View]:
    """Offer the core's own pages."""
    return (
        View(lambda: NoticesView("notices", "/notices"), _l("Notices")),
        View(lambda: PeopleView("people", "/people"), _l("Colleagues")),
        View(
            lambda: PolicyView("policy", "/admin/policy", _l("Policy")),
            _l("Policy"),
            ADMINISTRATION,
            "book",
            900,
        ),
        View(lambda: PolicyApplyView("policy_apply", "/admin/policy/apply"), _l("Apply a policy")),
        View(
            lambda: MembersView("members", "/org/members", _l("People")),
            _l("People"),
            ORGANISATION,
            "users",
            800,
        ),
    )
