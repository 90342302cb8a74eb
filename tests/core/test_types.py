"""Column types keep values exactly, on both databases, or refuse them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Numeric, String, bindparam, case, cast, func, literal, select, type_coerce
from sqlalchemy.exc import StatementError
from tests.core.shop import ShopOrder as Order

from zhidu.actor import Actor
from zhidu.db import Database, canonical, fixed
from zhidu.db.types import LARGEST, Fixed, JSONText, UTCDateTime

amounts = st.integers(-int(LARGEST) * 10**4, int(LARGEST) * 10**4).map(
    lambda scaled: Decimal(scaled).scaleb(-4)
)


@pytest.mark.parametrize(
    "which", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
)
def test_a_fixed_comes_back_as_it_went_in(which: str, request: pytest.FixtureRequest) -> None:
    database: Database = request.getfixturevalue(f"{which}_shop")

    with database.engine.connect() as connection:

        @given(st.lists(amounts, min_size=1, max_size=3), st.sampled_from(["min", "max"]))
        def held(values: list[Decimal], function: str) -> None:
            bound = [literal(value, Fixed()) for value in values]
            assert list(connection.execute(select(*bound)).one()) == values
            one, other = values[0], values[-1]
            found = connection.execute(
                select(
                    (fixed(one) > fixed(other)),
                    getattr(func, function)(fixed(one)),
                    case((fixed(one) > fixed(other), fixed(one)), else_=fixed(other)),
                    func.coalesce(None, fixed(one)),
                )
            ).one()
            assert tuple(found) == (one > other, one, max(one, other), one)

        held()


def test_sums_are_exact(shop_db: Database, alpha: Actor) -> None:
    values = [Decimal("0.1"), Decimal("0.2"), Decimal("1234567890123.4567")]
    with shop_db.write(alpha) as session:
        session.add_all(Order(name="x", amount=value) for value in values)
        session.flush()
        amount = Order.amount
        assert session.scalar(select(func.sum(amount))) == sum(values)
        assert session.scalar(select(func.count()).where(amount == Decimal("0.1"))) == 1
        assert session.scalar(select(func.sum(amount)).where(amount < 1)) == Decimal("0.3")
        assert set(session.scalars(select(amount - 1))) == {value - 1 for value in values}
        assert session.scalar(select(func.sum(case((amount > 1, amount), else_=0)))) == Decimal(
            "1234567890123.4567"
        )
        assert session.scalar(
            select(func.coalesce(func.sum(amount), 0)).where(Order.name == "none")
        ) in (0, Decimal(0))
        lag = func.lag(amount, type_=Fixed()).over(order_by=Order.id)
        assert session.scalars(select(lag).order_by(Order.id)).all()[1] == Decimal("0.1")


@pytest.mark.parametrize(
    "expression",
    [
        lambda: func.avg(Order.amount),
        lambda: func.abs(Order.amount),
        lambda: func.round(Order.amount, 1),
        lambda: func.nullif(Order.amount, fixed(0)),
        lambda: func.avg(Order.amount, type_=Fixed()),
        lambda: func.round(func.sum(Order.amount)),
        lambda: cast(Order.amount, Numeric(20, 2)),
        lambda: cast(Order.amount, String),
        lambda: type_coerce(Order.amount, Numeric(20, 2)),
        lambda: type_coerce(Order.id, Fixed()),
        lambda: Order.amount + Order.id,
        lambda: Order.id < Order.amount,
        lambda: case((Order.id > 0, Order.amount), else_=1),
        lambda: case((Order.id > 0, Order.amount), else_=Order.id),
        lambda: func.coalesce(Order.amount, 1),
    ],
)
def test_inexact_arithmetic_is_refused(shop_db: Database, alpha: Actor, expression: Any) -> None:
    with shop_db.write(alpha) as session, pytest.raises(TypeError, match="Fixed"):
        session.execute(select(Order.name, expression()))


@pytest.mark.parametrize(
    "expression",
    [
        lambda: Order.amount * 2,
        lambda: 2 * Order.amount,
        lambda: Order.amount / Decimal(2),
        lambda: Order.amount // 2,
        lambda: Order.amount % 2,
        lambda: func.sum(Order.amount) * 2,
    ],
)
def test_multiplying_is_refused_when_it_is_written(expression: Any) -> None:
    with pytest.raises(TypeError):
        expression()


def test_zero_may_stand_beside_a_fixed_but_a_cached_statement_lets_no_one_else_in(
    shop_db: Database, alpha: Actor
) -> None:
    with shop_db.write(alpha) as session:
        for value in (0, 1):
            statement = select(func.coalesce(func.sum(Order.amount), value))
            if value:
                with pytest.raises(TypeError, match="fixed"):
                    session.scalar(statement)
            else:
                assert session.scalar(statement) == 0


@pytest.mark.parametrize(
    ("value", "error"),
    [
        (1.5, TypeError),
        (True, TypeError),
        ("1", TypeError),
        (Decimal("0.00001"), ValueError),
        (Decimal("NaN"), ValueError),
        (Decimal("Infinity"), ValueError),
        (LARGEST + 1, ValueError),
    ],
)
def test_a_fixed_refuses(shop_db: Database, value: Any, error: type[Exception]) -> None:
    with shop_db.engine.connect() as connection, pytest.raises(StatementError) as raised:
        connection.execute(select(bindparam("x", value, type_=Fixed())))
    assert isinstance(raised.value.orig, error)


@pytest.mark.parametrize(
    "which", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
)
def test_an_instant_comes_back_in_utc(which: str, request: pytest.FixtureRequest) -> None:
    database: Database = request.getfixturevalue(f"{which}_shop")
    zones = st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))
    instants = st.datetimes(datetime(1900, 1, 2), datetime(2900, 1, 1), timezones=zones)  # noqa: DTZ001 -- bounds are naive by the API

    with database.engine.connect() as connection:

        @given(instants)
        def held(instant: datetime) -> None:
            found = connection.execute(select(literal(instant, UTCDateTime()))).scalar_one()
            assert found == instant
            assert found.tzinfo is UTC

        held()


def test_a_naive_time_is_refused(shop_db: Database) -> None:
    with shop_db.engine.connect() as connection, pytest.raises(StatementError, match="aware"):
        connection.execute(select(literal(datetime(2026, 1, 1), UTCDateTime())))  # noqa: DTZ001 -- meant


def test_keys_are_never_used_again(shop_db: Database, alpha: Actor) -> None:
    with shop_db.write(alpha) as session:
        last = Order(name="last")
        session.add(last)
        session.flush()
        key = last.id
        session.delete(last)
        session.flush()
        session.add(after := Order(name="after"))
        session.flush()
        assert after.id > key


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=10)
documents = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@given(documents)
def test_json_is_written_in_one_way(value: Any) -> None:
    said = canonical(value)
    assert JSONText().process_result_value(said, None) == value  # type: ignore[arg-type]  # no dialect is needed
    if isinstance(value, dict):
        assert canonical(dict(reversed(value.items()))) == said
    assert ": " not in canonical({"a": 1})


def test_json_is_equal_byte_for_byte_on_both_databases(shop_db: Database, alpha: Actor) -> None:
    from sqlalchemy import Text

    value = {"名": "章", "b": [1, {"z": None, "a": True}]}
    with shop_db.write(alpha) as session:
        session.add(Order(name="x", custom=value))
        session.flush()
        raw = session.scalar(select(cast(Order.custom, Text)))
        assert raw == '{"b":[1,{"a":true,"z":null}],"名":"章"}'
        session.expire_all()
        assert session.scalars(select(Order.custom)).one() == value
