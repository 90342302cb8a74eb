"""Read a pack's YAML into values that remember their line; everything unsafe is refused.

The events of ruamel.yaml's parser are put together here, not by its constructor: so every key and
value keeps its line, all duplicate keys are found at once, no tag can build an object, an alias
is refused before it can multiply (no "YAML bomb"), and a number is a Decimal, never a float.
"""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
)

from zhidu.errors import NotFound
from zhidu.policy.problems import PolicyProblem, in_order
from zhidu.policy.tree import Item, Mapping, Plain, Scalar, Sequence, plain
from zhidu.texts import Text
from zhidu.texts import lazy_gettext as _l

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 32
MAX_VALUES = 50_000

PACKS = Path(__file__).parent / "packs"

_INT = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"[-+]?[0-9]{1,15}\.[0-9]{1,10}")
_WORDS: dict[str, Plain] = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
_SAFE_TAGS = {None, "!"} | {
    f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "map", "seq")
}


_TAGGED = (ScalarEvent, CollectionStartEvent)


class _Stop(Exception):
    pass


def built_in(name: str) -> Path:
    """Find a pack that comes with Zhidu by its name, e.g. ``process-norms``.

    :raises NotFound: there is none of that name.
    """
    path = PACKS / f"{name}.yaml"
    if not re.fullmatch(r"[a-z0-9-]+", name) or not path.is_file():
        raise NotFound(_l("There is no pack “%(name)s”.", name=name))
    return path


def addons_of(name: str) -> tuple[str, ...]:
    """Name the addons that a pack of ours activates.

    :raises NotFound: there is no such pack.
    """
    tree, _problems = load(built_in(name).read_text("utf-8"), name)
    return tuple(plain(tree).get("addons") or ()) if tree is not None else ()


def load(text: str, filename: str) -> tuple[Mapping | None, list[PolicyProblem]]:
    """Read a pack's text.

    :returns: the tree, or None when it is not even a mapping, and every problem found.
    """
    reader = _Reader(filename)
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        reader.note(0, "size", _l("The file is larger than 1 MB."), _l("Split the policy."))
        return None, reader.problems
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            reader.take(event)
    except _Stop:
        return None, in_order(reader.problems)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reader.note(
            mark.line + 1 if mark else 0,
            "syntax",
            _l("This is not YAML: %(problem)s.", problem=error.problem or error.context or ""),
            _l("Check indentation, quotes and colons around this line."),
        )
        return None, in_order(reader.problems)
    except YAMLError as error:
        reader.note(
            0,
            "syntax",
            _l("This is not YAML: %(problem)s.", problem=str(error).splitlines()[0]),
            _l("Save the file as UTF-8 text."),
        )
        return None, in_order(reader.problems)
    if not isinstance(reader.root, Mapping):
        reader.note(
            1, "type", _l("A pack is a mapping of keys."), _l("Begin with the line “format: 1”.")
        )
        return None, in_order(reader.problems)
    return reader.root, in_order(reader.problems)


class _Reader:
    """Puts events together, without recursion."""

    def __init__(self, filename: str) -> None:
        self.filename = filename
        self.problems: list[PolicyProblem] = []
        self.root: Item | None = None
        self.documents = 0
        self.values = 0
        self.stack: list[Mapping | Sequence] = []
        self.keys: list[Scalar | None] = []

    def note(self, line: int, code: str, message: Text, cure: Text) -> None:
        """Remember a problem at the present place."""
        steps = [
            str(len(item.items) - (item is not self.stack[-1]))
            if isinstance(item, Sequence)
            else (key.text if key else "")
            for item, key in zip(self.stack, self.keys, strict=True)
        ]
        path = "/".join(step for step in steps if step)
        self.problems.append(PolicyProblem(self.filename, line, path, message, cure, code))

    def take(self, event: Event) -> None:
        """Take the parser's next event."""
        line = event.start_mark.line + 1
        if isinstance(event, DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                self.note(
                    line,
                    "documents",
                    _l("The file holds more than one document."),
                    _l("Remove the line “---” and what follows, or make it a file of its own."),
                )
                raise _Stop
        elif isinstance(event, AliasEvent):
            self.note(
                line,
                "alias",
                _l("“*%(name)s” repeats another part of the file.", name=event.anchor),
                _l("Write the part out: anchors and aliases are not read."),
            )
            self._put(Scalar(line, None, "", self.filename))
        elif isinstance(event, NodeEvent):
            self._start(event, line)
        elif isinstance(event, CollectionEndEvent):
            self.stack.pop()
            self.keys.pop()

    def _start(self, event: NodeEvent, line: int) -> None:
        self.values += 1
        if self.values > MAX_VALUES or len(self.stack) >= MAX_DEPTH:
            self.note(
                line,
                "size",
                _l("The file is nested too deeply or holds too many values."),
                _l("A pack needs at most %(depth)s levels; simplify it.", depth=MAX_DEPTH),
            )
            raise _Stop
        if event.anchor:
            self.note(
                line,
                "alias",
                _l("“&%(name)s” names a part of the file for repetition.", name=event.anchor),
                _l("Write the part out: anchors and aliases are not read."),
            )
        tag = str(event.tag) if isinstance(event, _TAGGED) and event.tag else None
        if tag not in _SAFE_TAGS:
            self.note(
                line,
                "tag",
                _l("The tag “%(tag)s” is not allowed.", tag=tag),
                _l("Write a plain text, number, list or mapping."),
            )
        if isinstance(event, ScalarEvent):
            self._put(Scalar(line, _resolve(event, tag), str(event.value), self.filename))
        else:
            item: Mapping | Sequence = (
                Mapping(line, file=self.filename)
                if isinstance(event, MappingStartEvent)
                else Sequence(line, file=self.filename)
            )
            if self._awaits_key():
                self.note(
                    line,
                    "key",
                    _l("A key must be one word, not a list or mapping."),
                    _l("Put text that begins with { or [ in quotes."),
                )
                raise _Stop
            self._put(item)
            self.stack.append(item)
            self.keys.append(None)

    def _awaits_key(self) -> bool:
        return bool(self.stack) and isinstance(self.stack[-1], Mapping) and self.keys[-1] is None

    def _put(self, item: Item) -> None:
        if not self.stack:
            if self.root is None:
                self.root = item
            return
        parent = self.stack[-1]
        if isinstance(parent, Sequence):
            parent.items.append(item)
            return
        key = self.keys[-1]
        if key is None:
            self.keys[-1] = item if isinstance(item, Scalar) else None
            return
        if key.text in parent.entries:
            self.note(
                key.line,
                "duplicate_key",
                _l(
                    "The key “%(key)s” stands here a second time; the first is on line %(line)s.",
                    key=key.text,
                    line=parent.lines[key.text],
                ),
                _l("Keep one of the two."),
            )
        else:
            parent.entries[key.text] = item
            parent.lines[key.text] = key.line
        self.keys[-1] = None


def _resolve(event: ScalarEvent, tag: str | None) -> Plain:
    """Give a scalar's value: YAML 1.2 words and numbers, all else is text."""
    value = str(event.value)
    if event.style is not None or tag is not None:
        return value
    if value in _WORDS:
        return _WORDS[value]
    if _INT.fullmatch(value):
        return int(value)
    if _DECIMAL.fullmatch(value):
        return Decimal(value)
    return value
