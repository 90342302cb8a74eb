"""Rights of the addon, and which roles begin with them."""

from __future__ import annotations

from collections.abc import Iterable

from zhidu.access.declarations import Permission, Resource, RoleTemplate
from zhidu.access.models import Scope
from zhidu.texts import lazy_gettext as _l
from zhidu_hr.models import Employee, LeaveCorrection, LeaveGrant, LeaveRequest, LeaveType

PERMISSIONS = (
    Permission("hr.employee.read", _l("Read staff files")),
    Permission("hr.employee.read_private", _l("Read private data of staff files")),
    Permission("hr.employee.create", _l("Create staff files")),
    Permission("hr.employee.edit", _l("Edit staff files")),
    Permission("hr.employee.export", _l("Export staff files")),
    Permission("hr.leave_type.read", _l("Read the kinds of leave")),
    Permission("hr.leave_type.create", _l("Create kinds of leave")),
    Permission("hr.leave_type.edit", _l("Edit kinds of leave")),
    Permission("hr.leave_grant.read", _l("Read leave entitlements")),
    Permission("hr.leave_grant.create", _l("Grant leave entitlements")),
    Permission("hr.leave_grant.edit", _l("Change leave entitlements")),
    Permission("hr.leave_grant.export", _l("Export leave entitlements")),
    Permission("hr.leave_request.read", _l("Read leave requests")),
    Permission("hr.leave_request.create", _l("Ask for leave")),
    Permission("hr.leave_request.edit", _l("Edit own drafts of leave requests")),
    Permission("hr.leave_request.export", _l("Export leave requests")),
    Permission("hr.leave_request.file", _l("File approved leave")),
    Permission("hr.leave_request.report", _l("See leave statistics")),
    Permission("hr.leave_correction.read", _l("Read corrections of leave")),
    Permission("hr.leave_correction.edit", _l("Settle corrections of leave")),
)

RESOURCES = (
    Resource(
        "hr.employee",
        Employee,
        owner="id",
        guarded={
            "id_number": "hr.employee.read_private",
            "birthday": "hr.employee.read_private",
            "emergency_contact": "hr.employee.read_private",
        },
    ),
    Resource("hr.leave_type", LeaveType, open_to_members=True),
    Resource("hr.leave_grant", LeaveGrant, owner="member_id"),
    Resource("hr.leave_request", LeaveRequest, is_record=True),
    Resource("hr.leave_correction", LeaveCorrection),
)

_OWN = {
    "hr.employee.read": Scope.OWN,
    "hr.employee.read_private": Scope.OWN,
    "hr.leave_type.read": Scope.COMPANY,
    "hr.leave_grant.read": Scope.OWN,
    "hr.leave_request.read": Scope.OWN,
    "hr.leave_request.create": Scope.OWN,
    "hr.leave_request.edit": Scope.OWN,
    "hr.leave_request.export": Scope.OWN,
}

ROLES = (
    RoleTemplate("staff", grants=_OWN),
    RoleTemplate(
        "leader",
        grants={
            "hr.leave_request.read": Scope.DEPARTMENT_TREE,
            "hr.leave_request.export": Scope.DEPARTMENT_TREE,
        },
    ),
    RoleTemplate("hr", grants={p.name: Scope.COMPANY for p in PERMISSIONS}),
    RoleTemplate(
        "manager",
        grants={
            "hr.leave_request.read": Scope.COMPANY,
            "hr.leave_request.report": Scope.COMPANY,
            "hr.employee.read": Scope.COMPANY,
        },
    ),
    RoleTemplate(
        "auditor",
        grants={
            "hr.leave_request.read": Scope.COMPANY,
            "hr.leave_request.export": Scope.COMPANY,
            "hr.leave_grant.read": Scope.COMPANY,
        },
    ),
)


def provide_permissions() -> Iterable[Permission]:
    """Name the rights."""
    return PERMISSIONS


def provide_roles() -> Iterable[RoleTemplate]:
    """Say which roles begin with them."""
    return ROLES


def provide_resources() -> Iterable[Resource]:
    """Say what the rights are about."""
    return RESOURCES
