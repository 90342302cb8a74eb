"""Check what a pack states beside flows: duties, deadlines, classes, levels, pairs, waivers, tests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zhidu.expressions import FactKind
from zhidu.policy.finder import Place
from zhidu.policy.lint_context import Context, facts_of
from zhidu.policy.lint_flows import day_fact
from zhidu.policy.problems import suggest
from zhidu.policy.schema import IDENTITY
from zhidu.policy.schema_parts import EVENTS, WEEKDAYS
from zhidu.policy.tree import Mapping, Scalar
from zhidu.texts import Text
from zhidu.texts import lazy_gettext as _l

if TYPE_CHECKING:
    from zhidu.records.kinds import RecordKind

EVIDENCE = ("text", "file")
DAYS_OF_MONTH = {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}


def check(context: Context) -> None:
    """Note every problem of these parts."""
    for part in IDENTITY:
        if part not in ("clauses", "definitions"):
            _once(context, part)
    for place, item in context.find.entries("duties"):
        _duty(context, place, item)
    for place, _item in context.find.entries("deadlines"):
        _deadline(context, place)
    for place, item in context.find.entries("retention"):
        _retention(context, place, item)
    for place, _item in context.find.entries("confidentiality"):
        for reader, _below in context.find.entries(*place, "readers"):
            context.approver(reader, None)
        for at, name in context.find.texts(*place, "kinds"):
            context.kind(at, name)
    for place, _item in context.find.entries("segregation"):
        _pair(context, place)
    known = set(_rules(context))
    for place, _item in context.find.entries("waivers"):
        context.approver((*place, "approver"), None)
        rule = context.find.text(*place, "rule")
        if rule is not None and rule not in known:
            context.find.error(
                (*place, "rule"),
                "rule_unknown",
                _l("The pack has no clause, duty, deadline or pair “%(rule)s”.", rule=rule),
                suggest(rule, known),
            )
    for place, _item in context.find.entries("tests"):
        _test(context, place)


def _once(context: Context, part: str) -> None:
    """Complain of an entry that stands twice."""
    key, seen = IDENTITY[part], dict[str, Place]()
    for place, _item in context.find.entries(part):
        ident = context.find.text(*place, key)
        if ident is not None and ident in seen:
            context.find.error(
                (*place, key),
                "duplicate_entry",
                _l(
                    "“%(id)s” is already on line %(line)s.",
                    id=ident,
                    line=context.find.line(*seen[ident], key),
                ),
                _l("Give it another name, or remove one of the two."),
            )
        elif ident is not None:
            seen[ident] = place


def _rules(context: Context) -> Iterator[str]:
    """Name everything that a waiver may set aside."""
    yield from context.clauses
    for part in ("duties", "deadlines", "segregation"):
        for place, _item in context.find.entries(part):
            yield context.find.text(*place, "id") or ""


def _duty(context: Context, place: Place, item: Mapping) -> None:
    find = context.find
    context.approver((*place, "who"), None)
    evidence = find.text(*place, "evidence")
    if evidence is not None and evidence not in EVIDENCE:
        context.kind((*place, "evidence"), evidence)
    every, on = find.text(*place, "every"), item.entries.get("on")
    if every is None or on is None:
        return
    wrong = _wrong_day(every, on)
    if wrong is not None:
        find.error((*place, "on"), "duty_day", wrong, _DAY_CURES.get(every, _l("Remove the line.")))


_DAY_CURES: dict[str, Text] = {
    "day": _l("Remove the line: a daily duty is due every working day."),
    "week": _l("Write one of: %(days)s.", days=", ".join(WEEKDAYS)),
    "month": _l("Write a day from 1 to 31; 31 is the last day."),
    "quarter": _l("Write for example {month: 1, day: 15}: month 1 to 3 of the quarter."),
    "half-year": _l("Write for example {month: 1, day: 15}: month 1 to 6 of the half-year."),
    "year": _l("Write for example {month: 3, day: 31}."),
}


def _wrong_day(every: str, on: object) -> Text | None:
    """Say what is wrong with the day of a duty, or nothing."""
    message = _l("A duty of “every: %(every)s” is not due on such a day.", every=every)
    if isinstance(on, Scalar):
        match every:
            case "week":
                return None if on.value in WEEKDAYS else message
            case "month":
                return None if isinstance(on.value, int) else message
        return message
    if isinstance(on, Mapping):
        most = {"quarter": 3, "half-year": 6, "year": 12}.get(every)
        month, day = (_number(on.entries.get(key)) for key in ("month", "day"))
        if most is None or (month or 1) > most:
            return message
        if every == "year" and month and day and day > DAYS_OF_MONTH.get(month, 31):
            return _l("Month %(month)s has no day %(day)s.", month=month, day=day)
    return None


def _number(item: object) -> int | None:
    return item.value if isinstance(item, Scalar) and isinstance(item.value, int) else None


def _deadline(context: Context, place: Place) -> None:
    find = context.find
    kind = context.kind((*place, "of"), find.text(*place, "of"))
    if kind is None:
        return
    context.condition((*place, "when"), kind)
    steps = {one.name for one in kind.execution.transitions}
    for key, days in (("from", True), ("until", False)):
        name = find.text(*place, key)
        if name is None or name in steps or name in EVENTS:
            continue
        if days and name in facts_of(kind):
            day_fact(context, (*place, key), name, kind)
            continue
        known = {*EVENTS, *steps, *(_day_names(kind) if days else ())}
        find.error(
            (*place, key),
            "event_unknown",
            _l("“%(kind)s” knows no “%(event)s”.", kind=kind.name, event=name),
            suggest(name, known),
        )


def _day_names(kind: RecordKind) -> set[str]:
    return {name for name, fact in facts_of(kind).items() if fact.kind is FactKind.DATE}


def _retention(context: Context, place: Place, item: Mapping) -> None:
    find = context.find
    told = [key for key in ("years", "permanent") if key in item.entries]
    if len(told) != 1:
        find.error(
            place,
            "retention_length",
            _l(
                "A class is kept for some years or permanently; this one says %(count)s.",
                count=len(told),
            ),
            _l("Write either “years: 10” or “permanent: true”."),
        )
    start = find.text(*place, "from")
    kinds = [(at, context.kind(at, name)) for at, name in find.texts(*place, "kinds")]
    if start is None or start in EVENTS:
        return
    for _at, kind in kinds:
        if kind is not None:
            day_fact(context, (*place, "from"), start, kind)
    if not kinds:
        find.error(
            (*place, "from"),
            "event_unknown",
            _l("“%(event)s” of which record?", event=start),
            suggest(start, EVENTS),
        )


def _pair(context: Context, place: Place) -> None:
    """Check two things that one person may not do both."""
    find, registry = context.find, context.registry
    sides = [item for _at, item in find.entries(*place, "between")]
    nodes = [name for item in sides if isinstance(name := item.entries.get("node"), Scalar)]
    kind = find.text(*place, "kind")
    if nodes and kind is None:
        find.error(
            place,
            "pair_kind",
            _l("Nodes of which document are kept apart?"),
            _l("Add “kind:” with the document, e.g. “kind: hr.leave_request”."),
        )
    elif kind is not None:
        context.kind((*place, "kind"), kind)
    if nodes and len(nodes) != len(sides):
        find.error(
            (*place, "between"),
            "pair_sides",
            _l("A node is kept apart from another node only."),
            _l("Name two nodes, or two roles or permissions."),
        )
    elif len(sides) == 2 and _same(*sides):
        find.error(
            (*place, "between"),
            "pair_sides",
            _l("Both sides of the pair are the same."),
            _l("Name two different ones."),
        )
    known = _nodes(context, kind) if kind else set()
    for at, _item in find.entries(*place, "between"):
        node, permission = find.text(*at, "node"), find.text(*at, "permission")
        if node is not None and known and node not in known | {"applicant"}:
            find.error(
                (*at, "node"),
                "node_unknown",
                _l("This flow has no node “%(node)s”.", node=node),
                suggest(node, known),
            )
        if permission is not None and permission not in registry.permissions:
            find.error(
                (*at, "permission"),
                "permission_unknown",
                _l("No enabled addon has a permission “%(name)s”.", name=permission),
                suggest(permission, registry.permissions),
            )
        _capability(context, (*at, "capability"))


def _same(one: Mapping, other: Mapping) -> bool:
    def told(item: Mapping) -> dict[str, object]:
        return {
            key: entry.value for key, entry in item.entries.items() if isinstance(entry, Scalar)
        }

    return told(one) == told(other)


def _capability(context: Context, place: Place) -> None:
    name = context.find.text(*place)
    known = context.registry.capabilities
    if name is not None and name not in known:
        context.find.error(
            place,
            "capability_unknown",
            _l("No enabled addon has a capability “%(name)s”.", name=name),
            suggest(name, known),
        )


def _nodes(context: Context, kind: str) -> set[str]:
    """Name the nodes of a kind's flow, those inside branches included."""
    found: set[str] = set()

    def walk(place: Place) -> None:
        for here, item in context.find.entries(*place):
            if "branch" in item.entries:
                for path, _item in context.find.entries(*here, "paths"):
                    walk((*path, "nodes"))
            elif (ident := context.find.text(*here, "id")) is not None:
                found.add(ident)

    walk(("flows", kind, "nodes"))
    walk(("flows", kind, "urgent", "nodes"))
    return found


def _test(context: Context, place: Place) -> None:
    find = context.find
    name = find.text(*place, "kind")
    kind = context.kind((*place, "kind"), name)
    if name is None or kind is None:
        return
    if find.at("flows", name) is None:
        find.error(
            (*place, "kind"),
            "test_flow",
            _l("The pack has no flow for “%(kind)s” to test.", kind=name),
            _l("Add the flow, or remove the test."),
        )
        return
    given = find.at(*place, "given", "facts")
    for fact, item in given.entries.items() if isinstance(given, Mapping) else ():
        _fact(context, (*place, "given", "facts", fact), kind, fact, item)
    known = _nodes(context, name)
    expected = list(find.texts(*place, "expect", "path"))
    people = find.at(*place, "expect", "people")
    named = list(people.entries) if isinstance(people, Mapping) else []
    expected += [((*place, "expect", "people", node), node) for node in named]
    for at, node in expected:
        if node not in known:
            find.error(
                at,
                "node_unknown",
                _l("This flow has no node “%(node)s”.", node=node),
                suggest(node, known),
            )
    expect = find.at(*place, "expect")
    keys = set(expect.entries) if isinstance(expect, Mapping) else set()
    if "refuse" in keys and len(keys) > 1:
        find.error(
            (*place, "expect", "refuse"),
            "test_expects",
            _l("What is refused takes no path."),
            _l("Keep “refuse:” alone, or remove it."),
        )


_KINDS: dict[FactKind, tuple[type, ...]] = {
    FactKind.TEXT: (str,),
    FactKind.CHOICE: (str,),
    FactKind.DATE: (str,),
    FactKind.BOOLEAN: (bool,),
}


def _fact(context: Context, place: Place, kind: RecordKind, name: str, item: object) -> None:
    """See that a given fact exists and has a value of its type."""
    facts = facts_of(kind)
    fact = facts.get(name)
    if fact is None:
        context.find.error(
            place,
            "fact_unknown",
            _l("“%(kind)s” has no fact “%(fact)s”.", kind=kind.name, fact=name),
            suggest(name, facts),
        )
        return
    if not isinstance(item, Scalar):
        return  # said by the schema
    value = item.value
    if fact.kind is FactKind.NUMBER:
        fits = not isinstance(value, bool | str | None)
    else:
        fits = isinstance(value, _KINDS[fact.kind])
    if value is None:
        fits = fact.nullable
    if fits and fact.kind is FactKind.CHOICE:
        fits = value in fact.choices
    if not fits:
        context.find.error(
            place,
            "fact_value",
            _l("“%(value)s” is no value of the fact “%(fact)s”.", value=item.text, fact=name),
            _l("Possible values: %(values)s.", values=", ".join(fact.choices))
            if fact.choices
            else _l("The fact is: %(kind)s.", kind=fact.kind.value),
        )
