"""What the organisation offers through the same hooks as an addon."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import select

from zhidu.access.declarations import Permission, Resource
from zhidu.events import CompaniesQuery, WorkingCompany
from zhidu.hookspecs import hookimpl
from zhidu.jobs.declarations import JobType
from zhidu.org import clocks
from zhidu.org.calendar_statutory import JOB, run_changed
from zhidu.org.models import Company, CompanyDay, Department, Member, Post
from zhidu.org.models_groups import Group, InCharge
from zhidu.org.models_lists import LISTS
from zhidu.settings import Setting
from zhidu.texts import lazy_gettext as _l


@hookimpl
def provide_permissions() -> Iterable[Permission]:
    """Declare the rights over people, departments, posts, lists, groups and the calendar."""
    return (
        Permission("core.member.read", _l("Read all people")),
        Permission("core.member.edit", _l("Edit people")),
        Permission("core.department.edit", _l("Edit departments")),
        Permission("core.post.edit", _l("Edit posts")),
        Permission("core.calendar.edit", _l("Edit the company's working calendar")),
        Permission("core.list.edit", _l("Edit grades, contract types, sites and matters")),
        Permission("core.group.edit", _l("Edit groups")),
    )


@hookimpl
def provide_resources() -> Iterable[Resource]:
    """Name what every member may look up: colleagues, departments, posts, the calendar."""
    return (
        Resource("core.member", Member, owner="id", open_to_members=True),
        Resource("core.department", Department, department="path", open_to_members=True),
        Resource("core.post", Post, open_to_members=True),
        Resource("core.company_day", CompanyDay, open_to_members=True),
        *(Resource(model.__kind__, model, open_to_members=True) for model in LISTS),
        Resource("core.group", Group, open_to_members=True),
        Resource("core.in_charge", InCharge, open_to_members=True),
    )


@hookimpl
def provide_settings() -> Iterable[Setting]:
    """Say when people work; deadlines in working days and hours count by it."""
    return (clocks.SETTING,)


@hookimpl
def provide_jobs() -> Iterable[JobType]:
    """Declare the job that tells a company of a changed statutory calendar."""
    return (JobType(JOB, run_changed),)


@hookimpl
def resolve_companies(query: CompaniesQuery) -> Sequence[WorkingCompany]:
    """Name the companies that are not archived."""
    rows = query.session.execute(
        select(Company.id, Company.locale, Company.timezone)
        .where(Company.archived_at.is_(None))
        .order_by(Company.id)
    )
    return [WorkingCompany(*row) for row in rows]
