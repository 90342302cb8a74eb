"""Duties and deadlines in words: how often, what proves it, how long is left."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from babel.dates import format_timedelta

from zhidu.clock import now
from zhidu.db import Session
from zhidu.policy import deadlines
from zhidu.policy.deadlines import Due
from zhidu.policy.duties_stated import FILE, TEXT
from zhidu.policy.duty_dates import Every
from zhidu.texts import current_locale, gettext, pgettext
from zhidu.web import present


def every_title(every: Every) -> str:
    """Say how often a duty returns."""
    match every:
        case Every.DAY:
            return pgettext("every", "every working day")
        case Every.WEEK:
            return pgettext("every", "every week")
        case Every.MONTH:
            return pgettext("every", "every month")
        case Every.QUARTER:
            return pgettext("every", "every quarter")
        case Every.HALF_YEAR:
            return pgettext("every", "every half-year")
        case Every.YEAR:
            return pgettext("every", "every year")


def evidence_title(session: Session, evidence: str) -> str:
    """Say what proves a duty."""
    match evidence:
        case "":
            return gettext("nothing is demanded")
        case x if x == TEXT:
            return gettext("a report in words")
        case x if x == FILE:
            return gettext("a file")
    kind = session.registry.kinds.get(evidence)
    return str(kind.title) if kind else evidence


def left(due_at: datetime) -> str:
    """Say how long is left, or by how much it is late."""
    delta = due_at - now()
    length = format_timedelta(abs(delta), locale=current_locale())
    if delta.total_seconds() < 0:
        return gettext("%(time)s late", time=length)
    return gettext("due in %(time)s", time=length)


def tag(due: Due) -> dict[str, str]:
    """Make the tag of a deadline, with the clause that sets it."""
    text = f"{left(due.due_at)} ({due.clause})" if due.clause else left(due.due_at)
    return present.tag(text, "bad" if due.missed else "warn")


def add_tags(session: Session, shown: Iterable[tuple[int, dict[str, Any]]]) -> None:
    """Add the nearest deadline to what is shown of records: (key of the record, its row).

    One statement for all of them; a row that is late is marked so.
    """
    rows = list(shown)
    found = deadlines.deadlines_of(session, {key for key, _ in rows})
    for key, row in rows:
        due = found.get(key)
        if due is not None:
            row["tags"].append(tag(due))
            row["overdue"] = row.get("overdue") or due.missed
