"""Companies: listed and made."""

from __future__ import annotations

import click

from zhidu.cli.kit import Command, Group, Shop, as_json, option, say, shop, table
from zhidu.clock import DEFAULT_ZONE
from zhidu.texts import DEFAULT_LOCALE, LOCALES
from zhidu.texts import gettext as _
from zhidu.texts import lazy_gettext as _l


@click.group(cls=Group, help=_l("Companies."))
def company() -> None:
    """Group the commands."""


@company.command("list", cls=Command, help=_l("List the companies."))
@as_json
@shop
def list_(shop: Shop, as_json: bool) -> None:
    """Show each with its language and time zone."""
    rows = [
        {
            "code": one.code,
            "name": one.name,
            "locale": one.locale,
            "timezone": one.timezone,
            "demo": one.is_demo,
            "archived": one.archived_at is not None,
        }
        for one in shop.companies()
    ]
    titles = {
        "code": _l("Code"),
        "name": _l("Name"),
        "locale": _l("Language"),
        "timezone": _l("Time zone"),
        "demo": _l("Demo"),
        "archived": _l("Archived"),
    }
    table(rows, titles, json=as_json)


@company.command(cls=Command, help=_l("Open a company; CODE stands in its addresses."))
@click.argument("code")
@click.argument("name")
@option(
    "--locale",
    type=click.Choice(LOCALES),
    default=DEFAULT_LOCALE,
    help=_l("Its language (default: simplified Chinese)."),
)
@option("--timezone", default=DEFAULT_ZONE, help=_l("Its time zone (default: Asia/Shanghai)."))
@option("--admin", metavar="LOGIN", help=_l("The log-in that administers it."))
@shop
def create(shop: Shop, code: str, name: str, locale: str, timezone: str, admin: str | None) -> None:
    """Make it, and appoint its first administrator in the same transaction."""
    from zhidu.access.administrators import appoint_admin
    from zhidu.org.companies import create_company

    with shop.write(everywhere=True) as session:
        made = create_company(session, session.actor, code, name, locale=locale, timezone=timezone)
        if admin is not None:
            appoint_admin(session, session.actor, made, admin)
    say(_("The company %(name)s is open at /c/%(code)s/.", name=name, code=code))
    if admin is None:
        say(_("Its first administrator: zhidu company admin %(code)s LOGIN", code=code))
    say(_("Its policy: zhidu policy apply FILE --company %(code)s", code=code))


@company.command("admin", cls=Command, help=_l("Appoint a company's first administrator."))
@click.argument("code")
@click.argument("login")
@option("--name", default="", help=_l("The person's name (default: the log-in's)."))
@shop
def appoint(shop: Shop, code: str, login: str, name: str) -> None:
    """Let a log-in administer a company that has no administrator."""
    from zhidu.access.administrators import appoint_admin

    with shop.write(everywhere=True) as session:
        appoint_admin(session, session.actor, code, login, name)
    say(_("%(login)s administers %(code)s.", login=login, code=code))
