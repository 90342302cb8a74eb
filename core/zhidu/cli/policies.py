"""The company's policy: checked, applied, shown."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import click

from zhidu.cli.kit import (
    Command,
    Group,
    Shop,
    as_json,
    ask,
    company,
    option,
    print_json,
    say,
    shop,
    yes,
)
from zhidu.errors import NotFound
from zhidu.texts import gettext as _
from zhidu.texts import lazy_gettext as _l

FILE = click.argument("file", metavar="FILE")


@click.group(cls=Group, help=_l("The company's policy."))
def policy() -> None:
    """Group the commands."""


def _file(name: str) -> Path:
    """Find a file, or a pack that comes with Zhidu by its name."""
    from zhidu.policy import loader

    path = Path(name)
    if not path.exists() and not path.suffix:
        try:
            return loader.built_in(name)
        except NotFound:
            return path
    return path


@policy.command(cls=Command, help=_l("Check a policy file; says file, line and cure."))
@FILE
@as_json
@shop
def lint(shop: Shop, file: str, as_json: bool) -> int:
    """Exit with 1 when it has errors."""
    from zhidu.policy import lint as linting
    from zhidu.policy.apply import read_source

    text, name = read_source(_file(file))
    problems = linting.lint(shop.db.registry, text, name)
    if as_json:
        print_json([problem.to_json() for problem in problems])
    else:
        for problem in problems:
            click.echo(str(problem))
    wrong = sum(problem.is_error for problem in problems)
    if not as_json and not wrong:
        say(_("%(file)s can be applied.", file=name))
    return 1 if wrong else 0


@policy.command("apply", cls=Command, help=_l("Put a policy in force in a company."))
@FILE
@company
@option(
    "--effective",
    type=click.DateTime(["%Y-%m-%d"]),
    help=_l("The first day, as 2026-01-01 (default: the file's own, or today)."),
)
@yes
@shop
def apply(
    shop: Shop, file: str, code: str | None, effective: datetime | None, confirmed: bool
) -> int:
    """Store an immutable version; say what changes."""
    from zhidu.policy import show
    from zhidu.policy.apply import apply_pack, plan
    from zhidu.policy.errors import OpenTasks
    from zhidu.policy.versions import current

    path = _file(file)
    day: date | None = effective.date() if effective else None
    with shop.read(code) as session:
        planned = plan(session, path, effective=day)
        for problem in planned.errors:
            click.echo(str(problem))
        if planned.errors:
            return 1
        if planned.unchanged is not None:
            say(
                _(
                    "Nothing changes: version %(number)s says the same.",
                    number=planned.unchanged.number,
                )
            )
            return 0
    try:
        with shop.write(code) as session:
            before = current(session, planned.effective)
            version = apply_pack(session, session.actor, path, effective=day, confirmed=confirmed)
            lines = show.diff(session.registry, before, version)
    except OpenTasks as error:
        ask(error.message, confirmed=confirmed)
        with shop.write(code) as session:
            before = current(session, planned.effective)
            version = apply_pack(session, session.actor, path, effective=day, confirmed=True)
            lines = show.diff(session.registry, before, version)
    for line in lines:
        click.echo(line)
    say(
        _(
            "Version %(number)s holds from %(day)s.",
            number=version.number,
            day=version.effective_from.isoformat(),
        )
    )
    return 0


@policy.command("show", cls=Command, help=_l("Show the policy in force, or one of its versions."))
@company
@option("--version", "number", type=int, help=_l("The version (default: the one in force)."))
@as_json
@shop
def show_(shop: Shop, code: str | None, number: int | None, as_json: bool) -> None:
    """Print it for people or programs."""
    from zhidu.policy import queries, show, versions

    with shop.read(code) as session:
        version = (
            versions.current(session) if number is None else queries.by_number(session, number)
        )
        if as_json:
            print_json(show.to_json(version))
        else:
            click.echo(show.describe(session.registry, version))
