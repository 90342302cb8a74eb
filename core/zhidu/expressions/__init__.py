"""Conditions that a policy writes over a kind's declared facts: typed, exact, with an end."""

from zhidu.expressions.condition import Condition, compile_condition
from zhidu.expressions.facts import ExpressionError, FactKind, FactType

__all__ = ["Condition", "ExpressionError", "FactKind", "FactType", "compile_condition"]
