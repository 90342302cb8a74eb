"""The manifest of an addon, ``addon.toml``: read without importing a line of its code."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import InvalidVersion, Version

from zhidu.errors import ConfigError
from zhidu.texts import Text
from zhidu.texts import lazy_gettext as _l

MANIFEST = "addon.toml"

RESERVED = frozenset({"core", "zhidu", "alembic", "sqlite", "pg"})
"""Names whose tables would be mistaken for the core's, the migrations' or the database's own."""

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
LONGEST = 26
"""Characters of a name: a migration id, the name and five more, has 32 at most in Alembic."""

_TEXTS = ("name", "title", "summary", "version", "category", "icon")


@dataclass(frozen=True, slots=True)
class Addon:
    """What an addon says of itself.

    :param title: an English msgid of the addon's own catalogue, as is ``summary``.
    :param version: PEP 440; empty in the file where the distribution's version counts.
    :param requires: addons with their versions, e.g. ``hr>=0.1``; ``core`` may be named, too.
    :param category: heading under which the addon is listed, an English msgid.
    :param icon: name of an icon of the theme.
    """

    name: str
    title: str
    summary: str = ""
    version: str = ""
    requires: tuple[str, ...] = ()
    category: str = ""
    icon: str = "puzzle"

    @classmethod
    def read(cls, path: Path) -> Addon:
        """Read ``path``, the file itself.

        :raises ConfigError: the file is missing or wrong; the text names file, key and cure.
        """
        try:
            found = tomllib.loads(path.read_text("utf-8"))
        except OSError as error:
            raise ConfigError(
                _l("%(path)s cannot be read: %(why)s.", path=path, why=error.strerror or error),
                cure=_l("Put an addon.toml with name and title beside addon.py."),
            ) from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ConfigError(
                _l("%(path)s is not valid TOML: %(why)s.", path=path, why=error),
                cure=_l('Write it in UTF-8 as lines of the form: key = "value".'),
            ) from error
        return cls(**_checked(path, found))

    @property
    def needs(self) -> tuple[Requirement, ...]:
        """Give ``requires`` parsed."""
        return tuple(map(Requirement, self.requires))

    @property
    def needed_names(self) -> tuple[str, ...]:
        """Name the addons that must be there, without ``core``, which always is."""
        return tuple(need.name for need in self.needs if need.name != "core")


def _wrong(path: Path, key: str, why: Text | str, cure: Text | str) -> ConfigError:
    return ConfigError(_l("%(path)s: “%(key)s” %(why)s.", path=path, key=key, why=why), cure=cure)


def _checked(path: Path, found: dict[str, Any]) -> dict[str, Any]:
    known = (*_TEXTS, "requires")
    for key, value in found.items():
        if key not in known:
            raise _wrong(
                path,
                key,
                _l("is no key of an addon's manifest"),
                _l("Remove it; the keys are: %(keys)s.", keys=", ".join(known)),
            )
        if key in _TEXTS and not isinstance(value, str):
            raise _wrong(path, key, _l("must be a text"), _l("Put the value in quotes."))
    for key in ("name", "title"):
        if not found.get(key):
            raise _wrong(path, key, _l("is missing"), _l('Add a line: %(key)s = "…".', key=key))
    checked = dict(found)
    _check_name(path, checked["name"])
    _check_version(path, checked.get("version", ""))
    checked["requires"] = _check_requires(path, checked["name"], checked.get("requires", []))
    return checked


def _check_name(path: Path, name: str) -> None:
    if not _NAME.fullmatch(name) or len(name) > LONGEST:
        raise _wrong(
            path,
            "name",
            _l("is not usable: %(name)s", name=name),
            _l(
                "Use at most %(longest)s lower-case ASCII letters, digits and single underscores,"
                " beginning with a letter, e.g. meeting_room.",
                longest=LONGEST,
            ),
        )
    if name in RESERVED or name.startswith(tuple(f"{word}_" for word in RESERVED)):
        raise _wrong(
            path,
            "name",
            _l("is reserved: %(name)s", name=name),
            _l(
                "Choose a name that does not begin with %(words)s.",
                words=", ".join(sorted(RESERVED)),
            ),
        )


def _check_version(path: Path, version: str) -> None:
    if not version:
        return
    try:
        Version(version)
    except InvalidVersion as error:
        raise _wrong(
            path,
            "version",
            _l("is not a version: %(version)s", version=version),
            _l("Write it as PEP 440 says, e.g. 1.4.0 or 2.0rc1."),
        ) from error


def _check_requires(path: Path, name: str, requires: Any) -> tuple[str, ...]:
    cure = _l('Write a list such as ["hr>=0.1", "badge>=1,<2"].')
    if not isinstance(requires, list) or not all(isinstance(item, str) for item in requires):
        raise _wrong(path, "requires", _l("must be a list of texts"), cure)
    seen: set[str] = set()
    for item in requires:
        try:
            need = Requirement(item)
        except InvalidRequirement as error:
            raise _wrong(
                path, "requires", _l("is not usable: %(item)s", item=item), cure
            ) from error
        if need.extras or need.url or need.marker or not _NAME.fullmatch(need.name):
            raise _wrong(
                path,
                "requires",
                _l("must name an addon and versions only: %(item)s", item=item),
                cure,
            )
        if need.name == name or need.name in seen:
            raise _wrong(
                path,
                "requires",
                _l("names %(item)s twice, or the addon itself", item=need.name),
                _l("Name each other addon once."),
            )
        seen.add(need.name)
    return tuple(requires)
