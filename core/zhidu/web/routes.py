"""Every address of an app with the right that it needs: for the command line, for tests, for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask
from werkzeug.routing import Rule

from zhidu.web import site
from zhidu.web.base_view import SYSTEM, OfficeView

LOG_IN = "login"
"""What a page needs that anybody may open who is logged in."""


def list_routes(app: Flask) -> list[dict[str, Any]]:
    """Give every route of an app, sorted by address, static files included.

    ``scope`` says whether it stands under ``/c/<code>`` or beside it; a route has either
    ``permission`` or ``public``.
    """
    views = {view.endpoint: view for view in app.extensions["admin"][0]._views}
    rules = sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, rule.endpoint))
    return [_route(rule, views) for rule in rules]


def _route(rule: Rule, views: Mapping[str, Any]) -> dict[str, Any]:
    endpoint, _dot, method = rule.endpoint.rpartition(".")
    view = views.get(endpoint)
    found: dict[str, Any] = {
        "rule": rule.rule,
        "methods": sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}),
        "endpoint": rule.endpoint,
        "addon": "core",
        "scope": "global",
    }
    if isinstance(view, OfficeView) and method != "static":
        needs = view.needed(method)
        found["addon"] = view.addon
        found["permission"] = needs
        found["scope"] = "global" if needs == SYSTEM else "company"
    elif rule.endpoint in site.PUBLIC or method == "static":
        found["public"] = True
    else:
        found["permission"] = LOG_IN
    return found
