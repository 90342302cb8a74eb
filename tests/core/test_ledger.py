"""A balance is never overdrawn, an act is done once, and the entries add up: under any history."""

from __future__ import annotations

import multiprocessing
from collections import defaultdict
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from tests.core.conftest import new_company
from tests.core.shop import ShopPoints as Points
from tests.core.shop import ShopPointsEntry as Entry
from tests.core.spender import spend_in_a_process

from zhidu.actor import Actor
from zhidu.db import Closed, Database, Session, ledger
from zhidu.db.guard import core_allowed
from zhidu.db.ledger import NotEnough, SourceReused
from zhidu.errors import NotFound, ValidationError
from zhidu.testing.concurrency import Concurrently

D = Decimal


def _points(database: Database, actor: Actor, amount: str) -> int:
    with database.write(actor) as session:
        points = Points(owner="x")
        session.add(points)
        if D(amount):
            ledger.grant(session, points, D(amount), Entry, source="start")
        session.flush()
        return points.id


def _state(points: Points) -> tuple[Decimal, Decimal, Decimal]:
    return points.available, points.reserved, points.used


def test_reserve_commit_release_restore(shop_db: Database, alpha: Actor) -> None:
    key = _points(shop_db, alpha, "10")
    with shop_db.write(alpha) as session:
        points = session.get_one(Points, key)
        assert ledger.reserve(session, points, D("2.5"), Entry, source="leave:1", step="r1")
        assert _state(points) == (D("7.5"), D("2.5"), D(0))
        assert not ledger.reserve(session, points, D("2.5"), Entry, source="leave:1", step="r1")
        assert ledger.reserve(session, points, D(1), Entry, source="leave:1", step="r2")
        assert ledger.reserved_for(session, Entry, source="leave:1") == {key: D("3.5")}
        assert ledger.release(session, points, D(1), Entry, source="leave:1", step="x")
        assert ledger.commit_all(session, Points, Entry, source="leave:1") == {key: D("2.5")}
        assert _state(points) == (D("7.5"), D(0), D("2.5"))
        assert ledger.commit_all(session, Points, Entry, source="leave:1") == {}
        assert ledger.restore(session, points, D("0.5"), Entry, source="back:1")
        assert ledger.adjust(session, points, D(-8), Entry, source="expiry")
        assert _state(points) == (D(0), D(0), D(2))
        ledger.adjust(session, points, D(1), Entry, source="more")
        ledger.reserve(session, points, D(1), Entry, source="leave:2")
        assert ledger.release_all(session, Points, Entry, source="leave:2") == {key: D(1)}
        assert ledger.differences(session, Points, Entry) == []
        assert {entry.member_id for entry in session.scalars(select(Entry))} == {7}


def test_a_refusal_says_what_is_there_and_changes_nothing(shop_db: Database, alpha: Actor) -> None:
    key = _points(shop_db, alpha, "3")
    with shop_db.write(alpha) as session:
        points = session.get_one(Points, key)
        with pytest.raises(NotEnough) as raised:
            ledger.reserve(session, points, D("3.5"), Entry, source="a")
        assert (raised.value.available, raised.value.wanted) == (D(3), D("3.5"))
        ledger.reserve(session, points, D(2), Entry, source="a")
        # what one source holds is not another's to use or to give back
        for verb in (ledger.commit, ledger.release):
            with pytest.raises(NotEnough) as raised:
                verb(session, points, D(1), Entry, source="b")
            assert raised.value.available == 0
        with pytest.raises(SourceReused):
            ledger.reserve(session, points, D(1), Entry, source="a")
        with pytest.raises(ValidationError):
            ledger.reserve(session, points, D(0), Entry, source="c")
        assert _state(points) == (D(1), D(2), D(0))
        session.expire_all()
        assert _state(points) == (D(1), D(2), D(0))
        assert ledger.differences(session, Points, Entry) == []


def test_another_company_s_balance_is_not_found(
    shop_db: Database, alpha: Actor, beta: Actor
) -> None:
    key = _points(shop_db, alpha, "3")
    with shop_db.write(beta) as session:
        with pytest.raises(NotFound):
            ledger.reserve(session, Points(id=key), D(1), Entry, source="a")
        assert ledger.reserved_for(session, Entry, source="start") == {}


def test_no_way_round_the_ledger(shop_db: Database, alpha: Actor) -> None:
    key = _points(shop_db, alpha, "3")
    values = {"source": "x", "purpose": "grant", "available_delta": D(1)}
    with shop_db.write(alpha) as session:
        points = session.get_one(Points, key)
        points.available = D(5)
        with pytest.raises(Closed):
            session.flush()
        session.rollback()
        session.add(Points(owner="x", available=D(1)))
        with pytest.raises(Closed):
            session.flush()
        session.rollback()
        session.add(Entry(balance_id=key, **values))
        with pytest.raises(Closed):
            session.flush()
        session.rollback()
        session.delete(session.scalars(select(Entry)).one())
        with pytest.raises(Closed):
            session.flush()
        session.rollback()
        for statement in (
            update(Entry).values(source="y"),
            delete(Entry),
            update(Points).values(used=1),
        ):
            with pytest.raises(Closed):
                session.execute(statement)
        points = session.get_one(Points, key)
        points.owner = "y"  # the rest of the row is the addon's
        session.flush()
    with shop_db.write(alpha) as session, core_allowed():
        for name in ("available", "reserved", "used"):  # the last lock is the database's
            with pytest.raises(IntegrityError), session.begin_nested():
                session.execute(update(Points).values({name: D(-1)}))
        session.execute(update(Points).values(used=D(1)))
        assert ledger.differences(session, Points, Entry) == [key]
        session.rollback()


class LedgerMachine(RuleBasedStateMachine):
    """Any history of acts by three sources; the model is plain arithmetic."""

    database: Database

    def __init__(self) -> None:
        super().__init__()
        self.actor = Actor(company_id=new_company(self.database))
        self.key = _points(self.database, self.actor, "0")
        self.available = self.used = D(0)
        self.held: defaultdict[str, Decimal] = defaultdict(Decimal)
        self.done: dict[tuple[str, str, str], Decimal] = {}

    @rule(
        verb=st.sampled_from(["grant", "adjust", "reserve", "commit", "release", "restore"]),
        amount=st.integers(1, 60).map(lambda n: D(n) / 4),
        sign=st.sampled_from([1, -1]),
        source=st.sampled_from("abc"),
        step=st.sampled_from("123"),
    )
    def act(self, verb: str, amount: Decimal, sign: int, source: str, step: str) -> None:
        delta = amount * sign if verb == "adjust" else amount
        with self.database.write(self.actor) as session:
            points = session.get_one(Points, self.key)
            before = self.done.get((verb, source, step))
            try:
                done = getattr(ledger, verb)(
                    session, points, delta, Entry, source=source, step=step
                )
            except SourceReused:
                assert before is not None
                assert before != delta
                return
            except NotEnough:
                assert before is None or before != delta
                assert not self._possible(verb, delta, source)
                return
            if not done:
                assert before == delta
                return
            assert before is None
        assert self._possible(verb, delta, source)
        self.done[verb, source, step] = delta
        self.available += delta * {"reserve": -1, "commit": 0}.get(verb, 1)
        self.held[source] += {"reserve": delta, "commit": -delta, "release": -delta}.get(verb, 0)
        self.used += delta * {"commit": 1, "restore": -1}.get(verb, 0)

    def _possible(self, verb: str, delta: Decimal, source: str) -> bool:
        match verb:
            case "grant":
                return True
            case "adjust":
                return self.available + delta >= 0
            case "reserve":
                return self.available >= delta
            case "restore":
                return self.used >= delta
            case _:
                return self.held[source] >= delta

    @precondition(lambda self: self.done)
    @rule(source=st.sampled_from("abc"))
    def roll_back(self, source: str) -> None:
        with self.database.write(self.actor) as session:
            points = session.get_one(Points, self.key)
            ledger.grant(session, points, D(1), Entry, source=source, step="undone")
            session.rollback()

    @invariant()
    def adds_up(self) -> None:
        with self.database.read(self.actor) as session:
            points = session.get_one(Points, self.key)
            assert _state(points) == (self.available, sum(self.held.values(), D(0)), self.used)
            assert min(_state(points)) >= 0
            assert ledger.differences(session, Points, Entry) == []


@pytest.mark.parametrize(
    "which", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
)
def test_any_history_adds_up(which: str, request: pytest.FixtureRequest) -> None:
    from hypothesis.stateful import run_state_machine_as_test

    class Machine(LedgerMachine):
        database = request.getfixturevalue(f"{which}_shop")

    run_state_machine_as_test(
        Machine, settings=settings(max_examples=8, stateful_step_count=20, deadline=None)
    )


def test_twenty_sessions_never_overdraw(shop_db: Database, alpha: Actor) -> None:
    key = _points(shop_db, alpha, "20")

    def spend(number: int) -> Any:
        def act(session: Session, _meet: Any) -> bool:
            points = session.get_one(Points, key)
            source = f"order:{number}"
            try:
                ledger.reserve(session, points, D("1.5"), Entry, source=source)
            except NotEnough:
                return False
            if number % 2:
                ledger.commit(session, points, D("1.5"), Entry, source=source)
            return True

        return act

    outcomes = Concurrently(shop_db)(alpha, *map(spend, range(20)))
    assert sum(outcome.get() for outcome in outcomes) == 13  # 13 x 1.5 = 19.5
    with shop_db.read(alpha) as session:
        points = session.get_one(Points, key)
        assert points.available == D("0.5")
        assert points.reserved + points.used == D("19.5")
        assert ledger.differences(session, Points, Entry) == []


def test_one_act_asked_for_at_the_same_time_is_done_once(shop_db: Database, alpha: Actor) -> None:
    key = _points(shop_db, alpha, "2")  # enough for a second time: only the source holds it back

    def same(session: Session, _meet: Any) -> bool:
        points = session.get_one(Points, key)
        return ledger.reserve(session, points, D(1), Entry, source="once")

    outcomes = Concurrently(shop_db)(alpha, *[same] * 8)
    assert sorted(outcome.get() for outcome in outcomes) == [False] * 7 + [True]
    with shop_db.read(alpha) as session:
        assert _state(session.get_one(Points, key)) == (D(1), D(1), D(0))


def test_four_processes_never_overdraw_on_sqlite(sqlite_shop: Database) -> None:
    actor = Actor(company_id=new_company(sqlite_shop))
    key = _points(sqlite_shop, actor, "100")
    context = multiprocessing.get_context("spawn")
    found = context.Queue()
    processes = [
        context.Process(target=spend_in_a_process, args=(sqlite_shop.url, actor, key, name, found))
        for name in "abcd"
    ]
    for process in processes:
        process.start()
    granted = [found.get(timeout=60) for _ in processes]
    for process in processes:
        process.join()
    assert sum(granted) == 66  # 66 x 1.5 = 99
    with sqlite_shop.read(actor) as session:
        assert _state(session.get_one(Points, key)) == (D(1), D(99), D(0))
        assert ledger.differences(session, Points, Entry) == []
