"""Which clauses software carries out, by what; which are left to people; which nothing does yet.

Counted against what addons declare they do (``capabilities``) and never against words: a clause
that only stands in a part of the pack which nothing carries out is *stated*, not enforced.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any

from zhidu.policy import coverage_flows, definitions
from zhidu.policy.capabilities import Capability, Sort, by_setting
from zhidu.policy.coverage_flows import Enforcement, Enforcer
from zhidu.texts import Text
from zhidu.texts import lazy_gettext as _l

if TYPE_CHECKING:
    from zhidu.registry import Registry

Plain = Mapping[str, Any]

PARTS: Mapping[str, tuple[Enforcer, str]] = {
    "duties": (Enforcer.DUTY, "core.duty.remind"),
    "deadlines": (Enforcer.DEADLINE, "core.deadline.watch"),
    "retention": (Enforcer.RETENTION, "core.record.retain"),
    "confidentiality": (Enforcer.ACCESS, "core.record.classify"),
    "waivers": (Enforcer.WAIVER, "core.rule.waive"),
}
"""What an entry of a part needs to be carried out."""

NUMBERING = "core.number.draw"
DEFINITION = "core.definition.apply"

_SORTS = {
    Sort.RULE: Enforcer.CAPABILITY,
    Sort.REPORT: Enforcer.REPORT,
    Sort.ACCESS: Enforcer.ACCESS,
    Sort.RETENTION: Enforcer.RETENTION,
}


class Standing(StrEnum):
    """How far a clause is carried out."""

    ENFORCED = "enforced"
    PART = "part"
    """Something carries it out, but not all that the pack states for it."""
    MANUAL = "manual"
    """People do it, as the pack says."""
    STATED = "stated"
    """The pack states how, but nothing carries that out yet."""
    OPEN = "open"
    """Nothing names it."""

    @property
    def label(self) -> Text:
        """Give its name for people."""
        return _LABELS[self]


_LABELS = {
    Standing.ENFORCED: _l("enforced"),
    Standing.PART: _l("enforced in part"),
    Standing.MANUAL: _l("left to people"),
    Standing.STATED: _l("stated, not enforced yet"),
    Standing.OPEN: _l("not covered yet"),
}


@dataclass(frozen=True, slots=True)
class Covered:
    """A clause and what carries it out.

    :param by: everything of the pack that names it, done or not.
    :param manual: how people carry it out.
    """

    id: str
    section: str
    title: str
    by: tuple[Enforcement, ...]
    manual: str = ""

    @property
    def standing(self) -> Standing:
        """Tell how far it is carried out."""
        done = [one.is_done for one in self.by]
        if any(done):
            return Standing.ENFORCED if all(done) else Standing.PART
        if self.manual:
            return Standing.MANUAL
        return Standing.STATED if done else Standing.OPEN

    def to_json(self) -> dict[str, Any]:
        """Give plain values."""
        return {
            "id": self.id,
            "section": self.section,
            "title": self.title,
            "standing": self.standing.value,
            "manual": self.manual,
            "by": [one.to_json() for one in self.by],
        }


@dataclass(frozen=True)
class Coverage:
    """All clauses of a policy, each counted once."""

    clauses: tuple[Covered, ...]

    @cached_property
    def counts(self) -> Mapping[Standing, int]:
        """Count the clauses by standing; the numbers add up to all clauses."""
        return _count(self.clauses)

    @cached_property
    def sections(self) -> Mapping[str, Mapping[Standing, int]]:
        """Count them per section, in the order of the policy."""
        found: dict[str, list[Covered]] = {}
        for one in self.clauses:
            found.setdefault(one.section, []).append(one)
        return {section: _count(entries) for section, entries in found.items()}

    @cached_property
    def enforcers(self) -> Mapping[Enforcer, int]:
        """Count the clauses that each sort of thing carries out; one clause may count at several."""
        counted = Counter(
            sort for one in self.clauses for sort in {by.sort for by in one.by if by.is_done}
        )
        return {sort: counted[sort] for sort in Enforcer if counted[sort]}

    def to_json(self) -> dict[str, Any]:
        """Give plain values."""
        return {
            "total": len(self.clauses),
            "counts": {one.value: count for one, count in self.counts.items()},
            "enforced_by": {one.value: count for one, count in self.enforcers.items()},
            "sections": [
                {"section": section, **{one.value: count for one, count in counts.items()}}
                for section, counts in self.sections.items()
            ],
            "clauses": [one.to_json() for one in self.clauses],
        }


def coverage(content: Plain, registry: Registry) -> Coverage:
    """Find what carries out each clause of a policy.

    :param content: the resolved pack, as lint and versions give it.
    """
    found: dict[str, list[Enforcement]] = {}
    for clause, enforcement in _all(content, _active(content, registry), registry):
        entries = found.setdefault(clause, [])
        if enforcement not in entries:
            entries.append(enforcement)
    return Coverage(
        tuple(
            Covered(
                one["id"],
                one["section"],
                one["title"],
                tuple(found.get(one["id"], ())),
                one.get("manual", ""),
            )
            for one in content["clauses"]
        )
    )


def _count(clauses: Iterable[Covered]) -> dict[Standing, int]:
    counted = Counter(one.standing for one in clauses)
    return {standing: counted[standing] for standing in Standing}


def _active(content: Plain, registry: Registry) -> dict[str, Capability]:
    """Give the capabilities of the core and of the addons that the policy activates."""
    addons = {"core", *content["addons"]}
    return {
        name: one for name, one in registry.capabilities.items() if name.partition(".")[0] in addons
    }


def _all(
    content: Plain, can: Mapping[str, Capability], registry: Registry
) -> Iterator[tuple[str, Enforcement]]:
    """Give everything of a pack that names a clause, in the order of the pack."""
    yield from _named_by_clauses(content, can)
    yield from _settings(content, can)
    yield from _numbering(content, can)
    yield from _definitions(content, can)
    yield from coverage_flows.flows(content, can, registry)
    for part, (sort, needed) in PARTS.items():
        for entry in content.get(part) or ():
            yield from _entry(entry, part, sort, {needed}, can)
    for entry in content.get("segregation") or ():
        yield from _entry(entry, "segregation", Enforcer.SEGREGATION, _apart(entry), can)


def _entry(
    entry: Plain, part: str, sort: Enforcer, needed: set[str], can: Mapping[str, Capability]
) -> Iterator[tuple[str, Enforcement]]:
    """Give what an entry of a list, and each clock in it, names."""
    name = str(next(entry[key] for key in ("id", "class", "level", "rule") if key in entry))
    title = str(entry.get("title") or name)
    if clause := entry.get("clause"):
        yield clause, Enforcement.of(sort, f"{part}/{name}", title, needed, can)
    for index, clock in enumerate(entry.get("escalate") or ()):
        if clause := clock.get("clause"):
            place = f"{part}/{name}/escalate/{index}"
            yield clause, Enforcement.of(Enforcer.TIMEOUT, place, title, needed, can)


def _apart(entry: Plain) -> set[str]:
    """Name what keeps two sides apart: nodes of one flow, permissions, roles, or something else."""
    sides = {way for side in entry["between"] for way in side}
    match sorted(sides):
        case ["node"]:
            return {"core.node.separate"}
        case ["permission"]:
            return {"core.permission.separate"}
        case ["role"] | ["permission", "role"]:
            return {"core.duty.separate"}
    return {"core.capability.separate"}


def _named_by_clauses(
    content: Plain, can: Mapping[str, Capability]
) -> Iterator[tuple[str, Enforcement]]:
    """Give the capabilities to which a clause itself is left (``by``)."""
    for clause in content["clauses"]:
        for name in clause.get("by") or ():
            one = can.get(name)
            sort = _SORTS[one.sort] if one else Enforcer.CAPABILITY
            title = str(one.title) if one else name
            place = f"clauses/{clause['id']}/by"
            yield clause["id"], Enforcement.of(sort, place, title, {name}, can)


def _settings(content: Plain, can: Mapping[str, Capability]) -> Iterator[tuple[str, Enforcement]]:
    takers = by_setting(can.values())
    numbered = {f"{kind}.series" for kind in content.get("numbering") or ()}
    for key, stated in content["settings"].items():
        if not stated.get("clause") or key in numbered:
            continue
        place = f"settings/{key}"
        if key.endswith(".series"):
            found = Enforcement.of(Enforcer.NUMBERING, place, key, {NUMBERING}, can)
        else:
            needed = {takers[key].name} if key in takers else {f"({key})"}
            found = Enforcement.of(Enforcer.SETTING, place, key, needed, can)
        yield stated["clause"], found


def _numbering(content: Plain, can: Mapping[str, Capability]) -> Iterator[tuple[str, Enforcement]]:
    for kind in content.get("numbering") or {}:
        clause = content["settings"].get(f"{kind}.series", {}).get("clause")
        if clause:
            place = f"numbering/{kind}"
            yield clause, Enforcement.of(Enforcer.NUMBERING, place, kind, {NUMBERING}, can)


def _definitions(
    content: Plain, can: Mapping[str, Capability]
) -> Iterator[tuple[str, Enforcement]]:
    """Give the words that conditions use; a word that none uses is only explained."""
    entries = content.get("definitions") or ()
    words = definitions.of(entries)
    used: set[str] = set()
    new = {
        word
        for part in ("flows", "deadlines")
        for text in _conditions(content.get(part))
        for word in definitions.named(text, words)
    }
    while new:
        used |= new
        new = {word for name in new for word in definitions.named(words[name], words)} - used
    for entry in entries:
        if clause := entry.get("clause"):
            name = entry["name"]
            needed = {DEFINITION} if name in used else {"core.definition.explain"}
            place = f"definitions/{name}"
            yield clause, Enforcement.of(Enforcer.DEFINITION, place, entry["title"], needed, can)


def _conditions(value: Any) -> Iterator[str]:
    """Find every ``when`` in a part of the pack."""
    match value:
        case Mapping():
            if isinstance(value.get("when"), str):
                yield value["when"]
            for entry in value.values():
                yield from _conditions(entry)
        case list() | tuple():
            for entry in value:
                yield from _conditions(entry)
