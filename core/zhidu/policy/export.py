"""Write a policy version back to YAML: what the loader reads from it is what the version keeps.

Comments and the order of keys are lost, nothing else: extensions stand resolved, and what the
company itself chose is told in a comment, for it is no text of the policy.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from zhidu.errors import ValidationError
from zhidu.expressions import FactKind
from zhidu.policy import publish, versions
from zhidu.policy.content import LISTS
from zhidu.policy.models import PolicyVersion
from zhidu.texts import gettext as _
from zhidu.texts import lazy_gettext as _l

if TYPE_CHECKING:
    from zhidu.registry import Registry

_ORDER = ("clauses", "addons", "settings", "definitions", "flows", "numbering", *LISTS)
_KEPT = ("format", "policy", "clauses", "addons")
"""What a pack always has."""

_PART = r"[A-Za-z0-9_./\-+()\u4e00-\u9fff\u3001\u3002\uff08\uff09\uff0c\uff1a\uff1b\u300a\u300b]"
_BARE = re.compile(
    rf"(?=[A-Za-z\u4e00-\u9fff]){_PART}+( {_PART}+)*|[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}"
)
_SWORN = re.compile(r"(?i:null|true|false|yes|no|on|off|y|n)")
"""Words that one YAML reader or another takes for something else than a text."""
_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,17})|-?[0-9]{1,15}\.[0-9]{1,10}")
_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")
_WIDTH = 80
"""Characters of a list or of a short mapping on one line."""
_PAIR = 2
"""Entries of a mapping that is read at a glance."""
_LONGEST = 400
"""Characters of a text without quotes."""


class NothingToExport(ValidationError):
    """A company without a policy text has no pack to write."""

    def __init__(self) -> None:
        super().__init__(
            _l("This version states no clauses: there is no policy text to write."),
            cure=_l("Apply a policy first, or export an older version with --version."),
        )


def export(registry: Registry, version: PolicyVersion | None) -> str:
    """Give a version as the text of a pack.

    :raises NothingToExport: it states no policy text.
    """
    stated = publish.stated_content(version)
    if version is None or not stated["clauses"]:
        raise NothingToExport
    lines = [
        "# "
        + _(
            "Version %(number)s, in force from %(day)s; written by zhidu policy export.",
            number=version.number,
            day=version.effective_from.isoformat(),
        )
    ]
    if stated["based_on"]:
        lines.append("# " + _("It was built on: %(packs)s", packs=", ".join(stated["based_on"])))
    own = versions.content(version).data.get("company_settings") or {}
    for key, value in sorted(own.items()):
        chosen = _("chosen by the company itself: %(key)s = %(value)s", key=key, value=value)
        lines.append("# " + chosen.replace("\n", " "))
    return "\n".join([*lines, write(pack(registry, stated))])


def pack(registry: Registry, content: Mapping[str, Any]) -> dict[str, Any]:
    """Give the tree of a pack that resolves to this content; empty parts are left out."""
    data = {**content, "settings": _settings(registry, content), "tests": _tests(registry, content)}
    found = {key: data[key] for key in ("format", "policy")}
    for key in dict.fromkeys(_ORDER):
        if data.get(key) or key in _KEPT:
            found[key] = data[key]
    return found


def _tests(registry: Registry, content: Mapping[str, Any]) -> list[Any]:
    """Write the facts of tests in their types: a number with decimals is kept as a text."""
    found = []
    for test in content.get("tests") or ():
        kind = registry.kinds.get(test["kind"])
        facts = (test.get("given") or {}).get("facts")
        if kind is not None and facts:
            numbers = {name for name, one in kind.facts.items() if one.kind is FactKind.NUMBER}
            typed = {
                name: Decimal(value) if name in numbers and isinstance(value, str) else value
                for name, value in facts.items()
            }
            test = {**test, "given": {**test["given"], "facts": typed}}
        found.append(test)
    return found


def _settings(registry: Registry, content: Mapping[str, Any]) -> dict[str, Any]:
    """Write settings in their types; a number pattern stands under ``numbering`` already."""
    found: dict[str, Any] = {}
    numbering = content.get("numbering") or {}
    for key, stated in content["settings"].items():
        kind = key.removesuffix(".series")
        clause = stated.get("clause", "")
        pattern = numbering.get(kind) if key != kind else None
        if pattern is not None:
            told = pattern.get("clause", "") if isinstance(pattern, Mapping) else ""
            if clause == told:
                continue
        value, declared = stated["value"], registry.settings.get(key)
        if declared is not None and declared.type is Decimal:
            value = Decimal(value)
        found[key] = {"value": value, "clause": clause} if clause else value
    return found


def write(tree: Mapping[str, Any]) -> str:
    """Write plain values as YAML that the loader reads back to the very same values."""
    return "\n".join(_block(tree, 0)).rstrip("\n") + "\n"


def _block(value: Any, depth: int) -> Iterator[str]:
    """Give the lines of a mapping or list at a depth."""
    pad = "  " * depth
    if isinstance(value, Mapping):
        for key, entry in value.items():
            short = None if entry and isinstance(entry, Mapping) and not depth else _inline(entry)
            if short is not None:
                yield f"{pad}{_text(str(key))}: {short}"
            else:
                yield f"{pad}{_text(str(key))}:"
                yield from _block(entry, depth + 1)
            if depth == 0 and short is None:
                yield ""
        return
    for entry in value:
        short = _inline(entry)
        if short is not None:
            yield f"{pad}- {short}"
            continue
        first, *rest = _block(entry, depth + 1)
        yield f"{pad}- {first[len(pad) + 2 :]}"
        yield from rest


def _inline(value: Any) -> str | None:
    """Write a value on one line; None where it is better written on several."""
    if isinstance(value, Mapping):
        if not value:
            return "{}"
        parts = [_inline(entry) for entry in value.values()]
        simple = len(value) <= _PAIR and not any(
            isinstance(one, list | tuple) for one in value.values()
        )
        if not simple or any(part is None for part in parts):
            return None
        text = ", ".join(
            f"{_text(str(key))}: {part}" for key, part in zip(value, parts, strict=True)
        )
        return f"{{{text}}}" if len(text) <= _WIDTH else None
    if isinstance(value, list | tuple):
        if not value:
            return "[]"
        if any(isinstance(one, Mapping | list | tuple) for one in value):
            return None
        text = ", ".join(_scalar(one) for one in value)
        return f"[{text}]" if len(text) <= _WIDTH else None
    return _scalar(value)


def _scalar(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | Decimal():
            text = f"{value:f}" if isinstance(value, Decimal) else str(value)
            return text if _NUMBER.fullmatch(text) else _quoted(text)
    return _text(str(value))


def _text(text: str) -> str:
    """Write a text bare where every reader takes it for that text, else in quotes."""
    if _BARE.fullmatch(text) and not _SWORN.fullmatch(text) and len(text) <= _LONGEST:
        return text
    return _quoted(text)


def _quoted(text: str) -> str:
    quoted = json.dumps(text, ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)
