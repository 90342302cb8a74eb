"""The core's own pages and their places in the menu; modules of addons stand before them."""

from __future__ import annotations

from collections.abc import Iterator

from zhidu.texts import Text
from zhidu.texts import lazy_gettext as _l
from zhidu.web.base_view import OfficeView
from zhidu.web.declarations import View
from zhidu.web.pages.addons import AddonsView
from zhidu.web.pages.audit import AuditView
from zhidu.web.pages.authority import AuthorityView
from zhidu.web.pages.calendar import CalendarView
from zhidu.web.pages.charges import ChargesView
from zhidu.web.pages.departments import DepartmentsView
from zhidu.web.pages.duties import DutiesView
from zhidu.web.pages.duties_missed import MissedView
from zhidu.web.pages.groups import GroupsView
from zhidu.web.pages.lists import (
    ContractTypesView,
    GradesView,
    ListsView,
    MattersView,
    SitesView,
)
from zhidu.web.pages.members import MembersView
from zhidu.web.pages.mine import MineView
from zhidu.web.pages.notices import NoticesView
from zhidu.web.pages.people import PeopleView
from zhidu.web.pages.policy import PolicyView
from zhidu.web.pages.policy_apply import PolicyApplyView
from zhidu.web.pages.policy_drafts import PolicyDraftsView
from zhidu.web.pages.policy_flow import PolicyFlowView
from zhidu.web.pages.policy_records import PolicyRecordsView
from zhidu.web.pages.posts import PostsView
from zhidu.web.pages.roles import RolesView
from zhidu.web.pages.settings import SettingsView
from zhidu.web.pages.system.addons import SystemAddonsView
from zhidu.web.pages.system.companies import CompaniesView
from zhidu.web.pages.system.jobs import JobsView
from zhidu.web.pages.system.logins import LoginsView
from zhidu.web.pages.system.overview import OverviewView
from zhidu.web.pages.system.statutory import StatutoryView

DUTIES = _l("Duties and deadlines")
ORGANISATION = _l("Organisation")
ADMINISTRATION = _l("Administration")

FIRST = 800
"""Order of the core's first group."""

HIDDEN: tuple[tuple[type[OfficeView], str, str, Text], ...] = (
    (NoticesView, "notices", "/notices", _l("Notices")),
    (PeopleView, "people", "/people", _l("Colleagues")),
    (GradesView, "grades", "/org/grades", _l("Grades")),
    (ContractTypesView, "contracts", "/org/contracts", _l("Kinds of contract")),
    (SitesView, "sites", "/org/sites", _l("Sites")),
    (MattersView, "matters", "/org/matters", _l("Business matters")),
    (MineView, "mine", "/mine", _l("My approvals")),
    (PolicyApplyView, "policy_apply", "/admin/policy/apply", _l("Apply a policy")),
    (PolicyDraftsView, "policy_drafts", "/admin/policy/drafts", _l("Drafts of the policy")),
    (PolicyFlowView, "policy_flow", "/admin/policy/flow", _l("Flow of a draft")),
    (PolicyRecordsView, "policy_records", "/admin/policy/records", _l("Records by clause")),
)
"""Pages that stand in no menu."""

SHOWN: tuple[tuple[type[OfficeView], str, str, Text, Text, str], ...] = (
    (DutiesView, "duties", "/duties", _l("Recurring duties"), DUTIES, "check"),
    (MissedView, "deadlines", "/deadlines", _l("Missed deadlines"), DUTIES, "clock"),
    (MembersView, "members", "/org/members", _l("People"), ORGANISATION, "users"),
    (DepartmentsView, "departments", "/org/departments", _l("Departments"), ORGANISATION, "tree"),
    (PostsView, "posts", "/org/posts", _l("Posts"), ORGANISATION, "briefcase"),
    (GroupsView, "groups", "/org/groups", _l("Groups"), ORGANISATION, "users"),
    (ChargesView, "charges", "/org/charges", _l("Leaders in charge"), ORGANISATION, "shield"),
    (AuthorityView, "authority", "/org/authority", _l("Written authority"), ORGANISATION, "key"),
    (ListsView, "lists", "/org/lists", _l("Lists"), ORGANISATION, "list"),
    (RolesView, "roles", "/org/roles", _l("Roles"), ORGANISATION, "shield"),
    (CalendarView, "calendar", "/org/calendar", _l("Working calendar"), ORGANISATION, "calendar"),
    (PolicyView, "policy", "/admin/policy", _l("Policy"), ADMINISTRATION, "book"),
    (SettingsView, "settings", "/admin/settings", _l("Settings"), ADMINISTRATION, "sliders"),
    (AddonsView, "addons", "/admin/addons", _l("Addons"), ADMINISTRATION, "plug"),
    (AuditView, "audit", "/admin/audit", _l("Audit trail"), ADMINISTRATION, "history"),
)
"""Pages of a company, in the order of the menu."""

SYSTEM: tuple[tuple[type[OfficeView], str, str, Text], ...] = (
    (OverviewView, "system", "/system", _l("Health")),
    (CompaniesView, "system_companies", "/system/companies", _l("Companies")),
    (LoginsView, "system_logins", "/system/logins", _l("Log-ins")),
    (SystemAddonsView, "system_addons", "/system/addons", _l("Addons")),
    (JobsView, "system_jobs", "/system/jobs", _l("Jobs")),
    (StatutoryView, "system_calendar", "/system/calendar", _l("Statutory calendar")),
)
"""Pages of the installation; their own menu is in ``system.frame``."""


def views() -> Iterator[View]:
    """Declare every page of the core."""
    for made, endpoint, url, title in HIDDEN:
        yield _view(made, endpoint, url, title)
    for place, (made, endpoint, url, title, group, icon) in enumerate(SHOWN):
        yield _view(made, endpoint, url, title, group=group, icon=icon, sort=FIRST + place)
    for made, endpoint, url, title in SYSTEM:
        yield _view(made, endpoint, url, title, system=True)


def _view(
    made: type[OfficeView],
    endpoint: str,
    url: str,
    title: Text,
    *,
    group: Text | str = "",
    icon: str = "doc",
    sort: int = FIRST,
    system: bool = False,
) -> View:
    return View(lambda: made(endpoint, url, title), title, group, icon, sort, system)
