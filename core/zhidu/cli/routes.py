"""``zhidu routes``: every address with its methods, its addon and the permission it needs."""

from __future__ import annotations

import click

from zhidu.cli.kit import Command, Shop, as_json, shop, table
from zhidu.texts import lazy_gettext as _l
from zhidu.web.routes import list_routes


@click.command(cls=Command, help=_l("List every address with the permission that it needs."))
@as_json
@shop
def routes(shop: Shop, as_json: bool) -> None:
    """Print the routes of the app that ``zhidu run`` serves."""
    from zhidu.app import make_app

    found = list_routes(make_app(shop.config, shop.db))
    rows = found if as_json else [{**one, "needs": one.get("permission", "-")} for one in found]
    titles = {
        "rule": _l("Address"),
        "methods": _l("Methods"),
        "addon": _l("Addon"),
        "needs": _l("Needs"),
    }
    table(rows, titles, json=as_json)
