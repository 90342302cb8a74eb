"""Addons: installed (pip), enabled (in this database), active (in a company)."""

from __future__ import annotations

import click
from sqlalchemy import select

from zhidu.cli.kit import Command, Group, Shop, as_json, ask, company, say, shop, table, yes
from zhidu.cli.progress import Progress
from zhidu.texts import gettext as _
from zhidu.texts import lazy_gettext as _l


@click.group(cls=Group, help=_l("Addons: which are installed, enabled, active."))
def addon() -> None:
    """Group the commands."""


@addon.command("list", cls=Command, help=_l("List the installed addons."))
@as_json
@shop
def list_(shop: Shop, as_json: bool) -> None:
    """Show each with its three states, and what is wrong with it."""
    from zhidu.db.activation import CompanyAddon
    from zhidu.discovery import discover
    from zhidu.enabling import enabled_names
    from zhidu.org.models import Company

    found = discover(shop.config.addon_folders)
    enabled = enabled_names(shop.db)
    with shop.db.all_companies(shop.actor, "the list of addons names the companies") as session:
        active: dict[str, list[str]] = {}
        rows = session.execute(
            select(CompanyAddon.addon, Company.code)
            .join(Company, Company.id == CompanyAddon.company_id)
            .where(CompanyAddon.active)
            .order_by(Company.code)
        )
        for name, code in rows:
            active.setdefault(name, []).append(code)
    problems: dict[str, str] = {}
    for problem in (*found.problems, *shop.db.registry.problems):
        problems.setdefault(problem.addon, str(problem))
    names = sorted({*found.installed, *enabled, *problems})
    listed = [
        {
            "name": name,
            "title": _(found.installed[name].addon.title) if name in found.installed else "",
            "version": found.installed[name].addon.version if name in found.installed else "",
            "enabled": name in enabled,
            "active": active.get(name, []),
            "problem": problems.get(name, ""),
        }
        for name in names
    ]
    titles = {
        "name": _l("Name"),
        "title": _l("Title"),
        "version": _l("Version"),
        "enabled": _l("Enabled"),
        "active": _l("Active in"),
    }
    table(listed, titles, json=as_json)
    if not as_json:
        for name in names:
            if name in problems:
                click.echo(f"{name}: {problems[name]}", err=True)


@addon.command(cls=Command, help=_l("Switch an addon on in this database: makes its tables."))
@click.argument("name")
@shop
def enable(shop: Shop, name: str) -> None:
    """Enable it, and what it requires."""
    from zhidu import enabling

    with Progress(_("Enabling")) as progress:
        progress(name)
        done = enabling.enable(shop.db, shop.config, name, shop.actor)
    say(_("Enabled: %(names)s.", names=", ".join(done)))
    say(_("Activate it in a company: zhidu addon activate %(name)s --company CODE", name=name))


@addon.command(cls=Command, help=_l("Switch an addon off in this database; its rows stay."))
@click.argument("name")
@yes
@shop
def disable(shop: Shop, name: str, confirmed: bool) -> None:
    """Disable it, after a question."""
    from zhidu import enabling

    if name in enabling.enabled_names(shop.db):
        ask(
            _l(
                "The addon %(name)s goes from all companies; every row is kept. Go on?",
                name=name,
            ),
            confirmed=confirmed,
        )
    enabling.disable(shop.db, shop.config, name, shop.actor)
    say(_("Disabled: %(names)s.", names=name))


@addon.command(cls=Command, help=_l("Make an addon active in a company."))
@click.argument("name")
@company
@shop
def activate(shop: Shop, name: str, code: str | None) -> None:
    """Activate it, and what it requires."""
    from zhidu.policy import activation

    with shop.write(code) as session:
        version = activation.activate(session, session.actor, name)
        number = version.number if version else 0
    say(_("Active; the company's policy is now at version %(number)s.", number=number))


@addon.command(cls=Command, help=_l("Hide an addon from a company; its rows stay."))
@click.argument("name")
@company
@yes
@shop
def deactivate(shop: Shop, name: str, code: str | None, confirmed: bool) -> None:
    """Deactivate it, after telling how many open tasks are hidden."""
    from zhidu.policy import activation
    from zhidu.policy.errors import OpenTasks

    with shop.read(code) as session:
        counts = activation.impact(session, name)
        titles = {kind: session.registry.kinds[kind].title for kind in counts}
    if counts:
        ask(OpenTasks(counts, titles).message, confirmed=confirmed)
    with shop.write(code) as session:
        version = activation.deactivate(session, session.actor, name, confirmed=True)
        number = version.number if version else 0
    say(_("Not active; the company's policy is now at version %(number)s.", number=number))
