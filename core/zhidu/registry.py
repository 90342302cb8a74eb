"""Everything that core and enabled addons provide, put together once per app, worker or command.

One broken addon is one :class:`Problem` with its cure; what needs it is left out with it, all
others run. Building a registry never changes one that is in use.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import pluggy

from zhidu import hooks, settings
from zhidu.addon import Addon
from zhidu.db.base import Base
from zhidu.discovery import Discovery, Found, Problem, discover, order, requirement_problem
from zhidu.errors import ConfigError
from zhidu.loading import Import
from zhidu.provided import Provided, checked_manager, hook_problem, new_manager
from zhidu.texts import add_catalogue
from zhidu.texts import lazy_gettext as _l

if TYPE_CHECKING:
    import click

    from zhidu.access.declarations import Permission, Resource, RoleTemplate
    from zhidu.config import Config
    from zhidu.health import HealthCheck
    from zhidu.jobs.declarations import JobType, ScheduleSpec
    from zhidu.notify.channels import Channel
    from zhidu.policy.capabilities import Capability
    from zhidu.records.kinds import RecordKind
    from zhidu.settings import Setting
    from zhidu.web.declarations import View
    from zhidu.workflow.resolvers import Resolver

log = logging.getLogger("zhidu.registry")

CORE_PLUGINS: tuple[str, ...] = (
    "zhidu.jobs.plugin",
    "zhidu.org.plugin",
    "zhidu.access.plugin",
    "zhidu.records.plugin",
    "zhidu.notify.plugin",
    "zhidu.workflow.plugin",
    "zhidu.workflow.people_plugin",
    "zhidu.workflow.seats_plugin",
    "zhidu.policy.plugin",
    "zhidu.web.plugin",
)
"""The core's own parts, in the order of their floors: ``zhidu.<part>.plugin``."""

CORE_MODELS: tuple[str, ...] = (
    "zhidu.db.activation",
    "zhidu.db.sequence",
    "zhidu.audit.models",
    "zhidu.org.models",
    "zhidu.org.models_lists",
    "zhidu.org.models_groups",
    "zhidu.access.user",
    "zhidu.access.models",
    "zhidu.records.models",
    "zhidu.jobs.models",
    "zhidu.notify.models",
    "zhidu.workflow.models",
    "zhidu.workflow.models_trail",
    "zhidu.workflow.models_people",
    "zhidu.workflow.models_urgent",
    "zhidu.workflow.seat_models",
    "zhidu.policy.models",
    "zhidu.policy.duty_models",
    "zhidu.policy.deadline_models",
)
"""Modules whose import declares every table of the core."""


@dataclass(frozen=True, slots=True)
class LoadedAddon:
    """An addon that runs.

    :param addon: its manifest.
    :param package: its top package, e.g. ``zhidu_hr``.
    :param path: that package's folder.
    """

    addon: Addon
    package: str
    path: Path
    core: bool = False

    @property
    def name(self) -> str:
        """Give the addon's short name, e.g. ``hr``."""
        return self.addon.name

    @property
    def migrations(self) -> Path:
        """Name the folder of its migrations, which need not exist."""
        return self.path / "migrations" / "versions"


class Registry:
    """What is loaded. Made by :func:`load_registry`, :meth:`of` or :meth:`empty`; never changed."""

    def __init__(
        self,
        pm: pluggy.PluginManager,
        addons: tuple[LoadedAddon, ...],
        provided: Provided,
        problems: Iterable[Problem] = (),
    ) -> None:
        self.pm = pm
        self.addons = addons
        self._problems = list(problems)
        self.kinds: Mapping[str, RecordKind] = provided.mapping("kinds")
        series = {f"{name}.series": settings.of_series(kind) for name, kind in self.kinds.items()}
        owners = provided.owners
        owners |= {f"{name}.series": owners[name] for name in self.kinds}
        self._owners: Mapping[str, str] = MappingProxyType(owners)
        self.settings: Mapping[str, Setting] = MappingProxyType(
            {**series, **provided.mapping("settings")}
        )
        self.permissions: Mapping[str, Permission] = provided.mapping("permissions")
        self.roles: Mapping[str, RoleTemplate] = provided.mapping("roles")
        self.resources: Mapping[str, Resource] = provided.mapping("resources")
        self.capabilities: Mapping[str, Capability] = provided.mapping("capabilities")
        self.resolvers: Mapping[str, Resolver] = provided.mapping("resolvers")
        self.jobs: Mapping[str, JobType] = provided.mapping("jobs")
        self.schedules: Mapping[str, ScheduleSpec] = provided.mapping("schedules")
        self.channels: Mapping[str, Channel] = provided.mapping("channels")

    @classmethod
    def empty(cls) -> Registry:
        """Make a registry of the core without any part: nothing is declared, no hook answers."""
        return cls.of({})

    @classmethod
    def of(cls, plugins: Mapping[str, object], *, core_plugins: Iterable[str] = ()) -> Registry:
        """Make a registry of objects with ``@hookimpl`` functions, in this order, for tests.

        :param plugins: module or object by addon name; ``core`` is allowed.
        :param core_plugins: names of core modules to load before them.
        :raises ConfigError: one of them is wrong; the text says how.
        """
        builder = _Builder(core_plugins)
        for name, plugin in plugins.items():
            addon = Addon(name=name, title=name, version="0")
            builder.offer(LoadedAddon(addon, "", Path(), core=name == "core"), {name: plugin})
        return builder.build()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Give what keeps an addon, or a page of one, from being used."""
        return tuple(self._problems)

    @property
    def names(self) -> tuple[str, ...]:
        """Name the loaded addons in the order of ``requires``, core first."""
        return tuple(loaded.name for loaded in self.addons)

    def addon(self, name: str) -> LoadedAddon:
        """Give one loaded addon.

        :raises KeyError: it is not loaded.
        """
        for loaded in self.addons:
            if loaded.name == name:
                return loaded
        raise KeyError(name)

    def owner(self, key: str) -> str:
        """Name the addon that provides a key of any of the mappings.

        :raises KeyError: nobody does.
        """
        return self._owners[key]

    def views(self) -> list[tuple[str, View]]:
        """Make the pages anew, each with its addon: a view belongs to one app."""
        return hooks.provide_views(self.pm, self._failed)

    def commands(self) -> list[tuple[str, click.Command]]:
        """Give the commands, each with its addon."""
        return hooks.provide_commands(self.pm, self._failed)

    def health_checks(self) -> list[tuple[str, HealthCheck]]:
        """Give the checks of the installation, each with its addon."""
        return hooks.provide_health_checks(self.pm, self._failed)

    def _failed(self, addon: str, hook: str, error: Exception) -> None:
        log.error("The addon %s failed in %s", addon, hook, exc_info=error)
        problem = hook_problem(addon, hook, error)
        if problem not in self._problems:
            self._problems.append(problem)


def load_registry(
    config: Config,
    enabled: Iterable[str],
    *,
    core_plugins: Iterable[str] | None = None,
    found: Discovery | None = None,
) -> Registry:
    """Import the enabled addons in the order of ``requires`` and collect what they provide.

    :param enabled: names of addons; ``core`` always counts.
    :param core_plugins: default: all of :data:`CORE_PLUGINS`.
    :param found: a discovery that was just made, to save another.
    :raises ConfigError: the core itself is broken.
    """
    builder = _Builder(CORE_PLUGINS if core_plugins is None else core_plugins)
    import_core_models()
    Base.registry.configure()  # so that a fault of the core is not taken for an addon's
    found = found or discover(config.addon_folders)
    builder.problems += found.problems
    wanted: dict[str, Found] = {}
    for name in sorted(set(enabled) - {"core"}):
        if name in found.installed:
            wanted[name] = found.installed[name]
        elif not any(problem.addon == name for problem in found.problems):
            builder.problems.append(
                Problem(
                    name,
                    _l("The addon %(addon)s is not installed.", addon=name),
                    _l(
                        "Install its distribution, or name its folder in zhidu.toml;"
                        " to go without it: zhidu addon disable %(addon)s",
                        addon=name,
                    ),
                )
            )
    versions = {name: one.addon.version for name, one in wanted.items()}
    for addon in order((one.addon for one in wanted.values()), builder.problems):
        broken = {problem.addon for problem in builder.problems}
        problem = requirement_problem(addon, versions, broken, builder.core.addon.version)
        if problem is not None:
            builder.problems.append(problem)
        else:
            builder.load(wanted[addon.name])
    for problem in builder.problems:
        log.log(logging.ERROR if problem.addon in wanted else logging.WARNING, "%s", problem)
    return builder.build()


def import_core_models() -> None:
    """Declare every table of the core, whichever parts are plugged in."""
    for module in CORE_MODELS:
        import_module(module)


class _Builder:
    """Takes the core, then addon after addon; one that does not fit leaves no trace."""

    def __init__(self, core_plugins: Iterable[str]) -> None:
        self.problems: list[Problem] = []
        self._provided = Provided()
        self._addons: list[LoadedAddon] = []
        self._plugins: dict[str, object] = {}
        path = Path(__file__).parent
        addon = Addon(name="core", title="Core", version=_core_version(), icon="home")
        self.core = LoadedAddon(addon, "zhidu", path, core=True)
        catalogues = find_spec("zhidu_i18n")
        for place in (catalogues and catalogues.submodule_search_locations) or ():
            add_catalogue(Path(place))
        plugins = {f"core:{module}": import_module(module) for module in core_plugins}
        self.offer(self.core, plugins)

    def offer(self, loaded: LoadedAddon, plugins: Mapping[str, object]) -> None:
        """Check and take the plugins of an addon.

        :raises ConfigError: a hook is wrong, or a key is taken.
        """
        self._provided = self._provided.plus(loaded.name, checked_manager(loaded.name, plugins))
        if loaded.name not in {known.name for known in self._addons}:
            self._addons.append(loaded)
        self._plugins.update(plugins)

    def load(self, found: Found) -> None:
        """Import an addon and take it, or note the problem."""
        name = found.addon.name
        try:
            imported = Import(found)
            try:
                self.offer(
                    LoadedAddon(found.addon, found.package, found.path), {name: imported.module}
                )
            except ConfigError:
                imported.undo()
                raise
        except ConfigError as error:
            log.error("The addon %s is left out", name, exc_info=error)
            self.problems.append(Problem(name, error.message, error.cure))
            return
        if (found.path / "i18n").is_dir():
            add_catalogue(found.path / "i18n")

    def build(self) -> Registry:
        """Register all in reverse, as pluggy calls the last one first."""
        pm = new_manager()
        for name, plugin in reversed(self._plugins.items()):
            pm.register(plugin, name)
        return Registry(pm, tuple(self._addons), self._provided, self.problems)


def _core_version() -> str:
    try:
        return version("zhidu")
    except PackageNotFoundError:  # run from a source tree that was never installed
        return "0"
