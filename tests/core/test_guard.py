"""Every door to a company's rows, on both databases: it is filtered, or it is shut."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import make_transient_to_detached
from tests.core.doors import FILTERED, PLAIN, SHUT
from tests.core.shop import ShopLabel as Label
from tests.core.shop import ShopLine as Line
from tests.core.shop import ShopOrder as Order
from tests.core.shop import ShopTag as Tag

from zhidu.actor import Actor
from zhidu.audit import bulk
from zhidu.db import Closed, Database, ForeignCompany, ReadOnly, criterion
from zhidu.db.guard import core_allowed

ORM_ONLY = {"from_statement", "from_statement of a select"}
"""Statements that a connection cannot run."""

# a statement that joins nothing is refused all the same
pytestmark = pytest.mark.filterwarnings("ignore:SELECT statement has a cartesian product")


@pytest.fixture
def two(shop_db: Database, alpha: Actor, beta: Actor) -> dict[str, int]:
    """Give each company an order ``a`` or ``b`` with two lines, a label and a shared tag."""
    keys = {}
    for actor, name in ((alpha, "a"), (beta, "b")):
        with shop_db.write(actor) as session:
            order = Order(name=name, lines=[Line(name=f"{name}1"), Line(name=f"{name}2")])
            session.add(order)
            session.flush()
            session.add(Label(order_id=order.id, word=name, color="red"))
            session.add(Tag(name=f"{name}{order.id}", order_id=order.id))
            keys[name] = order.id
    return keys


def _words(found: Any) -> str:
    """Say all that a result holds, objects and their lines included."""
    said = []
    for row in found:
        for value in row:
            if isinstance(value, Order):
                said += [value.name, *(line.name for line in value.lines)]
            elif isinstance(value, Line):
                said += [value.name, value.order.name]
            else:
                said.append(str(value))
    return " ".join(said)


@pytest.mark.parametrize("door", FILTERED)
def test_a_door_shows_the_own_company_only(
    shop_db: Database, alpha: Actor, beta: Actor, two: dict[str, int], door: str
) -> None:
    # the companies alternate, so that a cached statement of one could show itself to the other
    for actor, own, other in ((alpha, "a", "b"), (beta, "b", "a"), (alpha, "a", "b")):
        with shop_db.write(actor) as session:
            result = session.execute(FILTERED[door]())
            words = _words(result.unique() if door.startswith("joined") else result)
            if not door.startswith("count"):
                assert own in words
                assert other not in words
            else:
                assert words == "1"


@pytest.mark.parametrize("door", FILTERED)
def test_a_session_without_a_company_sees_no_owned_row(
    shop_db: Database, two: dict[str, int], door: str
) -> None:
    with shop_db.write(Actor.system()) as session:
        result = session.execute(FILTERED[door]())
        words = _words(result.unique() if door.startswith("joined") else result)
        assert words in {"", "0", "None", "None None"}


@pytest.mark.parametrize("door", SHUT)
def test_a_door_that_cannot_be_filtered_is_shut(
    shop_db: Database, alpha: Actor, two: dict[str, int], door: str
) -> None:
    with shop_db.write(alpha) as session, pytest.raises(Closed):
        session.execute(SHUT[door]())


@pytest.mark.parametrize("door", [*FILTERED, *sorted(set(SHUT) - ORM_ONLY)])
def test_no_door_leads_past_the_session(
    shop_db: Database, alpha: Actor, two: dict[str, int], door: str
) -> None:
    statement = (FILTERED | SHUT)[door]()
    with shop_db.write(alpha) as session, pytest.raises(Closed):
        session.connection().execute(statement)
    with shop_db.engine.connect() as connection, pytest.raises(Closed):
        connection.execute(statement)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT name FROM shop_order",
        "/* hello */ SELECT name FROM shop_order",
        "WITH x AS (SELECT 1) SELECT * FROM x",
        "TABLE shop_order",
        "VALUES (1)",
        "EXPLAIN SELECT 1",
        "DROP TABLE shop_order",
    ],
)
def test_driver_sql_is_shut(shop_db: Database, alpha: Actor, sql: str) -> None:
    with shop_db.write(alpha) as session, pytest.raises(Closed):
        session.connection().exec_driver_sql(sql)


def test_only_migrations_change_tables(shop_db: Database) -> None:
    with shop_db.engine.connect() as connection, pytest.raises(Closed):
        PLAIN.drop(connection)


def test_get_refresh_and_lazy_loads_are_filtered(
    shop_db: Database, alpha: Actor, two: dict[str, int]
) -> None:
    with shop_db.write(alpha) as session:
        assert session.get(Order, two["b"]) is None
        mine = session.get_one(Order, two["a"])
        assert session.get(Order, two["a"]) is mine
        session.expire(mine)
        assert mine.name == "a"
        session.refresh(mine)
        assert [line.name for line in mine.lines] == ["a1", "a2"]
        assert session.query(Order).count() == 1
        assert session.query(Order.name).all() == [("a",)]
        assert session.scalars(select(Order).execution_options(populate_existing=True)).all() == [
            mine
        ]
        with session.begin_nested():
            assert session.scalars(select(Order.name)).all() == ["a"]


def test_a_lazy_load_from_a_row_just_flushed_is_filtered(
    shop_db: Database, alpha: Actor, beta: Actor, two: dict[str, int]
) -> None:
    # a key without a foreign key in the database: only the criterion stands between them
    with shop_db.write(alpha) as session:
        tag = Tag(name=f"loose{two['b']}", order_id=two["b"])
        session.add(tag)
        session.flush()
        assert session.get(Order, tag.order_id) is None
        line = Line(order_id=two["a"], name="a3")
        session.add(line)
        session.flush()
        assert line.order.name == "a"
        line.order_id = two["b"]
        with session.no_autoflush:
            session.expire(line, ["order"])
            assert session.scalar(select(Order.name).where(Order.id == line.order_id)) is None
            lost: Any = line.order
            assert lost is None
        line.order_id = two["a"]


def test_update_and_delete_reach_the_own_company_only(
    shop_db: Database, alpha: Actor, beta: Actor, two: dict[str, int]
) -> None:
    with shop_db.write(alpha) as session:
        for way in ("fetch", "evaluate", False, "auto"):
            statement = update(Label).values(color=str(way))
            with core_allowed():  # the audit would ask for audit.bulk
                done: Any = session.execute(
                    statement, execution_options={"synchronize_session": way}
                )
            assert done.rowcount == 1
        with core_allowed():
            assert session.scalars(update(Label).values(color="x").returning(Label.word)).all() == [
                "a"
            ]
            done = session.execute(delete(Label))
        assert done.rowcount == 1
        assert bulk.delete(session, Line, []) == 0
    with shop_db.read(beta) as session:
        assert session.scalar(select(Label.color)) == "red"


def test_statements_by_keys_and_bulk_methods_are_shut(
    shop_db: Database, alpha: Actor, two: dict[str, int]
) -> None:
    rows = [{"id": two["b"], "name": "x"}]
    with shop_db.write(alpha) as session:
        with pytest.raises(Closed):
            session.execute(update(Order), rows)
        with pytest.raises(Closed):
            session.execute(update(Order), rows, execution_options={"dml_strategy": "core_only"})
        with pytest.raises(Closed):
            session.execute(insert(Order), rows)
        for method in (
            session.bulk_insert_mappings,
            session.bulk_update_mappings,
        ):
            with pytest.raises(Closed):
                method(Order, rows)
        with pytest.raises(Closed):
            session.bulk_save_objects([])


def test_a_row_never_moves_to_another_company(
    shop_db: Database, alpha: Actor, beta: Actor, two: dict[str, int]
) -> None:
    with shop_db.write(alpha) as session:
        for values in ({"company_id": beta.company_id}, {Order.company_id: beta.company_id}):
            with pytest.raises(ForeignCompany):
                session.execute(update(Order).values(values))
        with pytest.raises(ForeignCompany):
            session.execute(update(Order), {"company_id": beta.company_id})
        mine = session.get_one(Order, two["a"])
        mine.company_id = beta.company_id or 0
        with pytest.raises(ForeignCompany):
            session.flush()
        session.rollback()


def test_another_company_s_id_is_refused_on_the_way_in(
    shop_db: Database, alpha: Actor, beta: Actor, two: dict[str, int]
) -> None:
    with shop_db.write(alpha) as session:
        with pytest.raises(ForeignCompany):
            session.add(Order(name="x", company_id=beta.company_id))
        order = Order(name="x")
        session.add(order)
        order.company_id = beta.company_id or 0
        with pytest.raises(ForeignCompany):
            session.flush()
        session.rollback()
        session.add(Line(order_id=two["b"], name="x"))  # the composite foreign key
        with pytest.raises(IntegrityError):
            session.flush()
        session.rollback()
        session.get_one(Order, two["a"]).lines[0].order_id = two["b"]
        with pytest.raises(IntegrityError):
            session.flush()
        session.rollback()
    with shop_db.write(Actor.system()) as session:
        session.add(Order(name="nobody's"))
        with pytest.raises(ForeignCompany):
            session.flush()
        session.rollback()


def test_objects_do_not_change_sessions(
    shop_db: Database, alpha: Actor, beta: Actor, two: dict[str, int]
) -> None:
    with shop_db.read(beta) as session:
        foreign = session.get_one(Order, two["b"])
        session.expunge(foreign)
    with shop_db.write(alpha) as session:
        with pytest.raises(ForeignCompany):
            session.add(foreign)
        disguised = Order(id=two["b"])
        make_transient_to_detached(disguised)
        with pytest.raises(ForeignCompany):
            session.add(disguised)
        with pytest.raises(ForeignCompany):
            session.merge(Order(id=two["b"], name="x", version=1))
        merged = session.merge(Order(id=two["a"], name="merged"))
        session.flush()
        assert session.get_one(Order, two["a"]) is merged


def test_a_reading_session_writes_nothing_by_any_door(
    shop_db: Database, alpha: Actor, two: dict[str, int]
) -> None:
    with shop_db.read(alpha) as session:
        session.add(Order(name="x"))
        with pytest.raises(ReadOnly):
            session.flush()
        session.rollback()
        with pytest.raises(ReadOnly):
            session.execute(update(Order).values(name="x"))
        session.get_one(Order, two["a"]).name = "x"
        with pytest.raises(ReadOnly):
            session.commit()
        session.rollback()
        # even where the locks are open the database itself refuses
        with core_allowed(), pytest.raises(Exception, match=r"read-?only"):
            session.connection().execute(update(PLAIN).values(name="x"))
    with shop_db.write(alpha) as session:  # the same connection writes again
        session.get_one(Order, two["a"]).name = "y"


def test_all_companies_are_seen_where_asked_for(
    shop_db: Database, two: dict[str, int], alpha: Actor
) -> None:
    with shop_db.all_companies(Actor.system(), "count orders") as session:
        assert set(session.scalars(select(Order.name).where(Order.id.in_(two.values())))) == {
            "a",
            "b",
        }
        with pytest.raises(Closed):
            session.execute(text("SELECT 1"))
    with shop_db.write(alpha) as session:  # the cached statement shows nothing here
        assert session.scalars(select(Order.name).where(Order.id.in_(two.values()))).all() == ["a"]


def test_the_memo_neither_leaks_nor_keeps_statements(
    shop_db: Database, alpha: Actor, beta: Actor, two: dict[str, int]
) -> None:
    constant = select(Order.name)
    for actor, own in ((alpha, "a"), (beta, "b")) * 3:
        with shop_db.read(actor) as session:
            assert session.scalars(constant).all() == [own]
    kept = criterion._memo[alpha.company_id][constant]
    with shop_db.read(alpha) as session:
        assert session.scalars(constant).all() == ["a"]
    assert criterion._memo[alpha.company_id][constant] is kept
    gone = weakref.ref(constant)
    del constant
    gc.collect()
    assert gone() is None


def test_a_session_never_changes_hands(shop_db: Database, alpha: Actor, beta: Actor) -> None:
    with shop_db.write(alpha) as session:
        for name, value in (("actor", beta), ("company_id", 1), ("everywhere", True)):
            with pytest.raises(AttributeError):
                setattr(session, name, value)


def test_non_owned_statements_pass(shop_db: Database) -> None:
    with shop_db.engine.connect() as connection:
        assert connection.execute(select(func.coalesce(None, 5))).scalar() == 5
