"""Words that a pack defines (“what counts as late”), put into the conditions that use them.

A definition is a condition of its own with a name. A condition that names it is read as if the
definition stood there in brackets, so the engine knows facts only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

_WORD = re.compile(r"'[^']*'|\"[^\"]*\"|[A-Za-z_][A-Za-z_0-9]*")

MOST = 4000
"""Characters that a condition may grow to; what is longer is left to the reader of conditions."""


def of(entries: Iterable[Any]) -> dict[str, str]:
    """Give the conditions by name; a definition without one is a word explained to people."""
    return {
        entry["name"]: entry["when"]
        for entry in entries
        if isinstance(entry, Mapping)
        and isinstance(entry.get("name"), str)
        and isinstance(entry.get("when"), str)
    }


def named(text: str, definitions: Mapping[str, str]) -> set[str]:
    """Name the definitions that a condition uses itself."""
    return {word for word in _WORD.findall(text) if word in definitions}


def expand(text: str, definitions: Mapping[str, str]) -> str:
    """Write a condition with nothing but facts; a word that leads back to itself stays."""
    return _expand(text, definitions, frozenset())


def expand_within(argument: Any, definitions: Mapping[str, str]) -> Any:
    """Write every condition (``if``) within a resolver's argument with nothing but facts."""
    match argument:
        case Mapping():
            return {
                key: expand(value, definitions)
                if key == "if" and isinstance(value, str)
                else expand_within(value, definitions)
                for key, value in argument.items()
            }
        case list():
            return [expand_within(value, definitions) for value in argument]
    return argument


def _expand(text: str, definitions: Mapping[str, str], inside: frozenset[str]) -> str:
    def one(match: re.Match[str]) -> str:
        word = match[0]
        if word not in definitions or word in inside or len(text) > MOST:
            return word
        return f"({_expand(definitions[word], definitions, inside | {word})})"

    return _WORD.sub(one, text) if definitions else text


def circle(name: str, definitions: Mapping[str, str]) -> tuple[str, ...]:
    """Give the way on which a definition leads back to itself, or nothing."""
    ways: list[tuple[str, ...]] = [(name,)]
    seen: set[str] = set()
    while ways:
        way = ways.pop()
        for word in sorted(named(definitions.get(way[-1], ""), definitions)):
            if word == name:
                return (*way, name)
            if word not in seen:
                seen.add(word)
                ways.append((*way, word))
    return ()
