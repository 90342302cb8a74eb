"""Statements by which one could try to reach a company's rows: those that are filtered, and the rest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    column,
    delete,
    exists,
    func,
    insert,
    join,
    literal,
    literal_column,
    orm,
    select,
    table,
    text,
    union_all,
    update,
)
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.orm import Bundle, aliased, joinedload, selectinload, subqueryload
from tests.core.shop import ShopLabel as Label
from tests.core.shop import ShopLine as Line
from tests.core.shop import ShopOrder as Order
from tests.core.shop import ShopTag as Tag

PLAIN: Any = Order.__table__

FILTERED: dict[str, Callable[[], Any]] = {
    "entity": lambda: select(Order),
    "column": lambda: select(Order.name),
    "count": lambda: select(func.count(Order.id)),
    "count from": lambda: select(func.count()).select_from(Order),
    "two functions": lambda: select(func.max(Order.name), func.max(Line.name)).where(
        Line.order_id == Order.id
    ),
    "where only": lambda: select(Tag.name).where(Order.id == Tag.order_id),
    "join": lambda: select(Order.name, Line.name).join(Order.lines),
    "join on": lambda: select(Tag.name, Order.name).join(Order, Order.id == Tag.order_id),
    "join back": lambda: select(Line.name).join(Line.order),
    "join of three": lambda: (
        select(Tag.name)
        .join(Order, Order.id == Tag.order_id)
        .join(Label, Label.order_id == Order.id)
    ),
    "alias": lambda: select(aliased(Order).name),
    "alias of the table": lambda: select(aliased(Order, PLAIN.alias()).name),
    "exists": lambda: select(Tag.name).where(exists().where(Order.id == Tag.order_id)),
    "exists of a select": lambda: select(Tag.name).where(
        select(Order.id).where(Order.id == Tag.order_id).exists()
    ),
    "exists of a literal": lambda: select(Tag.name).where(
        select(literal(1)).where(Order.id == Tag.order_id).exists()
    ),
    "any": lambda: select(Order.name).where(Order.lines.any(Line.name != "x")),
    "has": lambda: select(Line.name).where(Line.order.has(Order.name != "x")),
    "in": lambda: select(Tag.name).where(Tag.order_id.in_(select(Order.id))),
    "scalar subquery": lambda: select(
        Order.name,
        select(func.max(Line.name)).where(Line.order_id == Order.id).scalar_subquery(),
    ),
    "uncorrelated": lambda: select(
        Order.name, select(func.max(Order.name)).correlate(None).scalar_subquery()
    ),
    "subquery": lambda: select(select(func.max(Order.name).label("n")).subquery().c.n),
    "cte": lambda: select(select(Order.name).cte().c.name),
    "union": lambda: union_all(select(Order.name), select(Line.name)),
    "bundle": lambda: select(Bundle("of", Order.name, Order.id)),
    "label": lambda: select((Order.name + "!").label("loud")).order_by("loud"),
    "selectin": lambda: select(Order).options(selectinload(Order.lines)),
    "joined": lambda: select(Order).options(joinedload(Order.lines)),
    "joined and limit": lambda: select(Order).options(joinedload(Order.lines)).limit(5),
    "subqueryload": lambda: select(Order).options(subqueryload(Order.lines)),
    "joined back": lambda: select(Line).options(joinedload(Line.order, innerjoin=True)),
    "lines by number": lambda: select(
        Order.name, func.row_number().over(partition_by=Line.order_id, order_by=Line.id)
    ).join(Order.lines),
    "lock": lambda: select(Order).with_for_update(),
    "in pieces": lambda: select(Order).execution_options(yield_per=1),
    "all columns": lambda: select(Order.__table__.c.name.label("x")).select_from(Order),
}

SHUT: dict[str, Callable[[], Any]] = {
    "plain table": lambda: select(PLAIN),
    "plain column": lambda: select(PLAIN.c.name),
    "plain beside an entity": lambda: select(Tag.id, PLAIN.c.name),
    "plain alias": lambda: select(Tag.name, PLAIN.alias().c.name),
    "plain in where": lambda: select(Tag.name).where(PLAIN.c.id == Tag.order_id),
    "plain with its own filter": lambda: select(Tag.name).where(
        PLAIN.c.id == Tag.order_id, PLAIN.c.company_id == 1
    ),
    "plain in a function": lambda: select(Tag.id, func.max(PLAIN.c.name)).group_by(Tag.id),
    "plain joined": lambda: select(Tag.name).join(PLAIN, PLAIN.c.id == Tag.order_id),
    "plain in a Core join": lambda: select(Tag.name).select_from(
        Tag.__table__.join(PLAIN, PLAIN.c.id == Tag.__table__.c.order_id)
    ),
    "plain in a subquery": lambda: select(Tag.id, select(PLAIN.c.name).subquery().c.name),
    "plain in a cte": lambda: select(Tag.id, select(PLAIN.c.name).cte().c.name),
    "plain in exists": lambda: select(Tag.name).where(exists().where(PLAIN.c.id == Tag.order_id)),
    "plain in a scalar subquery": lambda: select(
        Tag.id, select(func.max(PLAIN.c.name)).scalar_subquery()
    ),
    "plain in a union": lambda: union_all(select(Tag.name), select(PLAIN.c.name)),
    "alias over a plain subquery": lambda: select(aliased(Order, select(PLAIN).subquery()).name),
    "entity in a Core join": lambda: select(Tag.name).select_from(
        join(Tag, Order, Order.id == Tag.order_id)
    ),
    "entity in an ORM join": lambda: select(Tag.name).select_from(
        orm.join(Tag, Order, Order.id == Tag.order_id)
    ),
    "light table": lambda: select(Tag.id, table("shop_order", column("name")).c.name),
    "text": lambda: text("SELECT name FROM shop_order"),
    "text as columns": lambda: text("SELECT name FROM shop_order").columns(column("name")),
    "text in where": lambda: select(Order.name).where(text("1=1 OR 1=1")),
    "text in order": lambda: select(Order.name).order_by(
        text("(SELECT max(name) FROM shop_order)")
    ),
    "text as a column": lambda: select(
        Order.id, literal_column("(SELECT max(name) FROM shop_order)")
    ),
    "text as a select in an entity select": lambda: select(
        Tag.id, text("SELECT name FROM shop_order").columns(column("name")).subquery().c.name
    ),
    "from_statement": lambda: select(Order).from_statement(text("SELECT * FROM shop_order")),
    "from_statement of a select": lambda: select(Order).from_statement(select(PLAIN)),
    "insert": lambda: insert(Order).values(name="x", company_id=1),
    "insert of the table": lambda: insert(PLAIN).values(name="x", company_id=1),
    "insert from select": lambda: insert(Order).from_select(["name"], select(Line.name)),
    "dialect insert": lambda: pg.insert(Order).values(name="x", company_id=1),
    "update of the table": lambda: update(PLAIN).values(name="x"),
    "delete of the table": lambda: delete(PLAIN),
    "update from an entity": lambda: update(Tag).where(Tag.order_id == Order.id).values(name="x"),
    "update from a plain subquery": lambda: update(Order).values(
        name=select(func.max(PLAIN.c.name)).scalar_subquery()
    ),
    "window over an entity only": lambda: select(func.row_number().over(order_by=Order.id)),
}
