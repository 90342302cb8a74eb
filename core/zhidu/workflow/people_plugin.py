"""What the register of written authority offers: who may keep it, and who reads it."""

from __future__ import annotations

from collections.abc import Iterable

from zhidu.access.declarations import Permission, Resource
from zhidu.hookspecs import hookimpl
from zhidu.texts import lazy_gettext as _l
from zhidu.workflow.models_people import Authority


@hookimpl
def provide_permissions() -> Iterable[Permission]:
    """Declare the rights over the register."""
    return (
        Permission("core.authority.read", _l("Read the register of written authority")),
        Permission("core.authority.edit", _l("Keep the register of written authority")),
    )


@hookimpl
def provide_resources() -> Iterable[Resource]:
    """Name the register: an entry is its person's own."""
    return (Resource("core.authority", Authority, owner="member_id"),)
