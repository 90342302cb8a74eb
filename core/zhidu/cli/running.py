"""``zhidu run``: the server and the job runner."""

from __future__ import annotations

import click

from zhidu.cli.kit import Command, Shop, option, shop
from zhidu.texts import lazy_gettext as _l


@click.command(cls=Command, help=_l("Serve the back office and do its background jobs."))
@option("--host", help=_l("Listen on this address (default: 127.0.0.1)."))
@option("--port", type=click.IntRange(0, 65535), help=_l("Listen on this port (default: 8000)."))
@option(
    "--expose-demo",
    is_flag=True,
    help=_l("Let other machines reach a demo, whose passwords lie in a file."),
)
@shop
def run(shop: Shop, host: str | None, port: int | None, expose_demo: bool) -> int:
    """Run until a signal says to stop."""
    from zhidu.cli.serve import serve

    return serve(shop.config, host, port, expose_demo=expose_demo)
