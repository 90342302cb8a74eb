"""The fixtures for authors: a database of one's own, a company, a person, the real app."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.request import urlopen

import pytest
from sqlalchemy import select

from zhidu import clock as zhidu_clock
from zhidu.access import check
from zhidu.actor import Actor
from zhidu.config import Config
from zhidu.db import Database, Session
from zhidu.db.guard import core_allowed
from zhidu.errors import PermissionDenied
from zhidu.org.models import Company, Member
from zhidu.registry import Registry
from zhidu.testing.counting import QueryCounter
from zhidu.testing.databases import fresh_database
from zhidu.testing.factories import MadeCompany
from zhidu.testing.fixtures import FrozenClock
from zhidu.testing.plugin import run_of


@pytest.mark.parametrize("round_", [1, 2])
def test_each_test_has_a_database_of_its_own(
    db: Database, company: MadeCompany, round_: int
) -> None:
    """The company of the other round is not there."""
    with db.read(Actor.system()) as session:
        assert session.scalars(select(Company.code)).all() == [company.code]


def test_the_database_is_of_the_kind_it_says(db: Database, database_kind: str) -> None:
    """A test that is said to run on PostgreSQL does."""
    assert db.engine.dialect.name == database_kind


@pytest.mark.postgresql
def test_the_app_does_not_own_its_tables(db: Database) -> None:
    """The database of a test is opened by the ordinary role."""
    with core_allowed(), db.engine.connect() as link:
        owned = link.exec_driver_sql(
            "SELECT count(*) FROM pg_tables WHERE tableowner = current_user"
        )
        assert owned.scalar_one() == 0
        assert link.exec_driver_sql("SELECT current_user").scalar_one() == "zhidu_app"


@pytest.mark.postgresql
def test_a_connection_left_open_does_no_harm(
    request: pytest.FixtureRequest, registry: Registry, tmp_path: Path
) -> None:
    """The database of a test that leaks a connection is dropped all the same."""
    with fresh_database(run_of(request.config), "postgresql", registry, tmp_path) as url:
        left = Database(url, registry)
        with left.read(Actor.system()) as session:
            assert session.scalars(select(Company)).all() == []
    left.close()


def test_the_registry_holds_the_core(registry: Registry, db: Database) -> None:
    """Without a mark there is no addon."""
    assert registry.names == ("core",)
    assert db.registry is registry


def test_a_session_is_the_actors_and_is_rolled_back(
    session: Session, actor: Actor, company: MadeCompany
) -> None:
    """What a test writes through it is seen by nobody else."""
    assert session.actor == actor
    assert session.company_id == company.id
    assert session.get_one(Member, actor.member_id).name == "张三"


def test_an_actor_is_staff(session: Session) -> None:
    """By default the person may do little."""
    with pytest.raises(PermissionDenied):
        check.require(session, "core.member.edit")


@pytest.mark.roles("hr")
def test_an_actor_has_the_roles_it_is_marked_with(session: Session) -> None:
    """The mark says what the person may do."""
    check.require(session, "core.member.edit")


def test_queries_are_counted(
    db: Database, company: MadeCompany, query_counter: Callable[[], QueryCounter]
) -> None:
    """Statements count; opening and closing work does not."""
    with query_counter() as sent, db.read(company.system) as session:
        session.scalars(select(Member)).all()
        session.scalars(select(Company)).all()
    assert sent.count == 2, sent
    assert "core_member" in str(sent)


def test_the_clock_stands_still_until_it_is_moved(clock: FrozenClock) -> None:
    """It begins at nine on a working day in Shanghai."""
    began = zhidu_clock.now()
    assert zhidu_clock.now() is began
    assert zhidu_clock.today().isoweekday() == 1
    assert clock.tick(days=1, hours=2) == began + timedelta(days=1, hours=2) == zhidu_clock.now()
    eve = datetime(2026, 12, 31, 23, tzinfo=UTC)
    assert clock.set(eve) == zhidu_clock.now() == eve


@pytest.mark.sqlite
def test_the_server_serves_the_real_app(server: str) -> None:
    """A request over the network is answered by the app that an installation runs."""
    with urlopen(f"{server}/healthz") as answer:  # noqa: S310 -- our own address
        assert answer.status == 200


def test_the_configuration_is_of_the_test(config: Config, home: object, database_url: str) -> None:
    """Nothing is read from or written to the developer's own installation."""
    assert config.home == home
    assert config.database_url == database_url
