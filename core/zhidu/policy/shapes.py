"""The small pieces of a pack's schema: ids, texts, lengths of time, people, scopes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from zhidu import durations

Schema = dict[str, Any]

CODE: Schema = {"type": "string", "minLength": 1, "maxLength": 64, "pattern": r"^[^\s/]+$"}
"""An id without blanks: of a clause, a duty, a retention class."""
TEXT: Schema = {"type": "string", "minLength": 1, "maxLength": 500}
WORD: Schema = {"type": "string", "minLength": 1}
SCALAR: Schema = {"type": ["string", "number", "boolean"]}
NODE_ID: Schema = {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,62}$"}
DAY: Schema = {"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
CONDITION: Schema = {"type": "string", "minLength": 1, "maxLength": 2000}
DURATION: Schema = {
    "type": "string",
    "pattern": durations.PATTERN,
    "description": "A number and its unit: 2 working days, 24 hours, 1 month.",
}
YES: Schema = {"type": "boolean"}
APPROVER: Schema = {"$ref": "#/$defs/approver"}
SCOPE: Schema = {"$ref": "#/$defs/scope"}
TIMEOUT: Schema = {"$ref": "#/$defs/timeout"}
STEPS: Schema = {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/step"}}


def closed(properties: Mapping[str, Any], required: Iterable[str] = ()) -> Schema:
    """Describe a mapping that has no other keys."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(required),
        "additionalProperties": False,
    }


def one_of(ways: Mapping[str, Any], more: Mapping[str, Any] | None = None) -> Schema:
    """Describe a mapping with exactly one of these keys, and perhaps some more."""
    return {**closed({**ways, **(more or {})}), "oneOf": [{"required": [name]} for name in ways]}


def listed(items: Any, *, least: int = 1) -> Schema:
    """Describe a list."""
    return {"type": "array", "minItems": least, "items": items}


def chosen(*values: str, default: str = "", description: str = "") -> Schema:
    """Describe one of some words."""
    more = {"default": default} if default else {}
    told = {"description": description} if description else {}
    return {"enum": list(values), **more, **told}


def either(mapping: Schema, other: Schema) -> Schema:
    """Describe a place that takes a mapping or something shorter; a fault is told of one of them."""
    return {"if": {"type": "object"}, "then": mapping, "else": other}


def told(schema: Schema, description: str) -> Schema:
    """Add what an editor shows."""
    return {**schema, "description": description}


def scope() -> Schema:
    """Describe whom a rule is for."""
    names = ("departments", "posts", "roles", "grades", "contracts", "sites", "people")
    return {**closed(dict.fromkeys(names, listed(WORD))), "minProperties": 1}


def timeout(actions: Iterable[str]) -> Schema:
    """Describe a clock."""
    return closed(
        {
            "after": DURATION,
            "do": chosen(*actions),
            "most": {"type": "integer", "minimum": 1, "maximum": 99, "default": 1},
            "clause": CODE,
        },
        required=("after", "do"),
    )
