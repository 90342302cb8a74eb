"""Choose the command, run it, and turn whatever goes wrong into one sentence and an exit code."""

from __future__ import annotations

import logging
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from zhidu.cli.kit import Group
from zhidu.cli.speech import DEBUG, open_catalogue, said, terminal_locale
from zhidu.config import Config
from zhidu.texts import gettext as _
from zhidu.texts import lazy_gettext as _l
from zhidu.texts import use_locale

REFUSED, USAGE = 1, 2
"""Exit codes; 0 is done."""

_OURS = {
    "run": "zhidu.cli.running:run",
    "init": "zhidu.cli.databases:init",
    "demo": "zhidu.cli.databases:demo",
    "db": "zhidu.cli.databases:db",
    "addon": "zhidu.cli.addons:addon",
    "company": "zhidu.cli.companies:company",
    "user": "zhidu.cli.users:user",
    "policy": "zhidu.cli.policies:policy",
    "jobs": "zhidu.cli.jobs:jobs",
    "doctor": "zhidu.cli.health:doctor",
    "routes": "zhidu.cli.routes:routes",
}
"""Loaded when called: a command does not pay for the others' imports."""


class Main(Group):
    """The commands of ours, and those that enabled addons offer."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name all commands."""
        return [*_OURS, *sorted(set(_of_addons(ctx)) - set(_OURS))]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one command."""
        if cmd_name in _OURS:
            import importlib

            module, _colon, name = _OURS[cmd_name].partition(":")
            found: click.Command = getattr(importlib.import_module(module), name)
            return found
        return _of_addons(ctx).get(cmd_name)


def _of_addons(ctx: click.Context) -> dict[str, click.Command]:
    """Give the commands of the addons that are enabled; none where there is no database."""
    root = ctx.find_root()
    if "addons" not in root.meta:
        from zhidu.enabling import connect

        root.meta["addons"] = {}
        try:
            config = Config.load()
            if not _is_there(config):
                return {}
            db = connect(config)
            root.call_on_close(db.close)
            root.meta["addons"] = {
                command.name: command for _addon, command in db.registry.commands() if command.name
            }
        except Exception as error:  # help must work where the database does not
            click.echo(said(error), err=True)
    found: dict[str, click.Command] = root.meta["addons"]
    return found


def _is_there(config: Config) -> bool:
    """Tell whether there may be a database: asking must not make one."""
    from sqlalchemy.engine import make_url

    url = make_url(config.database_url)
    return not url.drivername.startswith("sqlite") or Path(url.database or "").is_file()


main = Main("zhidu", help=_l("Zhidu turns a company's policy into running software."))


def run(arguments: Sequence[str]) -> int:
    """Run a command; return the exit code."""
    open_catalogue()
    if os.environ.get(DEBUG) != "1":  # what matters is said by the command itself
        logging.getLogger("zhidu").addHandler(logging.NullHandler())
    with use_locale(terminal_locale()):
        try:
            code: Any = main.main(list(arguments), prog_name="zhidu", standalone_mode=False)
        except click.exceptions.NoArgsIsHelpError as error:
            click.echo(error.format_message(), err=True)
            return USAGE
        except click.UsageError as error:
            hint = error.ctx.command_path if error.ctx else "zhidu"
            text = _("%(what)s See: %(command)s --help", what=error.format_message(), command=hint)
            click.echo(text, err=True)
            return USAGE
        except click.ClickException as error:
            click.echo(error.format_message(), err=True)
            return REFUSED
        except (click.Abort, KeyboardInterrupt):
            click.echo(_("Stopped."), err=True)
            return REFUSED
        except BrokenPipeError:  # the reader of our output went away: nobody to tell
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return REFUSED
        except Exception as error:  # the one place where nothing may pass as a traceback
            if os.environ.get(DEBUG) == "1":
                traceback.print_exc()
            click.echo(said(error), err=True)
            return REFUSED
    return code if isinstance(code, int) else 0
