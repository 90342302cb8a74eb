"""The data layer: knows no business word. Only the session reaches company rows."""

from zhidu.db.base import (
    Base,
    CompanyOrGlobal,
    CompanyOwned,
    company_key,
    enum_check,
    metadata,
    owned_by_company,
    pk,
    ref,
    same_company,
    table_args,
)
from zhidu.db.engine import make_engine
from zhidu.db.guard import Closed, ForeignCompany, ReadOnly
from zhidu.db.session import Database, Session
from zhidu.db.types import Fixed, JSONText, Key, Translated, UTCDateTime, canonical, fixed

__all__ = [
    "Base",
    "Closed",
    "CompanyOrGlobal",
    "CompanyOwned",
    "Database",
    "Fixed",
    "ForeignCompany",
    "JSONText",
    "Key",
    "ReadOnly",
    "Session",
    "Translated",
    "UTCDateTime",
    "canonical",
    "company_key",
    "enum_check",
    "fixed",
    "make_engine",
    "metadata",
    "owned_by_company",
    "pk",
    "ref",
    "same_company",
    "table_args",
]
