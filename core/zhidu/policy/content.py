"""What a policy version keeps of a pack: the whole pack as plain JSON values, extensions resolved.

Flows stay in the words of the pack; :mod:`zhidu.policy.flows` builds from them what the engine
runs. Decimals are texts. ``settings`` are always ``{value, clause}``, and a number pattern of
``numbering`` stands among them, too: it is the setting ``<kind>.series``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from zhidu.policy import stated
from zhidu.policy.flows import jsonable
from zhidu.policy.schema import FORMAT, IDENTITY

if TYPE_CHECKING:
    from zhidu.registry import Registry

LISTS = tuple(name for name in IDENTITY if name != "clauses")
"""The parts of a pack that are lists, beside its clauses and addons."""

EMPTY: Mapping[str, Any] = {
    "format": FORMAT,
    "policy": {"id": "", "title": "", "version": "", "effective": ""},
    "based_on": [],
    "clauses": [],
    "addons": [],
    "settings": {},
    "flows": {},
    "numbering": {},
    **{name: [] for name in LISTS},
}
"""Version 0: a company without a policy."""


def resolve(registry: Registry, data: Mapping[str, Any], based_on: tuple[str, ...]) -> Any:
    """Give the content of a pack without errors.

    :param data: the pack as plain values, extensions resolved.
    :param based_on: the packs that it extends, the nearest first.
    """
    found: dict[str, Any] = {
        "format": FORMAT,
        "policy": jsonable(data["policy"]),
        "based_on": list(based_on),
        "clauses": jsonable(data["clauses"]),
        "addons": sorted(data["addons"]),
        "settings": _settings(registry, data),
        "flows": jsonable(data.get("flows") or {}),
        "numbering": jsonable(data.get("numbering") or {}),
    }
    return found | {name: jsonable(data.get(name) or []) for name in LISTS}


def _settings(registry: Registry, data: Mapping[str, Any]) -> dict[str, Any]:
    settings = {}
    for key, value in (data.get("settings") or {}).items():
        bare, clause = value, ""
        if isinstance(value, Mapping):
            bare, clause = value["value"], value["clause"]
        checked = stated.checked(registry.settings[key], bare)
        settings[key] = {"value": stated.to_json(checked), "clause": clause}
    for kind, value in (data.get("numbering") or {}).items():
        long = isinstance(value, Mapping)
        pattern, clause = (value["pattern"], value.get("clause", "")) if long else (value, "")
        known = settings.get(f"{kind}.series", {"clause": ""})
        settings[f"{kind}.series"] = {"value": pattern, "clause": clause or known["clause"]}
    return settings
