"""What addons declare for access: permissions, roles to begin with, resources and their fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from zhidu.errors import Source
from zhidu.texts import Text

if TYPE_CHECKING:
    from zhidu.access.models import Scope


@dataclass(frozen=True, slots=True)
class Permission:
    """A right that code checks, e.g. ``hr.leave_request.create``.

    :param name: ``addon.noun.verb``; ``addon.noun`` is the resource's kind.
    :param apart: permissions that the same person may not have, with the source that says so.
    """

    name: str
    title: Text | str
    apart: Mapping[str, Source] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """Name the kind of thing that the permission is about."""
        return self.name.rpartition(".")[0]


@dataclass(frozen=True, slots=True)
class RoleTemplate:
    """A role that a company gets when the addon is activated; the company may change it.

    :param code: several addons may add grants to one code (``staff``, ``leader``, ``hr`` …).
    :param name: by locale.
    """

    code: str
    name: Mapping[str, str] = field(default_factory=dict)
    grants: Mapping[str, Scope] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Resource:
    """A model that people reach through lists, forms, look-ups and exports.

    :param kind: e.g. ``hr.leave_type``; permissions ``<kind>.read`` and so on refer to it.
    :param owner: name of the column that holds the member whose row it is; empty where a row is
        nobody's own: then ``own`` reaches nothing.
    :param department: column with the department's path, for the department scopes; without one
        a row belongs to the primary department of its owner.
    :param is_record: the model is the detail of a ``core_record`` row; owner, department and
        readers then come from the header.
    :param guarded: field -> permission without which it is neither shown nor searched.
    """

    kind: str
    model: type[Any]
    owner: str = ""
    department: str = ""
    is_record: bool = False
    guarded: Mapping[str, str] = field(default_factory=dict)
    open_to_members: bool = False
    """Every member may read it (leave types, departments): nothing personal stands in it."""
