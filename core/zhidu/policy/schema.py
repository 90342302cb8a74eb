"""The shape of a pack as JSON Schema: one source for lint, for editors and for the published file.

``pack.schema.json`` beside this file is :func:`build` of the core alone; a test holds the two equal.
:func:`for_registry` also knows the enabled addons.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zhidu.registry import Registry
    from zhidu.settings import Setting

FORMAT = 1
"""The version of the format that this code reads."""

SCHEMA_ID = "https://zhidu.dev/schemas/pack-1.json"

RESOLVERS: Mapping[str, Mapping[str, Any]] = {
    "user": {"type": "string", "minLength": 1, "description": "A person, by log-in name."},
    "role": {"type": "string", "minLength": 1, "description": "Everyone with the role, by code."},
    "post": {"type": "string", "minLength": 1, "description": "Everyone on the post, by code."},
    "dept_leader": {
        "type": "object",
        "description": "Leaders of the applicant's department; level 2 is one department up.",
        "properties": {"level": {"type": "integer", "minimum": 1, "maximum": 9}},
        "required": ["level"],
        "additionalProperties": False,
    },
    "superior": {"const": True, "description": "The applicant's direct superior."},
    "field": {"type": "string", "minLength": 1, "description": "The person in a record's field."},
}
"""The arguments of the engine's own resolvers."""

_ID = {"type": "string", "minLength": 1, "maxLength": 64, "pattern": r"^[^\s/]+$"}
_TEXT = {"type": "string", "minLength": 1, "maxLength": 500}
_SCALAR = {"type": ["string", "number", "boolean"]}


def build(
    resolvers: Iterable[str] = (),
    settings: Iterable[Setting] | None = None,
    kinds: Iterable[str] | None = None,
    addons: Iterable[str] | None = None,
) -> dict[str, Any]:
    """Build the schema.

    :param resolvers: names that addons offer beside the engine's own; any argument fits.
    :param settings: limit ``settings`` to these, with their types; default: any.
    :param kinds: limit ``flows`` to these kinds; default: any.
    :param addons: limit ``addons`` to these; default: any.
    """
    approvers = {**{name: {} for name in resolvers}, **RESOLVERS}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        "title": "Zhidu policy pack",
        **_object(
            {
                "format": {"const": FORMAT, "description": "Version of this format."},
                "policy": _object(
                    {
                        "id": {
                            "type": "string",
                            "pattern": "^[a-z][a-z0-9-]{1,62}$",
                            "description": "Stays the same from version to version.",
                        },
                        "title": _TEXT,
                        "version": {"type": "string", "minLength": 1, "maxLength": 32},
                        "effective": {
                            "type": "string",
                            "format": "date",
                            "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
                            "description": "First day, e.g. 2026-01-01.",
                        },
                    },
                    required=("id", "title", "version", "effective"),
                ),
                "clauses": {
                    "type": "array",
                    "minItems": 1,
                    "items": _object(
                        {
                            "id": _ID,
                            "section": _TEXT,
                            "title": _TEXT,
                            "summary": _TEXT,
                            "manual": {
                                **_TEXT,
                                "description": "People do it without the software; says how.",
                            },
                        },
                        required=("id", "section", "title", "summary"),
                    ),
                },
                "addons": {
                    "type": "array",
                    "items": {"type": "string"} if addons is None else {"enum": sorted(addons)},
                },
                "settings": _settings(settings),
                "flows": _by_kind(kinds),
            },
            required=("format", "policy", "clauses", "addons"),
        ),
        "$defs": {
            "approver": _approver(approvers),
            "cc": _approver(approvers, {"at": {"enum": ["submit", "end"], "default": "end"}}),
            "flow": _flow(),
        },
    }


def for_registry(registry: Registry) -> dict[str, Any]:
    """Build the schema that also completes the settings, kinds and resolvers of enabled addons."""
    return build(
        registry.resolvers,
        registry.settings.values(),
        registry.kinds,
        (loaded.addon.name for loaded in registry.addons if not loaded.core),
    )


def _object(properties: Mapping[str, Any], required: Iterable[str] = ()) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(required),
        "additionalProperties": False,
    }


def _approver(approvers: Mapping[str, Any], extra: Mapping[str, Any] | None = None) -> Any:
    """Describe a mapping with exactly one resolver, and the extra keys."""
    return {
        **_object({**approvers, **(extra or {})}),
        "oneOf": [{"required": [name]} for name in approvers],
    }


def _flow() -> dict[str, Any]:
    node = _object(
        {
            "id": {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,62}$"},
            "name": _TEXT,
            "kind": {"enum": ["approve", "handle"], "default": "approve"},
            "mode": {"enum": ["any", "all", "sequential"], "default": "any"},
            "approver": {"$ref": "#/$defs/approver"},
            "when": {"type": "string", "minLength": 1, "maxLength": 2000},
            "clause": _ID,
            "transition": {"type": "string", "minLength": 1},
        },
        required=("id", "name", "approver", "clause"),
    )
    return _object(
        {
            "manager": {"$ref": "#/$defs/approver"},
            "cc": {"type": "array", "items": {"$ref": "#/$defs/cc"}},
            "nodes": {"type": "array", "minItems": 1, "items": node},
        },
        required=("manager", "nodes"),
    )


def _by_kind(kinds: Iterable[str] | None) -> dict[str, Any]:
    flow = {"$ref": "#/$defs/flow"}
    if kinds is None:
        return {"type": "object", "additionalProperties": flow}
    return _object(dict.fromkeys(sorted(kinds), flow))


def _settings(settings: Iterable[Setting] | None) -> dict[str, Any]:
    def stated(value: Mapping[str, Any]) -> dict[str, Any]:
        """Allow the bare value, or the value with the clause that states it."""
        long = _object({"value": value, "clause": _ID}, required=("value", "clause"))
        return {"anyOf": [value, long]}

    if settings is None:
        return {"type": "object", "additionalProperties": stated(_SCALAR)}
    return {
        "type": "object",
        "properties": {setting.key: stated(_value(setting)) for setting in settings},
        "additionalProperties": False,
    }


def _value(setting: Setting) -> dict[str, Any]:
    names = {bool: "boolean", int: "integer", str: "string", Decimal: "number"}
    value: dict[str, Any] = {
        "type": names[setting.type],
        "description": str(setting.help or setting.title),
    }
    if setting.choices:
        value["enum"] = [_json(choice) for choice in setting.choices]
    if setting.minimum is not None:
        value["minimum"] = _json(setting.minimum)
    if setting.maximum is not None:
        value["maximum"] = _json(setting.maximum)
    return value


def _json(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value
