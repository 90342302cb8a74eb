"""What plugins provide at boot: checked against the hooks' specifications, keyed, never doubled."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any, NamedTuple

import pluggy

from zhidu import hooks
from zhidu.discovery import Problem
from zhidu.errors import ConfigError
from zhidu.hookspecs import SPECS
from zhidu.texts import lazy_gettext as _l


class Keyed(NamedTuple):
    """One mapping of the registry: who is asked, and what the key of an item is.

    :param named_after: an addon's keys begin with its name and a dot.
    """

    mapping: str
    ask: Callable[[pluggy.PluginManager, hooks.Failed], list[tuple[str, Any]]]
    key: Callable[[str, Any], str]
    named_after: bool


KEYED = (
    Keyed("settings", hooks.provide_settings, lambda _, item: str(item.key), True),
    Keyed("permissions", hooks.provide_permissions, lambda _, item: str(item.name), True),
    Keyed("roles", hooks.provide_roles, lambda addon, item: f"{addon}.{item.code}", True),
    Keyed("resources", hooks.provide_resources, lambda _, item: str(item.kind), True),
    Keyed("kinds", hooks.provide_record_kinds, lambda _, item: str(item.name), True),
    Keyed("capabilities", hooks.provide_capabilities, lambda _, item: str(item.name), True),
    Keyed("resolvers", hooks.provide_resolvers, lambda _, item: str(item.name), False),
    Keyed("jobs", hooks.provide_jobs, lambda _, item: str(item.name), True),
    Keyed("schedules", hooks.provide_schedules, lambda _, item: str(item.name), True),
    Keyed("channels", hooks.provide_channels, lambda _, item: str(item.name), False),
)


class Provided:
    """The mappings so far, and who provides each key; :meth:`plus` makes the next one."""

    def __init__(
        self,
        items: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
        givers: Mapping[tuple[str, str], str] = MappingProxyType({}),
    ) -> None:
        self._items = items
        self._givers = givers

    @property
    def owners(self) -> dict[str, str]:
        """Give the addon by key; a key of two mappings is the first mapping's."""
        return {key: addon for (_, key), addon in reversed(list(self._givers.items()))}

    def mapping(self, name: str) -> Mapping[str, Any]:
        """Give one mapping, which nobody can change."""
        return MappingProxyType(dict(self._items.get(name, {})))

    def plus(self, addon: str, pm: pluggy.PluginManager) -> Provided:
        """Add what the plugins of one addon provide.

        :param pm: a manager that holds these plugins only.
        :raises ConfigError: a hook raises, a key is taken, or it is not named after the addon.
        """
        items = {name: dict(known) for name, known in self._items.items()}
        givers = dict(self._givers)
        for keyed in KEYED:
            known = items.setdefault(keyed.mapping, {})
            for _, item in keyed.ask(pm, _refuse):
                try:
                    key = keyed.key(addon, item)
                except AttributeError as error:
                    raise _as_error(hook_problem(addon, keyed.ask.__name__, error)) from error
                if keyed.named_after and addon != "core" and not key.startswith(f"{addon}."):
                    raise ConfigError(
                        _l(
                            "The addon %(addon)s provides “%(key)s” (%(what)s), which is not named"
                            " after it.",
                            addon=addon,
                            key=key,
                            what=keyed.mapping,
                        ),
                        cure=_l("Call it “%(addon)s.…”.", addon=addon),
                    )
                if key in known:
                    raise ConfigError(
                        _l(
                            "“%(key)s” (%(what)s) is provided by both %(one)s and %(other)s.",
                            key=key,
                            what=keyed.mapping,
                            one=givers[keyed.mapping, key],
                            other=addon,
                        ),
                        cure=_l("Rename it in %(addon)s, or disable one of the two.", addon=addon),
                    )
                known[key] = item
                givers[keyed.mapping, key] = addon
        if addon != "core":  # it may be loaded in part
            _check_settings(addon, items, givers)
        return Provided(items, givers)


def _check_settings(
    addon: str, items: Mapping[str, Mapping[str, Any]], givers: Mapping[tuple[str, str], str]
) -> None:
    """See that the capabilities of an addon take settings that exist."""
    known = {*items["settings"], *(f"{kind}.series" for kind in items["kinds"])}
    for name, capability in items["capabilities"].items():
        missing = sorted(set(capability.settings) - known)
        if missing and givers["capabilities", name] == addon:
            raise ConfigError(
                _l(
                    "The addon %(addon)s says that “%(name)s” takes the setting “%(key)s”, which"
                    " nobody declares.",
                    addon=addon,
                    name=name,
                    key=missing[0],
                ),
                cure=_l("Declare it in provide_settings, or correct the key."),
            )


def new_manager() -> pluggy.PluginManager:
    """Make a manager that knows the hooks and no plugin."""
    pm = pluggy.PluginManager("zhidu")
    for specs in SPECS:
        pm.add_hookspecs(specs)
    return pm


def checked_manager(addon: str, plugins: Mapping[str, object]) -> pluggy.PluginManager:
    """Register the plugins of one addon alone, and check every hook in them.

    :raises ConfigError: a hook's name or argument is wrong, or it asks for another order.
    """
    pm = new_manager()
    known = sorted(name for specs in SPECS for name in vars(specs) if not name.startswith("_"))
    for name, plugin in plugins.items():
        try:
            pm.register(plugin, name)
        except pluggy.PluginValidationError as error:
            raise ConfigError(
                _l(
                    "The addon %(addon)s has a hook whose arguments are wrong: %(why)s.",
                    addon=addon,
                    why=_last_lines(error),
                ),
                cure=_l("Compare the function with zhidu/hookspecs.py."),
            ) from error
        for caller in pm.get_hookcallers(plugin) or ():
            for impl in caller.get_hookimpls():
                if not caller.has_spec() and not impl.optionalhook:
                    near = get_close_matches(caller.name, known, 1)
                    raise ConfigError(
                        _l(
                            "The addon %(addon)s implements “%(hook)s”, which is no hook.",
                            addon=addon,
                            hook=caller.name,
                        ),
                        cure=_l(
                            "Did you mean “%(near)s”? All hooks are in zhidu/hookspecs.py.",
                            near=near[0],
                        )
                        if near
                        else _l("All hooks are in zhidu/hookspecs.py."),
                    )
                if impl.wrapper or impl.hookwrapper or impl.tryfirst or impl.trylast:
                    raise ConfigError(
                        _l(
                            "The addon %(addon)s wants a place of its own in “%(hook)s”; hooks run"
                            " in the order of “requires” only.",
                            addon=addon,
                            hook=caller.name,
                        ),
                        cure=_l("Write @hookimpl without wrapper, tryfirst or trylast."),
                    )
    return pm


def hook_problem(addon: str, hook: str, error: Exception) -> Problem:
    """Say that a hook which is asked at boot raised."""
    return Problem(
        addon,
        _l(
            "The addon %(addon)s fails in %(hook)s: %(what)s.",
            addon=addon,
            hook=hook,
            what=f"{type(error).__name__}: {error}".rstrip(".: "),
        ),
        _l("Mend it, or run: zhidu addon disable %(addon)s", addon=addon),
    )


def _refuse(addon: str, hook: str, error: Exception) -> None:
    raise _as_error(hook_problem(addon, hook, error)) from error


def _as_error(problem: Problem) -> ConfigError:
    return ConfigError(problem.text, cure=problem.cure)


def _last_lines(error: pluggy.PluginValidationError) -> str:
    """Leave out pluggy's first line, which names the plugin once more."""
    return "; ".join(str(error).splitlines()[1:]) or str(error)
