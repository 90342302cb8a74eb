"""Many rows at once leave their lines, too; and values are said in one way in the trail."""

from __future__ import annotations

import json
from datetime import UTC, date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.shop import ShopLabel as Label
from tests.core.shop import ShopOrder as Order
from tests.core.shop import State
from tests.core.test_audit import lines

from zhidu.actor import Actor
from zhidu.audit import bulk
from zhidu.audit.changes import HIDDEN, plain
from zhidu.db import Closed, Database, ForeignCompany, ReadOnly, canonical
from zhidu.errors import NotFound


def test_bulk_writes_rows_and_lines(shop_db: Database, alpha: Actor, beta: Actor) -> None:
    with shop_db.write(alpha) as session:
        keys = bulk.insert(session, Order, [{"name": f"n{i}", "pin": "1"} for i in range(1200)])
        assert keys == sorted(keys)
        assert session.get_one(Order, keys[1]).name == "n1"
        assert session.get_one(Order, keys[1]).amount == 0  # the model's default
        rows = [{"id": key, "name": "n0", "amount": Decimal(1)} for key in keys[:3]]
        assert bulk.update(session, Order, rows) == 3
        session.expire_all()
        assert session.get_one(Order, keys[1]).version == 2
        assert bulk.update(session, Order, rows) == 0
        assert bulk.delete(session, Order, keys[1:]) == 1199
        said = lines(session)
        assert len(said) == 1200 + 3 + 1199
        assert said[0] == (
            "insert",
            "shop.order",
            keys[0],
            {"name": [None, "n0"], "pin": [None, HIDDEN]},
        )
        assert said[1200][3] == {"amount": ["0.0000", "1.0000"]}
        assert said[1201][3] == {"amount": ["0.0000", "1.0000"], "name": ["n1", "n0"]}
        assert said[-1][3]["name"] == ["n1199", None]
        key = keys[0]
    with shop_db.write(beta) as session:
        with pytest.raises(ForeignCompany):
            bulk.insert(session, Order, [{"name": "x", "company_id": alpha.company_id}])
        with pytest.raises(NotFound):
            bulk.update(session, Order, [{"id": key, "name": "x"}])
        with pytest.raises(NotFound):
            bulk.delete(session, Order, [key])
        with pytest.raises(ForeignCompany):
            bulk.update(session, Order, [{"id": key, "company_id": beta.company_id}])
        with pytest.raises(Closed):
            bulk.insert(session, Label, [{"order_id": 1, "word": "x", "color": "y"}])
    with shop_db.read(beta) as session, pytest.raises(ReadOnly):
        bulk.insert(session, Order, [{"name": "x"}])


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.text(max_size=5)
        | st.dates()
        | st.datetimes(timezones=st.just(UTC))
        | st.decimals(-(10**9), 10**9, places=4)
        | st.sampled_from(State),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
        max_leaves=6,
    )
)
def test_values_are_said_in_one_way(value: Any) -> None:
    said = canonical(plain(value))
    assert canonical(json.loads(said)) == said
    assert plain(plain(value)) == plain(value)


def test_what_cannot_be_said_is_refused() -> None:
    assert plain(date(2026, 1, 2)) == "2026-01-02"
    with pytest.raises(TypeError):
        plain(1.5)
    with pytest.raises(TypeError):
        plain(object())
