"""The shape of a pack as JSON Schema: one source for lint, for editors and for the published file.

``pack.schema.json`` beside this file is :func:`build` of the core alone; a test holds the two equal.
:func:`for_registry` also knows the enabled addons. A pack that extends another one may leave out
what that one says: its shape is the same with nothing wanted but the ids (``partial_…``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from zhidu.policy import schema_flows, schema_parts
from zhidu.policy.schema_flows import RESOLVERS
from zhidu.policy.shapes import CODE, SCALAR, Schema, closed, listed, told

if TYPE_CHECKING:
    from zhidu.registry import Registry
    from zhidu.settings import Setting

__all__ = ["FORMAT", "IDENTITY", "RESOLVERS", "SCHEMA_ID", "build", "for_registry"]

FORMAT = 1
"""The version of the format that this code reads."""

SCHEMA_ID = "https://zhidu.dev/schemas/pack-1.json"

IDENTITY: Mapping[str, str] = {
    "clauses": "id",
    "definitions": "name",
    "duties": "id",
    "deadlines": "id",
    "retention": "class",
    "confidentiality": "level",
    "segregation": "id",
    "waivers": "rule",
    "tests": "name",
}
"""Per top list: the key that tells its entries apart, also where one pack extends another."""

_IDS = {*IDENTITY.values(), "branch"} - {"name"}


def build(
    resolvers: Mapping[str, Any] = RESOLVERS,
    settings: Iterable[Setting] | None = None,
    kinds: Iterable[str] | None = None,
    addons: Iterable[str] | None = None,
) -> Schema:
    """Build the schema.

    :param resolvers: the shape of each resolver's argument; default: the engine's own.
    :param settings: limit ``settings`` to these, with their types; default: any.
    :param kinds: limit ``flows`` to these kinds; default: any.
    :param addons: limit ``addons`` to these; default: any.
    """
    parts = {
        **schema_flows.definitions(resolvers),
        "escalation": schema_parts.escalation(),
        "pack": _pack(settings, kinds, addons),
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        "title": "Zhidu policy pack",
        "type": "object",
        "if": {"required": ["extends"]},
        "then": {"$ref": "#/$defs/partial_pack"},
        "else": {"$ref": "#/$defs/pack"},
        "$defs": {**parts, **{f"partial_{name}": _partial(part) for name, part in parts.items()}},
    }


def for_registry(registry: Registry) -> Schema:
    """Build the schema that also completes the settings, kinds and resolvers of enabled addons."""
    return build(
        {name: one.shape for name, one in registry.resolvers.items()},
        registry.settings.values(),
        registry.kinds,
        (loaded.addon.name for loaded in registry.addons if not loaded.core),
    )


def _pack(
    settings: Iterable[Setting] | None, kinds: Iterable[str] | None, addons: Iterable[str] | None
) -> Schema:
    return closed(
        {
            "format": {"const": FORMAT, "description": "Version of this format."},
            "policy": schema_parts.header(),
            "extends": told(
                {"type": "string", "pattern": schema_parts.PACK_ID},
                "The pack that this one builds on: what is said here goes before it.",
            ),
            "clauses": listed(schema_parts.clause()),
            "addons": {
                "type": "array",
                "items": {"type": "string"} if addons is None else {"enum": sorted(addons)},
            },
            "settings": _settings(settings),
            "definitions": listed(schema_parts.definition(), least=0),
            "flows": _by_kind({"$ref": "#/$defs/flow"}, kinds),
            "duties": listed(schema_parts.duty(), least=0),
            "deadlines": listed(schema_parts.deadline(), least=0),
            "retention": listed(schema_parts.retention(), least=0),
            "confidentiality": listed(schema_parts.confidentiality(), least=0),
            "numbering": _by_kind(schema_parts.numbering(), kinds),
            "segregation": listed(schema_parts.segregation(), least=0),
            "waivers": listed(schema_parts.waiver(), least=0),
            "tests": listed(schema_parts.test(), least=0),
        },
        required=("format", "policy", "clauses", "addons"),
    )


def _by_kind(value: Schema, kinds: Iterable[str] | None) -> Schema:
    if kinds is None:
        return {"type": "object", "additionalProperties": value}
    return closed(dict.fromkeys(sorted(kinds), value))


def _partial(part: Any) -> Any:
    """Loosen a part: only ids are wanted, an entry may be removed, and lists may be short."""
    if isinstance(part, list):
        return [_partial(entry) for entry in part]
    if not isinstance(part, dict):
        return part
    found = {key: _partial(value) for key, value in part.items() if key != "minItems"}
    if "$ref" in found:
        found["$ref"] = found["$ref"].replace("#/$defs/", "#/$defs/partial_")
    if "properties" in part and "required" in part:
        names = part["properties"]
        found["required"] = _wanted(part["required"])
        if found["required"] and not {"format", "effective"} & set(names):
            found["properties"]["remove"] = {
                "const": True,
                "description": "Leave out what the other pack says here.",
            }
    return found


def _wanted(required: list[str]) -> list[str]:
    """Keep what tells an entry apart; a header is always whole."""
    if "effective" in required or "format" in required:
        return [key for key in required if key not in ("clauses", "addons")]
    known = [key for key in required if key in _IDS]
    return known or [key for key in required if key == "name"]


def _settings(settings: Iterable[Setting] | None) -> Schema:
    def stated(value: Mapping[str, Any]) -> Schema:
        """Allow the bare value, or the value with the clause that states it."""
        long = closed({"value": value, "clause": CODE}, required=("value", "clause"))
        return {"anyOf": [value, long]}

    if settings is None:
        return {"type": "object", "additionalProperties": stated(SCALAR)}
    return {
        "type": "object",
        "properties": {setting.key: stated(_value(setting)) for setting in settings},
        "additionalProperties": False,
    }


def _value(setting: Setting) -> Schema:
    names = {bool: "boolean", int: "integer", str: "string", Decimal: "number"}
    value: Schema = {
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
