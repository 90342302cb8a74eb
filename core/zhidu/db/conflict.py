"""Insert a row unless its key is taken, in one statement, on either database.

The ORM has no ``ON CONFLICT``; checking first and inserting then loses the race. Only tables that
the audit trail leaves out (jobs, notices, leases) are written this way: nothing here passes a flush.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.dialects import postgresql, sqlite

from zhidu.db.base import Base, CompanyOwned
from zhidu.db.guard import Closed, ForeignCompany, ReadOnly, core_allowed
from zhidu.db.session import Session


def insert_unless_taken(
    session: Session, model: type[Base], values: Mapping[str, Any], *, on: Sequence[str]
) -> Any:
    """Insert a row; return the first column of its primary key, or None where the key is taken.

    Another transaction that is about to take the key is waited for.

    :param on: columns of the unique constraint that may be taken; a row where one of them is NULL
        takes nothing.
    :raises Closed: the model is audited.
    :raises ForeignCompany: the row is another company's.
    """
    if model.__audited__:
        raise Closed(f"{model.__name__} is audited: add it to the session")
    if session.readonly:
        raise ReadOnly("this session only reads")
    row = dict(values)
    if issubclass(model, CompanyOwned) and row.setdefault("company_id", session.company) != (
        session.company
    ):
        raise ForeignCompany(f"{model.__name__} of company {row['company_id']}")
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    key = inspect(model).primary_key[0]
    statement = insert(model).values(**row).on_conflict_do_nothing(index_elements=list(on))
    with core_allowed():
        return session.scalar(statement.returning(key))
