"""Make and renew what is in the database: ``init``, ``demo``, ``db upgrade``, ``db status``."""

from __future__ import annotations

import shutil
from pathlib import Path

import click
from sqlalchemy import select
from sqlalchemy.engine import make_url

from zhidu.cli.kit import Command, Group, Shop, as_json, ask, option, say, shop, table, yes
from zhidu.cli.lock import nobody_running
from zhidu.cli.progress import Progress
from zhidu.config import SECRETS, Config
from zhidu.errors import ConfigError
from zhidu.texts import gettext as _
from zhidu.texts import lazy_gettext as _l


@click.command(cls=Command, help=_l("Make database and secrets, or what is missing of them."))
@shop
def init(shop: Shop) -> None:
    """Enable the core only; say what comes next."""
    from zhidu.enabling import bring_up_to_date, connect

    with Progress(_("Database")) as progress:
        for name in SECRETS:
            shop.config.secret(name)
        db = connect(shop.config)
        click.get_current_context().call_on_close(db.close)
        progress(_("tables"))
        done = bring_up_to_date(db)
        progress(_("calendar"))
        years = _load_calendar(shop)
    say(
        _("The database is ready (%(count)d migrations were run).", count=len(done))
        if done
        else _("The database was ready already.")
    )
    if years:
        say(_("Public holidays loaded: %(years)s.", years=", ".join(map(str, years))))
    if not shop.companies():
        say(_("Next: zhidu user create NAME --system, and: zhidu company create CODE NAME"))


def _load_calendar(shop: Shop) -> list[int]:
    """Load the announced years around today that are not there yet."""
    from zhidu import clock
    from zhidu.org import calendar, calendar_statutory

    loaded = []
    year = clock.today().year
    with shop.write(everywhere=True) as session:
        for wanted in (year - 1, year, year + 1):
            if calendar.announced(session, wanted):
                continue
            try:
                calendar_statutory.load_statutory(session, session.actor, wanted)
            except calendar_statutory.YearNotAnnounced:
                continue
            loaded.append(wanted)
    return loaded


@click.command(cls=Command, help=_l("Make the demo companies, or what is missing of them."))
@option("--reset", is_flag=True, help=_l("Throw the demo's data away first."))
@shop
def demo(shop: Shop, reset: bool) -> None:
    """Make the demo and print its log-ins."""
    from zhidu import demo as making

    if reset:
        _throw_away(shop.config)
    with Progress(_("Demo")) as progress:
        logins = making.load(shop.config, progress)
    titles = {
        "company": _l("Company"),
        "role": _l("Role"),
        "username": _l("Log-in"),
        "password": _l("Password"),
    }
    rows = [{key: getattr(one, key) for key in titles} for one in logins]
    table(rows, titles, json=False)
    say(_("These log-ins also stand in %(file)s.", file=shop.config.home / making.LOGINS))


def _throw_away(config: Config) -> None:
    """Empty a database that holds demo companies only.

    :raises ConfigError: it holds a real company.
    """
    from zhidu.actor import Actor
    from zhidu.demo import LOGINS
    from zhidu.enabling import connect
    from zhidu.migrations import runner
    from zhidu.org.models import Company

    with nobody_running(config):
        db = connect(config)
        try:
            if any(one.current for one in runner.status(db, db.registry)):
                with db.read(Actor.system()) as session:
                    real = session.scalars(select(Company.code).where(~Company.is_demo)).all()
                if real:
                    raise ConfigError(
                        _l("This database holds real companies: %(codes)s.", codes=", ".join(real)),
                        cure=_l("Only a demo can be thrown away."),
                    )
                if not db.is_sqlite:
                    for loaded in reversed(db.registry.addons):
                        runner.downgrade(db, db.registry, loaded.name)
        finally:
            db.close()
        file = make_url(config.database_url).database if db.is_sqlite else None
        for ending in ("", "-wal", "-shm") if file else ():
            Path(f"{file}{ending}").unlink(missing_ok=True)
        (config.home / LOGINS).unlink(missing_ok=True)
        shutil.rmtree(config.files, ignore_errors=True)


@click.group(cls=Group, help=_l("Tables and their migrations."))
def db() -> None:
    """Group the commands."""


@db.command("status", cls=Command, help=_l("Show which migrations wait."))
@as_json
@shop
def status(shop: Shop, as_json: bool) -> int:
    """Exit with 1 while something waits."""
    from zhidu.enabling import connect
    from zhidu.migrations import runner

    opened = connect(shop.config)
    click.get_current_context().call_on_close(opened.close)
    found = runner.status(opened, opened.registry)
    rows = [
        {
            "addon": one.addon,
            "current": one.current,
            "head": one.head,
            "pending": list(one.pending),
        }
        for one in found
    ]
    titles = {
        "addon": _l("Addon"),
        "current": _l("Now at"),
        "head": _l("Newest"),
        "pending": _l("Waiting"),
    }
    table(rows, titles, json=as_json)
    return 0 if all(one.up_to_date for one in found) else 1


@db.command("upgrade", cls=Command, help=_l("Bring the tables up to date: all or nothing."))
@yes
@shop
def upgrade(shop: Shop, confirmed: bool) -> None:
    """Run what waits, after a question: make a backup first."""
    from zhidu.enabling import bring_up_to_date, connect
    from zhidu.migrations import runner

    opened = connect(shop.config)
    click.get_current_context().call_on_close(opened.close)
    found = runner.status(opened, opened.registry)
    waiting = [step for one in found for step in one.pending]
    if waiting and any(one.current for one in found):
        ask(
            _l(
                "%(count)s migrations wait. Is there a backup?",
                count=len(waiting),
            ),
            confirmed=confirmed,
        )
    with Progress(_("Migrations")) as progress:
        progress(_("tables"))
        done = bring_up_to_date(opened)
    say(_("Run: %(ids)s", ids=", ".join(done)) if done else _("Nothing was waiting."))
