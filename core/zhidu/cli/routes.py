"""``zhidu routes``: every address with its methods, its addon and the permission it needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click
from flask import Flask
from werkzeug.routing import Rule

from zhidu.cli.kit import Command, Shop, as_json, shop, table
from zhidu.texts import lazy_gettext as _l
from zhidu.web import site
from zhidu.web.base_view import SYSTEM, OfficeView

LOG_IN = "login"
"""What a page needs that anybody may open who is logged in."""


@click.command(cls=Command, help=_l("List every address with the permission that it needs."))
@as_json
@shop
def routes(shop: Shop, as_json: bool) -> None:
    """Print the routes of the app that ``zhidu run`` serves."""
    from zhidu.app import make_app

    found = listed(make_app(shop.config, shop.db))
    rows = found if as_json else [{**one, "needs": one.get("permission", "-")} for one in found]
    titles = {
        "rule": _l("Address"),
        "methods": _l("Methods"),
        "addon": _l("Addon"),
        "needs": _l("Needs"),
    }
    table(rows, titles, json=as_json)


def listed(app: Flask) -> list[dict[str, Any]]:
    """Give every route of an app, sorted by address.

    ``scope`` says whether it stands under ``/c/<code>`` or beside it.
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
