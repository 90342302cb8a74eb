"""A pack as it stands in the file: values that remember their file and line."""

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
    file: str = ""


@dataclass(slots=True)
class Sequence:
    """A list."""

    line: int
    items: list[Item] = field(default_factory=list)
    file: str = ""


@dataclass(slots=True)
class Mapping:
    """Keys with values; ``lines`` tells where each key stands."""

    line: int
    entries: dict[str, Item] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    file: str = ""


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


def place_of(item: Item, path: Iterator[str | int]) -> tuple[str, int]:
    """Find file and line of the key or entry that a path leads to, or of the last one that exists."""
    file, line = item.file, item.line
    for step in path:
        if isinstance(item, Mapping) and isinstance(step, str) and step in item.entries:
            line, item = item.lines[step], item.entries[step]
        elif isinstance(item, Sequence) and isinstance(step, int) and step < len(item.items):
            item = item.items[step]
            line = item.line
        else:
            break
        file = item.file
    return file, line


def scalars(item: Item, key: str, path: tuple[str | int, ...] = ()) -> Iterator[Found]:
    """Find every single value under a key of this name, wherever it stands, with its path."""
    if isinstance(item, Mapping):
        for name, entry in item.entries.items():
            if name == key and isinstance(entry, Scalar):
                yield (*path, name), entry
            yield from scalars(entry, key, (*path, name))
    elif isinstance(item, Sequence):
        for index, entry in enumerate(item.items):
            yield from scalars(entry, key, (*path, index))


Found = tuple[tuple[str | int, ...], Scalar]
