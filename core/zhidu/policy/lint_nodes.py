"""Check one node: who acts, what its sort of node may hold, its fields, clocks and references."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zhidu.durations import Duration, Unit
from zhidu.policy.finder import Place
from zhidu.policy.lint_context import Context, fields_of
from zhidu.policy.problems import suggest
from zhidu.policy.tree import Mapping
from zhidu.texts import lazy_gettext as _l
from zhidu.workflow.definition import NodeKind

if TYPE_CHECKING:
    from zhidu.records.kinds import RecordKind

ASKS = frozenset(NodeKind) - {NodeKind.AUTO, NodeKind.PUBLISH}
"""Nodes that name somebody; at a publish node somebody may judge the objections."""

ONLY: dict[str, tuple[NodeKind, ...]] = {
    "verb": (NodeKind.APPROVE,),
    "mode": (NodeKind.APPROVE, NodeKind.HANDLE, NodeKind.FILE_WITH, NodeKind.MEETING),
    "transition": (NodeKind.HANDLE,),
    "result": (NodeKind.AUTO,),
    "reason": (NodeKind.AUTO,),
    "window": (NodeKind.PUBLISH,),
    "audience": (NodeKind.PUBLISH,),
    "circulation": (NodeKind.MEETING,),
    "on_reject": (NodeKind.APPROVE, NodeKind.AUTO, NodeKind.MEETING, NodeKind.PUBLISH),
    "opinion": tuple(kind for kind in NodeKind if kind is not NodeKind.AUTO),
    "sign": (NodeKind.APPROVE, NodeKind.HANDLE, NodeKind.FILE_WITH, NodeKind.MEETING),
    "attachment": (NodeKind.APPROVE, NodeKind.HANDLE, NodeKind.FILE_WITH, NodeKind.MEETING),
    "timeouts": (NodeKind.APPROVE, NodeKind.HANDLE, NodeKind.FILE_WITH, NodeKind.MEETING),
    "not_same_as": (NodeKind.APPROVE, NodeKind.HANDLE, NodeKind.FILE_WITH, NodeKind.MEETING),
    "authority": (NodeKind.APPROVE, NodeKind.HANDLE),
    "approver": tuple(kind for kind in NodeKind if kind is not NodeKind.AUTO),
    "nobody": tuple(kind for kind in NodeKind if kind is not NodeKind.AUTO),
}
"""Keys that mean something at these sorts of node only."""

NEEDS: dict[NodeKind, tuple[str, ...]] = {
    NodeKind.AUTO: ("result", "reason"),
    NodeKind.PUBLISH: ("window", "audience"),
}


@dataclass(frozen=True, slots=True)
class Around:
    """The other nodes of the flow, by id.

    :param before: those that surely come first.
    :param earlier: those further up on the page, on other paths, too.
    :param ids: all of them.
    """

    before: tuple[str, ...]
    earlier: tuple[str, ...]
    ids: Collection[str]


def check(
    context: Context, place: Place, item: Mapping, kind: RecordKind | None, around: Around
) -> None:
    """Note every problem of a node."""
    word = context.find.text(*place, "kind") or NodeKind.APPROVE.value
    if word not in {sort.value for sort in NodeKind}:
        return  # said by the schema
    sort = NodeKind(word)
    _keys(context, place, item, sort)
    context.approver((*place, "approver"), kind)
    context.approver((*place, "nobody"), kind)
    _references(context, place, sort, around)
    _clocks(context, place, sort, kind)
    _judged(context, place, sort, kind)
    if kind is not None:
        _fields(context, (*place, "fields"), kind)
        _transition(context, place, kind)


def _keys(context: Context, place: Place, item: Mapping, sort: NodeKind) -> None:
    """See that a node has what its sort needs, and nothing that means nothing there."""
    find = context.find
    needed = (*NEEDS.get(sort, ()), *(("approver",) if sort in ASKS else ()))
    for key in needed:
        if key not in item.entries:
            find.error(
                place,
                "missing_key",
                _l("“%(key)s” is missing here.", key=key),
                _l("Add a line “%(key)s: …”.", key=key),
            )
    for key, sorts in ONLY.items():
        if key not in item.entries or sort in sorts or key == "transition":
            continue
        find.error(
            (*place, key),
            "key_for_kind",
            _l("“%(key)s” means nothing at a node of “kind: %(kind)s”.", key=key, kind=sort.value),
            _l("Remove the line; it is for: %(kinds)s.", kinds=", ".join(sorts)),
        )


def _references(context: Context, place: Place, sort: NodeKind, around: Around) -> None:
    """See where a reject leads, and whose deciders may not act here."""
    find, before, ids = context.find, around.before, around.ids
    own = find.text(*place, "id")
    target = find.text(*place, "on_reject")
    if target is not None and target not in before:
        at = (*place, "on_reject")
        if target not in ids:
            find.error(
                at,
                "node_unknown",
                _l("This flow has no node “%(node)s”.", node=target),
                suggest(target, before or ids),
            )
        else:
            message = (
                _l("The reject leads back to the node itself: it would never end.")
                if target == own
                else _l(
                    "A reject leads back, but “%(node)s” is not surely passed here.", node=target
                )
            )
            find.error(
                at,
                "reject_cycle" if target == own else "reject_forward",
                message,
                _l("Name an earlier node of the same way: %(names)s.", names=", ".join(before))
                if before
                else _l("Remove the line: nothing comes before this node."),
            )
    elif target is not None and sort is NodeKind.AUTO:
        find.error(
            (*place, "on_reject"),
            "reject_cycle",
            _l("The engine would send the request round and round: nobody acts in between."),
            _l("Remove the line: an automatic reject ends the request."),
        )
    for at, name in find.texts(*place, "not_same_as"):
        if name == "applicant" or (name in around.earlier and name != own):
            continue
        if name == own or name not in ids:
            find.error(
                at,
                "node_unknown",
                _l("“%(node)s” is no other node of this flow.", node=name),
                suggest(name, {*around.earlier, "applicant"}),
            )
        else:
            find.error(
                at,
                "not_before",
                _l("“%(node)s” is decided after this node.", node=name),
                _l("Write “not_same_as” at the later one of the two."),
            )


def _clocks(context: Context, place: Place, sort: NodeKind, kind: RecordKind | None) -> None:
    """Check the clocks: never approve money or seals, nothing behind a decision, in their order."""
    find = context.find
    last: tuple[int, Unit] | None = None
    decided = False
    for at, _item in find.entries(*place, "timeouts"):
        word = find.text(*at, "do")
        if decided:
            find.error(
                at,
                "timeout_order",
                _l("This clock is never heard: the one before it has decided by then."),
                _l("Put it before, or remove it."),
            )
        decided |= word in ("approve", "reject")
        if word == "approve" and kind is not None and kind.guarded:
            find.error(
                (*at, "do"),
                "guarded_timeout",
                _l("“%(kind)s” is about money or seals: no clock approves it.", kind=kind.name),
                _l("Write “do: escalate”, “do: manager” or “do: remind”."),
            )
        if word == "reject" and sort is not NodeKind.APPROVE:
            find.error(
                (*at, "do"),
                "key_for_kind",
                _l("A node of “kind: %(kind)s” cannot reject.", kind=sort.value),
                _l("Write “do: remind”, “do: escalate” or “do: manager”."),
            )
        after = _duration(find.text(*at, "after"))
        if after and last and after.unit is last[1] and after.amount < last[0]:
            find.error(
                (*at, "after"),
                "timeout_order",
                _l("The clocks of a node stand in the order in which they are heard."),
                _l("Put the shorter time first; all count from when the person was asked."),
            )
        if after:
            last = (after.amount, after.unit)


def _duration(text: str | None) -> Duration | None:
    try:
        return Duration.parse(text) if text else None
    except ValueError:
        return None  # said by the schema


def _judged(context: Context, place: Place, sort: NodeKind, kind: RecordKind | None) -> None:
    """Refuse what lets money or seals pass without a person."""
    if kind is None or not kind.guarded:
        return
    find = context.find
    if find.text(*place, "nobody") == "pass":
        find.error(
            (*place, "nobody"),
            "guarded_pass",
            _l("“%(kind)s” is about money or seals: it never passes by itself.", kind=kind.name),
            _l("Write “nobody: superior”, “nobody: manager” or name a person."),
        )
    if sort is NodeKind.AUTO and find.text(*place, "result") == "approve":
        find.error(
            (*place, "result"),
            "guarded_auto",
            _l("“%(kind)s” is about money or seals: only a person approves it.", kind=kind.name),
            _l("Ask a person at this node: “kind: approve”."),
        )


def _fields(context: Context, place: Place, kind: RecordKind) -> None:
    item = context.find.at(*place)
    known = fields_of(kind, lines=True)
    for name in item.entries if isinstance(item, Mapping) else ():
        if name not in known:
            context.find.error(
                (*place, name),
                "field_unknown",
                _l("The form of “%(kind)s” has no field “%(field)s”.", kind=kind.name, field=name),
                suggest(name, known),
            )


def _transition(context: Context, here: Place, kind: RecordKind) -> None:
    """See that a handle node knows which step of the document it performs."""
    find = context.find
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
