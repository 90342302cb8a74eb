"""A process that spends points; it imports little, so that it starts quickly."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.core.shop import ShopPoints, ShopPointsEntry

from zhidu.actor import Actor
from zhidu.db import Database, ledger
from zhidu.registry import Registry


def spend_in_a_process(url: str, actor: Actor, key: int, name: str, found: Any) -> None:
    """Reserve 1.5 points 18 times, each in a unit of work; put the number granted."""
    database = Database(url, Registry.empty())
    granted = 0
    for number in range(18):
        with database.write(actor) as session:
            points = session.get_one(ShopPoints, key)
            source = f"{name}{number}"
            try:
                granted += ledger.reserve(
                    session, points, Decimal("1.5"), ShopPointsEntry, source=source
                )
            except ledger.NotEnough:
                session.rollback()
    database.close()
    found.put(granted)
