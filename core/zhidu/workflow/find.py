"""The core's own ways to find people, gathered; addons add theirs by ``provide_resolvers``."""

from __future__ import annotations

from zhidu.workflow import (
    find_chosen,
    find_company,
    find_expression,
    find_places,
    find_plain,
    find_register,
)
from zhidu.workflow.find_arguments import MAX_LEVEL, check_field, people_in
from zhidu.workflow.find_people import check, people, references
from zhidu.workflow.resolvers import Resolver

__all__ = [
    "MAX_LEVEL",
    "RESOLVERS",
    "check",
    "check_field",
    "people",
    "people_in",
    "references",
]

RESOLVERS: tuple[Resolver, ...] = (
    *find_plain.RESOLVERS,
    *find_places.RESOLVERS,
    *find_chosen.RESOLVERS,
    *find_expression.RESOLVERS,
    *find_register.RESOLVERS,
    *find_company.RESOLVERS,
)
