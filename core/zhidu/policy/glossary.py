"""The words that a policy defines, as help for whoever fills in a form that goes by them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from zhidu.db import Session
from zhidu.policy import definitions, versions

Plain = Mapping[str, Any]

_PARTS = ("flows", "deadlines", "duties")
"""Parts of a pack in which conditions stand."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the policy, told to people.

    :param when: the condition that it stands for, with nothing but facts; empty: none.
    :param clause: that defines it; empty: none is named.
    """

    name: str
    title: str
    help: str = ""
    when: str = ""
    clause: str = ""


def words_of(session: Session, kind: str, version_id: int | None = None) -> list[Word]:
    """Give the words by which requests of a kind are judged, in the order of the policy.

    :param version_id: of the policy to which a record is bound; default: the one in force.
    """
    version = versions.held(session, version_id)
    return explained(versions.content(version).data, kind) if version else []


def explained(content: Plain, kind: str) -> list[Word]:
    """Give the words of a pack that the conditions of a kind's flow and deadlines use.

    A word that such a word uses counts as well, and so does one that names the kind as its own. What
    names no kind and stands in no condition of the pack is for everybody.

    :param content: the resolved pack, as lint and versions give it.
    """
    entries = [entry for entry in content.get("definitions") or () if "name" in entry]
    known = definitions.of(entries)
    anywhere = _used((text for part in _PARTS for text in _texts(content.get(part))), known)
    told = _used(_conditions(content, kind), known)
    for entry in entries:
        kinds = entry.get("kinds") or ()
        if kind in kinds or (not kinds and entry["name"] not in anywhere):
            told |= {entry["name"], *_used([known.get(entry["name"], "")], known)}
    return [_word(entry, known) for entry in entries if entry["name"] in told]


def _used(texts: Iterable[str], known: Mapping[str, str]) -> set[str]:
    """Name the words that conditions use, and those that these words use."""
    used: set[str] = set()
    new = {word for text in texts for word in definitions.named(text, known)}
    while new:
        used |= new
        new = {word for name in new for word in definitions.named(known[name], known)} - used
    return used


def _word(entry: Plain, known: Mapping[str, str]) -> Word:
    return Word(
        entry["name"],
        entry.get("title", entry["name"]),
        entry.get("help", ""),
        definitions.expand(entry["when"], known) if "when" in entry else "",
        entry.get("clause", ""),
    )


def _conditions(content: Plain, kind: str) -> Iterator[str]:
    yield from _texts((content.get("flows") or {}).get(kind))
    deadlines: Iterable[Plain] = content.get("deadlines") or ()
    for entry in deadlines:
        if entry.get("of") == kind:
            yield from _texts(entry)


def _texts(data: Any) -> Iterator[str]:
    """Walk all conditions within plain values."""
    if isinstance(data, Mapping):
        for key, value in data.items():
            if key in ("when", "if") and isinstance(value, str):
                yield value
            else:
                yield from _texts(value)
    elif isinstance(data, list | tuple):
        for value in data:
            yield from _texts(value)
