"""The rights of a role as a matrix: one row per right, one column per reach."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, request

from zhidu.access import roles as access
from zhidu.access.declarations import Permission, Resource
from zhidu.access.models import Role, Scope
from zhidu.db import Session
from zhidu.errors import ZhiduError
from zhidu.texts import Text, enumerate_texts, gettext, localize
from zhidu.texts import lazy_gettext as _l
from zhidu.web import context, present
from zhidu.web.base_view import door, say
from zhidu.web.pages.addons import title_of
from zhidu.web.pages.core_view import CoreView
from zhidu.web.pages.parts import table

NONE = "none"

SCOPES: Mapping[str, Text] = {
    NONE: _l("none"),
    Scope.OWN.value: _l("own"),
    Scope.DEPARTMENT.value: _l("department"),
    Scope.DEPARTMENT_TREE.value: _l("department and below"),
    Scope.COMPANY.value: _l("company"),
}
"""Whose rows a right reaches, from none to all."""


def reaches(resource: Resource | None) -> tuple[str, ...]:
    """Name the reaches that mean something for the rights over a resource."""
    whole: tuple[str, ...] = (NONE, Scope.COMPANY.value)
    if resource is None:
        return whole
    if resource.is_record or resource.owner:
        return tuple(SCOPES)
    if resource.department:
        return tuple(name for name in SCOPES if name != Scope.OWN)
    return whole


class RoleGrants(CoreView):
    """The page on which the rights of a role are edited."""

    @door("/<int:pk>/grants", "GET", "POST", needs=".edit")
    def grants_view(self, pk: int) -> Any:
        """Show the matrix, or save what was changed in it."""
        session = context.session()
        row: Role = self.load(session, pk, "edit")
        if request.method != "POST":
            return self._matrix(session, row, {})
        held = {grant.permission: grant.scope.value for grant in row.grants}
        wanted: dict[str, str] = {}
        for name in session.registry.permissions:
            chosen = request.form.get(name)
            if chosen in SCOPES and chosen != held.get(name, NONE):
                wanted[name] = str(chosen)
        actor = context.actor()
        try:
            # first what is taken away: a pair that must be in two hands may be exchanged at once
            for name in (n for n, scope in wanted.items() if scope == NONE):
                access.revoke(session, actor, row, name)
            for name in (n for n, scope in wanted.items() if scope != NONE):
                access.grant(session, actor, row, name, Scope(wanted[name]))
            session.flush()
        except ZhiduError as error:
            context.start_over()
            say(error)
            session = context.session()
            return self._matrix(session, self.load(session, pk), wanted), error.status
        if wanted:
            flash(gettext("The rights were saved."), "success")
        return redirect(self.link("row_view", pk=pk), code=303)

    def _matrix(self, session: Session, row: Role, typed: Mapping[str, str]) -> str:
        held = {grant.permission: grant.scope.value for grant in row.grants}
        here, name = self.link("row_view", pk=row.id), localize(row.name) or row.code
        matrix = {
            "action": self.link("grants_view", pk=row.id),
            "cancel_url": here,
            "columns": [{"name": key, "label": str(label)} for key, label in SCOPES.items()],
            "groups": [
                {
                    "title": title,
                    "note": note,
                    "rows": [_cells(session, p, {**held, **typed}) for p in permissions],
                }
                for title, note, permissions in _groups(session)
            ],
        }
        return self.show(
            "zhidu/matrix.html",
            _l("Rights of %(name)s", name=name),
            matrix=matrix,
            crumbs=self.crumbs((name, here)),
        )


def _groups(session: Session) -> list[tuple[str, str, list[Permission]]]:
    """Put the rights by addon, the core's first; those of an addon that is off are marked."""
    registry = session.registry
    found: dict[str, list[Permission]] = {}
    for name, permission in registry.permissions.items():
        found.setdefault(registry.owner(name), []).append(permission)
    made = []
    for addon in registry.names:
        if addon in found:
            title = gettext("Core") if addon == "core" else title_of(registry, addon)
            off = addon not in session.active_addons
            note = gettext("This addon is off; its rights count when it is on.") if off else ""
            made.append((title, note, found[addon]))
    return made


def _cells(session: Session, permission: Permission, held: Mapping[str, str]) -> dict[str, Any]:
    now = held.get(permission.name, NONE)
    usable = reaches(session.registry.resources.get(permission.kind))
    apart = [str(access_title(session, other)) for other in permission.apart]
    return {
        "name": permission.name,
        "title": str(permission.title),
        "apart": gettext("Not together with: %(names)s", names=enumerate_texts(apart))
        if apart
        else "",
        "cells": [
            {
                "value": scope,
                "label": str(label),
                "checked": scope == now,
                "usable": scope in usable or scope == now,
            }
            for scope, label in SCOPES.items()
        ],
    }


def access_title(session: Session, permission: str) -> Text | str:
    """Give a right's title, or its name if no addon declares it now."""
    declared = session.registry.permissions.get(permission)
    return declared.title if declared else permission


def grant_blocks(session: Session, row: Role) -> list[dict[str, Any]]:
    """List what a role grants, by addon."""
    registry = session.registry
    groups: dict[str, list[tuple[str, tuple[Any, ...]]]] = {}
    for grant in sorted(row.grants, key=lambda g: g.permission):
        declared = registry.permissions.get(grant.permission)
        owner = registry.owner(grant.permission) if declared else grant.permission.split(".")[0]
        title = gettext("Core") if owner == "core" else title_of(registry, owner)
        tone = "info" if grant.scope is Scope.COMPANY else "plain"
        cells = (
            str(declared.title) if declared else grant.permission,
            grant.permission,
            present.tag(SCOPES[grant.scope.value], tone),
        )
        groups.setdefault(title, []).append(("", cells))
    heads = (
        (_l("Right"), "text", "title"),
        (_l("Name"), "text", "hide"),
        (_l("Reach"), "tag", "tag"),
    )
    if not groups:
        empty = {"type": "empty", "icon": "shield", "title": gettext("This role grants nothing.")}
        return [{**empty, "text": gettext("Edit its rights to make it useful.")}]
    return [table(heads, rows, title=title) for title, rows in groups.items()]
