"""People whose written authority covers the record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from zhidu.texts import gettext as _
from zhidu.texts import lazy_gettext as _l
from zhidu.workflow import authority
from zhidu.workflow.find_arguments import CODE_SHAPE, check_code, check_mapping, closed
from zhidu.workflow.resolvers import Lint, Named, Question, Reference, Resolver


def _find(question: Question, argument: Any) -> Sequence[int]:
    asked = authority.asked_by(question.session, question.kind, question.facts(), _matter(argument))
    return () if asked is None else authority.holders(question.session, asked)


def _check(argument: Any) -> str:
    return "" if argument in (None, True) else check_mapping(argument, {"matter": check_code})


def _check_kind(lint: Lint, argument: Any) -> str:
    if _matter(argument) or lint.kind.authority is not None:
        return ""
    return _("“%(kind)s” has no business matter; name one here.", kind=lint.kind.name)


def _names(argument: Any) -> Iterable[Reference]:
    if _matter(argument):
        yield Named.MATTER, _matter(argument)


def _matter(argument: Any) -> str:
    return str(argument.get("matter", "")) if isinstance(argument, Mapping) else ""


RESOLVERS = (
    Resolver(
        "authorized",
        _l("Whoever has written authority"),
        _find,
        _check,
        check_kind=_check_kind,
        names=_names,
        shape={
            "oneOf": [{"const": True}, closed(matter=CODE_SHAPE)],
            "description": "Whose entry in the register of written authority covers the matter and"
            " the amount; the narrowest first.",
        },
    ),
)
