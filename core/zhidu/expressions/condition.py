"""A condition, compiled once and kept: the engine behind it is rule-engine, Decimal-exact."""

from __future__ import annotations

import decimal
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

import rule_engine
from rule_engine import errors as engine_errors

from zhidu.expressions.check import KIND_TITLES, check_tree
from zhidu.expressions.facts import ExpressionError, FactKind, FactType
from zhidu.expressions.scan import is_fact_name, scan
from zhidu.texts import lazy_gettext as _l

_EXACT = decimal.Context(prec=60)
"""Sixty digits: sums and products of amounts never round."""

_TYPES = {
    FactKind.TEXT: rule_engine.DataType.STRING,
    FactKind.CHOICE: rule_engine.DataType.STRING,
    FactKind.NUMBER: rule_engine.DataType.FLOAT,
    FactKind.BOOLEAN: rule_engine.DataType.BOOLEAN,
    FactKind.DATE: rule_engine.DataType.DATETIME,
}

# What the library may raise while it reads or decides; its own root, and what it lets through
_ENGINE_FAILURES = (
    engine_errors.EngineError,
    ArithmeticError,
    TypeError,
    ValueError,
    RecursionError,
)


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition that was read and checked.

    :param text: as the policy writes it.
    :param names: the facts that it asks for.
    """

    text: str
    names: frozenset[str]
    _facts: Mapping[str, FactType] = field(repr=False)
    _rule: Any = field(repr=False)

    @property
    def facts(self) -> Mapping[str, FactType]:
        """Give the facts that it might have asked for, by name."""
        return self._facts

    def matches(self, values: Mapping[str, Any]) -> bool:
        """Decide it for one record's facts.

        :param values: by fact name; enum members, ints, Decimals, dates, texts, None where the
            fact is nullable. More than the condition asks for is ignored.
        :raises ExpressionError: a fact is missing or not of its declared type.
        """
        given = {name: self._value(name, values) for name in self.names}
        try:
            return bool(self._rule.matches(given))
        except _ENGINE_FAILURES as error:
            raise ExpressionError(
                _l("The condition cannot be decided: %(reason)s.", reason=_reason(error)), self.text
            ) from error

    def _value(self, name: str, values: Mapping[str, Any]) -> Any:
        """Give a fact's value as the engine wants it."""
        fact = self._facts[name]
        if name not in values:
            raise ExpressionError(_l("The fact “%(name)s” is missing.", name=name), self.text)
        value = values[name]
        if value is None:
            if fact.nullable:
                return None
        elif fact.kind is FactKind.BOOLEAN:
            if isinstance(value, bool):
                return value
        elif fact.kind is FactKind.NUMBER:
            if isinstance(value, int) and not isinstance(value, bool):
                return Decimal(int(value))
            if isinstance(value, Decimal) and value.is_finite():
                return value
        elif fact.kind is FactKind.DATE:
            if isinstance(value, date) and not isinstance(value, datetime):
                return datetime(value.year, value.month, value.day, tzinfo=UTC)
        elif isinstance(value, str):
            # an enum member is unequal to its own value for the engine: hand over the plain text
            plain = str.__str__(getattr(value, "value", value))
            if fact.kind is FactKind.TEXT or plain in fact.choices:
                return plain
        raise ExpressionError(
            _l(
                "The fact “%(name)s” should be %(kind)s, but is “%(value)s”.",
                name=name,
                kind=KIND_TITLES[fact.kind],
                value=repr(value)[:60],
            ),
            self.text,
        )


def compile_condition(text: str, facts: Mapping[str, FactType]) -> Condition:
    """Read a condition over a kind's facts; the same text is read only once.

    :raises ExpressionError: it cannot be read, its parts do not fit, or it asks for no fact.
    """
    return _compile(text, tuple(sorted(facts.items())))


@lru_cache(maxsize=1024)
def _compile(text: str, declared: tuple[tuple[str, FactType], ...]) -> Condition:
    facts = dict(declared)
    for name in facts:
        if not is_fact_name(name):
            raise ExpressionError(_l("“%(name)s” cannot be the name of a fact.", name=name), text)
    tokens = scan(text, facts)
    names = frozenset(
        token.text for token in tokens if token.sort == "name" and token.text in facts
    )
    if not names:
        raise ExpressionError(
            _l("The condition asks for no fact: it is always the same."),
            text,
            cure=_l("Known facts: %(names)s.", names=", ".join(sorted(facts))),
        )
    # token by token with single blanks: the engine reads what was checked, and nothing else
    plain = " ".join(token.text for token in tokens)
    places = _places(tokens)
    untyped = dict.fromkeys(facts, rule_engine.DataType.UNDEFINED)
    check_tree(text, _parse(text, plain, places, untyped).statement, facts)
    rule = _parse(text, plain, places, {name: _engine_type(fact) for name, fact in facts.items()})
    return Condition(text, names, facts, rule)


def _engine_type(fact: FactType) -> Any:
    kind = _TYPES[fact.kind]
    return rule_engine.DataType.NULLABLE(kind) if fact.nullable else kind


def _places(tokens: list[Any]) -> dict[int, int]:
    """Map the place of a token in the plain text to its place in the policy's text."""
    places, at = {}, 0
    for token in tokens:
        places[at] = token.position
        at += len(token.text) + 1
    return places


def _parse(text: str, plain: str, places: Mapping[int, int], types: Mapping[str, Any]) -> Any:
    context = rule_engine.Context(
        type_resolver=rule_engine.type_resolver_from_dict(types),
        default_timezone="utc",
        decimal_context=_EXACT,
        mapping_attribute_lookup=False,
    )
    try:
        return rule_engine.Rule(plain, context=context)
    except engine_errors.RuleSyntaxError as error:
        place = len(text) if error.token is None else places.get(error.token.lexpos)
        raise ExpressionError(
            _l("The condition cannot be read: something is missing or too much here."),
            text,
            position=place,
        ) from error
    except _ENGINE_FAILURES as error:
        raise ExpressionError(
            _l(
                "The parts of the condition do not fit together: %(reason)s.", reason=_reason(error)
            ),
            text,
        ) from error


def _reason(error: BaseException) -> str:
    return str(getattr(error, "message", "") or error or type(error).__name__)
