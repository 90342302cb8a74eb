"""Check a pack's flows: kinds, nodes, the people they name, conditions, transitions, clauses."""

from __future__ import annotations

from collections.abc import Mapping as Dict
from typing import TYPE_CHECKING

from zhidu import expressions
from zhidu.expressions import ExpressionError
from zhidu.policy.finder import Finder, Place
from zhidu.policy.flows import jsonable
from zhidu.policy.problems import suggest
from zhidu.policy.structure import argument_fits
from zhidu.policy.tree import Mapping, Sequence, plain
from zhidu.texts import lazy_gettext as _l
from zhidu.workflow.find import check_field

if TYPE_CHECKING:
    from zhidu.records.kinds import RecordKind
    from zhidu.registry import Registry


def check(
    find: Finder, registry: Registry, addons: frozenset[str], clauses: Dict[str, int]
) -> set[str]:
    """Note every problem of the flows; give the clauses that they name."""
    cited: set[str] = set()
    flows = find.get("flows", Mapping)
    for name, flow in flows.entries.items() if flows else ():
        place: Place = ("flows", name)
        kind = registry.kinds.get(name)
        if kind is None:
            _unknown_kind(find, place, name, registry, addons)
        elif (owner := registry.owner(name)) != "core" and owner not in addons:
            find.error(
                place,
                "flow_inactive",
                _l(
                    "“%(kind)s” belongs to the addon “%(addon)s”, which the pack does not"
                    " activate.",
                    kind=name,
                    addon=owner,
                ),
                _l("Add “- %(addon)s” to addons, or remove the flow.", addon=owner),
            )
        if not isinstance(flow, Mapping):
            continue
        _approver(find, (*place, "manager"), registry, kind)
        copies = flow.entries.get("cc")
        for index in range(len(copies.items) if isinstance(copies, Sequence) else 0):
            _approver(find, (*place, "cc", index), registry, kind)
        cited |= _nodes(find, (*place, "nodes"), kind, registry, clauses)
    return cited


def _unknown_kind(
    find: Finder, place: Place, name: str, registry: Registry, addons: frozenset[str]
) -> None:
    owner = name.partition(".")[0]
    if owner in addons and owner not in registry.names:
        return  # the addon itself is complained about already
    find.error(
        place,
        "flow_unknown",
        _l("No enabled addon has a document “%(kind)s”.", kind=name),
        suggest(name, registry.kinds),
    )


def _nodes(
    find: Finder,
    place: Place,
    kind: RecordKind | None,
    registry: Registry,
    clauses: Dict[str, int],
) -> set[str]:
    cited: set[str] = set()
    seen: dict[str, int] = {}
    approves = False
    nodes = find.at(*place)
    if not isinstance(nodes, Sequence) or not nodes.items:
        return cited
    for index, node in enumerate(nodes.items):
        here: Place = (*place, index)
        if not isinstance(node, Mapping):
            continue
        approves |= find.text(*here, "kind") in (None, "approve")
        ident = find.text(*here, "id")
        if ident is not None and ident in seen:
            find.error(
                (*here, "id"),
                "duplicate_node",
                _l(
                    "The node “%(node)s” is already on line %(line)s.",
                    node=ident,
                    line=find.line(*place, seen[ident], "id"),
                ),
                _l("Give each node of a flow an id of its own."),
            )
        elif ident is not None:
            seen[ident] = index
        clause = find.text(*here, "clause")
        if clause is not None:
            cited.add(clause)
            if clause not in clauses:
                find.no_clause((*here, "clause"), clause, clauses)
        _approver(find, (*here, "approver"), registry, kind)
        if kind is not None:
            _condition(find, (*here, "when"), kind)
            _transition(find, here, kind)
    if not approves:
        find.error(
            place,
            "no_approve",
            _l("Nobody approves in this flow: all its nodes only handle."),
            _l("Add a node of “kind: approve” before them."),
        )
    return cited


def _approver(find: Finder, place: Place, registry: Registry, kind: RecordKind | None) -> None:
    """Let the resolver itself judge its argument; a field must be one of the kind's."""
    item = find.at(*place)
    if not isinstance(item, Mapping):
        return
    ways = [key for key in item.entries if key in registry.resolvers]
    if len(ways) != 1:
        return  # said by the schema
    way = ways[0]
    argument = jsonable(plain(item.entries[way]))
    if not argument_fits(way, argument):
        return  # the schema knows better what is wrong
    wrong = registry.resolvers[way].check(argument)
    if not wrong and way == "field" and kind is not None:
        wrong = check_field(kind, argument)
    if wrong:
        find.error(
            (*place, way),
            "approver_argument",
            wrong,
            _l("Correct what stands behind “%(way)s:”.", way=way),
        )


def _condition(find: Finder, place: Place, kind: RecordKind) -> None:
    text = find.text(*place)
    if not text:
        return
    try:
        expressions.compile_condition(text, kind.facts)
    except ExpressionError as error:
        help_ = str(error.cure)
        if error.suggestion and error.suggestion not in help_:
            help_ = f"{_l('Did you mean “%(word)s”?', word=error.suggestion)} {help_}".rstrip()
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
        names = ", ".join(sorted(kind.facts))
        find.error(
            place,
            "condition",
            where,
            help_ or _l("Facts of this document are: %(names)s.", names=names),
        )


def _transition(find: Finder, here: Place, kind: RecordKind) -> None:
    """See that a handle node knows which step of the document it performs."""
    named = find.text(*here, "transition")
    by_task = [one.name for one in kind.execution.transitions if one.by_task]
    if find.text(*here, "kind") != "handle":
        if named is not None:
            find.error(
                (*here, "transition"),
                "transition",
                _l("Only a node of “kind: handle” performs a transition."),
                _l("Remove the line, or write “kind: handle”."),
            )
        return
    if named is not None and named not in by_task:
        known = [one.name for one in kind.execution.transitions]
        if named in known:
            message = _l("The transition “%(name)s” is not performed by a task.", name=named)
        else:
            message = _l("“%(kind)s” has no transition “%(name)s”.", kind=kind.name, name=named)
        find.error((*here, "transition"), "transition", message, suggest(named, by_task))
    elif named is None and len(by_task) > 1:
        find.error(
            here,
            "transition",
            _l("This node does not say which step it performs."),
            _l("Add “transition:” with one of: %(names)s.", names=", ".join(by_task)),
        )
