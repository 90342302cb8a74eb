"""Every change of a row leaves its line, in the same transaction, and no line is ever changed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError
from tests.core.shop import (
    ShopDetail,
    ShopHeader,
    ShopRemark,
    State,
)
from tests.core.shop import ShopLabel as Label
from tests.core.shop import ShopLine as Line
from tests.core.shop import ShopOrder as Order
from tests.core.shop import ShopPoints as Points
from tests.core.shop import ShopPointsEntry as PointsEntry
from tests.core.shop import ShopTag as Tag

from zhidu.actor import Actor, Via
from zhidu.audit import queries, trail
from zhidu.audit.changes import HIDDEN
from zhidu.audit.models import UNAUDITED, AuditEntry
from zhidu.clock import frozen_at
from zhidu.db import Base, Closed, Database, ReadOnly, Session, canonical, ledger
from zhidu.db.guard import core_allowed

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


def lines(session: Session) -> list[tuple[str, str, int | None, Any]]:
    """Give action, kind, row and changes of the company's lines, oldest first."""
    found = session.scalars(select(AuditEntry).order_by(AuditEntry.id))
    return [(line.action, line.kind, line.row_id, json.loads(line.changes)) for line in found]


def test_insert_update_delete(shop_db: Database, alpha: Actor) -> None:
    with shop_db.write(alpha) as session:
        order = Order(name="名", amount=Decimal("1.5"), made_at=NOON, custom={"b": 1})
        session.add(order)
        session.flush()
        key = order.id
        order.amount, order.state = Decimal(2), State.DONE
        order.name = "名"  # set, but not changed
        session.flush()
        session.flush()
        session.delete(order)
        session.flush()
        made: dict[str, list[Any]] = {
            "id": [None, key],
            "company_id": [None, alpha.company_id],
            "name": [None, "名"],
        }
        assert lines(session) == [
            (
                "insert",
                "shop.order",
                key,
                made
                | {
                    "amount": [None, "1.5000"],
                    "state": [None, "open"],
                    "custom": [None, {"b": 1}],
                    "made_at": [None, "2026-11-20T04:00:00.000000+00:00"],
                },
            ),
            (
                "update",
                "shop.order",
                key,
                {"amount": ["1.5000", "2.0000"], "state": ["open", "done"]},
            ),
            (
                "delete",
                "shop.order",
                key,
                {name: pair[::-1] for name, pair in made.items()}
                | {
                    "amount": ["2.0000", None],
                    "state": ["done", None],
                    "custom": [{"b": 1}, None],
                    "made_at": ["2026-11-20T04:00:00.000000+00:00", None],
                },
            ),
        ]


def test_a_line_says_who_when_and_by_which_door(shop_db: Database, alpha: Actor) -> None:
    actor = Actor(
        user_id=1,
        member_id=2,
        company_id=alpha.company_id,
        on_behalf_of=3,
        name="张三",
        source=Via.API,
        request_id="r1",
    )
    with shop_db.write(actor) as session, frozen_at(NOON):
        with trail.because(session, clause="PN-5.1.2", policy_version_id=4):
            session.add(Order(name="x"))
        session.add(Order(name="y"))
        session.flush()
        first, second = session.scalars(select(AuditEntry).order_by(AuditEntry.id))
        assert first.at == NOON
        assert (first.user_id, first.member_id, first.on_behalf_of) == (1, 2, 3)
        assert (first.actor_name, first.source, first.request_id) == ("张三", "api", "r1")
        assert (first.clause, first.policy_version_id) == ("PN-5.1.2", 4)
        assert (second.clause, second.policy_version_id) == ("", None)
        assert first.changes == canonical(json.loads(first.changes))


def test_old_values_of_what_was_not_read_are_known(shop_db: Database, alpha: Actor) -> None:
    with shop_db.write(alpha) as session:
        session.add(order := Order(name="x", note="old", amount=Decimal(1)))
        session.flush()
        session.expire(order)
        order.amount = Decimal(2)  # never read since
        order.note = "new"  # deferred
        session.flush()
        session.expire(order)
        session.delete(order)
        session.flush()
        _insert, changed, deleted = lines(session)
        assert changed[3] == {"amount": ["1.0000", "2.0000"], "note": ["old", "new"]}
        assert deleted[3]["note"] == ["new", None]
        assert deleted[3]["amount"] == ["2.0000", None]


def test_what_the_flush_itself_does_is_seen(shop_db: Database, alpha: Actor) -> None:
    with shop_db.write(alpha) as session:
        one, other = Order(name="a"), Order(name="b")
        first, second = Line(name="1"), Line(name="2")
        one.lines += [first, second]
        session.add_all([one, other])
        session.flush()
        done = len(lines(session))
        other.lines.append(first)  # a key that the relationship fills in
        one.lines.remove(second)  # an orphan
        session.flush()
        third = Line(name="3", order=other, before=first)  # post_update: a second statement
        session.add(third)
        session.flush()
        moved, orphan, *rest = lines(session)[done:]
        assert moved == ("update", "shop.line", first.id, {"order_id": [one.id, other.id]})
        assert orphan[:3] == ("delete", "shop.line", second.id)
        assert [line[:2] for line in rest] == [("insert", "shop.line")]
        assert rest[0][3]["before_id"] == [None, first.id]
        session.delete(other)  # the lines go with it
        session.flush()
        gone = {(kind, row) for action, kind, row, _ in lines(session) if action == "delete"}
        assert gone >= {("shop.order", other.id), ("shop.line", first.id), ("shop.line", third.id)}


def test_a_secret_and_a_version_stay_out(shop_db: Database, alpha: Actor) -> None:
    with shop_db.write(alpha) as session:
        session.add(order := Order(name="x", pin="1234"))
        session.flush()
        order.pin = "5678"
        session.flush()
        order.pin = None
        session.flush()
        session.add(header := ShopHeader(title="t"))
        session.flush()
        header.touched += 1
        session.flush()
        said = [line[3] for line in lines(session)]
        assert said[0]["pin"] == [None, HIDDEN]
        assert said[1] == {"pin": [HIDDEN, HIDDEN]}
        assert said[2] == {"pin": [HIDDEN, None]}
        assert len(said) == 4  # a touch alone is no change
        assert "version" not in said[0]
        assert not any("1234" in str(each) or "5678" in str(each) for each in said)


def test_a_line_knows_its_business_document(shop_db: Database, alpha: Actor) -> None:
    with shop_db.write(alpha) as session:
        session.add(detail := ShopDetail(header=ShopHeader(title="t"), days=Decimal(1)))
        session.flush()
        session.add(remark := ShopRemark(record_id=detail.id, text="x"))
        session.add(Order(name="x"))
        session.flush()
        detail.days = Decimal(2)
        session.flush()
        session.delete(remark)
        session.flush()
        page = queries.for_record(session, detail.id)
        assert [(act.action, act.kind) for act in page.acts] == [
            ("delete", "shop.remark"),
            ("update", "shop.request"),
            ("insert", "shop.remark"),
            ("insert", "core.record"),
            ("insert", "shop.request"),
        ]
        assert page.acts[1].fields == (queries.FieldChange("days", "1.0000", "2.0000"),)
        assert page.older is None


def test_a_key_of_two_columns_stands_in_the_changes(shop_db: Database, alpha: Actor) -> None:
    with shop_db.write(alpha) as session:
        session.add(order := Order(name="x"))
        session.flush()
        session.add(label := Label(order_id=order.id, word="hot", color="red"))
        session.flush()
        label.color = "blue"
        session.flush()
        assert lines(session)[-1] == (
            "update",
            "shop.label",
            None,
            {"color": ["red", "blue"], "order_id": [order.id, order.id], "word": ["hot", "hot"]},
        )


def test_a_rollback_leaves_no_line(shop_db: Database, alpha: Actor) -> None:
    with shop_db.write(alpha) as session:
        session.add(Order(name="kept"))
        session.flush()
        savepoint = session.begin_nested()
        session.add(Order(name="lost"))
        session.flush()
        savepoint.rollback()
        assert len(lines(session)) == 1
    with shop_db.write(alpha) as session:
        session.add(Order(name="lost"))
        trail.log(session, "export", "shop.order", None)
        session.flush()
        session.rollback()
    with shop_db.read(alpha) as session:
        assert len(lines(session)) == 1


def test_an_act_that_changes_no_row(shop_db: Database, alpha: Actor, beta: Actor) -> None:
    with shop_db.write(alpha) as session:
        trail.log(
            session, "export", "shop.order", 5, changes={"rows": [None, 9]}, record_id=3, clause="c"
        )
        act = queries.for_record(session, 3).acts[0]
        assert (act.action, act.row_id, act.clause, act.who) == ("export", 5, "c", "张三")
        assert act.fields == (queries.FieldChange("rows", None, 9),)
        assert queries.for_member(session, 7).acts == (act,)
        assert queries.for_row(session, "shop.order", 5).acts == (act,)
    with shop_db.read(alpha) as session, pytest.raises(ReadOnly):
        trail.log(session, "export", "shop.order", None)
    with shop_db.write(Actor.system(name="nobody")) as session:
        trail.log(session, "login_failed", "core.user", None, changes={"name": "x"})
        newest = queries.newest(session).acts[0]
        assert (newest.action, newest.who) == ("login_failed", "nobody")
        assert newest.fields == (queries.FieldChange("name", None, "x"),)
        assert all(act.action != "export" for act in queries.newest(session).acts)
    for actor, seen in ((alpha, ["export"]), (beta, [])):
        with shop_db.read(actor) as session:  # a company sees neither others' lines nor nobody's
            assert [act.action for act in queries.newest(session).acts] == seen


def test_pages_go_back_to_the_first_line(shop_db: Database, alpha: Actor) -> None:
    with shop_db.write(alpha) as session:
        for number in range(7):
            trail.log(session, f"act{number}", "shop.order", 1)
        seen: list[str] = []
        before = None
        while True:
            page = queries.for_row(session, "shop.order", 1, before=before, limit=3)
            seen += [act.action for act in page.acts]
            if page.older is None:
                break
            before = page.older
        assert seen == [f"act{number}" for number in reversed(range(7))]


@pytest.mark.parametrize("verb", ["UPDATE", "DELETE", "REPLACE", "TRUNCATE"])
def test_no_line_is_ever_changed(shop_db: Database, alpha: Actor, verb: str) -> None:
    with shop_db.write(alpha) as session:
        trail.log(session, "export", "shop.order", 1)
    statements = {
        "UPDATE": "UPDATE core_audit SET actor_name = 'x'",
        "DELETE": "DELETE FROM core_audit",
        "REPLACE": "INSERT OR REPLACE INTO core_audit SELECT * FROM core_audit",
        "TRUNCATE": "TRUNCATE core_audit",
    }
    if verb == ("TRUNCATE" if shop_db.is_sqlite else "REPLACE"):
        statements[verb] = statements["DELETE"]  # the other database has no such verb
    with (
        shop_db.write(alpha) as session,
        core_allowed(),
        pytest.raises(DBAPIError, match=r"append-only|permission denied"),
    ):
        session.connection().execute(text(statements[verb]))


def test_the_orm_changes_no_line_either(shop_db: Database, alpha: Actor) -> None:
    with shop_db.write(alpha) as session:
        trail.log(session, "export", "shop.order", 1)
        session.scalars(select(AuditEntry)).one().actor_name = "x"
        with pytest.raises(DBAPIError, match="append-only"):
            session.flush()
        session.rollback()


def test_writing_in_all_companies_is_noted_with_its_reason(
    shop_db: Database, alpha: Actor, beta: Actor
) -> None:
    keys = []
    for actor in (alpha, beta):
        with shop_db.write(actor) as session:
            session.add(order := Order(name="x"))
            session.flush()
            keys.append(order.id)
    with shop_db.all_companies(Actor.system(name="job"), "mend names", readonly=False) as session:
        for order in session.scalars(select(Order).where(Order.id.in_(keys))):
            order.name = "mended"
    with shop_db.read(alpha) as session:
        assert lines(session)[-1][3] == {"name": ["x", "mended"]}
    with shop_db.read(Actor.system()) as session:
        act = queries.newest(session).acts[0]
        assert (act.action, act.who) == ("all_companies", "job")
        assert act.fields[0].after == "mend names"


def test_statements_over_audited_tables_are_refused(shop_db: Database, alpha: Actor) -> None:
    with shop_db.write(alpha) as session:
        for statement in (
            update(Order).values(name="x"),
            delete(Order),
            update(Tag).values(name="x"),
        ):
            with pytest.raises(Closed, match=r"audit\.bulk"):
                session.execute(statement)


def test_ledger_entries_are_their_own_trail(shop_db: Database, alpha: Actor) -> None:
    with shop_db.write(alpha) as session:
        session.add(points := Points(owner="x"))
        session.flush()
        ledger.grant(session, points, Decimal(1), PointsEntry, source="a")
        points.owner = "y"
        session.flush()
        assert [line[:2] for line in lines(session)] == [
            ("insert", "shop.points"),
            ("update", "shop.points"),
        ]


def test_every_core_table_is_audited_or_listed() -> None:
    from zhidu.access import models as _access  # noqa: F401 -- these imports map all tables
    from zhidu.access import user  # noqa: F401
    from zhidu.db import activation, sequence  # noqa: F401
    from zhidu.jobs import models as _jobs  # noqa: F401
    from zhidu.notify import models as _notify  # noqa: F401
    from zhidu.policy import models as _policy  # noqa: F401
    from zhidu.records import models as _records  # noqa: F401
    from zhidu.workflow import models as _workflow  # noqa: F401

    unaudited = {
        mapper.class_.__tablename__
        for mapper in Base.registry.mappers
        if not mapper.class_.__audited__ and mapper.class_.__addon__ == "core"
    }
    assert unaudited == set(UNAUDITED)
