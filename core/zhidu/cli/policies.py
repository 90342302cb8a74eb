"""The company's policy: checked, applied, shown."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zhidu.cli import policy_checks  # noqa: F401 -- its commands stand in the same group
from zhidu.cli.kit import (
    Command,
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
from zhidu.cli.policy_group import FILE, find_file, policy
from zhidu.texts import gettext as _
from zhidu.texts import lazy_gettext as _l

if TYPE_CHECKING:
    from zhidu.db import Session
    from zhidu.org.models import Member


@policy.command(cls=Command, help=_l("Check a policy file; says file, line and cure."))
@FILE
@as_json
@shop
def lint(shop: Shop, file: str, as_json: bool) -> int:
    """Exit with 1 when it has errors."""
    from zhidu.policy import lint as linting
    from zhidu.policy.apply import read_source

    text, name = read_source(find_file(file))
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
@option(
    "--accept",
    "accepted",
    multiple=True,
    metavar="CODE",
    help=_l("Accept the warnings of this code; may be given several times."),
)
@option("--accepted-by", "acceptor", metavar="LOGIN", help=_l("Who accepts them."))
@yes
@shop
def apply(
    shop: Shop,
    file: str,
    code: str | None,
    effective: datetime | None,
    accepted: tuple[str, ...],
    acceptor: str | None,
    confirmed: bool,
) -> int:
    """Store an immutable version; say what changes. With two people, leave it to the second."""
    from zhidu.policy.apply import plan
    from zhidu.policy.errors import OpenTasks

    path = find_file(file)
    day: date | None = effective.date() if effective else None
    with shop.read(code) as session:
        planned = plan(session, path, effective=day)
        for problem in (*planned.errors, *planned.warnings):
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
    publication = _Publication(path, day, planned.effective, accepted, acceptor)
    try:
        with shop.write(code) as session:
            publication.make(session, confirmed=confirmed)
    except OpenTasks as error:
        ask(error.message, confirmed=confirmed)
        with shop.write(code) as session:
            publication.make(session, confirmed=True)
    for line in publication.lines:
        click.echo(line)
    say(publication.result)
    return 0


class _Publication:
    """A policy on its way into force, by one person or as a proposal to the second."""

    def __init__(
        self,
        path: Path,
        day: date | None,
        planned: date | None,
        accepted: tuple[str, ...],
        acceptor: str | None,
    ) -> None:
        self.path, self.day, self.planned = path, day, planned
        self.accepted, self.acceptor = accepted, acceptor
        self.lines: list[str] = []
        self.result = ""

    def make(self, session: Session, *, confirmed: bool) -> None:
        """Publish, or propose."""
        from zhidu.policy import show
        from zhidu.policy.apply import apply_pack
        from zhidu.policy.publish import needs_two
        from zhidu.policy.versions import current

        acceptor = self._acceptor(session)
        if needs_two(session):
            self._propose(session, acceptor, confirmed=confirmed)
            return
        before = current(session, self.planned)
        version = apply_pack(
            session,
            session.actor,
            self.path,
            effective=self.day,
            confirmed=confirmed,
            accepted=self.accepted,
            accepted_by=acceptor,
        )
        self.lines = show.diff(session.registry, before, version)
        self.result = _(
            "Version %(number)s holds from %(day)s.",
            number=version.number,
            day=version.effective_from.isoformat(),
        )

    def _propose(self, session: Session, acceptor: Member | None, *, confirmed: bool) -> None:
        from zhidu.policy import drafts
        from zhidu.policy.apply import read_source

        text, name = read_source(self.path)
        draft = drafts.save(session, session.actor, text, name, effective=self.day)
        drafts.propose(
            session,
            session.actor,
            draft,
            confirmed=confirmed,
            accepted=self.accepted,
            accepted_by=acceptor,
        )
        self.result = _(
            "Proposed as draft %(number)s. In this company two people publish the policy: another"
            " person who may edit it confirms it in the browser, on the page of the policy.",
            number=draft.id,
        )

    def _acceptor(self, session: Session) -> Member | None:
        """Find who accepts the warnings."""
        from zhidu.org import logins
        from zhidu.org.queries import member_of
        from zhidu.policy.errors import AcceptorUnnamed

        if self.acceptor is None:
            return None
        found = member_of(session, logins.find(session, self.acceptor).id)
        if found is None:
            raise AcceptorUnnamed
        return found


@policy.command("show", cls=Command, help=_l("Show the policy in force, or one of its versions."))
@company
@option("--version", "number", type=int, help=_l("The version (default: the one in force)."))
@as_json
@shop
def show_(shop: Shop, code: str | None, number: int | None, as_json: bool) -> None:
    """Print it for people or programs; say where a trial ends."""
    from zhidu.policy import queries, show, trial, versions

    with shop.read(code) as session:
        version = (
            versions.current(session) if number is None else queries.by_number(session, number)
        )
        if as_json:
            print_json(show.to_json(version))
        else:
            click.echo(show.describe(session.registry, version))
            ending = trial.of(session)
            if number is None and ending is not None:
                say(ending.text)
