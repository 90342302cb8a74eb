"""Find everything that is wrong with a pack, each with file, line and cure, all at once.

Three layers: the text (``loader``, ``extending``), the shape (``structure``), and what the words
mean to the enabled addons (``lint_…``). What only a company can answer, such as whether a role
exists there, is checked when the pack is applied (``people``).
"""

from __future__ import annotations

from collections.abc import Mapping as Dict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zhidu.policy import (
    definitions,
    extending,
    floors,
    lint_flows,
    lint_head,
    lint_parts,
    loader,
    structure,
)
from zhidu.policy.content import resolve
from zhidu.policy.extending import Library
from zhidu.policy.finder import Finder
from zhidu.policy.lint_context import Context
from zhidu.policy.problems import PolicyProblem, errors, in_order, warnings
from zhidu.policy.tree import Mapping, plain

if TYPE_CHECKING:
    from zhidu.registry import Registry


@dataclass(frozen=True, slots=True)
class Reading:
    """A pack that was read.

    :param tree: what stands in the file, laid over what it extends, with lines; None when it is
        not even a mapping.
    :param content: the resolved pack as JSON values; None while there are errors.
    """

    filename: str
    text: str
    tree: Mapping | None
    problems: tuple[PolicyProblem, ...]
    content: Dict[str, Any] | None

    @property
    def errors(self) -> tuple[PolicyProblem, ...]:
        """Give what keeps the pack from being applied."""
        return tuple(errors(self.problems))

    @property
    def warnings(self) -> tuple[PolicyProblem, ...]:
        """Give what somebody must accept before the pack is applied."""
        return tuple(warnings(self.problems))


def lint(
    registry: Registry, text: str, filename: str, library: Library = extending.built_in
) -> list[PolicyProblem]:
    """Give every problem of a pack, by line."""
    return list(read(registry, text, filename, library).problems)


def read(
    registry: Registry, text: str, filename: str, library: Library = extending.built_in
) -> Reading:
    """Read and check a pack; its content is given when it has no errors.

    :param library: gives the packs that it may extend.
    """
    own, problems = loader.load(text, filename)
    if own is None:
        return Reading(filename, text, None, tuple(in_order(problems)), None)
    extended = extending.extend(own, filename, library)
    tree = extended.tree
    problems += extended.problems
    if tree is None:
        return Reading(filename, text, None, tuple(in_order(problems)), None)
    problems += structure.check(tree, filename, registry.resolvers)
    find = Finder(filename, tree)
    words = plain(tree.entries.get("definitions"))
    context = Context(
        find,
        registry,
        lint_head.addons(find, registry),
        lint_head.clauses(find),
        lint_head.settled(find),
        definitions.of(words if isinstance(words, list) else ()),
    )
    _meaning(context)
    found = tuple(in_order([*problems, *find.problems]))
    content = None if errors(found) else resolve(registry, plain(tree), extended.based_on)
    return Reading(filename, text, tree, found, content)


def _meaning(context: Context) -> None:
    """Check what the words mean to the enabled addons."""
    lint_head.days(context.find)
    lint_head.capabilities(context)
    lint_head.annexes(context)
    lint_head.words(context)
    lint_head.settings(context)
    lint_flows.check(context)
    lint_parts.check(context)
    floors.check(context)
    cited = set()
    for place, clause in context.cited():
        cited.add(clause)
        if clause not in context.clauses:
            context.find.no_clause(place, clause, context.clauses)
    lint_head.unused(context, cited)
