"""Check a pack's flows: kinds, people, copies, windows, urgent requests; the steps are checked apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhidu.expressions import FactKind
from zhidu.policy import lint_steps
from zhidu.policy.finder import Place
from zhidu.policy.lint_context import Context, facts_of, fields_of
from zhidu.policy.problems import suggest
from zhidu.policy.schema_flows import LATE
from zhidu.policy.tree import Mapping, Scalar
from zhidu.texts import lazy_gettext as _l

if TYPE_CHECKING:
    from zhidu.records.kinds import RecordKind


def check(context: Context) -> None:
    """Note every problem of the flows."""
    find = context.find
    flows = find.get("flows", Mapping)
    for name, flow in flows.entries.items() if flows else ():
        place: Place = ("flows", name)
        kind = context.kind(place, name)
        if not isinstance(flow, Mapping):
            continue
        context.approver((*place, "manager"), kind)
        for copy, _item in find.entries(*place, "cc"):
            context.approver(copy, kind)
        nobody(context, (*place, "nobody"), kind)
        _watched(context, (*place, "watched"), kind)
        ids = lint_steps.check(context, (*place, "nodes"), kind)
        if find.at(*place, "void") is not None:
            lint_steps.check(context, (*place, "void"), kind)
        for window, item in find.entries(*place, "windows"):
            _window(context, window, item, kind, ids)
        if find.at(*place, "urgent") is not None:
            context.approver((*place, "urgent", "consent"), kind)
            if find.at(*place, "urgent", "nodes") is not None:
                lint_steps.check(context, (*place, "urgent", "nodes"), kind)


def nobody(context: Context, place: Place, kind: RecordKind | None) -> None:
    """Refuse to pass money and seals because nobody was there."""
    context.approver(place, kind)
    if context.find.text(*place) == "pass" and kind is not None and kind.guarded:
        context.find.error(
            place,
            "guarded_pass",
            _l("“%(kind)s” is about money or seals: it never passes by itself.", kind=kind.name),
            _l("Write “nobody: superior”, “nobody: manager” or name a person."),
        )


def _watched(context: Context, place: Place, kind: RecordKind | None) -> None:
    for at, name in context.find.texts(*place):
        known = fields_of(kind) if kind else {name}
        if name not in known:
            context.find.error(
                at,
                "field_unknown",
                _l("The form has no field “%(field)s”.", field=name),
                suggest(name, known),
            )


def _window(
    context: Context, place: Place, item: Mapping, kind: RecordKind | None, ids: frozenset[str]
) -> None:
    """Check when a form may be submitted."""
    find = context.find
    edges = {key: item.entries.get(key) for key in ("opens", "closes")}
    named = find.text(*place, "field")
    if not any(edges.values()):
        find.error(
            place,
            "window_open",
            _l("The window says neither when it opens nor when it closes."),
            _l("Add “opens:” or “closes:”."),
        )
    for key, edge in edges.items():
        if not isinstance(edge, Scalar):
            continue
        if named is None and isinstance(edge.value, str):
            find.error(
                (*place, key),
                "window_edge",
                _l("“%(value)s” from what? The window names no field.", value=edge.value),
                _l("Add “field:” with a day of the form, or write a day of the month."),
            )
        elif named is not None and not isinstance(edge.value, str):
            find.error(
                (*place, key),
                "window_edge",
                _l("A window that counts from a field takes a length of time here."),
                _l("Write for example “3 working days”, or remove “field:”."),
            )
    if named is not None and kind is not None:
        day_fact(context, (*place, "field"), named, kind)
    late = find.text(*place, "late")
    if late is not None and late not in LATE and late not in ids:
        find.error(
            (*place, "late"),
            "node_unknown",
            _l("“%(late)s” is neither a word for being late nor a node of this flow.", late=late),
            suggest(late, {*LATE, *ids}),
        )


def day_fact(context: Context, place: Place, name: str, kind: RecordKind) -> None:
    """See that a fact exists and is a day."""
    days = {key for key, fact in facts_of(kind).items() if fact.kind is FactKind.DATE}
    if name in days:
        return
    known = name in facts_of(kind)
    context.find.error(
        place,
        "day_unknown",
        _l("The fact “%(name)s” is no day.", name=name)
        if known
        else _l("“%(kind)s” has no day “%(name)s”.", kind=kind.name, name=name),
        suggest(name, days),
    )
