"""Facts over a window: the sum or count of a kind's requests by a key in a period, this one included.

“The third leave of the quarter” or “more than 50,000 with one supplier in a year” are facts like
any other for a condition; they cost a query only where a condition asks for them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from zhidu.clock import today
from zhidu.expressions import FactType
from zhidu.org.models import Company
from zhidu.texts import Text

if TYPE_CHECKING:
    from zhidu.db import Session
    from zhidu.records.kinds import RecordKind


class Period(StrEnum):
    """The calendar period in which a window counts."""

    MONTH = "month"
    QUARTER = "quarter"
    HALF_YEAR = "half_year"
    YEAR = "year"

    @property
    def months(self) -> int:
        """Give its length."""
        return {Period.MONTH: 1, Period.QUARTER: 3, Period.HALF_YEAR: 6, Period.YEAR: 12}[self]


@dataclass(frozen=True, slots=True)
class Span:
    """The days of a period, half-open."""

    first: date
    end: date


@dataclass(frozen=True, slots=True)
class WindowFact:
    """A fact over a window, declared with the kind.

    :param name: its ASCII name in conditions, e.g. ``year_total``.
    :param others: gives the sum or count of the *other* requests of the same key in the span, for
        a detail row that may not be saved yet: its own row is left out, and so are drafts and
        what came to nothing. One query.
    :param of: the numeric fact that is summed; empty: requests are counted.
    :param by: what the key is made of, for people who read the policy: ``("applicant", "type")``.
    :param on: the date fact that says in which period the request is; empty: today.
    :param unit: default: that of the summed fact.
    """

    name: str
    title: Text | str
    others: Callable[[Session, Any, Span], Decimal | int]
    period: Period = Period.YEAR
    of: str = ""
    by: tuple[str, ...] = ()
    on: str = ""
    unit: Text | str = ""

    def as_fact(self, facts: Mapping[str, FactType]) -> FactType:
        """Give the type under which conditions know it."""
        unit = self.unit or (facts[self.of].unit if self.of else "")
        return FactType.number(self.title, unit)

    def read(self, session: Session, detail: Any, facts: Mapping[str, Any]) -> Decimal:
        """Reckon it for one request: what the others make, and this one on top."""
        day = facts[self.on] if self.on else None
        if day is None:
            day = today(session.get_one(Company, session.company).timezone)
        own = facts[self.of] if self.of else 1
        return Decimal(self.others(session, detail, span(self.period, day))) + Decimal(own or 0)


def span(period: Period, day: date) -> Span:
    """Give the calendar period in which a day lies."""
    start = (day.month - 1) // period.months * period.months
    year, month = divmod(day.year * 12 + start + period.months, 12)
    return Span(date(day.year, start + 1, 1), date(year, month + 1, 1))


class Facts(Mapping[str, Any]):
    """A record's facts; those over a window are reckoned when they are first asked for."""

    def __init__(self, session: Session, kind: RecordKind, detail: Any) -> None:
        self._session = session
        self._detail = detail
        self._known = dict(kind.read_facts(session, detail))
        self._windows = {window.name: window for window in kind.windows}

    def __getitem__(self, name: str) -> Any:
        window = self._windows.get(name)
        if window is not None and name not in self._known:
            self._known[name] = window.read(self._session, self._detail, self._known)
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter({**self._known, **self._windows})

    def __len__(self) -> int:
        return len({**self._known, **self._windows})


def facts_of(session: Session, kind: RecordKind, detail: Any) -> Facts:
    """Read all facts of a detail row as they are now, those over a window when asked for."""
    return Facts(session, kind, detail)
