"""Walk a pack's tree without tripping over what is missing, and note problems with their line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from zhidu.policy.problems import PolicyProblem, Severity, suggest
from zhidu.policy.tree import Item, Mapping, Scalar, Sequence, place_of
from zhidu.texts import Text
from zhidu.texts import lazy_gettext as _l

Place = tuple[str | int, ...]
_Item = TypeVar("_Item", Scalar, Mapping, Sequence)


class Finder:
    """A pack under inspection, and what was found so far."""

    def __init__(self, filename: str, tree: Mapping) -> None:
        self.filename = filename
        self.tree = tree
        self.problems: list[PolicyProblem] = []

    def at(self, *place: str | int) -> Item | None:
        """Give what stands at a place, or None."""
        item: Item = self.tree
        for step in place:
            if isinstance(item, Mapping) and isinstance(step, str) and step in item.entries:
                item = item.entries[step]
            elif isinstance(item, Sequence) and isinstance(step, int) and step < len(item.items):
                item = item.items[step]
            else:
                return None
        return item

    def get(self, key: str, sort: type[_Item]) -> _Item | None:
        """Give the top key's value if it is of this sort."""
        item = self.tree.entries.get(key)
        return item if isinstance(item, sort) else None

    def text(self, *place: str | int) -> str | None:
        """Give the text at a place, or None where there is none."""
        item = self.at(*place)
        return item.value if isinstance(item, Scalar) and isinstance(item.value, str) else None

    def line(self, *place: str | int) -> int:
        """Tell the line of a place, or of the nearest one around it."""
        return place_of(self.tree, iter(place))[1]

    def note(
        self, place: Place, code: str, message: Text | str, cure: Text | str, severity: Severity
    ) -> None:
        """Remember a problem."""
        path = "/".join(map(str, place))
        file, line = place_of(self.tree, iter(place))
        self.problems.append(
            PolicyProblem(file or self.filename, line, path, message, cure, code, severity)
        )

    def warn(self, place: Place, code: str, message: Text | str, cure: Text | str) -> None:
        """Remember a finding that somebody must accept before the pack is applied."""
        self.note(place, code, message, cure, Severity.WARNING)

    def tell(self, place: Place, code: str, message: Text | str, cure: Text | str) -> None:
        """Remember what is good to know."""
        self.note(place, code, message, cure, Severity.NOTE)

    def entries(self, *place: str | int) -> list[tuple[Place, Mapping]]:
        """Give the mappings of the list at a place, each with its place."""
        found = self.at(*place)
        items = found.items if isinstance(found, Sequence) else ()
        return [
            ((*place, index), item) for index, item in enumerate(items) if isinstance(item, Mapping)
        ]

    def texts(self, *place: str | int) -> list[tuple[Place, str]]:
        """Give the texts of the list at a place, each with its place."""
        found = self.at(*place)
        items = found.items if isinstance(found, Sequence) else ()
        return [
            ((*place, index), item.value)
            for index, item in enumerate(items)
            if isinstance(item, Scalar) and isinstance(item.value, str)
        ]

    def error(self, place: Place, code: str, message: Text | str, cure: Text | str) -> None:
        """Remember a problem that keeps the pack from being applied."""
        self.note(place, code, message, cure, Severity.ERROR)

    def no_clause(self, place: Place, clause: str, clauses: Iterable[str]) -> None:
        """Complain of a clause that the pack does not hold."""
        self.error(
            place,
            "clause_unknown",
            _l("The pack has no clause %(clause)s.", clause=clause),
            suggest(clause, clauses),
        )
