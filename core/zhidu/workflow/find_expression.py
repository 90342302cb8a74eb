"""People by what the record says: one approver or another, or a code that stands in a fact."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from zhidu.expressions import ExpressionError, FactKind, FactType, compile_condition
from zhidu.texts import gettext as _
from zhidu.texts import lazy_gettext as _l
from zhidu.workflow.definition import Approver
from zhidu.workflow.find_arguments import check_code, check_mapping, closed
from zhidu.workflow.find_people import people, read
from zhidu.workflow.resolvers import Lint, Question, Resolver

AS_CODE = ("role", "post", "group", "user")
"""Resolvers whose argument may stand in a fact."""

_SWITCHED = (FactKind.CHOICE, FactKind.TEXT)


def _find(question: Question, argument: Any) -> Sequence[int]:
    """Choose the approver and ask it.

    :raises ExpressionError: the condition cannot be decided: never guessed.
    """
    chosen = _choose(question, argument)
    return () if chosen is None else people(question, chosen)


def _choose(question: Question, argument: Mapping[str, Any]) -> Approver | None:
    if "if" in argument:
        condition = compile_condition(argument["if"], question.kind.facts)
        return read(argument["then" if condition.matches(question.facts()) else "else"])
    value = question.facts()[argument["by"]]
    code = "" if value is None else str.__str__(getattr(value, "value", value))
    if "as" in argument:
        return Approver(argument["as"], code) if code else None
    return read(argument["cases"].get(code, argument.get("else")))


def _check(argument: Any) -> str:
    """Tell the three ways apart, and check the words of each; approvers within are for lint."""
    if not isinstance(argument, Mapping) or not {"if", "by"} & set(argument):
        return _(
            "It is written {if, then, else} with a condition, {by, cases, else} with the values of"
            " a fact, or {by, as} with a fact that holds a code."
        )
    if "if" in argument:
        known = {"if": check_code, "then": _check_nested, "else": _check_nested}
        return check_mapping(argument, known, required=("if", "then", "else"))
    if "as" in argument:
        known = {"by": check_code, "as": _check_as}
        return check_mapping(argument, known, required=("by", "as"))
    known = {"by": check_code, "cases": _check_cases, "else": _check_nested}
    return check_mapping(argument, known, required=("by", "cases"))


def _check_nested(argument: Any) -> str:
    if read(argument) is not None:
        return ""
    return _("An approver is wanted, e.g. {role: finance}.")


def _check_cases(argument: Any) -> str:
    if not isinstance(argument, Mapping) or not argument:
        return _("Approvers by value are wanted, e.g. {annual: {role: hr}}.")
    return next((wrong for wrong in map(_check_nested, argument.values()) if wrong), "")


def _check_as(argument: Any) -> str:
    if argument in AS_CODE:
        return ""
    return _("It may stand for: %(known)s.", known=", ".join(AS_CODE))


def _check_kind(lint: Lint, argument: Any) -> str:
    facts = lint.kind.facts
    if "if" in argument:
        try:
            compile_condition(argument["if"], facts)
        except ExpressionError as error:
            return str(error)
    else:
        fact = facts.get(argument["by"])
        if fact is None or fact.kind not in _SWITCHED:
            known = sorted(name for name, one in facts.items() if one.kind in _SWITCHED)
            return _(
                "“%(kind)s” has no fact “%(fact)s” with a text or a choice; it has: %(known)s.",
                kind=lint.kind.name,
                fact=argument["by"],
                known=", ".join(known) or "–",
            )
        return _check_values(fact, argument)
    return ""


def _check_values(fact: FactType, argument: Mapping[str, Any]) -> str:
    cases = argument.get("cases", {})
    strange = [value for value in cases if fact.choices and value not in fact.choices]
    if strange:
        return _(
            "“%(value)s” is no value of “%(fact)s”; its values are: %(known)s.",
            value=str(strange[0]),
            fact=argument["by"],
            known=", ".join(fact.choices),
        )
    left = [value for value in fact.choices if value not in cases]
    if cases and "else" not in argument and (left or not fact.choices or fact.nullable):
        return _(
            "Nothing is said for: %(values)s. Add “else:”.",
            values=", ".join(left) or _("other values"),
        )
    return ""


def _nested(argument: Mapping[str, Any]) -> Iterator[Approver]:
    parts: Iterable[Any] = (
        argument.get("then"),
        argument.get("else"),
        *argument.get("cases", {}).values(),
    )
    for part in parts:
        approver = read(part)
        if approver is not None:
            yield approver


_NESTED = {"$ref": "#/$defs/approver"}
_TEXT = {"type": "string", "minLength": 1}

RESOLVERS = (
    Resolver(
        "expression",
        _l("Depends on the record"),
        _find,
        _check,
        check_kind=_check_kind,
        nested=_nested,
        shape={
            "oneOf": [
                closed(("if", "then", "else"), **{"if": _TEXT, "then": _NESTED, "else": _NESTED}),
                closed(
                    ("by", "cases"),
                    by=_TEXT,
                    cases={"type": "object", "additionalProperties": _NESTED, "minProperties": 1},
                    **{"else": _NESTED},
                ),
                closed(("by", "as"), by=_TEXT, **{"as": {"enum": list(AS_CODE)}}),
            ],
            "description": "One approver or another by a condition or by a fact's value, or the"
            " code that stands in a fact.",
        },
    ),
)
