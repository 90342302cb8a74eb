"""What the checks of a pack share: the tree, what the addons know, and the questions asked often."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as Dict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from zhidu import expressions
from zhidu.expressions import Condition, ExpressionError
from zhidu.policy import definitions
from zhidu.policy.finder import Finder, Place
from zhidu.policy.flows import jsonable
from zhidu.policy.problems import suggest
from zhidu.policy.schema_flows import PERSON_CHAIN
from zhidu.policy.tree import Mapping, plain, scalars
from zhidu.texts import lazy_gettext as _l
from zhidu.workflow.resolvers import Lint

if TYPE_CHECKING:
    from zhidu.records.kinds import RecordKind
    from zhidu.registry import Registry


@dataclass(frozen=True, slots=True)
class Context:
    """A pack under inspection.

    :param addons: the addons that it activates.
    :param clauses: the place of each clause by id.
    :param read: clauses whose unclear wording has a reading.
    :param words: conditions by the name of their definition.
    """

    find: Finder
    registry: Registry
    addons: frozenset[str]
    clauses: Dict[str, int]
    read: frozenset[str] = frozenset()
    words: Dict[str, str] = field(default_factory=dict)

    def kind(self, place: Place, name: str | None) -> RecordKind | None:
        """Give a kind of record of an active addon; complain where there is none."""
        if name is None:
            return None
        kind = self.registry.kinds.get(name)
        if kind is None:
            owner = name.partition(".")[0]
            if owner not in self.addons or owner in self.registry.names:
                self.find.error(
                    place,
                    "flow_unknown",
                    _l("No enabled addon has a document “%(kind)s”.", kind=name),
                    suggest(name, self.registry.kinds),
                )
        elif (owner := self.registry.owner(name)) != "core" and owner not in self.addons:
            self.find.error(
                place,
                "flow_inactive",
                _l(
                    "“%(kind)s” belongs to the addon “%(addon)s”, which the pack does not"
                    " activate.",
                    kind=name,
                    addon=owner,
                ),
                _l("Add “- %(addon)s” to addons, or remove these lines.", addon=owner),
            )
        return kind

    def approver(self, place: Place, kind: RecordKind | None) -> None:
        """Let the resolver itself judge its argument; a field must be one of the kind's."""
        item = self.find.at(*place)
        if not isinstance(item, Mapping):
            return
        chain = self.find.entries(*place, PERSON_CHAIN)
        for below, _other in chain:
            self.approver(below, kind)
        ways = [key for key in item.entries if key in self.registry.resolvers]
        if len(ways) != 1:
            return  # said by the schema
        way = ways[0]
        argument = definitions.expand_within(jsonable(plain(item.entries[way])), self.words)
        resolver = self.registry.resolvers[way]
        wrong = resolver.check(argument)
        if not wrong and kind is not None:
            wrong = resolver.check_kind(Lint(kind, self.registry.resolvers), argument)
        if wrong:
            self.find.error(
                (*place, way),
                "approver_argument",
                wrong,
                _l("Correct what stands behind “%(way)s:”.", way=way),
            )

    def condition(self, place: Place, kind: RecordKind | None) -> Condition | None:
        """Read a condition with its definitions; complain of what cannot be read."""
        text = self.find.text(*place)
        if not text or kind is None:
            return None
        try:
            return expressions.compile_condition(
                definitions.expand(text, self.words), facts_of(kind)
            )
        except ExpressionError as error:
            self.refuse(place, error, kind)
        return None

    def refuse(self, place: Place, error: ExpressionError, kind: RecordKind) -> None:
        """Note why a condition cannot be read."""
        help_ = str(error.cure)
        if error.suggestion and error.suggestion not in help_:
            help_ = f"{_l('Did you mean “%(word)s”?', word=error.suggestion)} {help_}".rstrip()
        text = error.expression
        where = (
            _l(
                "“%(text)s”, at character %(at)s: %(why)s",
                text=text,
                at=error.position + 1,
                why=error.message,
            )
            if error.position is not None
            else _l("“%(text)s”: %(why)s", text=text, why=error.message)
        )
        names = ", ".join(sorted([*facts_of(kind), *self.words]))
        self.find.error(
            place,
            "condition",
            where,
            help_ or _l("Facts of this document are: %(names)s.", names=names),
        )

    def cited(self) -> Iterator[tuple[Place, str]]:
        """Give every place that names a clause, but for the clauses themselves."""
        for place, scalar in scalars(self.find.tree, "clause"):
            if place[0] != "clauses" and isinstance(scalar.value, str):
                yield place, scalar.value


def facts_of(kind: RecordKind) -> Dict[str, expressions.FactType]:
    """Give the facts that conditions of a kind may ask for."""
    return kind.facts


def fields_of(kind: RecordKind, *, lines: bool = False) -> set[str]:
    """Name the fields of a kind's form as the engine knows them: the columns of its detail.

    :param lines: with the columns of its tables of lines.
    """
    from sqlalchemy import inspect

    mapper = inspect(kind.model)
    names = {attribute.key for attribute in mapper.column_attrs}
    for relation in mapper.relationships if lines else ():
        if relation.uselist:
            names |= {attribute.key for attribute in relation.mapper.column_attrs}
    return names - {"id", "company_id"}
