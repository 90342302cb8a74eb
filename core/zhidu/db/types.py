"""Column types that behave alike on SQLite and PostgreSQL, or refuse."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, BindParameter, DateTime, Dialect, Integer, Numeric, Text, literal
from sqlalchemy.sql import operators
from sqlalchemy.types import TypeDecorator, TypeEngine

from zhidu.money import PLACES

LARGEST = Decimal("9.2e14")
"""BIGINT holds 9.2 x 10^18; four places are taken."""

Key = BigInteger().with_variant(Integer, "sqlite")
"""A primary or foreign key: 64 bits, and SQLite's INTEGER PRIMARY KEY."""

_EXACT_ONLY = {
    operators.mul,
    operators.truediv,
    operators.floordiv,
    operators.mod,
}


class Fixed(TypeDecorator[Decimal]):
    """A Decimal with four places: NUMERIC(20,4), on SQLite BIGINT x 10^4.

    In SQL only ``+ - sum min max coalesce case`` and comparison are exact on both.

    :raises TypeError: a float or another type is bound, or ``* / %`` is written in SQL.
    :raises ValueError: NaN, a fifth decimal place, or an amount that does not fit.
    """

    impl = Numeric(20, 4)
    cache_ok = True

    class Comparator(TypeDecorator.Comparator[Decimal]):
        """Refuse the operators whose result SQLite gets wrong by a power of ten."""

        def operate(self, op: Any, *other: Any, **kwargs: Any) -> Any:
            """Pass exact operators through."""
            if op in _EXACT_ONLY:
                raise TypeError("no * / % on a Fixed column in SQL: load it and use Decimal")
            return super().operate(op, *other, **kwargs)

        def reverse_operate(self, op: Any, other: Any, **kwargs: Any) -> Any:
            """Pass exact operators through, the column on the right."""
            if op in _EXACT_ONLY:
                raise TypeError("no * / % on a Fixed column in SQL: load it and use Decimal")
            return super().reverse_operate(op, other, **kwargs)

    comparator_factory = Comparator

    @property
    def python_type(self) -> type[Decimal]:
        """Name the type of a value, which a decorator does not do by itself."""
        return Decimal

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the storage."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(BigInteger())
        return dialect.type_descriptor(Numeric(20, 4))

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """Check and store."""
        if value is None:
            return None
        if isinstance(value, int) and not isinstance(value, bool):
            value = Decimal(value)
        if not isinstance(value, Decimal):
            raise TypeError(f"Decimal wanted, got {type(value).__name__}")
        if not value.is_finite() or abs(value) > LARGEST:
            raise ValueError(f"{value} does not fit")
        exact = value.quantize(PLACES)
        if exact != value:
            raise ValueError(f"{value} has more than four decimal places")
        return int(exact.scaleb(4)) if dialect.name == "sqlite" else exact

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """Read back."""
        if value is None:
            return None
        return Decimal(int(value)).scaleb(-4) if dialect.name == "sqlite" else Decimal(value)


def fixed(value: Decimal | int) -> BindParameter[Decimal]:
    """Make a constant that stands beside a ``Fixed`` column in ``coalesce`` or ``case``."""
    return literal(Decimal(value), Fixed())


class UTCDateTime(TypeDecorator[datetime]):
    """An aware instant, kept in UTC.

    :raises ValueError: a naive datetime is bound.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        """Name the type of a value, which a decorator does not do by itself."""
        return datetime

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Check and store."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an aware datetime is wanted")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Read back, aware."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def canonical(value: Any) -> str:
    """Write JSON in one way only: sorted keys, no blanks, Chinese left readable."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


class JSONText(TypeDecorator[Any]):
    """JSON kept as canonical text, equal byte for byte on both databases."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, _dialect: Dialect) -> str | None:
        """Store as canonical text."""
        return None if value is None else canonical(value)

    def process_result_value(self, value: Any, _dialect: Dialect) -> Any:
        """Parse."""
        return None if value is None else json.loads(value)


class Translated(JSONText):
    """A text by locale, ``{"zh_Hans_CN": "年假", "en": "Annual leave"}``; see ``texts.localize``."""

    cache_ok = True
