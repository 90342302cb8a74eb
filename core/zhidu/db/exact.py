"""Refuse, while a statement is compiled, arithmetic that SQLite would silently get wrong.

A ``Fixed`` column is an integer x 10^4 on SQLite: an average, a rounding, a cast or a comparison
with a plain number is wrong there by a power of ten, with no error from the database.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BindParameter, Null
from sqlalchemy.sql import operators
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import Case, Cast, ClauseList, Grouping, TypeCoerce
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.selectable import SelectBase
from sqlalchemy.types import NullType

from zhidu.db.types import Fixed

_EXACT = frozenset({"sum", "min", "max", "coalesce", "count"})
_EXACT_WHEN_TYPED = frozenset({"lag", "lead", "first_value", "last_value", "nth_value", "nullif"})
"""Exact if ``type_=Fixed()`` says how to read the result."""
_ALIKE = frozenset(
    {
        operators.add,
        operators.sub,
        operators.eq,
        operators.ne,
        operators.lt,
        operators.le,
        operators.gt,
        operators.ge,
    }
)
"""Operators whose two sides must both be ``Fixed``."""

ZERO_ONLY = "zhidu_zero_only"
"""Attribute of a compilation: names of parameters that may only be 0 or NULL."""


class ExactCompiler(SQLCompiler):
    """Compile as the database's own compiler does, but no inexact ``Fixed`` arithmetic.

    :raises TypeError: the statement would give another number on SQLite than on PostgreSQL.
    """

    def visit_function(self, func: FunctionElement[Any], *args: Any, **kwargs: Any) -> str:
        """Let only functions pass that are exact on scaled integers."""
        arguments = list(func.clauses)
        if any(_is_fixed(argument) for argument in arguments):
            name = getattr(func, "name", "").lower()
            if name not in _EXACT and not (name in _EXACT_WHEN_TYPED and _is_fixed(func)):
                raise TypeError(f"{name}() over a Fixed column is inexact: load it and use Decimal")
        text = super().visit_function(func, *args, **kwargs)  # type: ignore[arg-type]  # a mixin
        if getattr(func, "name", "") == "coalesce" and any(map(_is_fixed, arguments)):
            self._alike(arguments)
        return text

    def visit_case(self, clause: Case[Any], **kwargs: Any) -> str:
        """Let all results be ``Fixed`` if one is."""
        results = [result for _condition, result in clause.whens]
        if clause.else_ is not None:
            results.append(clause.else_)
        text: str = super().visit_case(clause, **kwargs)  # type: ignore[no-untyped-call]
        if any(map(_is_fixed, results)):
            self._alike(results)
        return text

    def visit_cast(self, cast: Cast[Any], **kwargs: Any) -> str:
        """Refuse a cast of a ``Fixed`` column."""
        if _is_fixed(cast.clause):
            raise TypeError("a cast of a Fixed column is inexact: load it and use Decimal")
        return super().visit_cast(cast, **kwargs)  # type: ignore[no-any-return, no-untyped-call]

    def visit_type_coerce(self, type_coerce: TypeCoerce[Any], **kwargs: Any) -> str:
        """Refuse to read a ``Fixed`` column as something else, or the other way round."""
        if _is_fixed(type_coerce.clause) != isinstance(type_coerce.type, Fixed):
            raise TypeError("type_coerce to or from Fixed is inexact: load it and use Decimal")
        return super().visit_type_coerce(type_coerce, **kwargs)  # type: ignore[no-any-return, no-untyped-call]

    def visit_binary(self, binary: Any, *args: Any, **kwargs: Any) -> str:
        """Refuse to add or compare a ``Fixed`` with a number that is not scaled."""
        text: str = super().visit_binary(binary, *args, **kwargs)  # type: ignore[no-untyped-call]
        if binary.operator in _ALIKE and _is_fixed(binary.left) != _is_fixed(binary.right):
            self._alike([binary.left, binary.right])
        return text

    def _alike(self, elements: list[Any]) -> None:
        """Refuse what is neither ``Fixed`` nor NULL; a parameter of another type must be 0."""
        for element in elements:
            inner = _unwrapped(element)
            if isinstance(inner, BindParameter) and not isinstance(inner.type, Fixed):
                names = self.__dict__.setdefault(ZERO_ONLY, set())
                names.add(self.bind_names[inner])
            elif not (_is_fixed(inner) or isinstance(inner, Null | SelectBase)):
                if isinstance(inner.type, NullType):
                    continue
                raise TypeError(
                    "a Fixed column beside another type in SQL is inexact: use fixed(value)"
                )


def _unwrapped(element: Any) -> Any:
    while isinstance(element, Grouping):
        element = element.element
    return element


def _is_fixed(element: Any) -> bool:
    inner = _unwrapped(element)
    return not isinstance(inner, ClauseList) and isinstance(getattr(inner, "type", None), Fixed)


def wrong_parameter(compiled: Any, sets: list[dict[str, Any]]) -> bool:
    """Tell whether a parameter beside a ``Fixed`` is a plain number other than 0."""
    names = compiled.__dict__.get(ZERO_ONLY)
    return bool(names) and any(values.get(name) for values in sets for name in names)
