"""Rights of the addon, and which roles begin with them."""

from __future__ import annotations

from collections.abc import Iterable

from zhidu.access.declarations import Permission, Resource, RoleTemplate
from zhidu.access.models import Scope
from zhidu.texts import lazy_gettext as _l
from zhidu_seals.models import Handover, Inspection, Seal, UseEntry, UseRequest

PERMISSIONS = (
    Permission("seals.seal.read", _l("Read the file of seals")),
    Permission("seals.seal.create", _l("Enter seals")),
    Permission("seals.seal.edit", _l("Edit seals, stop their use and take it up again")),
    Permission("seals.seal.export", _l("Export the file of seals")),
    Permission("seals.inspection.read", _l("Read inspections of seals")),
    Permission("seals.inspection.create", _l("Inspect seals beyond the schedule")),
    Permission("seals.inspection.edit", _l("Write results of inspections")),
    Permission("seals.inspection.export", _l("Export inspections of seals")),
    Permission("seals.handover.read", _l("Read custody handovers of others")),
    Permission("seals.handover.export", _l("Export custody handovers")),
    Permission("seals.use_request.read", _l("Read requests to use seals")),
    Permission("seals.use_request.create", _l("Ask for the use of a seal")),
    Permission("seals.use_request.edit", _l("Edit own drafts of requests to use seals")),
    Permission("seals.use_request.export", _l("Export requests to use seals")),
    Permission("seals.use_request.stamp", _l("Stamp with the seals in own custody")),
    Permission("seals.use_entry.read", _l("Read the register of seal use")),
    Permission("seals.use_entry.export", _l("Export the register of seal use")),
)

RESOURCES = (
    # which seals there are and who keeps them is known to everybody who may ask for one
    Resource("seals.seal", Seal, owner="custodian_id", open_to_members=True),
    Resource("seals.inspection", Inspection, owner="inspected_by"),
    Resource("seals.handover", Handover, owner="receiver_id"),
    Resource("seals.use_request", UseRequest, is_record=True),
    Resource("seals.use_entry", UseEntry, owner="stamped_by"),
)

_ALL = Scope.COMPANY
_READ = {p.name: _ALL for p in PERMISSIONS if p.name.endswith((".read", ".export"))}
_FILE = {
    "seals.seal.read": _ALL,
    "seals.seal.export": _ALL,
    "seals.inspection.read": _ALL,
    "seals.inspection.create": _ALL,
    "seals.inspection.edit": _ALL,
    "seals.inspection.export": _ALL,
    "seals.handover.read": _ALL,
    "seals.handover.export": _ALL,
}

ROLES = (
    RoleTemplate(
        "staff",
        grants={
            "seals.seal.read": _ALL,
            "seals.use_request.read": Scope.OWN,
            "seals.use_request.create": Scope.OWN,
            "seals.use_request.edit": Scope.OWN,
            "seals.use_request.export": Scope.OWN,
            # anyone may be made custodian; the rule itself asks whose seal it is
            "seals.use_request.stamp": _ALL,
        },
    ),
    RoleTemplate(
        "leader",
        grants={
            "seals.use_request.read": Scope.DEPARTMENT_TREE,
            "seals.use_request.export": Scope.DEPARTMENT_TREE,
        },
    ),
    RoleTemplate(
        "custodian",
        grants={
            **_FILE,
            "seals.use_request.read": _ALL,
            "seals.use_entry.read": _ALL,
            "seals.use_entry.export": _ALL,
        },
    ),
    RoleTemplate("finance", grants={"seals.use_entry.read": Scope.OWN}),
    RoleTemplate("manager", grants=_READ),
    RoleTemplate(
        "admin",
        grants={**_FILE, "seals.seal.create": _ALL, "seals.seal.edit": _ALL},
    ),
    RoleTemplate("auditor", grants=_READ),
)
"""The administrator keeps the file but reads neither requests nor the register: no need."""


def provide_permissions() -> Iterable[Permission]:
    """Name the rights."""
    return PERMISSIONS


def provide_roles() -> Iterable[RoleTemplate]:
    """Say which roles begin with them."""
    return ROLES


def provide_resources() -> Iterable[Resource]:
    """Say what the rights are about."""
    return RESOURCES
