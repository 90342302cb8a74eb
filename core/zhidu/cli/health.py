"""``zhidu doctor``: is the installation sound? Each finding says how to mend it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import click
from sqlalchemy import func, select

from zhidu import clock
from zhidu.cli.kit import Command, Shop, as_json, print_json, shop
from zhidu.cli.progress import Progress
from zhidu.cli.speech import said
from zhidu.config import SECRETS, Config
from zhidu.db import Database
from zhidu.exchange import printing_pdf
from zhidu.health import Finding, HealthCheck
from zhidu.texts import gettext as _
from zhidu.texts import lazy_gettext as _l

ENOUGH_BYTES = 1024**3
CLOCK_SECONDS = 5.0
"""Further apart than this, the clocks of program and database disagree."""


@dataclass(frozen=True, slots=True)
class _Result:
    name: str
    title: str
    finding: Finding


def checks() -> Iterable[HealthCheck]:
    """Give the checks of the core; a failing one does not hide the next."""
    return (
        HealthCheck("database", _l("Database"), database),
        HealthCheck("migrations", _l("Tables"), migrations),
        HealthCheck("addons", _l("Addons"), addons),
        HealthCheck("secrets", _l("Secrets and rights"), secrets),
        HealthCheck("disk", _l("Disk"), disk),
        HealthCheck("clock", _l("Clock"), clocks),
        HealthCheck("broker", _l("Broker"), broker),
        HealthCheck("pango", _l("PDF"), pango),
        HealthCheck("fonts", _l("Chinese fonts"), fonts),
    )


@click.command(cls=Command, help=_l("Check the installation; says how to mend what is wrong."))
@as_json
@shop
def doctor(shop: Shop, as_json: bool) -> int:
    """Exit with 1 when something is wrong."""
    from zhidu.enabling import connect

    db = connect(shop.config)
    click.get_current_context().call_on_close(db.close)
    results: list[_Result] = []
    with Progress(_("Doctor")) as progress:
        for check in (*checks(), *(check for _addon, check in db.registry.health_checks())):
            progress(str(check.title))
            results.append(_Result(check.name, str(check.title), _run(check, shop.config, db)))
    if as_json:
        print_json([_plain(one) for one in results])
    else:
        for one in results:
            mark = "✓" if one.finding.ok else "✗"
            click.echo(f"{mark} {one.title}: {one.finding.text} {one.finding.cure}".rstrip())
    return 0 if all(one.finding.ok for one in results) else 1


def _plain(one: _Result) -> dict[str, Any]:
    return {
        "name": one.name,
        "title": one.title,
        "ok": one.finding.ok,
        "text": str(one.finding.text),
        "cure": str(one.finding.cure),
    }


def _run(check: HealthCheck, config: Config, db: Database) -> Finding:
    try:
        return check.run(config, db)
    except Exception as error:  # a check that fails is a finding, too
        return Finding(ok=False, text=said(error), cure="")


def database(_config: Config, db: Database) -> Finding:
    """Ask the database for a row."""
    with db.engine.connect():
        name = db.engine.dialect.name
    return Finding(ok=True, text=_l("%(name)s answers.", name=name))


def migrations(_config: Config, db: Database) -> Finding:
    """Compare the tables with the program."""
    from zhidu.migrations import runner

    found = runner.status(db, db.registry)
    if not any(one.current for one in found):
        return Finding(ok=False, text=_l("There are no tables."), cure=_l("Run: zhidu init"))
    old = [one.addon for one in found if not one.up_to_date]
    if old:
        return Finding(
            ok=False,
            text=_l("The tables of %(names)s are older than the program.", names=", ".join(old)),
            cure=_l("Make a backup and run: zhidu db upgrade"),
        )
    return Finding(ok=True, text=_l("All migrations were run."))


def addons(_config: Config, db: Database) -> Finding:
    """Name the addons that cannot be used."""
    if not db.registry.problems:
        names = ", ".join(db.registry.names)
        return Finding(ok=True, text=_l("Loaded: %(names)s.", names=names))
    return Finding(
        ok=False,
        text=" ".join(str(problem.text) for problem in db.registry.problems),
        cure=" ".join(str(problem.cure) for problem in db.registry.problems),
    )


def secrets(config: Config, _db: Database) -> Finding:
    """Read the secrets; look at who else may read the home."""
    for name in SECRETS:
        config.secret(name)
    if os.name == "posix" and config.home.stat().st_mode & 0o007:
        return Finding(
            ok=False,
            text=_l("Everyone on this machine may look into %(home)s.", home=config.home),
            cure=_l("Run: chmod o-rwx %(home)s", home=config.home),
        )
    if not os.access(config.home, os.W_OK):
        return Finding(
            ok=False,
            text=_l("%(home)s cannot be written.", home=config.home),
            cure=_l("Give the folder to the user who runs Zhidu."),
        )
    return Finding(ok=True, text=_l("The secrets are there, and nobody else reads them."))


def disk(config: Config, _db: Database) -> Finding:
    """Look at the space left where database and files lie."""
    free = shutil.disk_usage(config.make_home()).free
    space = f"{free / 1024**3:.1f} GB"
    if free < ENOUGH_BYTES:
        return Finding(
            ok=False,
            text=_l("Only %(space)s are free in %(home)s.", space=space, home=config.home),
            cure=_l("Make room, or move ZHIDU_HOME to another disk."),
        )
    return Finding(ok=True, text=_l("%(space)s are free.", space=space))


def clocks(_config: Config, db: Database) -> Finding:
    """Compare the clock of the program with the database's; on SQLite they are one."""
    if db.is_sqlite:
        return Finding(ok=True, text=_l("The database lies on this machine."))
    with db.engine.connect() as connection:
        theirs: datetime = connection.execute(select(func.now())).scalar_one()
    apart = abs((clock.now() - theirs).total_seconds())
    if apart > CLOCK_SECONDS:
        return Finding(
            ok=False,
            text=_l("The clocks of program and database are %(seconds)d s apart.", seconds=apart),
            cure=_l("Let both machines keep time by NTP."),
        )
    return Finding(ok=True, text=_l("Program and database agree on the time."))


def broker(config: Config, _db: Database) -> Finding:
    """Reach the broker, if there is to be one."""
    if not config.broker_url:
        return Finding(ok=True, text=_l("None is configured: “zhidu run” does the jobs itself."))
    from zhidu.celeryapp import make_celery

    with make_celery(config).connection_for_write(connect_timeout=5) as connection:
        try:
            connection.ensure_connection(max_retries=1, timeout=5)
        except Exception as error:  # every transport has its own errors
            return Finding(
                ok=False,
                text=_l("The broker does not answer: %(why)s.", why=error),
                cure=_l("Start it, or mend ZHIDU_BROKER_URL."),
            )
    return Finding(ok=True, text=_l("The broker answers."))


def pango(_config: Config, _db: Database) -> Finding:
    """See whether PDFs can be made, where the extra is installed."""
    lack = printing_pdf.lacking()
    if lack is printing_pdf.Lack.WEASYPRINT:
        return Finding(
            ok=True,
            text=_l("Not installed; pages print from the browser. (pip install zhidu[pdf])"),
        )
    if lack is printing_pdf.Lack.PANGO:
        return Finding(ok=False, text=lack.label, cure=lack.cure)
    return Finding(ok=True, text=_l("PDFs can be made."))


def fonts(_config: Config, _db: Database) -> Finding:
    """See whether a PDF would find Chinese characters."""
    lack = printing_pdf.lacking()
    if lack is printing_pdf.Lack.FONT:
        return Finding(ok=False, text=lack.label, cure=lack.cure)
    if lack is not None or not shutil.which("fc-list"):
        return Finding(ok=True, text=_l("Needed for PDFs only."))
    return Finding(ok=True, text=_l("There are fonts with Chinese characters."))
