"""May the actor do this? Asked by services and by every door; without a grant the answer is no."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zhidu.access.declarations import Resource
from zhidu.access.duties import DutiesClash
from zhidu.access.models import Scope
from zhidu.access.profile import is_active, profile
from zhidu.access.reach import may_read_by_task, reaches
from zhidu.access.user import User
from zhidu.db import CompanyOwned, Session
from zhidu.errors import PermissionDenied, Refused
from zhidu.records.models import Record
from zhidu.texts import lazy_gettext as _l


def grants(session: Session) -> Mapping[str, Scope]:
    """Give what the actor's roles grant in the session's company: permission -> widest scope."""
    return profile(session).grants


def can(session: Session, permission: str, row: Any = None) -> bool:
    """Tell whether the actor has the permission, for one row if given.

    :param row: a row of the resource, or a record's header or detail.
    :raises KeyError: no enabled addon declares the permission: a slip of the pen.
    """
    declared = session.registry.permissions[permission]
    if isinstance(row, CompanyOwned) and row.company_id not in (None, session.company_id):
        return False
    me = profile(session)
    if me.everything:
        return True
    resource = resource_of(session, declared.kind, row)
    scope = me.grants.get(permission)
    if row is None:
        return scope is not None
    if scope is Scope.COMPANY:
        return True
    if resource is None:
        return False  # without a resource nobody knows whose row it is
    if scope is not None and reaches(session, me, resource, scope, row):
        return True
    if permission != f"{resource.kind}.read" or not is_active(session, resource.kind):
        return False
    if resource.is_record:
        return may_read_by_task(session, me, row.id)
    return resource.open_to_members and me.member_id is not None


def require(session: Session, permission: str, row: Any = None) -> None:
    """Go on only if the actor has the permission, for one row if given.

    :raises PermissionDenied: they have not.
    :raises DutiesClash: they have it together with one that must be in another hand.
    """
    if can(session, permission, row):
        return
    duty = profile(session).apart.get(permission)
    if duty is not None:
        raise DutiesClash(session, duty)
    raise PermissionDenied(permission)


def resource_of(session: Session, kind: str, row: Any = None) -> Resource | None:
    """Find the resource of a kind, else the one of a row's model or of a header's kind."""
    resources = session.registry.resources
    if kind in resources or row is None:
        return resources.get(kind)
    if isinstance(row, Record):
        return resources.get(row.kind)
    return next((found for found in resources.values() if type(row) is found.model), None)


class NotSystemAdministrator(Refused):
    """Only the system administrator, or a command of the installation, may do this."""

    def __init__(self) -> None:
        super().__init__(
            _l("Only the system administrator may do this."),
            rule="access.system_administrator",
            cure=_l("Ask the person who runs this installation."),
        )


def is_system_administrator(session: Session) -> bool:
    """Tell whether the actor runs the installation: the flag on the log-in, or no person at all."""
    if session.actor.is_system:
        return True
    if session.actor.user_id is None:
        return False
    user = session.get(User, session.actor.user_id)
    return user is not None and user.active and user.is_system


def require_system(session: Session) -> None:
    """Go on only for the system administrator.

    :raises NotSystemAdministrator: it is somebody else.
    """
    if not is_system_administrator(session):
        raise NotSystemAdministrator
