"""Check the steps of a flow: ids, who acts, what a node may hold, where a reject leads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zhidu.policy import lint_nodes, lint_paths
from zhidu.policy.finder import Place
from zhidu.policy.lint_context import Context
from zhidu.policy.tree import Mapping, Scalar
from zhidu.texts import lazy_gettext as _l

if TYPE_CHECKING:
    from zhidu.records.kinds import RecordKind


@dataclass(frozen=True, slots=True)
class Spot:
    """A step where it stands.

    :param before: ids of the nodes that surely come first.
    """

    place: Place
    item: Mapping
    before: tuple[str, ...]

    @property
    def is_branch(self) -> bool:
        """Tell a branch from a node."""
        return "branch" in self.item.entries


def check(context: Context, place: Place, kind: RecordKind | None) -> frozenset[str]:
    """Note every problem of a list of steps; give the ids of its nodes."""
    spots = list(_spots(context, place, ()))
    ids = _ids(context, spots)
    earlier: list[str] = []
    for spot in spots:
        if not spot.is_branch:
            around = lint_nodes.Around(spot.before, tuple(earlier), ids)
            lint_nodes.check(context, spot.place, spot.item, kind, around)
            earlier.append(context.find.text(*spot.place, "id") or "")
    lint_paths.check(context, place, kind)
    if context.find.entries(*place):
        _approved(context, place, kind)
    return ids


def _spots(context: Context, place: Place, before: tuple[str, ...]) -> Iterator[Spot]:
    """Walk all steps in the order of the page."""
    for here, item in context.find.entries(*place):
        spot = Spot(here, item, before)
        yield spot
        if spot.is_branch:
            for path, _item in context.find.entries(*here, "paths"):
                yield from _spots(context, (*path, "nodes"), before)
        elif (ident := context.find.text(*here, "id")) is not None:
            before = (*before, ident)


def _ids(context: Context, spots: list[Spot]) -> frozenset[str]:
    """Give the ids of nodes; complain of one that stands twice, as node or as branch."""
    find = context.find
    seen: dict[str, Place] = {}
    nodes: set[str] = set()
    for spot in spots:
        key = "branch" if spot.is_branch else "id"
        ident = find.text(*spot.place, key)
        if ident is None:
            continue
        if ident in seen:
            find.error(
                (*spot.place, key),
                "duplicate_node",
                _l(
                    "The node “%(node)s” is already on line %(line)s.",
                    node=ident,
                    line=find.line(*seen[ident]),
                ),
                _l("Give each node of a flow an id of its own."),
            )
        elif ident == "applicant":
            find.error(
                (*spot.place, key),
                "node_name",
                _l("“applicant” is the word for whoever asks, not for a node."),
                _l("Choose another id."),
            )
        else:
            seen[ident] = (*spot.place, key)
        if not spot.is_branch:
            nodes.add(ident)
    return frozenset(nodes)


def _approved(context: Context, place: Place, kind: RecordKind | None) -> None:
    """See that somebody approves, whichever way is taken."""
    if not _approves(context, place, kind, some=True):
        context.find.error(
            place,
            "no_approve",
            _l("Nobody approves in this flow: all its nodes only handle."),
            _l("Add a node of “kind: approve” before them."),
        )
        return
    if _approves(context, place, kind, some=False):
        return
    way = " / ".join(_bare_way(context, place, kind))
    message = _l("On the way “%(way)s” nobody approves.", way=way)
    cure = _l("Add a node of “kind: approve” on this way or outside the branch.")
    if kind is not None and kind.guarded:
        context.find.error(place, "way_no_approve", message, cure)
    else:
        context.find.warn(place, "way_no_approve", message, cure)


def _approves(context: Context, place: Place, kind: RecordKind | None, *, some: bool) -> bool:
    """Tell whether a person approves on some way (or on every way) through a list of steps."""
    for here, item in context.find.entries(*place):
        if "branch" not in item.entries:
            if _decides(context, here, kind):
                return True
            continue
        paths = [
            _approves(context, (*path, "nodes"), kind, some=some)
            for path, _item in context.find.entries(*here, "paths")
        ]
        anyway = some or context.find.text(*here, "split") == "all"
        if paths and (any(paths) if anyway else all(paths)):
            return True
    return False


def _bare_way(context: Context, place: Place, kind: RecordKind | None) -> list[str]:
    """Name the paths of a way on which nobody approves."""
    way = []
    for here, item in context.find.entries(*place):
        if "branch" not in item.entries:
            continue
        for path, _item in context.find.entries(*here, "paths"):
            if not _approves(context, (*path, "nodes"), kind, some=False):
                way.append(context.find.text(*path, "id") or "?")
                way += _bare_way(context, (*path, "nodes"), kind)
                break
    return way


def _decides(context: Context, place: Place, kind: RecordKind | None) -> bool:
    """Tell whether a node can approve: an opinion does not, nor the engine over money and seals."""
    sort = context.find.at(*place, "kind")
    word = sort.value if isinstance(sort, Scalar) else "approve"
    if word == "approve":
        return context.find.text(*place, "verb") != "opinion"
    if word == "auto":
        guarded = kind is not None and kind.guarded
        return context.find.text(*place, "result") == "approve" and not guarded
    return word == "meeting"
