"""Check what a pack says of itself: its days, clauses and their readings, addons, settings, words."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from zhidu import clock, expressions
from zhidu.expressions import ExpressionError
from zhidu.policy import definitions, stated
from zhidu.policy.finder import Finder, Place
from zhidu.policy.lint_context import Context, facts_of
from zhidu.policy.problems import suggest
from zhidu.policy.tree import Mapping, Scalar, Sequence
from zhidu.texts import lazy_gettext as _l

if TYPE_CHECKING:
    from zhidu.registry import Registry

FIRST_YEAR = 1949
FAR_YEARS = 10
"""An effective date further ahead than this is a slip of the pen."""


def clauses(find: Finder) -> dict[str, int]:
    """Give the place of each clause by id; complain of a second one, and of an open question."""
    places: dict[str, int] = {}
    for place, item in find.entries("clauses"):
        ident = find.text(*place, "id")
        if ident is None:
            continue
        if ident in places:
            find.error(
                (*place, "id"),
                "duplicate_clause",
                _l(
                    "The clause %(clause)s is already on line %(line)s.",
                    clause=ident,
                    line=find.line("clauses", places[ident], "id"),
                ),
                _l("Give it another id, or remove one of the two."),
            )
            continue
        places[ident] = int(place[1])
        unclear = "ambiguous" in item.entries or "question" in item.entries
        for at, _reading in find.entries(*place, "readings"):
            _day(find, (*at, "on"))
        if unclear and not find.entries(*place, "readings"):
            find.error(
                place,
                "reading_missing",
                _l("The clause %(clause)s is unclear, and no reading is chosen.", clause=ident),
                _l("Add “readings:” with what was chosen, by whom and on which day."),
            )
    return places


def settled(find: Finder) -> frozenset[str]:
    """Name the clauses that have a reading."""
    return frozenset(
        find.text(*place, "id") or ""
        for place, item in find.entries("clauses")
        if "readings" in item.entries
    )


def unused(context: Context, cited: set[str]) -> None:
    """Tell of clauses that nothing in the pack carries out and that people do not do by hand."""
    find = context.find
    for ident, index in context.clauses.items():
        item = find.at("clauses", index)
        told = isinstance(item, Mapping) and {"manual", "by"} & set(item.entries)
        if ident not in cited and not told:
            find.tell(
                ("clauses", index),
                "clause_unused",
                _l("No flow and no setting names the clause %(clause)s yet.", clause=ident),
                _l("Name it where it is carried out, or say with “manual: …” how people do it."),
            )


def addons(find: Finder, registry: Registry) -> frozenset[str]:
    """Give the addons that the pack activates; complain of those that cannot be."""
    loaded = {one.name: one.addon for one in registry.addons if not one.core}
    named: dict[str, Place] = {}
    if find.get("addons", Sequence) is None:
        return frozenset(loaded)  # said by the schema: what follows from it is no news
    for place, name in find.texts("addons"):
        if name in named:
            find.error(
                place,
                "duplicate_addon",
                _l("The addon “%(addon)s” is named twice.", addon=name),
                _l("Remove one of the two."),
            )
        elif name not in loaded:
            near = "" if name == "core" else suggest(name, loaded)
            find.error(
                place,
                "addon_not_enabled",
                _l("The addon “%(addon)s” is not enabled in this database.", addon=name),
                _l("%(near)s Else run: zhidu addon enable %(addon)s", addon=name, near=near)
                if "“" in str(near)
                else _l("Run: zhidu addon enable %(addon)s", addon=name),
            )
        named.setdefault(name, place)
    for name, place in named.items():
        for needed in loaded[name].needed_names if name in loaded else ():
            if needed not in named:
                find.error(
                    place,
                    "addon_needs",
                    _l(
                        "The addon “%(addon)s” needs “%(needed)s”, which the pack does not"
                        " activate.",
                        addon=name,
                        needed=needed,
                    ),
                    _l("Add “- %(needed)s” to addons.", needed=needed),
                )
    return frozenset(named)


def days(find: Finder) -> None:
    """Check from when to when the pack holds."""
    first = _day(find, ("policy", "effective"))
    last = _day(find, ("policy", "until"))
    if last is None:
        return
    if first is not None and last < first:
        find.error(
            ("policy", "until"),
            "until",
            _l("The policy ends on %(last)s, before it begins.", last=last.isoformat()),
            _l("Write a day after %(first)s.", first=first.isoformat()),
        )
    elif last < clock.today():
        find.error(
            ("policy", "until"),
            "until",
            _l("The policy ended on %(last)s.", last=last.isoformat()),
            _l("Write a later day, or remove “until” if it goes on."),
        )


def _day(find: Finder, place: Place) -> date | None:
    value = find.text(*place)
    if value is None or len(value) != len("2026-01-01"):
        return None  # missing or of another shape: said by the schema
    try:
        day = date.fromisoformat(value)
    except ValueError:
        if value[:4].isdigit():
            find.error(
                place,
                "effective",
                _l("%(value)s is no day of the calendar.", value=value),
                _l("Write a day such as 2026-01-01."),
            )
        return None
    if day.year < FIRST_YEAR or day.year > clock.today().year + FAR_YEARS:
        find.error(
            place, "effective", _l("%(value)s cannot be meant.", value=value), _l("Check the year.")
        )
    return day


def capabilities(context: Context) -> None:
    """See that what a clause is left to exists; an addon that is off carries nothing out."""
    known = context.registry.capabilities
    for clause, _item in context.find.entries("clauses"):
        for place, name in context.find.texts(*clause, "by"):
            if name not in known:
                context.find.error(
                    place,
                    "capability_unknown",
                    _l("No enabled addon has a capability “%(name)s”.", name=name),
                    suggest(name, known),
                )
            elif (owner := context.registry.owner(name)) not in {"core", *context.addons}:
                context.find.error(
                    place,
                    "capability_inactive",
                    _l(
                        "“%(name)s” belongs to the addon “%(addon)s”, which the pack does not"
                        " activate.",
                        name=name,
                        addon=owner,
                    ),
                    _l("Add “- %(addon)s” to addons, or remove the line.", addon=owner),
                )


def annexes(context: Context) -> None:
    """See that the forms at the end of the policy became records that exist."""
    for place, _item in context.find.entries("policy", "annexes"):
        context.kind((*place, "kind"), context.find.text(*place, "kind"))


def words(context: Context) -> None:
    """Check the defined words: each once, none over itself, each readable for some record."""
    find = context.find
    seen: dict[str, Place] = {}
    for place, _item in find.entries("definitions"):
        name = find.text(*place, "name")
        if name is None:
            continue
        if name in seen:
            find.error(
                (*place, "name"),
                "duplicate_definition",
                _l(
                    "“%(name)s” is already defined on line %(line)s.",
                    name=name,
                    line=find.line(*seen[name]),
                ),
                _l("Keep one of the two."),
            )
            continue
        seen[name] = place
        way = definitions.circle(name, context.words)
        if way:
            find.error(
                (*place, "when"),
                "definition_cycle",
                _l("The definition stands upon itself: %(way)s.", way=" → ".join(way)),
                _l("Write one of them with facts only."),
            )
        else:
            _meaning(context, place, name)


def _meaning(context: Context, place: Place, name: str) -> None:
    find = context.find
    named = [
        kind
        for at, ident in find.texts(*place, "kinds")
        if (kind := context.kind(at, ident)) is not None
    ]
    known = context.registry.kinds.values()
    shadowed = [kind.name for kind in (named or known) if name in facts_of(kind)]
    if shadowed:
        find.error(
            (*place, "name"),
            "definition_name",
            _l("“%(name)s” is a fact of %(kinds)s already.", name=name, kinds=", ".join(shadowed)),
            _l("Choose another name."),
        )
    for kind in named:
        context.condition((*place, "when"), kind)
    text = find.text(*place, "when")
    if named or not text:
        return
    failed: ExpressionError | None = None
    for kind in known:
        try:
            expressions.compile_condition(definitions.expand(text, context.words), facts_of(kind))
        except ExpressionError as error:
            failed = failed or error
        else:
            return
    if failed is not None:
        find.error(
            (*place, "when"),
            "condition",
            _l("“%(text)s” fits the facts of no document.", text=text),
            _l("Say with “kinds:” which one is meant, then the fault is told exactly."),
        )


def settings(context: Context) -> None:
    """Check the stated settings, number patterns among them."""
    find, registry = context.find, context.registry
    given = find.get("settings", Mapping)
    for key, item in given.entries.items() if given else ():
        place: Place = ("settings", key)
        if isinstance(item, Mapping):
            place = (*place, "value")
            item = item.entries.get("value", Scalar(item.line, None, ""))
        _setting(context, place, key, item)
    patterns = find.get("numbering", Mapping)
    for name, pattern in patterns.entries.items() if patterns else ():
        place = ("numbering", name)
        kind = context.kind(place, name)
        key = f"{name}.series"
        if isinstance(pattern, Mapping):
            place = (*place, "pattern")
            pattern = pattern.entries.get("pattern", Scalar(pattern.line, None, ""))
        if kind is not None:
            _value(find, registry, place, key, pattern)
        other = given.entries.get(key) if given else None
        value = other.entries.get("value") if isinstance(other, Mapping) else other
        if (
            isinstance(value, Scalar)
            and isinstance(pattern, Scalar)
            and value.value != pattern.value
        ):
            find.error(
                place,
                "numbering_twice",
                _l("The setting “%(key)s” says another pattern.", key=key),
                _l("Keep one of the two."),
            )


def _setting(context: Context, place: Place, key: str, item: object) -> None:
    find, registry = context.find, context.registry
    declared = registry.settings.get(key)
    owner = registry.owner(key) if declared else key.partition(".")[0]
    if declared is None:
        known = owner == "core" or owner in registry.names
        if known or owner not in context.addons:
            find.error(
                place,
                "setting_unknown",
                _l("No enabled addon declares the setting “%(key)s”.", key=key),
                suggest(key, registry.settings),
            )
        return
    if owner != "core" and owner not in context.addons:
        find.error(
            place,
            "setting_inactive",
            _l(
                "The setting belongs to the addon “%(addon)s”, which the pack does not activate.",
                addon=owner,
            ),
            _l("Add “- %(addon)s” to addons, or remove the setting.", addon=owner),
        )
    _value(find, registry, place, key, item)


def _value(find: Finder, registry: Registry, place: Place, key: str, item: object) -> None:
    if not isinstance(item, Scalar) or item.value is None:
        return
    try:
        stated.checked(registry.settings[key], item.value)
    except stated.SettingValueWrong as error:
        find.error(place, "setting_value", error.message, error.cure)
