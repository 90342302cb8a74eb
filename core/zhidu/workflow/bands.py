"""How far a value is from the next band: where the conditions of a flow would answer otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from zhidu.expressions.condition import compile_condition
from zhidu.expressions.facts import ExpressionError, FactKind, FactType
from zhidu.expressions.scan import scan
from zhidu.money import PLACES


@dataclass(frozen=True, slots=True)
class NextBand:
    """The nearest value above the present one at which something changes.

    :param reached_at: whether the band begins at the threshold itself, or only above it.
    :param distance: from the present value to the threshold; zero where it stands on it.
    """

    fact: str
    threshold: Decimal
    distance: Decimal
    reached_at: bool


def next_band(
    conditions: Iterable[str],
    facts: Mapping[str, FactType],
    values: Mapping[str, Any],
    fact: str,
) -> NextBand | None:
    """Find where a record's way would change if one number grew, all else staying as it is.

    :param conditions: of the nodes and paths that are meant; texts without one are passed over.
    :param values: the record's facts.
    :param fact: a numeric fact.
    :returns: None where no condition changes above the present value, or the fact is empty.
    :raises ExpressionError: a condition cannot be read.
    """
    present = values.get(fact)
    if present is None or facts[fact].kind is not FactKind.NUMBER:
        return None
    now = Decimal(present)
    texts = list(dict.fromkeys(text for text in conditions if text.strip()))
    asking = [text for text in texts if fact in compile_condition(text, facts).names]
    before = _answers(asking, facts, values)
    for threshold in sorted(_numbers(asking, facts)):
        if threshold < now:
            continue
        for value, reached_at in ((threshold, True), (threshold + PLACES, False)):
            if value > now and _answers(asking, facts, {**values, fact: value}) != before:
                return NextBand(fact, threshold, threshold - now, reached_at)
    return None


def _answers(
    texts: Sequence[str], facts: Mapping[str, FactType], values: Mapping[str, Any]
) -> list[bool | None]:
    """Decide each condition; None for one that these values do not decide."""
    found: list[bool | None] = []
    for text in texts:
        try:
            found.append(compile_condition(text, facts).matches(values))
        except ExpressionError:
            found.append(None)
    return found


def _numbers(texts: Iterable[str], facts: Mapping[str, FactType]) -> set[Decimal]:
    """Give all numbers that the conditions name, and below zero: each may be a threshold."""
    tokens = (token for text in texts for token in scan(text, facts))
    named = {Decimal(token.text) for token in tokens if token.sort == "number"}
    return named | {-number for number in named}
