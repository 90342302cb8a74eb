"""Types on the syntax tree: what the engine would take silently is refused here, in our words.

The engine says «false» where a number is compared with a text, takes any value for a truth, and
knows nothing of a choice's values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

from rule_engine import ast

from zhidu.expressions.facts import ExpressionError, FactKind, FactType
from zhidu.texts import Text
from zhidu.texts import lazy_gettext as _l

KIND_TITLES: Mapping[FactKind, Text] = {
    FactKind.TEXT: _l("a text"),
    FactKind.NUMBER: _l("a number"),
    FactKind.BOOLEAN: _l("a yes or no"),
    FactKind.DATE: _l("a day"),
    FactKind.CHOICE: _l("a choice"),
}


@dataclass(frozen=True, slots=True)
class _Shape:
    """What a part of a condition is.

    :param kind: None for the literal ``null``.
    :param fact: the fact's name where the part is one, for messages.
    :param literal: the value of a literal.
    """

    kind: FactKind | None
    nullable: bool = False
    fact: str = ""
    choices: tuple[str, ...] = ()
    literal: Any = None


def check_tree(text: str, statement: Any, facts: Mapping[str, FactType]) -> None:
    """Refuse a tree whose parts do not fit together or whose result is not a yes or no.

    :raises ExpressionError: naming the fact or the value that does not fit.
    """
    checker = _Checker(text, facts)
    checker.boolean(checker.shape(statement.expression))


class _Checker:
    def __init__(self, text: str, facts: Mapping[str, FactType]) -> None:
        self.text = text
        self.facts = facts

    def fail(self, message: Text, *, cure: Text | str = "", **more: Any) -> ExpressionError:
        return ExpressionError(message, self.text, cure=cure, **more)

    def shape(self, node: Any) -> _Shape:
        """Give the shape of a node, having checked everything below it."""
        match node:
            case ast.NullExpression():
                return _Shape(None, nullable=True)
            case ast.BooleanExpression():
                return _Shape(FactKind.BOOLEAN, literal=node.value)
            case ast.FloatExpression():
                return _Shape(FactKind.NUMBER, literal=node.value)
            case ast.StringExpression():
                return _Shape(FactKind.TEXT, literal=node.value)
            case ast.DatetimeExpression():
                return _Shape(FactKind.DATE, literal=node.value)
            case ast.SymbolExpression():
                fact = self.facts[node.name]
                return _Shape(fact.kind, fact.nullable, node.name, fact.choices)
            case ast.CoalesceExpression():
                return self.coalesce(node)
            case ast.LogicExpression():
                self.boolean(self.shape(node.left))
                self.boolean(self.shape(node.right))
                return _Shape(FactKind.BOOLEAN)
            case ast.UnaryExpression():
                if node.type == "not":
                    self.boolean(self.shape(node.right))
                    return _Shape(FactKind.BOOLEAN)
                self.number(self.shape(node.right))
                return _Shape(FactKind.NUMBER)
            case ast.ContainsExpression():
                return self.contains(node)
            case ast.ArithmeticComparisonExpression():
                return self.ordered(node)
            case ast.ComparisonExpression():
                return self.equal(node)
            case ast.AddExpression() | ast.SubtractExpression() | ast.ArithmeticExpression():
                self.number(self.shape(node.left))
                self.number(self.shape(node.right))
                return _Shape(FactKind.NUMBER)
        raise self.fail(_l("The condition uses something that conditions do not know."))

    def coalesce(self, node: Any) -> _Shape:
        """``fact ?? value``: the left may be empty, the right may not."""
        left, right = self.shape(node.left), self.shape(node.right)
        if not left.nullable or left.kind is None:
            raise self.fail(
                _l("“%(fact)s” is never empty: “??” has nothing to do.", fact=left.fact or "?"),
                cure=_l("Put brackets around the part with “??”, e.g. (days ?? 0) > 3."),
            )
        if right.nullable:
            raise self.fail(_l("The value behind “??” may be empty itself."))
        self.same(left, right)
        return _Shape(left.kind, False, left.fact, left.choices)

    def contains(self, node: Any) -> _Shape:
        """``fact in ['a', 'b']`` or ``'part' in text``."""
        member = self.filled(self.shape(node.member))
        if isinstance(node.container, ast.ArrayExpression):
            if not node.container.value:
                raise self.fail(_l("The list behind “in” is empty."))
            for item in node.container.value:
                self.same(member, self.filled(self.shape(item)))
            return _Shape(FactKind.BOOLEAN)
        container = self.filled(self.shape(node.container))
        if container.kind is not FactKind.TEXT or member.kind is not FactKind.TEXT:
            raise self.fail(_l("Behind “in” stands a list of values, or a text to search."))
        return _Shape(FactKind.BOOLEAN)

    def equal(self, node: Any) -> _Shape:
        """``==`` and ``!=``: the same kind on both sides, or an optional fact and null."""
        left, right = self.shape(node.left), self.shape(node.right)
        for one, other in ((left, right), (right, left)):
            if one.kind is None:
                if other.kind is None or not other.nullable:
                    raise self.fail(
                        _l("“%(fact)s” is never empty.", fact=other.fact or "null"),
                    )
                return _Shape(FactKind.BOOLEAN)
        self.same(self.filled(left), self.filled(right))
        return _Shape(FactKind.BOOLEAN)

    def ordered(self, node: Any) -> _Shape:
        """``<`` and its like: numbers or days."""
        left, right = self.filled(self.shape(node.left)), self.filled(self.shape(node.right))
        for side in (left, right):
            if side.kind not in {FactKind.NUMBER, FactKind.DATE}:
                raise self.fail(
                    _l(
                        "Only numbers and days have an order; %(found)s has none.",
                        found=self.say(side),
                    )
                )
        self.same(left, right)
        return _Shape(FactKind.BOOLEAN)

    def same(self, left: _Shape, right: _Shape) -> None:
        """Refuse two parts of different kinds, and a literal outside a choice's values."""
        for choice, other in ((left, right), (right, left)):
            if choice.kind is FactKind.CHOICE and other.kind is FactKind.TEXT:
                if other.literal is None:
                    raise self.fail(
                        _l(
                            "%(choice)s is compared with plain values only.",
                            choice=self.say(choice),
                        )
                    )
                self.in_choices(choice, other.literal)
                return
        if left.kind is not right.kind:
            raise self.fail(
                _l(
                    "%(left)s is compared with %(right)s.",
                    left=self.say(left),
                    right=self.say(right),
                )
            )
        if left.kind is FactKind.CHOICE and set(left.choices) != set(right.choices):
            raise self.fail(_l("Two choices with different values are compared."))

    def in_choices(self, choice: _Shape, value: str) -> None:
        if value in choice.choices:
            return
        close = get_close_matches(value, choice.choices, 1)
        place = max(self.text.find(f"'{value}'"), self.text.find(f'"{value}"'))
        raise self.fail(
            _l("“%(value)s” is no value of “%(fact)s”.", value=value, fact=choice.fact),
            cure=_l("Possible values: %(values)s.", values=", ".join(choice.choices)),
            suggestion=close[0] if close else "",
            position=place if place >= 0 else None,
        )

    def filled(self, shape: _Shape) -> _Shape:
        """Refuse a part that may be empty."""
        if shape.nullable:
            raise self.fail(
                _l("“%(fact)s” may be empty.", fact=shape.fact or "null"),
                cure=_l(
                    "Say what counts then, e.g. (%(fact)s ?? %(sample)s).",
                    fact=shape.fact or "days",
                    sample=self.sample(shape),
                ),
            )
        return shape

    def sample(self, shape: _Shape) -> str:
        """Give a literal of the shape's kind, as a policy writes it."""
        if shape.choices:
            return f"'{shape.choices[0]}'"
        return {
            FactKind.TEXT: "''",
            FactKind.BOOLEAN: "false",
            FactKind.DATE: "d'2026-05-01'",
        }.get(shape.kind or FactKind.NUMBER, "0")

    def boolean(self, shape: _Shape) -> None:
        if self.filled(shape).kind is not FactKind.BOOLEAN:
            raise self.fail(
                _l("A yes or no is wanted here, not %(found)s.", found=self.say(shape)),
                cure=_l("Compare it with something, e.g. days > 3."),
            )

    def number(self, shape: _Shape) -> None:
        if self.filled(shape).kind is not FactKind.NUMBER:
            raise self.fail(
                _l("Only numbers are reckoned with, not %(found)s.", found=self.say(shape))
            )

    def say(self, shape: _Shape) -> Text:
        """Name a part for a message: the fact, the literal, or its kind."""
        if shape.kind is None:
            return _l("an empty value")
        kind = KIND_TITLES[shape.kind]
        if shape.fact:
            return _l("“%(name)s” (%(kind)s)", name=shape.fact, kind=kind)
        if isinstance(shape.literal, str | Decimal):
            return _l("“%(name)s” (%(kind)s)", name=str(shape.literal), kind=kind)
        return kind
