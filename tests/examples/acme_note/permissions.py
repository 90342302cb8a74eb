"""Who may do what, before a company changes it."""

from __future__ import annotations

from acme_note.models import Note
from zhidu import Permission, Resource, RoleTemplate, Scope
from zhidu import lazy_gettext as _l

PERMISSIONS = (
    Permission("note.note.read", _l("Read notes")),
    Permission("note.note.create", _l("Write notes")),
    Permission("note.note.export", _l("Export notes")),
    Permission("note.note.post", _l("Post agreed notes")),
)

RESOURCES = (Resource("note.note", Note, is_record=True),)

ROLES = (
    RoleTemplate(
        "staff", grants={"note.note.read": Scope.DEPARTMENT, "note.note.create": Scope.OWN}
    ),
    RoleTemplate("admin", grants={one.name: Scope.COMPANY for one in PERMISSIONS}),
)
