"""A lock that does not come free ends in ``Busy``, on both databases, and leaves nothing behind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select
from tests.core.conftest import new_company
from tests.core.shop import ShopOrder as Order

from zhidu.actor import Actor
from zhidu.db import Database, Session
from zhidu.db.engine import is_busy
from zhidu.errors import Busy
from zhidu.registry import Registry
from zhidu.testing.concurrency import Concurrently


@pytest.fixture
def hasty(shop_db: Database) -> Iterator[Database]:
    """Open the same database with hardly any patience."""
    url = shop_db.engine.url.render_as_string(hide_password=False)
    database = Database(url, Registry.empty(), patience=0.02, pool_size=1)
    yield database
    database.close()


def _locked(session: Session, key: int) -> Order:
    return session.scalars(select(Order).where(Order.id == key).with_for_update()).one()


def test_a_held_lock_ends_in_busy(shop_db: Database, hasty: Database, alpha: Actor) -> None:
    with shop_db.write(alpha) as session:
        order = Order(name="x")
        session.add(order)
        session.flush()
        key = order.id
    with shop_db.write(alpha) as holder:
        _locked(holder, key).name = "held"
        holder.flush()
        for _ in range(3):  # the connection goes back whole: the pool has only one and its spare
            with pytest.raises(Busy) as raised, hasty.write(alpha) as session:
                _locked(session, key)
            assert is_busy(raised.value)
            assert raised.value.status == 503
        with hasty.read(alpha) as reader:  # a reader waits for nobody
            assert reader.scalars(select(Order.name)).all() == ["x"]
    with hasty.write(alpha) as session:
        assert _locked(session, key).name == "held"
    assert hasty.engine.pool.checkedout() == 0  # type: ignore[attr-defined]  # a QueuePool


def test_sqlite_tries_once_more_and_then_gives_up(
    sqlite_shop: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    from zhidu.db import engine

    url = sqlite_shop.url
    hasty = Database(url, Registry.empty(), patience=0.0)
    actor = Actor(company_id=new_company(sqlite_shop))
    seen: list[BaseException] = []

    def watch(error: BaseException) -> bool:
        seen.append(error)
        return True

    monkeypatch.setattr(engine, "_is_locked", watch)
    with sqlite_shop.write(actor) as holder:
        holder.connection()
        with pytest.raises(Busy), hasty.write(actor) as session:
            session.connection()
    assert len(seen) == 2
    hasty.close()


def test_a_deadlock_ends_in_busy_for_one(postgresql_shop: Database) -> None:
    actor = Actor(company_id=new_company(postgresql_shop))
    with postgresql_shop.write(actor) as session:
        orders = [Order(name="x"), Order(name="y")]
        session.add_all(orders)
        session.flush()
        first, second = (order.id for order in orders)

    def cross(one: int, other: int) -> Any:
        def act(session: Session, meet: Any) -> None:
            _locked(session, one)
            meet()
            _locked(session, other)

        return act

    outcomes = Concurrently(postgresql_shop)(actor, cross(first, second), cross(second, first))
    errors = [outcome.error for outcome in outcomes if outcome.error is not None]
    assert [type(error) for error in errors] == [Busy]


def test_no_update_is_lost(shop_db: Database, alpha: Actor) -> None:
    with shop_db.write(alpha) as session:
        order = Order(name="x")
        session.add(order)
        session.flush()
        key = order.id

    def more(session: Session, _meet: Any) -> None:
        _locked(session, key).amount += 1

    for outcome in Concurrently(shop_db)(alpha, *[more] * 12):
        outcome.get()
    with shop_db.read(alpha) as session:
        assert session.scalars(select(Order.amount)).one() == 12
