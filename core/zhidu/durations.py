"""How long something may take: a number with its unit, as a policy writes it (“2 working days”).

Only the value is here; what a working day is, the company's calendar says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Unit(StrEnum):
    """What a duration counts."""

    MINUTES = "minutes"
    HOURS = "hours"
    WORKING_HOURS = "working hours"
    DAYS = "days"
    """Calendar days."""
    WORKING_DAYS = "working days"
    MONTHS = "months"
    YEARS = "years"


_WRITTEN = re.compile(r"([1-9][0-9]{0,4}) (working )?(minute|hour|day|month|year)s?")

PATTERN = r"^[1-9][0-9]{0,4} (minutes?|(working )?(hours?|days?)|months?|years?)$"
"""The written form, for the schema of packs."""


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time.

    :param amount: whole units, 1 or more.
    """

    amount: int
    unit: Unit

    @classmethod
    def parse(cls, text: str) -> Duration:
        """Read ``2 working days``, ``24 hours``, ``1 month``.

        :raises ValueError: it is written in another way.
        """
        found = _WRITTEN.fullmatch(text.strip())
        if found is None or (found[2] and found[3] not in {"hour", "day"}):
            raise ValueError(text)
        return cls(int(found[1]), Unit(f"{found[2] or ''}{found[3]}s"))

    def __str__(self) -> str:
        """Write it as a policy does; :meth:`parse` reads it again."""
        unit = self.unit.value
        return f"{self.amount} {unit.removesuffix('s') if self.amount == 1 else unit}"
