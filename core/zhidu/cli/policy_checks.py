"""What a policy covers, whether its tests hold, what a new one changes and would have meant."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from zhidu.cli.kit import Command, Shop, as_json, company, option, print_json, say, shop
from zhidu.cli.policy_group import find_file, policy
from zhidu.cli.progress import Progress
from zhidu.errors import ZhiduError
from zhidu.texts import gettext as _
from zhidu.texts import lazy_gettext as _l

if TYPE_CHECKING:
    from zhidu.db import Session
    from zhidu.policy.coverage import Coverage

Plain = Mapping[str, Any]

WHAT = click.argument("what", metavar="[FILE|VERSION]", required=False)
version_option = option(
    "--version", "number", type=int, help=_l("The version (default: the one in force).")
)


@contextmanager
def _meant(
    shop: Shop, code: str | None, *whats: str | None
) -> Iterator[tuple[Session, list[Plain]]]:
    """Open a company for reading, and read policies there: files, packs of ours, or versions.

    :param whats: a number is a version of the company, nothing the version in force.
    :raises Exit: a file has errors, which were told.
    """
    with shop.read(code) as session:
        yield session, [_content(session, what) for what in whats]


def _content(session: Session, what: str | None) -> Plain:
    from zhidu.policy import library, lint, publish, queries, versions
    from zhidu.policy.apply import read_source

    if what is None:
        return publish.stated_content(versions.current(session))
    if what.isdigit():
        version = queries.by_number(session, int(what)) if int(what) else None
        return versions.content(version).data if version else publish.stated_content(None)
    text, name = read_source(find_file(what))
    reading = lint.read(session.registry, text, name, library.published(session))
    if reading.content is None:
        for problem in reading.errors:
            click.echo(str(problem))
        raise click.exceptions.Exit(1)
    return reading.content


def _without_company(shop: Shop, what: str) -> Plain | None:
    """Read a file by the enabled addons alone; None after its errors were told."""
    from zhidu.policy import lint
    from zhidu.policy.apply import read_source

    text, name = read_source(find_file(what))
    reading = lint.read(shop.db.registry, text, name)
    for problem in reading.errors:
        click.echo(str(problem))
    return reading.content


@policy.command(cls=Command, help=_l("Count which clauses are carried out, and by what."))
@WHAT
@company
@option("--all", "every", is_flag=True, help=_l("Name every clause, not only the numbers."))
@as_json
@shop
def coverage(shop: Shop, what: str | None, code: str | None, every: bool, as_json: bool) -> int:
    """Exit with 1 when the file has errors."""
    from zhidu.policy.coverage import coverage

    if what is not None and not what.isdigit():
        content = _without_company(shop, what)
        if content is None:
            return 1
        found = coverage(content, shop.db.registry)
    else:
        with _meant(shop, code, what) as (session, (content,)):
            found = coverage(content, session.registry)
    if as_json:
        print_json(found.to_json())
    else:
        _print_coverage(found, every=every)
    return 0


def _print_coverage(found: Coverage, *, every: bool) -> None:
    from zhidu.cli.kit import table
    from zhidu.policy.coverage import Standing

    rows = [
        {"section": section, **{one.value: count for one, count in counts.items()}}
        for section, counts in found.sections.items()
    ]
    total = {one.value: count for one, count in found.counts.items()}
    rows.append({"section": _("All: %(count)s clauses", count=len(found.clauses)), **total})
    titles = {"section": _l("Section"), **{one.value: one.label for one in Standing}}
    table(rows, titles, json=False)
    if found.enforcers:
        click.echo("")
    for sort, count in found.enforcers.items():
        click.echo(_("%(count)s clauses by: %(what)s", count=count, what=sort.label))
    for one in found.clauses if every else ():
        click.echo(f"\n{one.id}  {one.title}: {one.standing.label}")
        if one.manual:
            click.echo(f"    {one.manual}")
        for by in one.by:
            lacks = _("lacks %(names)s", names=", ".join(by.missing)) if by.missing else ""
            click.echo(f"    {by.sort.label}: {by.title} ({by.place}) {lacks}".rstrip())


@policy.command("test", cls=Command, help=_l("Run the tests that a policy brings with it."))
@WHAT
@company
@as_json
@shop
def test(shop: Shop, what: str | None, code: str | None, as_json: bool) -> int:
    """Exit with 1 when one does not hold."""
    from zhidu.policy import trials

    with _meant(shop, code, what) as (session, (content,)):
        results = list(trials.run(session, content))
    failed = [one for one in results if not one.holds]
    if as_json:
        rows = [
            {
                "name": one.name,
                "kind": one.kind,
                "holds": one.holds,
                "failures": [failure.to_json() for failure in one.failures],
            }
            for one in results
        ]
        print_json(rows)
    else:
        for one in failed:
            for failure in one.failures:
                click.echo(str(failure))
        values = {"good": len(results) - len(failed), "all": len(results)}
        say(_("%(good)s of %(all)s tests hold.", **values))
    return 1 if failed else 0


@policy.command(cls=Command, help=_l("Say what a policy changes against another one."))
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@company
@as_json
@shop
def diff(shop: Shop, old: str, new: str, code: str | None, as_json: bool) -> None:
    """Compare two files, packs of ours, or versions of a company by their numbers."""
    from zhidu.policy.diff import changes
    from zhidu.policy.publish import as_stated
    from zhidu.policy.versions import Content

    with _meant(shop, code, old, new) as (session, (before, after)):
        if not (old.isdigit() and new.isdigit()):  # what a company chose itself is in no file
            before, after = as_stated(before), as_stated(after)
        found = changes(session.registry, Content(before), Content(after))
    if as_json:
        print_json([one.to_json() for one in found])
        return
    for one in found:
        click.echo(one.line)
    if not found:
        say(_("Both say the same."))


@policy.command(cls=Command, help=_l("Replay past requests under a policy; changes nothing."))
@click.argument("new", metavar="NEW")
@option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    required=True,
    help=_l("Requests submitted since this day, as 2026-01-01."),
)
@option("--last", type=click.IntRange(min=1), help=_l("Of these, only so many, the newest."))
@company
@as_json
@shop
def simulate(
    shop: Shop, new: str, since: datetime, last: int | None, code: str | None, as_json: bool
) -> None:
    """List the requests that would have gone another way: steps, people, refusals."""
    from zhidu.policy import simulate as simulating

    with _meant(shop, code, new) as (session, (content,)):
        total = simulating.count(session, since.date())
        total = min(total, last) if last else total
        with Progress(_("Replaying requests"), total) as progress:
            found = simulating.simulate(
                session, content, since.date(), last=last, progress=_step(progress)
            )
    if as_json:
        print_json(found.to_json())
        return
    for line in simulating.lines(found):
        click.echo(line)


def _step(progress: Progress) -> Callable[[], object]:
    return lambda: progress("")


@policy.command(cls=Command, help=_l("Write a version of the policy as a file, on the output."))
@company
@version_option
@option("--source", is_flag=True, help=_l("The text as it was applied, comments included."))
@shop
def export(shop: Shop, code: str | None, number: int | None, source: bool) -> None:
    """Print YAML that lint and apply read."""
    from zhidu.policy import export as exporting
    from zhidu.policy import queries, versions

    with shop.read(code) as session:
        version = (
            versions.current(session) if number is None else queries.by_number(session, number)
        )
        if source and version is not None and version.source:
            click.echo(version.source, nl=not version.source.endswith("\n"))
            return
        if source:
            raise NoSource
        click.echo(exporting.export(session.registry, version), nl=False)


class NoSource(ZhiduError):
    """A small version, made by hand, has no text of its own."""

    def __init__(self) -> None:
        super().__init__(
            _l("This version was not applied from a file."),
            cure=_l("Leave out --source: what it says is written as a file."),
        )
