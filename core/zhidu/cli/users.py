"""Log-ins: listed, made, given a new password."""

from __future__ import annotations

import secrets
import sys

import click
from sqlalchemy import select

from zhidu.cli.kit import Command, Group, Shop, as_json, option, say, shop, table
from zhidu.texts import LOCALES, current_locale
from zhidu.texts import gettext as _
from zhidu.texts import lazy_gettext as _l

from_stdin = option(
    "--password-stdin", is_flag=True, help=_l("Read the password from the first line of stdin.")
)


@click.group(cls=Group, help=_l("Log-ins."))
def user() -> None:
    """Group the commands."""


@user.command("list", cls=Command, help=_l("List the log-ins."))
@as_json
@shop
def list_(shop: Shop, as_json: bool) -> None:
    """Show each with its companies."""
    from zhidu.access.user import User, UserCompany
    from zhidu.org.models import Company

    with shop.read(everywhere=True) as session:
        companies: dict[int, list[str]] = {}
        rows = session.execute(
            select(UserCompany.user_id, Company.code)
            .join(Company, Company.id == UserCompany.company_id)
            .order_by(Company.code)
        )
        for user_id, code in rows:
            companies.setdefault(user_id, []).append(code)
        listed = [
            {
                "username": one.username,
                "email": one.email or "",
                "active": one.active,
                "system": one.is_system,
                "locale": one.locale,
                "companies": companies.get(one.id, []),
            }
            for one in session.scalars(select(User).order_by(User.username))
        ]
    titles = {
        "username": _l("Log-in"),
        "email": _l("E-mail"),
        "active": _l("Open"),
        "system": _l("System administrator"),
        "companies": _l("Companies"),
    }
    table(listed, titles, json=as_json)


@user.command(cls=Command, help=_l("Make a log-in."))
@click.argument("name")
@option("--system", is_flag=True, help=_l("The system administrator: addons, companies, log-ins."))
@option("--email", help=_l("E-mail address; may be left out."))
@option("--locale", type=click.Choice(LOCALES), help=_l("Language of the pages."))
@from_stdin
@shop
def create(
    shop: Shop,
    name: str,
    system: bool,
    email: str | None,
    locale: str | None,
    password_stdin: bool,
) -> None:
    """Make it with a password that is typed, read, or made up and printed."""
    from zhidu.access.users import create_user

    chosen, made_up = _password(stdin=password_stdin)
    with shop.write(everywhere=True) as session:
        create_user(
            session,
            session.actor,
            name,
            chosen,
            email,
            system=system,
            locale=locale or current_locale(),
        )
    say(_("The log-in %(name)s was made.", name=name))
    _print(chosen, made_up)


@user.command(cls=Command, help=_l("Give a log-in another password."))
@click.argument("name")
@from_stdin
@shop
def password(shop: Shop, name: str, password_stdin: bool) -> None:
    """Set it, and end the log-in's sessions."""
    from zhidu.access.users import set_password

    chosen, made_up = _password(stdin=password_stdin)
    with shop.write(everywhere=True) as session:
        set_password(session, session.actor, name, chosen)
    say(_("The password of %(name)s was changed; it is logged out everywhere.", name=name))
    _print(chosen, made_up)


def _password(*, stdin: bool) -> tuple[str, bool]:
    """Get a password, and whether it was made up here."""
    if stdin:
        return sys.stdin.readline().rstrip("\r\n"), False
    if sys.stdin.isatty():
        typed: str = click.prompt(
            _("Password (empty: one is made up)"),
            hide_input=True,
            default="",
            show_default=False,
            err=True,
        )
        if typed:
            click.prompt(
                _("Once more"),
                hide_input=True,
                err=True,
                value_proc=lambda again: _same(typed, again),
            )
            return typed, False
    return secrets.token_urlsafe(12), True


def _same(typed: str, again: str) -> str:
    if typed != again:
        raise click.UsageError(_("The two are not the same."))
    return again


def _print(password: str, made_up: bool) -> None:
    if made_up:
        click.echo(password)
