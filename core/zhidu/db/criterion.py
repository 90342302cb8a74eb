"""The one condition that holds every statement to the rows of the session's company."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy.orm import with_loader_criteria

from zhidu.db.base import CompanyFiltered

_memo: dict[int | None, WeakKeyDictionary[Any, Any]] = {}
"""Per company: a statement and its filtered copy, for queries that are module constants."""


def filtered(statement: Any, company_id: int | None) -> Any:
    """Give the statement with the criterion, for relationship loads and aliases, too.

    A session of no company sees the rows of no company: none of a ``CompanyOwned`` table.
    """
    memo = _memo.get(company_id)
    if memo is None:
        memo = _memo.setdefault(company_id, WeakKeyDictionary())
    done = memo.get(statement)
    if done is None:
        done = memo[statement] = statement.options(_criterion(company_id))
    return done


def _criterion(company_id: int | None) -> Any:
    """Make the option; SQLAlchemy caches by the lambda's code and sends the id as a parameter."""
    if company_id is None:
        return with_loader_criteria(
            CompanyFiltered, lambda cls: cls.company_id.is_(None), include_aliases=True
        )
    # the name of this variable becomes the parameter's: ``proof.MARK`` knows it
    zhidu_company = company_id
    return with_loader_criteria(
        CompanyFiltered, lambda cls: cls.company_id == zhidu_company, include_aliases=True
    )
