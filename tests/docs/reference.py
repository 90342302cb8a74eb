"""Write ``docs/reference.md`` out of what is declared: ``python tests/docs/reference.py``."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from zhidu.cli.entry import main
from zhidu.config import FILE, OPTIONS, SECRETS, Config, Option
from zhidu.discovery import discover
from zhidu.registry import Registry, load_registry
from zhidu.texts import localize, use_locale

PAGE = Path(__file__).parents[2] / "docs" / "reference.md"
MEANS = {
    "database_url": "the database; without it, a SQLite file in ZHIDU_HOME",
    "pool_size": "connections to PostgreSQL that one process keeps at most",
    "addon_folders": "folders with addons side by side; in the environment with `:` between",
    "host": "the address that `zhidu run` listens on",
    "port": "its port; 0 lets the system choose",
    "threads": "requests that `zhidu run` serves at the same time",
    "trusted_proxies": "proxies in front whose `X-Forwarded-For` and `-Proto` are believed",
    "secure_cookies": "`true`: cookies are `Secure` also where no proxy says that HTTPS was used",
    "broker_url": "Redis or RabbitMQ for Celery; without it, `zhidu run` does the jobs itself",
}
HEAD = """\
# Reference

Written by `python tests/docs/reference.py` from what the code declares; a test holds it to that.
"""


def registry() -> Registry:
    """Load the core and the addons that come with it."""
    config = Config.load({})
    ours = [one.addon.name for one in discover().installed.values() if one.folder is None]
    return load_registry(config, ours)


def table(heads: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Draw a table."""
    names = list(heads)
    lines = [names, ["---"] * len(names), *([str(cell) for cell in row] for row in rows)]
    cells = ("|".join(f" {cell.replace('|', chr(92) + '|')} " for cell in line) for line in lines)
    return "\n".join(f"|{one}|" for one in cells) + "\n"


def commands(group: click.Group = main, name: str = "zhidu") -> Iterator[tuple[str, str]]:
    """List every command of ours with its arguments and options, and what it does."""
    context = click.Context(group, info_name=name)
    for sub in group.list_commands(context):
        command = group.get_command(context, sub)
        if isinstance(command, click.Group):
            yield from commands(command, f"{name} {sub}")
        elif command is not None:
            words = [
                (
                    f"[{max(one.opts, key=len)}]"
                    if isinstance(one, click.Option)
                    else one.make_metavar(context)
                )
                for one in command.params
                if one.name != "help"
            ]
            yield " ".join([name, sub, *words]), str(command.help)


def default(option: Option) -> str:
    """Write what holds where nobody says anything."""
    value = getattr(Config(home=Path("var"), database_url=""), option.name)
    return f"`{value}`" if value else "–"


def page() -> str:
    """Give the page."""
    found = registry()
    with use_locale("en"):
        parts = [
            HEAD,
            "## Commands\n",
            table(("Command", "Does"), ((f"`{name}`", told) for name, told in commands())),
            "Every command takes `--help`. Exit codes: 0 done, 1 refused or failed, 2 wrong usage.\n",
            "## Options\n",
            f"In `{FILE}` in `ZHIDU_HOME` (default: `./var`), or in the environment, which wins.\n",
            table(
                (FILE, "Environment", "Default", "Means"),
                (
                    (
                        f"`[{o.section}] {o.key}`",
                        f"`ZHIDU_{o.name.upper()}`",
                        default(o),
                        MEANS[o.name],
                    )
                    for o in OPTIONS
                ),
            ),
            "Secrets are made at first need and kept in `secrets.toml` in ZHIDU_HOME; in the"
            f" environment: {', '.join(f'`ZHIDU_{name.upper()}`' for name in SECRETS)}.\n",
            "## Settings\n",
            "What a policy or a company may state.\n",
            table(
                ("Setting", "Default", "Means"),
                (
                    (f"`{key}`", f"`{one.default}` {one.unit}".strip(), str(one.title))
                    for key, one in sorted(found.settings.items())
                ),
            ),
            "## Roles\n",
            "What a company begins with; it may change names and rights.\n",
            table(
                ("Role", "Name", "Gets rights from"),
                (
                    (f"`{code}`", localize(names, "en"), ", ".join(addons))
                    for code, (names, addons) in sorted(roles(found).items())
                ),
            ),
            "## Permissions\n",
            table(
                ("Permission", "Means"),
                ((f"`{key}`", str(one.title)) for key, one in sorted(found.permissions.items())),
            ),
        ]
    return "\n".join(parts)


def roles(found: Registry) -> dict[str, tuple[dict[str, str], list[str]]]:
    """Give each role's name and the addons that give it rights."""
    made: dict[str, tuple[dict[str, str], list[str]]] = {}
    for key, one in found.roles.items():
        names, addons = made.setdefault(one.code, ({}, []))
        names.update(one.name)
        addons.append(found.owner(key))
    return made


if __name__ == "__main__":
    sys.stdout.write(f"{PAGE}: {PAGE.write_text(page(), 'utf-8')} characters\n")
