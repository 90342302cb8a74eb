"""Registers of the core: their verbs stand for permissions that are named otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from flask import request
from sqlalchemy import Integer, select

from zhidu.access import check
from zhidu.db import Session
from zhidu.texts import Text
from zhidu.web import context
from zhidu.web.base_view import MEMBER
from zhidu.web.listing import Column, Query
from zhidu.web.service_view import ServiceView


class CoreView(ServiceView):
    """A register whose ``.read``, ``.create``, ``.edit``, ``.export`` are looked up in ``verbs``.

    :cvar verbs: verb -> full permission, or ``member`` for all members of the company.
    :cvar sorted_by: key of the column by which the list is ordered at first, instead of by age.
    """

    verbs: ClassVar[Mapping[str, str]] = {}
    exports: ClassVar[Sequence[str]] = ()
    sorted_by: ClassVar[str] = ""

    def needed(self, method: str) -> str:
        """Name the permission of one of the view's methods."""
        needs = str(getattr(getattr(type(self), method), "zhidu_needs", ""))
        return self.verbs.get(needs, "") if needs.startswith(".") else needs

    def may(self, verb: str) -> bool:
        """Tell whether the person has what a verb stands for."""
        name = self.verbs.get(verb, "") if verb.startswith(".") else verb
        return name == MEMBER or (bool(name) and check.can(context.session(), name))

    def _order(self, query: Query, columns: Any) -> tuple[Column | None, bool]:
        """Begin with the register's own order."""
        order, descending = super()._order(query, columns)
        if order is None and self.sorted_by:
            first = next((c for c in columns if c.key == self.sorted_by), None)
            return first, False
        return order, descending

    def crumbs(self, *more: tuple[str, str]) -> list[dict[str, str]]:
        """Give the way back to the list, and further pages on it."""
        first = (str(self.title), self.link("index_view"))
        return [{"label": label, "url": url} for label, url in (first, *more)]

    def form_shown(
        self,
        form: Any,
        title: Text | str,
        *,
        cancel_url: str,
        sections: list[dict[str, Any]],
        crumbs: list[dict[str, str]],
        label: Text | str,
        tone: str = "primary",
        **extra: Any,
    ) -> str:
        """Draw a small form of one verb."""
        page = {
            "action": request.script_root + request.path,
            "cancel_url": cancel_url,
            "upload": any(f.type in ("FileField", "MultipleFileField") for f in form),
            "sections": sections,
            "errors": form.error_list(),
            "buttons": [{"name": "do", "value": "save", "label": str(label), "tone": tone}],
            **extra,
        }
        return self.show(
            "zhidu/form.html", title, form=form, page=page, preview=None, crumbs=crumbs
        )


class Among:
    """What a filter compares where a row has several: «one of the person's roles is …».

    :param key: the row's key.
    :param owner: the column that names the row in the other table.
    :param other: the column that the chosen value is compared with.
    """

    type = Integer()

    def __init__(self, key: Any, owner: Any, other: Any) -> None:
        self._key, self._owner, self._other = key, owner, other

    def __eq__(self, value: object) -> Any:
        return self._key.in_(select(self._owner).where(self._other == value))

    __hash__ = None  # type: ignore[assignment]  # compared, never kept in a set


def names_of(session: Session, model: Any, *, archived: bool = False) -> list[tuple[int, str]]:
    """Give key and name of the rows in use, by name."""
    statement = select(model.id, model.name).order_by(model.name, model.id)
    if not archived:
        statement = statement.where(model.archived_at.is_(None))
    return [(key, name) for key, name in session.execute(statement)]
