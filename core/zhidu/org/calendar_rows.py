"""Rows of a calendar as they come from a form or a file: checked all at once, named by line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from zhidu.errors import ValidationError
from zhidu.org.calendar import kind_label
from zhidu.org.models import DayKind
from zhidu.org.naming import LONGEST
from zhidu.texts import LOCALES, Text, use_locale
from zhidu.texts import lazy_gettext as _l

FIRST_YEAR, LAST_YEAR = 1990, 2199
"""Years that a calendar may hold; others are slips of the pen."""


@dataclass(frozen=True, slots=True)
class DayRow:
    """A checked row."""

    day: date
    kind: DayKind
    name: str


def parse_rows(rows: Iterable[Mapping[str, Any]]) -> list[DayRow]:
    """Check rows with ``day``, ``kind`` and ``name``.

    :param rows: ``day`` is a date or ISO text, ``kind`` a :class:`DayKind`, its value, or its
        label in any of our languages; ``name`` may be missing.
    :raises ValidationError: some are wrong; ``fields`` names each by its place, ``"1"`` the first.
    """
    good: list[DayRow] = []
    bad: dict[str, Text | str] = {}
    seen: dict[date, int] = {}
    kinds = _kinds()
    for place, row in enumerate(rows, start=1):
        day = _day(row.get("day"))
        kind = kinds.get(str(row.get("kind") or "").strip().lower())
        name = " ".join(str(row.get("name") or "").split())
        if day is None or not FIRST_YEAR <= day.year <= LAST_YEAR:
            bad[str(place)] = _l("“%(value)s” is no day.", value=str(row.get("day") or ""))
        elif kind is None:
            bad[str(place)] = _l(
                "“%(value)s” is none of: working day, rest day, holiday.",
                value=str(row.get("kind") or ""),
            )
        elif len(name) > LONGEST:
            bad[str(place)] = _l("At most %(longest)s characters.", longest=LONGEST)
        elif day in seen:
            bad[str(place)] = _l(
                "%(day)s stands in row %(row)s already.", day=day.isoformat(), row=seen[day]
            )
        else:
            seen[day] = place
            good.append(DayRow(day, kind, name))
    if bad:
        raise ValidationError(
            _l("Nothing was saved: %(count)s rows are wrong.", count=len(bad)),
            cure=_l("Correct them and try again."),
            fields=bad,
        )
    return good


def _day(value: object) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value).strip())
    except ValueError:
        return None


def _kinds() -> dict[str, DayKind]:
    """Give every way to write a kind: its value, and its label in each language."""
    found = {kind.value: kind for kind in DayKind}
    for locale in LOCALES:
        with use_locale(locale):
            found |= {str(kind_label(kind)).lower(): kind for kind in DayKind}
    return found
