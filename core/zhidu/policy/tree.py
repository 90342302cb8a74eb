"""A pack as it stands in the file: values that remember their line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

Plain = bool | int | Decimal | str | None


@dataclass(slots=True)
class Scalar:
    """A single value; ``text`` is what was typed."""

    line: int
    value: Plain
    text: str


@dataclass(slots=True)
class Sequence:
    """A list."""

    line: int
    items: list[Item] = field(default_factory=list)


@dataclass(slots=True)
class Mapping:
    """Keys with values; ``lines`` tells where each key stands."""

    line: int
    entries: dict[str, Item] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)


Item = Scalar | Sequence | Mapping


def plain(item: Item | None) -> Any:
    """Strip the lines: dict, list, str, int, Decimal, bool or None."""
    match item:
        case Scalar():
            return item.value
        case Sequence():
            return [plain(entry) for entry in item.items]
        case Mapping():
            return {key: plain(entry) for key, entry in item.entries.items()}
    return None


def line_of(item: Item, path: Iterator[str | int]) -> int:
    """Find the line of the key or entry that a path leads to, or of the last one that exists."""
    line = item.line
    for step in path:
        if isinstance(item, Mapping) and isinstance(step, str) and step in item.entries:
            line, item = item.lines[step], item.entries[step]
        elif isinstance(item, Sequence) and isinstance(step, int) and step < len(item.items):
            item = item.items[step]
            line = item.line
        else:
            break
    return line
