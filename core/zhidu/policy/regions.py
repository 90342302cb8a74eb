"""What conditions cover: every combination of values that could make a difference, tried once.

A condition that compares facts with plain values changes its answer only at those values. So it
is enough to try each of them, one value between each two, and one outside: the answer of the engine
itself on these cells says whether a condition ever holds, always holds, or covers what another one
covers, too. Where facts are reckoned with or compared with each other, nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import product
from typing import Any

from zhidu.expressions.condition import Condition
from zhidu.expressions.facts import ExpressionError, FactKind, FactType
from zhidu.expressions.scan import Token, scan

MOST_CELLS = 3000
ORDERED = frozenset({FactKind.NUMBER, FactKind.DATE})

_COMPARES = {"==", "!=", "<", "<=", ">", ">="}
_RECKONS = {"+", "-", "*", "/", "%"}
_ELSEWHERE = "\N{HORIZONTAL ELLIPSIS}"
"""A text that no policy names."""


@dataclass(frozen=True, slots=True)
class Point:
    """A value to try, and which values it stands for.

    :param low: the values lie above this one; None where they have no lower end.
    :param high: the values lie below this one; equal to ``low`` for that single value.
    """

    value: Any
    low: Any = None
    high: Any = None


@dataclass(frozen=True, slots=True)
class Table:
    """Conditions tried on every cell.

    :param axes: the points of each fact; those of numbers and days in their order.
    :param cells: one index per axis.
    :param holds: per condition and cell: whether it holds.
    """

    axes: dict[str, tuple[Point, ...]]
    ordered: tuple[str, ...]
    cells: tuple[tuple[int, ...], ...]
    holds: tuple[tuple[bool, ...], ...]

    def say(self, cell: tuple[int, ...]) -> str:
        """Give an example of a cell, as a condition writes it."""
        named = zip(self.axes, cell, strict=True)
        return ", ".join(f"{name} = {_written(self.axes[name][at].value)}" for name, at in named)

    def span(self, name: str, first: int, last: int) -> str:
        """Say which values of a fact lie from one point to another."""
        low, high = self.axes[name][first], self.axes[name][last]
        if first == last and low.low is not None and low.low == low.high:
            return f"{name} = {_written(low.low)}"
        left = "" if low.low is None else f"{_written(low.low)} {_edge(low)} "
        right = "" if high.high is None else f" {_edge(high)} {_written(high.high)}"
        return f"{left}{name}{right}"


def table(conditions: Sequence[Condition]) -> Table | None:
    """Try conditions on every cell; None where that says nothing, or where there are too many."""
    facts: dict[str, FactType] = {}
    literals: list[Token] = []
    for condition in conditions:
        tokens = scan(condition.text, condition.facts)
        if not _plain(tokens, condition.facts):
            return None
        facts |= {name: condition.facts[name] for name in sorted(condition.names)}
        literals += _signed(tokens)
    axes = {name: _points(fact, literals) for name, fact in facts.items()}
    size = 1
    for points in axes.values():
        size *= len(points)
    if size > MOST_CELLS:
        return None
    cells = tuple(product(*(range(len(points)) for points in axes.values())))
    try:
        holds = tuple(
            tuple(
                condition.matches(
                    {name: axes[name][at].value for name, at in zip(axes, cell, strict=True)}
                )
                for cell in cells
            )
            for condition in conditions
        )
    except ExpressionError:
        return None
    ordered = tuple(name for name, fact in facts.items() if fact.kind in ORDERED)
    return Table(axes, ordered, cells, holds)


def _plain(tokens: Sequence[Token], facts: Iterable[str]) -> bool:
    """Tell whether facts are only compared with plain values."""
    known = set(facts)
    for index, token in enumerate(tokens):
        before = tokens[index - 1] if index else None
        behind = tokens[index + 1] if index + 1 < len(tokens) else None
        if token.sort == "op" and token.text in _RECKONS:
            sign = token.text == "-" and behind and behind.sort == "number"
            if not sign or (before and before.ends_operand):
                return False
        if token.text == "in" and behind and behind.text != "[":
            return False
        if token.text in _COMPARES or token.text == "??":
            sides = [side for side in (before, behind) if side and side.sort == "name"]
            if len([side for side in sides if side.text in known]) > 1:
                return False
            if token.text in _COMPARES and before and behind:
                bracket = ")" in (before.text,) and behind.text == "("
                if bracket or (before.text == ")" and behind.text in known):
                    return False
                if behind.text == "(" and before.text in known:
                    return False
    return True


def _signed(tokens: Sequence[Token]) -> list[Token]:
    """Give the literals, a minus before a number drawn into it."""
    found = []
    for index, token in enumerate(tokens):
        if token.sort == "number" and index and tokens[index - 1].text == "-":
            found.append(Token("number", f"-{token.text}", token.position))
        elif token.sort in {"number", "date", "text"}:
            found.append(token)
    return found


def _points(fact: FactType, literals: Sequence[Token]) -> tuple[Point, ...]:
    empty = (Point(None),) if fact.nullable else ()
    match fact.kind:
        case FactKind.BOOLEAN:
            return (Point(False), Point(True), *empty)
        case FactKind.CHOICE:
            return (*map(Point, fact.choices), *empty)
        case FactKind.NUMBER:
            numbers = {Decimal(one.text) for one in literals if one.sort == "number"}
            return (*_between(sorted(numbers), Decimal(1)), *empty)
        case FactKind.DATE:
            days = {date.fromisoformat(one.text[2:-1]) for one in literals if one.sort == "date"}
            return (*_between(sorted(days), timedelta(days=1)), *empty)
    texts = sorted({one.text[1:-1] for one in literals if one.sort == "text"})
    return (*map(Point, texts), Point(_ELSEWHERE), *empty)


def _between(cuts: Sequence[Any], step: Any) -> list[Point]:
    """Give each cut, a value between each two, and one at each end."""
    if not cuts:
        return [Point(Decimal(0) if isinstance(step, Decimal) else date(2000, 1, 1))]
    found = [Point(_shifted(cuts[0], -step), None, cuts[0])]
    for index, cut in enumerate(cuts):
        found.append(Point(cut, cut, cut))
        if index + 1 < len(cuts):
            above = cuts[index + 1]
            if isinstance(cut, Decimal):
                found.append(Point((cut + above) / 2, cut, above))
            elif above - cut > step:
                found.append(Point(cut + step, cut, above))
    return [*found, Point(_shifted(cuts[-1], step), cuts[-1], None)]


def _shifted(value: Any, step: Any) -> Any:
    try:
        return value + step
    except OverflowError:
        return value


def _edge(point: Point) -> str:
    return "<=" if point.low is not None and point.low == point.high else "<"


def _written(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    return f"'{value}'" if isinstance(value, str) else str(value)
