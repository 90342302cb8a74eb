"""What the web part of the core offers through the hooks."""

from __future__ import annotations

from collections.abc import Iterable

from zhidu.hookspecs import hookimpl
from zhidu.texts import lazy_gettext as _l
from zhidu.web.declarations import View
from zhidu.web.pages.addons import AddonsView
from zhidu.web.pages.audit import AuditView
from zhidu.web.pages.calendar import CalendarView
from zhidu.web.pages.departments import DepartmentsView
from zhidu.web.pages.members import MembersView
from zhidu.web.pages.notices import NoticesView
from zhidu.web.pages.people import PeopleView
from zhidu.web.pages.policy import PolicyView
from zhidu.web.pages.policy_apply import PolicyApplyView
from zhidu.web.pages.posts import PostsView
from zhidu.web.pages.roles import RolesView
from zhidu.web.pages.settings import SettingsView

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
        View(
            lambda: AddonsView("addons", "/admin/addons", _l("Addons")),
            _l("Addons"),
            ADMINISTRATION,
            "plug",
            910,
        ),
        View(
            lambda: SettingsView("settings", "/admin/settings", _l("Settings")),
            _l("Settings"),
            ADMINISTRATION,
            "sliders",
            920,
        ),
        View(
            lambda: DepartmentsView("departments", "/org/departments", _l("Departments")),
            _l("Departments"),
            ORGANISATION,
            "tree",
            810,
        ),
        View(
            lambda: PostsView("posts", "/org/posts", _l("Posts")),
            _l("Posts"),
            ORGANISATION,
            "briefcase",
            820,
        ),
        View(
            lambda: RolesView("roles", "/org/roles", _l("Roles")),
            _l("Roles"),
            ORGANISATION,
            "shield",
            830,
        ),
        View(
            lambda: CalendarView("calendar", "/org/calendar", _l("Working calendar")),
            _l("Working calendar"),
            ORGANISATION,
            "calendar",
            840,
        ),
        View(
            lambda: AuditView("audit", "/admin/audit", _l("Audit trail")),
            _l("Audit trail"),
            ADMINISTRATION,
            "history",
            930,
        ),
    )
