"""A policy that holds for a while only: shown, and told to the administrators before and after.

A trial that ends does not take the rules away: somebody must decide whether they last, change or
go. Until then they hold on, and that is said again every week.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from zhidu.actor import Actor
from zhidu.db import Database, Session
from zhidu.health import Finding
from zhidu.notify.service import send
from zhidu.org import queries as org
from zhidu.org.logins import ADMIN
from zhidu.org.models import Company
from zhidu.policy import versions
from zhidu.policy.models import PolicyVersion
from zhidu.texts import Text
from zhidu.texts import lazy_gettext as _l

if TYPE_CHECKING:
    from zhidu.config import Config

JOB = "core.policy_trial"
NOTICE_DAYS = 14
"""Days before the end on which the administrators are told first."""
AGAIN_DAYS = 7
"""Days after which they are told again that it has ended and still holds."""


@dataclass(frozen=True, slots=True)
class Trial:
    """The version in force, with an end.

    :param until: its last day.
    :param days: until then; 0 is the last day, below 0 it is over.
    :param successor: the version that takes over in time, or none.
    """

    version: PolicyVersion
    until: date
    days: int
    successor: PolicyVersion | None

    @property
    def is_over(self) -> bool:
        """Tell whether it holds although its end has come."""
        return self.days < 0

    @property
    def wants_a_decision(self) -> bool:
        """Tell whether the administrators are to be told."""
        return self.successor is None and self.days <= NOTICE_DAYS

    @property
    def text(self) -> Text:
        """Say where it stands, for people."""
        values = {"title": self.version.title, "day": self.until}
        if self.successor is not None:
            return _l(
                "The policy “%(title)s” is a trial until %(day)s; version %(number)s follows it.",
                **values,
                number=self.successor.number,
            )
        if self.is_over:
            return _l(
                "The trial of the policy “%(title)s” ended on %(day)s, and it still holds: apply a"
                " version without an end, or another policy.",
                **values,
            )
        return _l(
            "The policy “%(title)s” is a trial until %(day)s: decide what follows it.", **values
        )


def of(session: Session) -> Trial | None:
    """Give the trial that the session's company works under; None where its policy has no end."""
    today = versions.today(session)
    version = versions.current(session, today)
    if version is None or version.effective_until is None:
        return None
    until = version.effective_until
    after = versions.current(session, max(until, today) + timedelta(days=1))
    successor = None if after is version else after
    return Trial(version, until, (until - today).days, successor)


def tell(session: Session, _args: Mapping[str, Any]) -> None:
    """Tell the administrators of an end that nobody has decided on: before, and weekly after."""
    trial = of(session)
    if trial is None or not trial.wants_a_decision:
        return
    when = "before"
    if trial.days <= 0:
        when = f"after{-trial.days // AGAIN_DAYS}"
    key = f"policy-trial:{trial.version.id}:{when}"
    send(session, org.people_by_role(session, ADMIN), trial.text, dedupe=key)


def check(_config: Config, db: Database) -> Finding:
    """Look for companies that work under a trial whose end has come."""
    with db.read(Actor.system()) as session:
        companies = session.execute(
            select(Company.id, Company.code).where(Company.archived_at.is_(None))
        ).all()
    over = []
    for company in companies:
        with db.read(Actor.system(company.id)) as session:
            trial = of(session)
            if trial is not None and trial.is_over:
                over.append(company.code)
    if not over:
        return Finding(ok=True, text=_l("No company works under a trial that is over."))
    return Finding(
        ok=False,
        text=_l(
            "The policy of %(companies)s was a trial that is over.",
            companies=", ".join(sorted(over)),
        ),
        cure=_l("Apply a version without an end, or another policy: zhidu policy apply FILE"),
    )
