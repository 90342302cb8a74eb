"""Which entitlement pays for which day of a leave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Lot:
    """An entitlement: what is left of it, and the days on which it may be used (both included)."""

    id: int
    starts_on: date
    expires_on: date
    available: Decimal


@dataclass(frozen=True, slots=True)
class Allocation:
    """How a leave is paid.

    :param amounts: by lot, only those used.
    :param missing: days that no lot covers; zero when the leave fits.
    """

    amounts: Mapping[int, Decimal]
    missing: Decimal


def allocate(days: Mapping[date, Decimal], lots: Sequence[Lot]) -> Allocation:
    """Pay each day, in order, from the lot that expires first among those valid on it.

    No other choice covers more days: of the lots that can pay a day, the one that expires first
    is of the least use to later days.
    """
    left = {lot.id: lot.available for lot in lots}
    order = sorted(lots, key=lambda lot: (lot.expires_on, lot.starts_on, lot.id))
    amounts: dict[int, Decimal] = {}
    missing = Decimal(0)
    for day, need in sorted(days.items()):
        wanted = need
        for lot in order:
            if wanted == 0:
                break
            if lot.starts_on <= day <= lot.expires_on and left[lot.id] > 0:
                taken = min(wanted, left[lot.id])
                left[lot.id] -= taken
                amounts[lot.id] = amounts.get(lot.id, Decimal(0)) + taken
                wanted -= taken
        missing += wanted
    return Allocation(amounts, missing)
