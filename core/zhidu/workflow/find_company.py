"""People of a parent company, as far as they are members here, too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zhidu.org import wall
from zhidu.texts import lazy_gettext as _l
from zhidu.workflow.find_arguments import CODE_SHAPE, check_code, check_mapping, closed
from zhidu.workflow.resolvers import Named, Question, Resolver


def _find(question: Question, argument: Any) -> Sequence[int]:
    return wall.holders_above(question.session, argument["company"], argument["post"])


def _check(argument: Any) -> str:
    known = {"company": check_code, "post": check_code}
    return check_mapping(argument, known, required=("company", "post"))


RESOLVERS = (
    Resolver(
        "company_post",
        _l("Whoever holds a post in a parent company"),
        _find,
        _check,
        names=lambda argument: [(Named.COMPANY, argument["company"])],
        shape={
            **closed(("company", "post"), company=CODE_SHAPE, post=CODE_SHAPE),
            "description": "Everyone on a post of a company above this one, by codes; the person"
            " must be a member here, too.",
        },
    ),
)
