"""Background jobs: those that were given up, tried again or deleted."""

from __future__ import annotations

import click

from zhidu.cli.kit import Command, Group, Shop, as_json, ask, option, say, shop, table, yes
from zhidu.texts import gettext as _
from zhidu.texts import lazy_gettext as _l


@click.group(cls=Group, help=_l("Background jobs."))
def jobs() -> None:
    """Group the commands."""


@jobs.command("list", cls=Command, help=_l("List the jobs that are due or were given up."))
@option("--dead", is_flag=True, help=_l("Only those that were given up."))
@as_json
@shop
def list_(shop: Shop, dead: bool, as_json: bool) -> None:
    """Show each with the reason of its last failure."""
    from zhidu.jobs import queries

    with shop.read(everywhere=True) as session:
        rows = [
            {
                "id": one.id,
                "name": one.name,
                "status": one.status.value,
                "tries": one.tries,
                "run_at": one.run_at.isoformat(timespec="seconds"),
                "error": one.error,
            }
            for one in queries.unfinished(session, dead_only=dead)
        ]
    titles = {
        "id": _l("Id"),
        "name": _l("Job"),
        "status": _l("Status"),
        "tries": _l("Tries"),
        "run_at": _l("Due"),
        "error": _l("Reason"),
    }
    table(rows, titles, json=as_json)


@jobs.command(cls=Command, help=_l("Try a given-up job again."))
@click.argument("ids", type=int, nargs=-1, required=True)
@shop
def retry(shop: Shop, ids: tuple[int, ...]) -> None:
    """Make them due now, with all their tries."""
    from zhidu.jobs import queries

    with shop.write(everywhere=True) as session:
        for job_id in ids:
            queries.retry(session, job_id)
    say(_("They run again as soon as the job runner is free."))


@jobs.command(cls=Command, help=_l("Delete a job that is not wanted any more."))
@click.argument("ids", type=int, nargs=-1, required=True)
@yes
@shop
def delete(shop: Shop, ids: tuple[int, ...], confirmed: bool) -> None:
    """Delete them, after a question: what they were to do will not happen."""
    from zhidu.jobs import queries

    ask(_l("What these jobs were to do will not happen. Delete them?"), confirmed=confirmed)
    with shop.write(everywhere=True) as session:
        for job_id in ids:
            queries.delete(session, job_id)
    say(_("Deleted."))
