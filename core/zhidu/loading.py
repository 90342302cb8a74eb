"""Import an addon so that a broken one leaves nothing behind and names itself in one sentence."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterable
from importlib import import_module, invalidate_caches
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from sqlalchemy import Table

from zhidu.db.base import Base, metadata
from zhidu.discovery import Found
from zhidu.errors import ConfigError
from zhidu.texts import lazy_gettext as _l


class Import:
    """The import of one addon; :meth:`undo` forgets what it brought into this process.

    :param found: where the addon lies.
    :raises ConfigError: it cannot be imported, or one of its tables is not its own.
    """

    def __init__(self, found: Found) -> None:
        self.found = found
        self._known_before = found.package in sys.modules
        self._tables_before = set(metadata.tables)
        _reach(found)
        try:
            self.module = self._import()
            Base.registry.configure()
            self._check_tables()
        except ConfigError:
            self.undo()
            raise
        except (Exception, SystemExit) as error:
            self.undo()
            raise ConfigError(
                _l(
                    "The addon %(addon)s cannot be imported: %(what)s%(where)s.",
                    addon=found.addon.name,
                    what=f"{type(error).__name__}: {error}".rstrip(".: "),
                    where=_place(error, found.path),
                ),
                cure=_l("Mend it, or run: zhidu addon disable %(addon)s", addon=found.addon.name),
            ) from error

    def _import(self) -> ModuleType:
        package = self.found.package
        module = import_module(f"{package}.addon")
        if find_spec(f"{package}.models") is not None:
            import_module(f"{package}.models")
        return module

    def _tables(self) -> list[Table]:
        """Give the addon's mapped tables, and those that came with the import without a class."""
        mapped = {
            mapper.local_table: _is_inside(mapper.class_.__module__, self.found.package)
            for mapper in Base.registry.mappers
            if isinstance(mapper.local_table, Table)
        }
        new = (
            table
            for name, table in metadata.tables.items()
            if name not in self._tables_before and table not in mapped
        )
        return sorted(
            {*new, *(table for table, inside in mapped.items() if inside)},
            key=lambda table: table.name,
        )

    def _check_tables(self) -> None:
        name = self.found.addon.name
        for table in self._tables():
            if not table.name.startswith(f"{name}_"):
                raise ConfigError(
                    _l(
                        "The addon %(addon)s has a table “%(table)s” that is not named after it.",
                        addon=name,
                        table=table.name,
                    ),
                    cure=_l("Begin the table's name with “%(addon)s_”.", addon=name),
                )
            if table.info.get("addon") != name:
                raise ConfigError(
                    _l(
                        "The table “%(table)s” of the addon %(addon)s does not say whose it is.",
                        addon=name,
                        table=table.name,
                    ),
                    cure=_l(
                        "Derive its model from a Base of the addon's own with"
                        ' __addon__ = "%(addon)s".',
                        addon=name,
                    ),
                )

    def undo(self) -> None:
        """Forget modules, models and tables; an addon that was here before stays as it is."""
        if not self._known_before:
            new = [table for table in self._tables() if table.name not in self._tables_before]
            forget(self.found.package, new)


def forget(package: str, tables: Iterable[Table] = ()) -> None:
    """Take a package, its models with their tables, and other ``tables`` out of this process."""
    orphans = {table.name for table in tables}
    for manager in list(Base.registry._managers):
        if _is_inside(manager.class_.__module__, package):
            orphans.add(getattr(manager.class_, "__tablename__", ""))
            # SQLAlchemy disposes of a whole registry only; this is what it does per class
            Base.registry._dispose_manager_and_mapper(manager)
            Base.registry._managers.pop(manager, None)
    for name in orphans & metadata.tables.keys():
        metadata.remove(metadata.tables[name])
    for module in [module for module in sys.modules if _is_inside(module, package)]:
        del sys.modules[module]


def _is_inside(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def _reach(found: Found) -> None:
    """Put the addon's folder on the path, behind all else: it never hides a distribution.

    :raises ConfigError: its package's name belongs to something else.
    """
    if found.folder is None:
        return
    if str(found.folder) not in sys.path:
        sys.path.append(str(found.folder))
        invalidate_caches()
    spec = find_spec(found.package)
    places = [Path(place) for place in (spec and spec.submodule_search_locations) or ()]
    if not any(place == found.path or _same(place, found.path) for place in places):
        raise ConfigError(
            _l(
                "The addon %(addon)s in %(path)s is hidden by another package called %(package)s.",
                addon=found.addon.name,
                path=found.path,
                package=found.package,
            ),
            cure=_l(
                "Rename the folder to a name of its own, e.g. acme_%(addon)s.",
                addon=found.addon.name,
            ),
        )


def _same(one: Path, other: Path) -> bool:
    return one.exists() and other.exists() and one.samefile(other)


def _place(error: BaseException, path: Path) -> str:
    """Name the addon's own line that the error came through last."""
    inside = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).is_relative_to(path)
    ]
    if not inside:
        return ""
    return f" ({Path(inside[-1].filename).relative_to(path)}:{inside[-1].lineno})"
