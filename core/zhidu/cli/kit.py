"""What every command shares: texts in the terminal's language, one database, tables, questions."""

from __future__ import annotations

import getpass
import json
import sys
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import click

from zhidu.actor import Actor, Via
from zhidu.config import Config
from zhidu.errors import ConfigError, Conflict, NotFound
from zhidu.ids import token
from zhidu.texts import Text, current_locale
from zhidu.texts import gettext as _
from zhidu.texts import lazy_gettext as _l

if TYPE_CHECKING:  # the parent of ``zhidu run`` needs none of these: it starts sooner
    from zhidu.db import Database, Session
    from zhidu.org.models import Company

F = TypeVar("F", bound=Callable[..., Any])


class _Translated:
    """Keeps a help text lazy: click would read it when the module is loaded."""

    _help: Text | str | None = None

    def _say_help(self) -> str | None:
        return None if self._help is None else str(self._help)

    def _keep_help(self, text: Text | str | None) -> None:
        self._help = text

    help = property(_say_help, _keep_help)


class Command(_Translated, click.Command):
    """A command whose help is translated."""


class Group(_Translated, click.Group):
    """A group of commands whose help is translated."""

    command_class = Command


class Option(_Translated, click.Option):
    """An option whose help is translated."""

    def __init__(self, *declarations: Any, help: Text | str | None = None, **options: Any) -> None:  # noqa: A002 -- click's name
        super().__init__(*declarations, **options)
        self.help = help


def option(*names: str, help: Text | str, **options: Any) -> Callable[[F], F]:  # noqa: A002 -- click's name
    """Declare an option with a translated help."""
    return click.option(*names, cls=Option, help=help, **options)


as_json = option("--json", "as_json", is_flag=True, help=_l("Print JSON for programs."))
yes = option("--yes", "-y", "confirmed", is_flag=True, help=_l("Ask nothing; do it."))
company = option("--company", "code", metavar="CODE", help=_l("The company; needless with one."))


class Shop:
    """The installation that the command works on; opened when it is first needed."""

    @cached_property
    def config(self) -> Config:
        """Read environment and file."""
        return Config.load()

    @cached_property
    def db(self) -> Database:
        """Open the database with the enabled addons.

        :raises ConfigError: it has no tables yet.
        """
        from zhidu.enabling import connect
        from zhidu.migrations import runner

        db = connect(self.config)
        click.get_current_context().call_on_close(db.close)
        if not any(one.current for one in runner.status(db, db.registry)):
            raise ConfigError(_l("The database is empty."), cure=_l("Run first: zhidu init"))
        return db

    @property
    def actor(self) -> Actor:
        """Be the system, at the hand of whoever may run commands on this machine."""
        try:
            who = getpass.getuser()
        except (KeyError, OSError):
            who = "?"
        return Actor(
            name=f"zhidu ({who})",
            source=Via.CLI,
            locale=current_locale(),
            request_id=token(8),
        )

    def companies(self) -> list[Company]:
        """List the companies by code."""
        from sqlalchemy import select

        from zhidu.org.models import Company

        with self.db.read(self.actor) as session:
            return list(session.scalars(select(Company).order_by(Company.code)))

    def company(self, code: str | None) -> Company:
        """Find the company of an option; without one, the only company.

        :raises NotFound: there is none of that code.
        :raises ConfigError: there are several, or none at all.
        """
        found = self.companies()
        if code is not None:
            for one in found:
                if one.code == code:
                    return one
            raise NotFound(_l("There is no company “%(code)s”.", code=code))
        if len(found) == 1:
            return found[0]
        if not found:
            raise ConfigError(
                _l("There is no company yet."),
                cure=_l("Run: zhidu company create CODE NAME"),
            )
        codes = ", ".join(one.code for one in found)
        raise ConfigError(
            _l("There are several companies: %(codes)s.", codes=codes),
            cure=_l("Say which: --company %(code)s", code=found[0].code),
        )

    @contextmanager
    def write(self, code: str | None = None, *, everywhere: bool = False) -> Iterator[Session]:
        """Open a unit of work in a company, or (``everywhere``) in none."""
        actor = self.actor if everywhere else self.actor.within(self.company(code).id)
        with self.db.write(actor) as session:
            yield session

    @contextmanager
    def read(self, code: str | None = None, *, everywhere: bool = False) -> Iterator[Session]:
        """Open a unit of work that only reads."""
        actor = self.actor if everywhere else self.actor.within(self.company(code).id)
        with self.db.read(actor) as session:
            yield session


shop = click.make_pass_decorator(Shop, ensure=True)


def table(
    rows: Sequence[Mapping[str, Any]], titles: Mapping[str, Text | str], *, json: bool
) -> None:
    """Print a list: as columns for people, or as JSON.

    :param titles: key of a row -> heading of its column, in order.
    """
    if json:
        print_json(rows)
        return
    cells = [[str(title) for title in titles.values()]]
    cells += [[_shown(row[key]) for key in titles] for row in rows]
    widths = [max(_width(line[column]) for line in cells) for column in range(len(titles))]
    for line in cells:
        padded = (
            cell + " " * (width - _width(cell)) for cell, width in zip(line, widths, strict=True)
        )
        click.echo("  ".join(padded).rstrip())


def print_json(value: Any) -> None:
    """Print JSON with Chinese left readable."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list | tuple | frozenset | set):
        return ", ".join(map(str, value)) or "-"
    return "-" if value in (None, "") else str(value)


def _width(text: str) -> int:
    """Count columns of a terminal: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def ask(question: Text | str, *, confirmed: bool) -> None:
    """Ask on the terminal; without one, ``--yes`` must have said it.

    :raises Conflict: it was not confirmed.
    """
    if confirmed:
        return
    if not sys.stdin.isatty():
        raise Conflict(question, cure=_l("Add --yes to do it."))
    if not click.confirm(str(question), default=False, err=True):
        raise Conflict(_l("Nothing was done."))


def say(text: Text | str) -> None:
    """Tell what was done, for people: on stderr, so that output stays for programs."""
    click.echo(str(text), err=True)
