"""What the law demands at least, as data with its source and its days; a policy below it is told.

The core's floors are about how long records are kept; an addon brings those for its own settings in
``data/legal_floors.toml`` of its folder, found by existing. A policy may still be applied: somebody
accepts the finding by name, which the version keeps.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zhidu import clock
from zhidu.errors import ConfigError
from zhidu.policy.finder import Finder, Place
from zhidu.policy.lint_context import Context
from zhidu.policy.problems import suggest
from zhidu.policy.tree import Mapping as Tree
from zhidu.policy.tree import Scalar
from zhidu.texts import Text, localize
from zhidu.texts import lazy_gettext as _l

if TYPE_CHECKING:
    from zhidu.registry import Registry

FILE = "data/legal_floors.toml"
OWN = Path(__file__).parent / FILE


@dataclass(frozen=True, slots=True)
class Floor:
    """One demand of the law.

    :param title: what it is about, by locale.
    :param setting: the setting that it binds; else ``matter`` names what is kept.
    :param minimum: of a setting: no less; ``maximum``: no more.
    :param years: of a matter: kept no shorter; ``permanent``: for good.
    :param since: first day; ``until`` the last one, or None.
    :param source: the law and its article.
    """

    title: str | Mapping[str, str]
    source: str
    since: date
    until: date | None = None
    setting: str = ""
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    matter: str = ""
    years: int = 0
    permanent: bool = False

    def holds(self, day: date) -> bool:
        """Tell whether it is law on a day."""
        return self.since <= day and (self.until is None or day <= self.until)


def floors(registry: Registry) -> tuple[Floor, ...]:
    """Give the core's floors and those of the enabled addons."""
    found = list(_read(OWN))
    for loaded in registry.addons:
        path = loaded.path / FILE
        if not loaded.core and loaded.package and path.is_file():
            found += _read(path)
    return tuple(found)


@lru_cache(maxsize=32)
def _read(path: Path) -> tuple[Floor, ...]:
    """Read a file of floors.

    :raises ConfigError: it is not what it should be; an addon's author sees it at once.
    """
    try:
        data = tomllib.loads(path.read_text("utf-8"), parse_float=Decimal)
        return tuple(
            _floor(entry) for part in ("setting", "retention") for entry in data.get(part, ())
        )
    except (tomllib.TOMLDecodeError, TypeError) as error:
        raise ConfigError(
            _l("The file of legal floors %(file)s cannot be read.", file=str(path)),
            cure=str(error),
        ) from error


def _floor(entry: dict[str, Any]) -> Floor:
    known: dict[str, Any] = {
        key: Decimal(value) if key in ("minimum", "maximum") else value
        for key, value in entry.items()
    }
    return Floor(**known)


def check(context: Context) -> None:
    """Warn where the policy gives less than the law on the first day on which it holds."""
    find = context.find
    day = max(_effective(find), clock.today())
    law = [floor for floor in floors(context.registry) if floor.holds(day)]
    for floor in law:
        if floor.setting:
            _setting(find, floor)
    matters = {floor.matter: floor for floor in law if floor.matter}
    for place, item in find.entries("retention"):
        matter = find.text(*place, "matter")
        if matter is not None and matter not in matters:
            find.error(
                (*place, "matter"),
                "matter_unknown",
                _l("No law about keeping records is known for “%(matter)s”.", matter=matter),
                suggest(matter, matters),
            )
        elif matter is not None:
            _kept(find, place, item, matters[matter])


def _effective(find: Finder) -> date:
    try:
        return date.fromisoformat(find.text("policy", "effective") or "")
    except ValueError:
        return clock.today()


def _setting(find: Finder, floor: Floor) -> None:
    place: Place = ("settings", floor.setting)
    item = find.at(*place)
    if isinstance(item, Tree):
        place = (*place, "value")
        item = item.entries.get("value")
    value = item.value if isinstance(item, Scalar) else None
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return
    if floor.minimum is not None and value < floor.minimum:
        _tell(find, place, floor, _l("at least %(limit)s", limit=floor.minimum), value)
    if floor.maximum is not None and value > floor.maximum:
        _tell(find, place, floor, _l("at most %(limit)s", limit=floor.maximum), value)


def _kept(find: Finder, place: Place, item: Tree, floor: Floor) -> None:
    if "permanent" in item.entries:
        return
    years = item.entries.get("years")
    value = years.value if isinstance(years, Scalar) else None
    if isinstance(value, bool) or not isinstance(value, int):
        return  # said by the schema
    if floor.permanent:
        _tell(find, (*place, "years"), floor, _l("kept for good"), value)
    elif value < floor.years:
        limit = _l("kept at least %(years)s years", years=floor.years)
        _tell(find, (*place, "years"), floor, limit, value)


def _tell(find: Finder, place: Place, floor: Floor, limit: Text, value: object) -> None:
    find.warn(
        place,
        "law_retention" if floor.matter else "law_setting",
        _l(
            "%(title)s: the law wants %(limit)s, the policy says %(value)s.",
            title=localize(floor.title),
            limit=limit,
            value=value,
        ),
        _l("See %(source)s; else somebody accepts it by name.", source=floor.source),
    )
