"""How far a value is from the next band: where the conditions of a flow would answer otherwise."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

from zhidu.expressions.condition import compile_condition
from zhidu.expressions.facts import ExpressionError, FactKind, FactType
from zhidu.expressions.scan import scan
from zhidu.money import PLACES
from zhidu.workflow.definition import Flow, Node, Step


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


def next_bands(
    flow: Flow, facts: Mapping[str, FactType], values: Mapping[str, Any]
) -> list[NextBand]:
    """Find, for every number that a flow's conditions ask for, where the way would change next.

    A fact over a window grows with the request itself: its own distance says by how much. Facts
    that no condition asks for are not read.

    :param values: e.g. ``records.windows.facts_of``.
    :returns: at most one per fact, by name.
    """
    conditions = [text for text in conditions_of(flow.nodes) if text]
    asked = {name for text in conditions for name in compile_condition(text, facts).names}
    found = (next_band(conditions, facts, values, name) for name in sorted(asked))
    return [band for band in found if band is not None]


def conditions_of(steps: Iterable[Step]) -> Iterator[str]:
    """Give the conditions of steps and paths in the order of the page."""
    for step in steps:
        if isinstance(step, Node):
            yield step.when
        else:
            for path in step.paths:
                yield path.when
                yield from conditions_of(path.steps)


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
    present = values.get(fact) if facts[fact].kind is FactKind.NUMBER else None
    if present is None:
        return None
    now = Decimal(present)
    texts = list(dict.fromkeys(text for text in conditions if text.strip()))
    asking = [text for text in texts if fact in compile_condition(text, facts).names]
    before = _answers(asking, facts, values)
    for threshold in sorted(_numbers(asking, facts)):
        if threshold < now:
            continue
        for value, reached_at in ((threshold, True), (threshold + PLACES, False)):
            if (
                value > now
                and _answers(asking, facts, ChainMap({fact: value}, cast("dict[str, Any]", values)))
                != before
            ):
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
