"""Walk a pack's tree without tripping over what is missing, and note problems with their line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from zhidu.policy.problems import PolicyProblem, Severity, suggest
from zhidu.policy.tree import Item, Mapping, Scalar, Sequence, line_of
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
        return line_of(self.tree, iter(place))

    def note(
        self, place: Place, code: str, message: Text | str, cure: Text | str, severity: Severity
    ) -> None:
        """Remember a problem."""
        path = "/".join(map(str, place))
        line = self.line(*place)
        self.problems.append(
            PolicyProblem(self.filename, line, path, message, cure, code, severity)
        )

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
