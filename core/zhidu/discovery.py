"""Which addons are installed, and in which order may they be loaded? Imports none of them."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType

from zhidu.addon import MANIFEST, Addon
from zhidu.errors import ConfigError
from zhidu.texts import Text
from zhidu.texts import lazy_gettext as _l

GROUP = "zhidu.addons"
"""Entry points of distributions: ``hr = zhidu_hr.addon``."""


@dataclass(frozen=True, slots=True, repr=False)
class Problem:
    """Why an addon cannot be used, in one sentence, and what helps.

    :param addon: its name, or the folder's when it has none that can be read.
    """

    addon: str
    text: Text | str
    cure: Text | str

    def __str__(self) -> str:
        return f"{self.text} {self.cure}"

    def __repr__(self) -> str:
        return f"<Problem of {self.addon}: {self}>"


@dataclass(frozen=True, slots=True)
class Found:
    """An installed addon.

    :param package: its top package; hooks are in ``<package>.addon``.
    :param path: the package's folder.
    :param folder: the configured folder that it lies in; none for a distribution's.
    """

    addon: Addon
    package: str
    path: Path
    folder: Path | None = None


@dataclass(frozen=True, slots=True)
class Discovery:
    """All installed addons by name, and those that cannot be used."""

    installed: Mapping[str, Found]
    problems: tuple[Problem, ...]


def discover(folders: Iterable[Path] = ()) -> Discovery:
    """List the addons of distributions and of the configured folders.

    A distribution's addon wins over a folder's of the same name. Two of a name are a problem of
    both, and neither is used.
    """
    problems: list[Problem] = []
    by_entry_point = _from_entry_points(problems)
    by_folder = _from_folders(folders, problems)
    clashing = {problem.addon for problem in problems}
    installed = {
        name: found
        for name, found in {**by_folder, **by_entry_point}.items()
        if name in by_entry_point or name not in clashing
    }
    return Discovery(MappingProxyType(dict(sorted(installed.items()))), tuple(problems))


def _from_entry_points(problems: list[Problem]) -> dict[str, Found]:
    found: dict[str, Found] = {}
    twice: set[str] = set()
    for point in sorted(entry_points(group=GROUP), key=lambda point: (point.name, point.value)):
        try:
            one = _read_entry_point(point)
        except ConfigError as error:
            problems.append(Problem(point.name, error.message, error.cure))
            continue
        other = found.get(point.name)
        if other is None:
            found[point.name] = one
        elif other != one:
            twice.add(point.name)
            problems.append(_two(point.name, other.package, one.package))
    return {name: one for name, one in found.items() if name not in twice}


def _read_entry_point(point: EntryPoint) -> Found:
    top = point.module.partition(".")[0]
    broken = _l("Install its distribution again, or uninstall it.")
    try:
        spec = find_spec(top)  # a top-level name: imports nothing
    except (ImportError, ValueError) as error:
        raise ConfigError(
            _l(
                "The package %(package)s of the addon %(addon)s cannot be found: %(why)s.",
                package=top,
                addon=point.name,
                why=error,
            ),
            cure=broken,
        ) from error
    if spec is None or not spec.submodule_search_locations:
        raise ConfigError(
            _l(
                "The package %(package)s of the addon %(addon)s is missing.",
                package=top,
                addon=point.name,
            ),
            cure=broken,
        )
    path = Path(next(iter(spec.submodule_search_locations)))
    addon = Addon.read(path / MANIFEST)
    if addon.name != point.name:
        raise ConfigError(
            _l(
                "The entry point %(point)s leads to an addon that calls itself %(addon)s.",
                point=point.name,
                addon=addon.name,
            ),
            cure=_l("Give both the same name, and install the distribution again."),
        )
    if not addon.version and point.dist is not None:
        addon = replace(addon, version=point.dist.version)
    return Found(addon, top, path)


def _from_folders(folders: Iterable[Path], problems: list[Problem]) -> dict[str, Found]:
    found: dict[str, Found] = {}
    twice: set[str] = set()
    for folder in dict.fromkeys(folders):
        if not folder.is_dir():
            problems.append(
                Problem(
                    str(folder),
                    _l("The folder of addons %(folder)s does not exist.", folder=folder),
                    _l("Make it, or take it out of [addons] folders in zhidu.toml."),
                )
            )
            continue
        for manifest in sorted(folder.glob(f"*/{MANIFEST}")):
            try:
                one = _read_folder(manifest, folder)
            except ConfigError as error:
                problems.append(Problem(manifest.parent.name, error.message, error.cure))
                continue
            name = one.addon.name
            if name in found:
                twice.add(name)
                problems.append(_two(name, str(found[name].path), str(one.path)))
            else:
                found[name] = one
    return {name: one for name, one in found.items() if name not in twice}


def _read_folder(manifest: Path, folder: Path) -> Found:
    path = manifest.parent
    if not path.name.isidentifier() or path.name in sys.stdlib_module_names:
        raise ConfigError(
            _l("%(path)s cannot be imported under its name.", path=path),
            cure=_l("Rename the folder to a Python name of its own, e.g. acme_badge."),
        )
    if not (path / "addon.py").is_file():
        raise ConfigError(
            _l("%(path)s has an addon.toml but no addon.py.", path=path),
            cure=_l("Add addon.py with the addon's hooks beside it, or remove the folder."),
        )
    addon = Addon.read(manifest)
    if not addon.version:
        raise ConfigError(
            _l("%(path)s: “version” is missing.", path=manifest),
            cure=_l("Add it: an addon in a folder has no distribution that could state it."),
        )
    return Found(addon, path.name, path, folder)


def _two(name: str, one: str, other: str) -> Problem:
    return Problem(
        name,
        _l(
            "Two addons are called %(name)s: %(one)s and %(other)s.",
            name=name,
            one=one,
            other=other,
        ),
        _l("Remove one of them; until then neither is used."),
    )


def requirement_problem(
    addon: Addon, versions: Mapping[str, str], broken: Iterable[str], core_version: str
) -> Problem | None:
    """Say which requirement of ``addon`` is not met, or nothing.

    :param versions: version by name of the addons that are to be loaded.
    :param broken: addons that are known to be unusable.
    """
    unusable = frozenset(broken)
    for need in addon.needs:
        version = core_version if need.name == "core" else versions.get(need.name)
        named = {"addon": addon.name, "need": need, "name": need.name, "version": version}
        if need.name in unusable:
            return Problem(
                addon.name,
                _l("The addon %(addon)s needs %(name)s, which cannot be used.", **named),
                _l("Mend %(name)s first: its own message says how.", **named),
            )
        if version is None:
            return Problem(
                addon.name,
                _l(
                    "The addon %(addon)s needs %(need)s, which is not installed or not enabled.",
                    **named,
                ),
                _l("Install it and run: zhidu addon enable %(name)s", **named),
            )
        if not need.specifier.contains(version, prereleases=True):
            return Problem(
                addon.name,
                _l(
                    "The addon %(addon)s needs %(need)s, but version %(version)s is there.", **named
                ),
                _l(
                    "Install a version of %(name)s that fits, or another one of %(addon)s.", **named
                ),
            )
    return None


def order(addons: Iterable[Addon], problems: list[Problem]) -> list[Addon]:
    """Put what is required before what requires it; leave out cycles and names that clash."""
    by_name = {addon.name: addon for addon in addons}
    for name in sorted(by_name, key=len, reverse=True):
        shorter = next((other for other in by_name if name.startswith(f"{other}_")), None)
        if shorter is not None:
            del by_name[name]
            problems.append(
                Problem(
                    name,
                    _l(
                        "The addon %(name)s cannot be used beside %(other)s: its tables would be taken"
                        " for the other's.",
                        name=name,
                        other=shorter,
                    ),
                    _l("Rename it so that it does not begin with %(other)s_.", other=shorter),
                )
            )
    while True:
        graph = {
            name: sorted(need for need in addon.needed_names if need in by_name)
            for name, addon in sorted(by_name.items())
        }
        try:
            return [by_name[name] for name in TopologicalSorter(graph).static_order()]
        except CycleError as error:
            ring: list[str] = list(dict.fromkeys(error.args[1]))
            text = " > ".join([*ring, ring[0]])
            for name in ring:
                del by_name[name]
                problems.append(
                    Problem(
                        name,
                        _l(
                            "The addon %(name)s requires itself in a circle: %(ring)s.",
                            name=name,
                            ring=text,
                        ),
                        _l("Take one “requires” out of the circle."),
                    )
                )


def with_needs(installed: Mapping[str, Found], names: Iterable[str]) -> list[str]:
    """Add to ``names`` what they require, directly or not, as far as it is installed."""
    wanted: dict[str, None] = {}
    todo = list(names)
    while todo:
        name = todo.pop(0)
        if name not in wanted:
            wanted[name] = None
            found = installed.get(name)
            todo += found.addon.needed_names if found else ()
    return list(wanted)
