"""One change of a company's organisation at a time, and rows found by key or as they are."""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy import inspect, select

from zhidu.db import CompanyOwned, Session
from zhidu.errors import NotFound
from zhidu.org.models import Company

Row = TypeVar("Row", bound=CompanyOwned)


def lock_company(session: Session) -> Company:
    """Hold the company until the unit of work ends, so that two moves cannot make a cycle.

    Rows that point at the company may be written meanwhile: the lock leaves its key alone.
    """
    return session.scalars(
        select(Company).where(Company.id == session.company).with_for_update(key_share=True)
    ).one()


def reread(session: Session, row: Row) -> None:
    """Read a row again, behind a lock: another unit of work may have changed it before."""
    session.flush()
    mapper = inspect(type(row))
    session.scalars(
        select(type(row))
        .where(mapper.primary_key[0] == inspect(row).identity[0])
        .execution_options(populate_existing=True)
    ).one()


def fetch(session: Session, model: type[Row], ref: Row | int) -> Row:
    """Give the row of this company, by key or as it is.

    :raises NotFound: there is none, or it is another company's.
    """
    row = session.get(model, ref) if isinstance(ref, int) else ref
    if row is None or (row.company_id is not None and row.company_id != session.company):
        raise NotFound
    return row
