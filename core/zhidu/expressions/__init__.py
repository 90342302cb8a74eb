"""Conditions that a policy writes over a kind's declared facts: typed, exact, with an end.

The engine behind them takes a third of a second to load; whoever only declares facts does not
pay for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zhidu.expressions.facts import ExpressionError, FactKind, FactType

if TYPE_CHECKING:
    from zhidu.expressions.condition import Condition, compile_condition

__all__ = ["Condition", "ExpressionError", "FactKind", "FactType", "compile_condition"]


def __getattr__(name: str) -> Any:
    if name in ("Condition", "compile_condition"):
        from zhidu.expressions import condition

        return getattr(condition, name)
    raise AttributeError(name)
