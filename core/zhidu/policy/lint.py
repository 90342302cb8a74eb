"""Find everything that is wrong with a pack, each with file, line and cure, all at once.

Three layers: the text (``loader``), the shape (``structure``), and what the words mean to the
enabled addons (here and in ``lint_flows``). What only a company can answer, such as whether a role
exists there, is checked when the pack is applied (``people``).
"""

from __future__ import annotations

from collections.abc import Mapping as Dict
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from zhidu import clock
from zhidu.policy import lint_flows, loader, stated, structure
from zhidu.policy.content import resolve
from zhidu.policy.finder import Finder
from zhidu.policy.problems import PolicyProblem, Severity, errors, in_order, suggest
from zhidu.policy.schema import RESOLVERS
from zhidu.policy.tree import Mapping, Scalar, Sequence, plain
from zhidu.texts import lazy_gettext as _l

if TYPE_CHECKING:
    from zhidu.registry import Registry

FIRST_YEAR = 1949
FAR_YEARS = 10
"""An effective date further ahead than this is a slip of the pen."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A pack that was read.

    :param tree: what stands in the file, with lines; None when it is not even a mapping.
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


def lint(registry: Registry, text: str, filename: str) -> list[PolicyProblem]:
    """Give every problem of a pack, by line."""
    return list(read(registry, text, filename).problems)


def read(registry: Registry, text: str, filename: str) -> Reading:
    """Read and check a pack; its content is given when it has no errors."""
    tree, problems = loader.load(text, filename)
    if tree is None:
        return Reading(filename, text, None, tuple(in_order(problems)), None)
    others = [name for name in registry.resolvers if name not in RESOLVERS]
    problems += structure.check(tree, filename, others)
    find = Finder(filename, tree)
    clauses = _clauses(find)
    addons = _addons(find, registry)
    _effective(find)
    cited = _settings(find, registry, addons, clauses)
    cited |= lint_flows.check(find, registry, addons, clauses)
    manual = {
        ident for ident, index in clauses.items() if find.at("clauses", index, "manual") is not None
    }
    for clause in sorted(set(clauses) - cited - manual):
        find.note(
            ("clauses", clauses[clause]),
            "clause_unused",
            _l("No flow and no setting names the clause %(clause)s yet.", clause=clause),
            _l("Name it where it is carried out, or say with “manual: …” how people do it."),
            Severity.NOTE,
        )
    found = tuple(in_order([*problems, *find.problems]))
    content = None if errors(found) else resolve(registry, plain(tree), ())
    return Reading(filename, text, tree, found, content)


def _clauses(find: Finder) -> dict[str, int]:
    """Give the place of each clause by id; complain of a second one."""
    places: dict[str, int] = {}
    clauses = find.get("clauses", Sequence)
    for index, clause in enumerate(clauses.items if clauses else ()):
        ident = clause.entries.get("id") if isinstance(clause, Mapping) else None
        if not isinstance(ident, Scalar) or not isinstance(ident.value, str):
            continue
        if ident.value in places:
            first = find.line("clauses", places[ident.value], "id")
            find.error(
                ("clauses", index, "id"),
                "duplicate_clause",
                _l(
                    "The clause %(clause)s is already on line %(line)s.",
                    clause=ident.value,
                    line=first,
                ),
                _l("Give it another id, or remove one of the two."),
            )
        else:
            places[ident.value] = index
    return places


def _addons(find: Finder, registry: Registry) -> frozenset[str]:
    """Give the addons that the pack activates; complain of those that cannot be."""
    loaded = {one.name: one.addon for one in registry.addons if not one.core}
    named: dict[str, int] = {}
    listed = find.get("addons", Sequence)
    if listed is None:
        return frozenset(loaded)  # said by the schema: what follows from it is no news
    for index, item in enumerate(listed.items):
        if not isinstance(item, Scalar) or not isinstance(item.value, str):
            continue
        name, place = item.value, ("addons", index)
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
        named.setdefault(name, index)
    for name, index in named.items():
        for needed in loaded[name].needed_names if name in loaded else ():
            if needed not in named:
                find.error(
                    ("addons", index),
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


def _effective(find: Finder) -> None:
    value = find.text("policy", "effective")
    if value is None or len(value) != len("2026-01-01"):
        return  # missing or of another shape: said by the schema
    place = ("policy", "effective")
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
        return
    if day.year < FIRST_YEAR or day.year > clock.today().year + FAR_YEARS:
        find.error(
            place, "effective", _l("%(value)s cannot be meant.", value=value), _l("Check the year.")
        )


def _settings(
    find: Finder, registry: Registry, addons: frozenset[str], clauses: Dict[str, int]
) -> set[str]:
    """Check the stated settings; give the clauses that they name."""
    cited: set[str] = set()
    settings = find.get("settings", Mapping)
    for key, item in settings.entries.items() if settings else ():
        place: tuple[str, ...] = ("settings", key)
        declared = registry.settings.get(key)
        if isinstance(item, Mapping):
            clause = item.entries.get("clause")
            if isinstance(clause, Scalar) and isinstance(clause.value, str):
                cited.add(clause.value)
                if clause.value not in clauses:
                    find.no_clause((*place, "clause"), clause.value, clauses)
            place, item = (*place, "value"), item.entries.get("value", Scalar(item.line, None, ""))
        owner = registry.owner(key) if declared else key.partition(".")[0]
        if declared is None:
            known = owner == "core" or owner in registry.names
            if known or owner not in addons:
                find.error(
                    place,
                    "setting_unknown",
                    _l("No enabled addon declares the setting “%(key)s”.", key=key),
                    suggest(key, registry.settings),
                )
            continue
        if owner != "core" and owner not in addons:
            find.error(
                place,
                "setting_inactive",
                _l(
                    "The setting belongs to the addon “%(addon)s”, which the pack does not"
                    " activate.",
                    addon=owner,
                ),
                _l("Add “- %(addon)s” to addons, or remove the setting.", addon=owner),
            )
        if not isinstance(item, Scalar) or item.value is None:
            continue
        try:
            stated.checked(declared, item.value)
        except stated.SettingValueWrong as error:
            find.error(place, "setting_value", error.message, error.cure)
    return cited
