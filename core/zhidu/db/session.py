"""The session is the only door to rows: one company, one unit of work, one actor."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, event, exists, inspect, select
from sqlalchemy.orm import ORMExecuteState, SessionTransaction, UOWTransaction
from sqlalchemy.orm import Session as _Session
from sqlalchemy.orm.context import FromStatement

from zhidu.actor import Actor
from zhidu.db.activation import active_addons
from zhidu.db.base import CompanyFiltered, CompanyOwned
from zhidu.db.criterion import filtered
from zhidu.db.engine import PATIENCE_SECONDS, READONLY, make_engine
from zhidu.db.guard import (
    UNFILTERED,
    Closed,
    ForeignCompany,
    ReadOnly,
    core_allowed,
    guard_engine,
    is_open,
)

if TYPE_CHECKING:
    from zhidu.registry import Registry

CORE_ONLY = frozenset({"core"})


class Session(_Session):
    """A unit of work of one actor in one company.

    :param registry: the addons that are loaded; their hooks hear what happens here.
    :param everywhere: see all companies' rows; only ``Database.all_companies`` sets it.
    """

    def __init__(
        self,
        bind: Engine,
        actor: Actor,
        registry: Registry,
        *,
        readonly: bool = False,
        everywhere: bool = False,
    ) -> None:
        super().__init__(
            bind.execution_options(**{READONLY: True}) if readonly else bind,
            autoflush=True,
            expire_on_commit=False,
        )
        self._actor = actor
        self._readonly = readonly
        self._everywhere = everywhere
        self.registry = registry
        self._on_commit: list[tuple[SessionTransaction | None, Callable[[], None]]] = []

    @property
    def actor(self) -> Actor:
        """Give who acts; a session never changes hands."""
        return self._actor

    @property
    def company_id(self) -> int | None:
        """Give the company's id, or nothing for a session of no company."""
        return self._actor.company_id

    @property
    def readonly(self) -> bool:
        """Tell whether this session only reads."""
        return self._readonly

    @property
    def everywhere(self) -> bool:
        """Tell whether this session sees all companies' rows."""
        return self._everywhere

    @property
    def company(self) -> int:
        """Give the company's id.

        :raises ForeignCompany: the session works in no company.
        """
        if self.company_id is None:
            raise ForeignCompany("this session works in no company")
        return self.company_id

    @property
    def active_addons(self) -> frozenset[str]:
        """Name the addons that are active in the session's company; the core always is."""
        if self.company_id is None or self.everywhere:
            return CORE_ONLY
        return active_addons(self) | CORE_ONLY

    def flush(self, objects: Sequence[Any] | None = None) -> None:
        """Write changes; only here may Core statements pass."""
        with core_allowed():
            super().flush(objects)

    def on_commit(self, act: Callable[[], None]) -> None:
        """Call ``act`` after this unit of work is committed; it must not touch the database.

        An act asked for within a SAVEPOINT that is rolled back is forgotten.
        """
        self._on_commit.append((self.get_nested_transaction(), act))

    def merge(self, instance: Any, **options: Any) -> Any:
        """Copy the state of an object into this session.

        :raises ForeignCompany: the object has the key of another company's row.
        """
        merged = super().merge(instance, **options)
        if isinstance(merged, CompanyFiltered) and merged in self.new:
            self._refuse_taken_key(merged)
        return merged

    def _refuse_taken_key(self, row: Any) -> None:
        mapper = inspect(type(row))
        key = mapper.primary_key_from_instance(row)
        if None in key:
            return
        taken = exists().where(*(c == v for c, v in zip(mapper.primary_key, key, strict=True)))
        with core_allowed(), self.no_autoflush:
            found = self.connection().execute(select(taken)).scalar_one()
        if found:
            self.expunge(row)
            raise ForeignCompany(f"{type(row).__name__} {key} is a row of another company")

    def _closed(self, *_args: Any, **_kwargs: Any) -> Any:
        raise Closed("use zhidu.audit.bulk")

    bulk_insert_mappings = bulk_update_mappings = bulk_save_objects = _closed


@event.listens_for(Session, "after_commit")
def _committed(session: Session) -> None:
    """Act at the end of the whole; a released SAVEPOINT hands its acts to what encloses it."""
    savepoint = session.get_nested_transaction()
    if savepoint is not None:
        outer = savepoint.parent if savepoint.parent and savepoint.parent.nested else None
        session._on_commit = [
            (outer if made_in is savepoint else made_in, act) for made_in, act in session._on_commit
        ]
        return
    acts, session._on_commit = session._on_commit, []
    for made_in, act in acts:
        if made_in is None:
            act()


@event.listens_for(Session, "after_rollback")
def _rolled_back(session: Session) -> None:
    savepoint = session.get_nested_transaction()
    session._on_commit = [
        (made_in, act)
        for made_in, act in session._on_commit
        if savepoint is not None and made_in is not savepoint
    ]


@event.listens_for(Session, "do_orm_execute")
def _filter_company(state: ORMExecuteState) -> None:
    """Add the company's criterion, or refuse what it cannot reach."""
    session = state.session
    if not isinstance(session, Session):  # pragma: no cover -- the event is bound to ours
        return
    if not state.is_orm_statement:
        if not is_open():
            raise Closed("a Core statement or text; use mapped classes or zhidu.audit.bulk")
        return
    if not state.is_select:
        _hold_statement(session, state)
    elif isinstance(state.statement, FromStatement):
        raise Closed("from_statement() cannot be filtered")
    if session.everywhere or state.is_column_load:
        # a refresh takes no criterion; its object came by a filtered load, see _hold_attached
        state.update_execution_options(**{UNFILTERED: True})
    else:
        state.statement = filtered(state.statement, session.company_id)


def _hold_statement(session: Session, state: ORMExecuteState) -> None:
    """Refuse writing statements that would leave the company or the criterion behind."""
    if session.readonly:
        raise ReadOnly("this session only reads")
    if state.is_insert:
        if not is_open():
            raise Closed("an insert() statement cannot be filtered; use zhidu.audit.bulk")
        return
    if isinstance(state.parameters, list) or state.execution_options.get(
        "dml_strategy", "auto"
    ) not in {"auto", "orm"}:
        raise Closed("an update by a list of keys cannot be filtered; use zhidu.audit.bulk")
    if state.is_update and not session.everywhere:
        statement: Any = state.statement
        values = (*(statement._values or ()), *(state.parameters or ()))
        if any(str(getattr(column, "key", column)) == "company_id" for column in values):
            raise ForeignCompany("rows never move to another company")


@event.listens_for(Session, "before_attach")
def _hold_attached(session: Session, row: Any) -> None:
    """Refuse an object that another company's session has loaded, or of which nobody knows."""
    if isinstance(row, CompanyFiltered) and not session.everywhere:
        state = inspect(row)
        unknown = None if state.key is None else "unknown"
        company_id = state.dict.get("company_id", unknown)
        if company_id != session.company_id and (company_id is not None or state.key is not None):
            raise ForeignCompany(f"{type(row).__name__} of company {company_id}")


@event.listens_for(Session, "before_flush")
def _hold_company(session: Session, _context: UOWTransaction, _objects: Any) -> None:
    """Fill in the company of new rows; refuse rows of another one."""
    if session.readonly and (session.new or session.dirty or session.deleted):
        raise ReadOnly("this session only reads")
    for row in (*session.new, *session.dirty, *session.deleted):
        if not isinstance(row, CompanyFiltered):
            continue
        if inspect(row).dict.get("company_id") is None and session.company_id is not None:
            row.company_id = session.company_id
        elif row.company_id != session.company_id and not session.everywhere:
            raise ForeignCompany(f"{type(row).__name__} of company {row.company_id}")
        elif row.company_id is None and isinstance(row, CompanyOwned):
            raise ForeignCompany(f"{type(row).__name__} needs a company")


class Database:
    """A database and the ways to work in it; one per process and address.

    :param url: a SQLAlchemy address; see ``make_engine``.
    :param registry: the addons that are loaded; ``Registry.empty()`` where none are.
    :param patience: seconds that a writer waits for another one's lock.
    :param files: the folder of attachments, where this process has one.
    """

    def __init__(
        self,
        url: str,
        registry: Registry,
        *,
        pool_size: int = 10,
        patience: float = PATIENCE_SECONDS,
        files: Path | None = None,
    ) -> None:
        self.url = url
        self.files = files
        self.registry = registry
        self.engine = make_engine(url, pool_size=pool_size, patience=patience)
        guard_engine(self.engine)

    @property
    def is_sqlite(self) -> bool:
        """Tell whether this is the embedded database."""
        return self.engine.dialect.name == "sqlite"

    def with_registry(self, registry: Registry) -> Database:
        """Give the same database, connections shared, for an app with other addons."""
        other = copy.copy(self)
        other.registry = registry
        return other

    @contextmanager
    def write(self, actor: Actor) -> Iterator[Session]:
        """Open a unit of work that commits at the end of the block, or not at all."""
        with Session(self.engine, actor, self.registry) as session:
            yield session
            session.commit()

    @contextmanager
    def read(self, actor: Actor) -> Iterator[Session]:
        """Open a unit of work that only reads and waits for no writer."""
        with Session(self.engine, actor, self.registry, readonly=True) as session:
            yield session

    @contextmanager
    def all_companies(
        self, actor: Actor, reason: str, *, readonly: bool = True
    ) -> Iterator[Session]:
        """Work across companies; the audit trail names the reason of every writing one.

        :param reason: why one company is not enough; shown to auditors.
        """
        with Session(
            self.engine, actor, self.registry, readonly=readonly, everywhere=True
        ) as session:
            session.info["all_companies"] = reason
            yield session
            if not readonly:
                session.commit()

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()
