"""What access offers through the same hooks as an addon."""

from __future__ import annotations

from collections.abc import Iterable

from zhidu.access.declarations import Permission, Resource, RoleTemplate
from zhidu.access.models import Role
from zhidu.access.roles import ensure_roles
from zhidu.access.templates import TEMPLATES
from zhidu.audit.models import AuditEntry
from zhidu.events import CompanyEvent
from zhidu.hookspecs import hookimpl
from zhidu.texts import lazy_gettext as _l


@hookimpl
def provide_permissions() -> Iterable[Permission]:
    """Declare the right over roles, and those of the core's higher parts that roles grant."""
    return (
        Permission("core.role.edit", _l("Edit roles and who has them")),
        Permission("core.addon.switch", _l("Switch addons on and off")),
        Permission("core.audit.read", _l("Read the audit trail")),
        Permission("core.policy.read", _l("Read the policy")),
        Permission("core.policy.edit", _l("Edit the policy")),
        Permission("core.flow.manage", _l("Help approvals on: transfer, jump, terminate")),
    )


@hookimpl
def provide_roles() -> Iterable[RoleTemplate]:
    """Offer the roles that every company begins with."""
    return TEMPLATES


@hookimpl
def provide_resources() -> Iterable[Resource]:
    """Name roles, which every member may look up, and the audit trail."""
    return (
        Resource("core.role", Role, open_to_members=True),
        Resource("core.audit", AuditEntry, owner="member_id"),
    )


@hookimpl
def after_company_created(event: CompanyEvent) -> None:
    """Give a new company the core's roles."""
    ensure_roles(event.session, event.actor)


@hookimpl
def after_activated(event: CompanyEvent) -> None:
    """Give a company the roles and grants of an addon that became active."""
    ensure_roles(event.session, event.actor)
