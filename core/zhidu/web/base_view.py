"""The root of every back-office page: rights, one unit of work, our templates, no open door.

Flask-Admin gives views, blueprints and registration; what it leaves open is shut here: a view
method runs exactly as called (its own ``_run_view`` hides TypeErrors), and a page whose addon is
not active in the company does not exist.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any, TypeVar

from flask import flash, redirect, request, url_for
from flask_admin import BaseView, expose
from werkzeug.wrappers import Response

from zhidu.access import check
from zhidu.errors import NotFound, PermissionDenied, ZhiduError
from zhidu.texts import Text
from zhidu.web import context

F = TypeVar("F", bound=Callable[..., Any])

MEMBER = "member"
"""Permission of pages that every member of the company may open."""
SYSTEM = "system"
"""Permission of the system administrator's pages."""


def door(rule: str, *methods: str, needs: str) -> Callable[[F], F]:
    """Expose a view method under ``rule`` and say which permission it needs.

    :param needs: ``member``, ``system``, a full permission, or ``.verb`` of the view's kind.
    """

    def wrap(method: F) -> F:
        exposed: F = expose(rule, methods=methods or ("GET",))(method)
        exposed.zhidu_needs = needs  # type: ignore[attr-defined]  # read by _handle_view
        return exposed

    return wrap


class OfficeView(BaseView):
    """A page of the back office. ``addon`` is set when the app is built."""

    addon = "core"
    _urls: list[tuple[str, str, tuple[str, ...]]]
    kind = ""
    """The resource, e.g. ``hr.leave_type``; ``.read`` stands for its ``hr.leave_type.read``."""

    def __init__(self, endpoint: str, url: str, title: Text | str = "") -> None:
        super().__init__(name=str(endpoint), endpoint=endpoint, url=url)
        self.title = title

    def needed(self, method: str) -> str:
        """Name the permission of one of the view's methods."""
        needs = str(getattr(getattr(type(self), method), "zhidu_needs", ""))
        return f"{self.kind}{needs}" if needs.startswith(".") else needs

    def shut_undeclared(self, permissions: Collection[str]) -> None:
        """Take away inherited doors for whose verb nobody declares a permission.

        A register without ``<kind>.export`` has no export, one without ``<kind>.create`` no form.
        """
        known = {MEMBER, *permissions}
        self._urls = [
            one for one in self._urls if not self._by_verb(one[1]) or self.needed(one[1]) in known
        ]

    def _by_verb(self, method: str) -> bool:
        return str(getattr(getattr(type(self), method), "zhidu_needs", "")).startswith(".")

    def may(self, verb: str) -> bool:
        """Tell whether the person has a permission of this view's kind (or a full one)."""
        name = f"{self.kind}{verb}" if verb.startswith(".") else verb
        session = context.session()
        return name in session.registry.permissions and check.can(session, name)

    def _handle_view(self, name: str, **kwargs: Any) -> Any:
        """Refuse before the view runs."""
        needs = self.needed(name)
        if needs == SYSTEM:
            who = context.user()
            if context.company_code() is not None or who is None or not who.is_system:
                raise NotFound
            return None
        context.here()
        if self.addon != "core" and self.addon not in context.session().active_addons:
            raise NotFound
        if needs == MEMBER:
            return None
        session = context.session()
        if needs not in session.registry.permissions or not check.can(session, needs):
            raise PermissionDenied(needs or name)
        return None

    def _run_view(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Run the view as called, in one unit of work."""
        return context.in_unit(lambda: fn(self, *args, **kwargs))

    def link(self, method: str, **values: Any) -> str:
        """Give the address of another method of this view."""
        return str(url_for(f"{self.endpoint}.{method}", **values))

    def show(self, template: str, title: Text | str, **values: Any) -> str:
        """Render a page inside the shell."""
        from zhidu.web.shell import shell

        return str(self.render(template, title=str(title), shell=shell(), **values))

    def back(self, fallback: str) -> Response:
        """Redirect to the page that the form came from."""
        target = context.same_site(request.form.get("next")) or fallback
        return redirect(target, code=303)


def say(error: ZhiduError) -> None:
    """Show an error on the next page."""
    flash(str(error), "error")


def one_of(value: str | None, choices: Iterable[str], default: str) -> str:
    """Take a query parameter only when it is one of the known ones."""
    return value if value in set(choices) else default


def positive(value: str | None, default: int) -> int:
    """Read a positive number out of the query, or the default."""
    return int(value) if value and value.isdecimal() and int(value) > 0 else default
