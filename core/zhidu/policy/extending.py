"""Lay a pack over the one that it extends; every value keeps the file and line it came from.

What the pack says goes before what the other one says: clauses and the other lists by their id,
flows by kind, nodes, branches and paths by id wherever they stand, settings by key. ``remove: true``
leaves out an entry, ``key: null`` a single key. Header and tests are a pack's own; ``addons`` are
taken over where it names none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass

from zhidu.policy import loader
from zhidu.policy.problems import PolicyProblem, suggest
from zhidu.policy.schema import IDENTITY
from zhidu.policy.tree import Item, Mapping, Scalar, Sequence
from zhidu.texts import Text
from zhidu.texts import lazy_gettext as _l

OWN = ("format", "policy", "tests", "extends")
BY_KEY = ("settings", "numbering")
MOST = 8
"""Packs that one may stand upon; a group needs two or three."""


@dataclass(frozen=True, slots=True)
class Source:
    """A pack that others may extend: where it is, and its text."""

    filename: str
    text: str


Library = Callable[[str], Source | None]
"""Gives a pack by its id, or None."""


@dataclass(frozen=True, slots=True)
class Extended:
    """A pack with what it stands upon.

    :param tree: None where what it stands upon cannot be read: nothing more can be said then.
    :param based_on: ids of the packs that it extends, the nearest first.
    """

    tree: Mapping | None
    problems: tuple[PolicyProblem, ...] = ()
    based_on: tuple[str, ...] = ()


def built_in(ident: str) -> Source | None:
    """Give a pack that comes with Zhidu."""
    known = {path.stem: path for path in loader.PACKS.glob("*.yaml")}
    path = known.get(ident)
    return Source(path.name, path.read_text("utf-8")) if path else None


def extend(tree: Mapping, filename: str, library: Library) -> Extended:
    """Give the whole pack, with what it says itself laid over what it extends."""
    return _extend(tree, filename, library, (_text(tree, "policy", "id"),))


def _extend(tree: Mapping, filename: str, library: Library, way: tuple[str, ...]) -> Extended:
    named = tree.entries.get("extends")
    if named is None:
        return Extended(tree)
    own = Mapping(tree.line, dict(tree.entries), dict(tree.lines), tree.file)
    line = own.lines.pop("extends")
    del own.entries["extends"]

    def stop(code: str, message: Text, cure: Text | str) -> Extended:
        problem = PolicyProblem(filename, line, "extends", message, cure, code)
        return Extended(None, (problem,))

    if not isinstance(named, Scalar) or not isinstance(named.value, str):
        return stop(
            "type",
            _l("“extends” names a pack by its id."),
            _l("Write for example: extends: process-norms"),
        )
    ident = named.value
    if ident in way or len(way) > MOST:
        return stop(
            "extends_cycle",
            _l("The pack stands upon itself: %(way)s.", way=" → ".join((*way, ident))),
            _l("Remove “extends” from one of them."),
        )
    source = library(ident)
    if source is None:
        return stop(
            "extends_unknown",
            _l("There is no pack “%(name)s” to extend.", name=ident),
            suggest(ident, (path.stem for path in loader.PACKS.glob("*.yaml"))),
        )
    base, problems = loader.load(source.text, source.filename)
    if base is None:
        return Extended(None, tuple(problems), (ident,))
    under = _extend(base, source.filename, library, (*way, ident))
    if under.tree is None:
        return Extended(None, (*problems, *under.problems), (ident,))
    laid = _Layer(filename)
    whole = laid.pack(deepcopy(under.tree), own)
    found = (*problems, *under.problems, *laid.problems)
    return Extended(whole, found, (ident, *under.based_on))


class _Layer:
    """Lays one tree over a copy of another."""

    def __init__(self, filename: str) -> None:
        self.filename = filename
        self.problems: list[PolicyProblem] = []

    def pack(self, base: Mapping, own: Mapping) -> Mapping:
        for key in OWN:
            base.entries.pop(key, None)
            base.lines.pop(key, None)
        for key, item in own.entries.items():
            under = base.entries.get(key)
            if key in IDENTITY and key not in OWN:
                item = self.list_(under, item, IDENTITY[key], (key,))
            elif key in BY_KEY:
                item = self.keys(under, item, (key,), lambda _under, over, _place: over)
            elif key == "flows":
                item = self.keys(under, item, (key,), self.flow)
            _set(base, own, key, item)
        base.line, base.file = own.line, own.file
        return base

    def keys(
        self,
        under: Item | None,
        over: Item,
        place: tuple[str, ...],
        lay: Callable[[Item | None, Item, tuple[str, ...]], Item],
    ) -> Item:
        """Lay a mapping over another, entry by entry."""
        if not isinstance(under, Mapping) or not isinstance(over, Mapping):
            return over
        for key, item in over.entries.items():
            if _removes(item):
                self.removed(key in under.entries, item, (*place, key))
                under.entries.pop(key, None)
                under.lines.pop(key, None)
            else:
                _set(under, over, key, lay(under.entries.get(key), item, (*place, key)))
        under.line, under.file = over.line, over.file
        return under

    def flow(self, under: Item | None, over: Item, place: tuple[str, ...]) -> Item:
        if not isinstance(under, Mapping) or not isinstance(over, Mapping):
            return over
        return self.entry(under, over, place)

    def entry(self, under: Mapping, over: Mapping, place: tuple[str, ...]) -> Mapping:
        """Lay single keys of a mapping; lists of steps and of paths go by their ids."""
        for key, item in over.entries.items():
            below = under.entries.get(key)
            if isinstance(item, Scalar) and item.value is None and below is not None:
                del under.entries[key], under.lines[key]
                continue
            if isinstance(below, Sequence) and isinstance(item, Sequence):
                if key in ("nodes", "void"):
                    item = self.steps(below, item, (*place, key))
                elif key == "paths":
                    item = self.list_(below, item, "id", (*place, key))
            _set(under, over, key, item)
        under.line, under.file = over.line, over.file
        return under

    def list_(self, under: Item | None, over: Item, identity: str, place: tuple[str, ...]) -> Item:
        """Lay a list over another by the ids of its entries; what is new comes behind."""
        if not isinstance(over, Sequence):
            return over
        below = under if isinstance(under, Sequence) else Sequence(over.line, [], over.file)
        for item in over.items:
            at = _index(below.items, identity, _text(item, identity))
            self.put(below, at, item, len(below.items), (*place, _text(item, identity)))
        below.line, below.file = over.line, over.file
        return below

    def put(
        self, into: Sequence, at: int | None, item: Item, fresh: int, place: tuple[str, ...]
    ) -> None:
        """Remove, change or add one entry."""
        if _removes(item):
            self.removed(at is not None, item, place)
            if at is not None:
                del into.items[at]
        elif at is None:
            into.items.insert(fresh, item)
        else:
            below = into.items[at]
            if isinstance(below, Mapping) and isinstance(item, Mapping) and below.file != item.file:
                into.items[at] = self.entry(below, item, place)
            else:  # twice in one file: lint complains of it
                into.items.insert(at + 1, item)

    def steps(self, under: Sequence, over: Sequence, place: tuple[str, ...]) -> Sequence:
        """Lay steps by id, wherever they stand; a new one takes its place beside its neighbours."""
        last: Item | None = None
        for number, item in enumerate(over.items):
            ident = _step(item)
            found = _deep(under, ident) if ident else None
            if found is not None:
                into, at = found
                self.put(into, at, item, at, (*place, ident))
                if into is under and at < len(under.items) and not _removes(item):
                    last = under.items[at]
                continue
            fresh = self.beside(under, last, over.items[number + 1 :])
            self.put(under, None, item, fresh, (*place, ident))
            last = item
        under.line, under.file = over.line, over.file
        return under

    def beside(self, under: Sequence, last: Item | None, coming: Iterable[Item]) -> int:
        """Tell where a new step belongs: behind the one before it, or before the one behind it."""
        if last is not None:
            for index, item in enumerate(under.items):
                if item is last:
                    return index + 1
        for item in coming:
            ident = _step(item)
            for index, below in enumerate(under.items):
                if ident and _step(below) == ident:
                    return index
        return len(under.items)

    def removed(self, known: bool, item: Item, place: tuple[str, ...]) -> None:
        if not known:
            self.problems.append(
                PolicyProblem(
                    item.file or self.filename,
                    item.line,
                    "/".join(place),
                    _l("There is nothing to remove: the other pack has no “%(id)s”.", id=place[-1]),
                    _l("Check the id, or remove these lines."),
                    "remove_unknown",
                )
            )


def _set(into: Mapping, source: Mapping, key: str, item: Item) -> None:
    into.entries[key], into.lines[key] = item, source.lines[key]


def _removes(item: Item) -> bool:
    flag = item.entries.get("remove") if isinstance(item, Mapping) else None
    return isinstance(flag, Scalar) and flag.value is True


def _text(item: Item | None, *steps: str) -> str:
    for step in steps:
        item = item.entries.get(step) if isinstance(item, Mapping) else None
    return item.value if isinstance(item, Scalar) and isinstance(item.value, str) else ""


def _step(item: Item) -> str:
    """Give the id of a node or of a branch."""
    return _text(item, "id") or _text(item, "branch")


def _index(items: list[Item], identity: str, ident: str) -> int | None:
    if not ident:
        return None
    return next((at for at, item in enumerate(items) if _text(item, identity) == ident), None)


def _deep(steps: Sequence, ident: str) -> tuple[Sequence, int] | None:
    """Find a step by id in a list or in the paths of its branches."""
    for index, item in enumerate(steps.items):
        if _step(item) == ident:
            return steps, index
    for item in steps.items:
        paths = item.entries.get("paths") if isinstance(item, Mapping) else None
        for path in paths.items if isinstance(paths, Sequence) else ():
            nodes = path.entries.get("nodes") if isinstance(path, Mapping) else None
            found = _deep(nodes, ident) if isinstance(nodes, Sequence) else None
            if found is not None:
                return found
    return None
