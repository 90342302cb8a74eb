"""Technical settings of the installation: environment > ``zhidu.toml`` > default.

What a company may decide is never here but in settings that a policy states.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from zhidu.errors import ConfigError
from zhidu.secretfile import kept_secret
from zhidu.texts import Text
from zhidu.texts import lazy_gettext as _l

FILE = "zhidu.toml"
SECRETS = ("secret_key", "password_salt", "totp_key")
"""Each is a line of ``secrets.toml``, or ``ZHIDU_<NAME>`` in the environment."""


class Option(NamedTuple):
    """Where a value stands in ``zhidu.toml``; in the environment it is ``ZHIDU_<NAME>``."""

    name: str
    section: str
    key: str
    kind: type[str] | type[int] | type[bool] | type[tuple[Path, ...]]
    smallest: int = 0
    largest: int = 0


OPTIONS = (
    Option("database_url", "database", "url", str),
    Option("pool_size", "database", "pool_size", int, 1, 1000),
    Option("addon_folders", "addons", "folders", tuple),
    Option("host", "server", "host", str),
    Option("port", "server", "port", int, 0, 65535),
    Option("threads", "server", "threads", int, 1, 1000),
    Option("trusted_proxies", "server", "trusted_proxies", int, 0, 10),
    Option("secure_cookies", "server", "secure_cookies", bool),
    Option("broker_url", "celery", "broker_url", str),
)


@dataclass(frozen=True, slots=True)
class Config:
    """How this installation runs.

    :param home: absolute folder of database, files and secrets.
    :param addon_folders: absolute folders that hold addon packages side by side.
    :param port: TCP port; 0 lets the system choose.
    :param threads: requests served at the same time by ``zhidu run``.
    :param trusted_proxies: how many proxies in front say truly where a request comes from.
    :param secure_cookies: mark cookies ``Secure`` even where no proxy says that the browser came by
        HTTPS; where it says so, they always are.
    :param broker_url: Celery's broker; empty: the embedded worker does the jobs.
    :param given_secrets: secrets that the environment states; the others are kept in a file.
    """

    home: Path
    database_url: str = field(repr=False)
    pool_size: int = 10
    addon_folders: tuple[Path, ...] = ()
    host: str = "127.0.0.1"
    port: int = 8000
    threads: int = 8
    trusted_proxies: int = 0
    secure_cookies: bool = False
    broker_url: str = field(default="", repr=False)
    given_secrets: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def load(cls, environ: Mapping[str, str] = os.environ) -> Config:
        """Read environment and file; makes nothing.

        :raises ConfigError: a key or value is wrong; the text names where, and the cure.
        """
        home = Path(environ.get("ZHIDU_HOME") or "var").expanduser().absolute()
        values = _from_file(home / FILE, home)
        for option in OPTIONS:
            name = f"ZHIDU_{option.name.upper()}"
            if environ.get(name):
                values[option.name] = _from_text(name, environ[name], option)
        values.setdefault("database_url", f"sqlite:///{home / 'zhidu.db'}")
        given = {name: environ.get(f"ZHIDU_{name.upper()}", "") for name in SECRETS}
        return cls(
            home=home,
            given_secrets=MappingProxyType({name: text for name, text in given.items() if text}),
            **values,
        )

    def make_home(self) -> Path:
        """Make the folder, open to its owner only, if it is not there."""
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self.home

    def secret(self, name: str) -> str:
        """Give a secret of :data:`SECRETS`; one that nobody stated is made at first need.

        :raises KeyError: no such secret.
        """
        if name not in SECRETS:
            raise KeyError(name)
        return self.given_secrets.get(name) or kept_secret(self.make_home() / "secrets.toml", name)

    @property
    def secret_key(self) -> str:
        """Give the key that signs sessions and tokens."""
        return self.secret("secret_key")

    @property
    def files(self) -> Path:
        """Name the folder of attachments; made by who writes there."""
        return self.home / "files"


def _wrong(where: str, why: Text | str, cure: Text | str) -> ConfigError:
    return ConfigError(_l("%(where)s %(why)s.", where=where, why=why), cure=cure)


def _from_file(path: Path, home: Path) -> dict[str, Any]:
    try:
        found = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _wrong(
            str(path), _l("cannot be read: %(why)s", why=error), _l("Mend or remove the file.")
        ) from error
    by_place = {(option.section, option.key): option for option in OPTIONS}
    sections = ", ".join(sorted({option.section for option in OPTIONS}))
    values: dict[str, Any] = {}
    for section, table in found.items():
        if section not in {option.section for option in OPTIONS} or not isinstance(table, dict):
            raise _wrong(
                f"{path}: [{section}]",
                _l("is no section"),
                _l("Remove it; the sections are: %(sections)s.", sections=sections),
            )
        for key, value in table.items():
            place = f"{path}: [{section}] {key}"
            option = by_place.get((section, key))
            if option is None:
                keys = ", ".join(sorted(k for s, k in by_place if s == section))
                raise _wrong(
                    place, _l("is no key"), _l("Remove it; the keys are: %(keys)s.", keys=keys)
                )
            values[option.name] = _from_toml(place, value, option, home)
    return values


def _from_toml(place: str, value: object, option: Option, home: Path) -> Any:
    if option.kind is tuple:
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise _wrong(
                place, _l("must be a list of folders"), _l('Write e.g. ["/srv/zhidu/addons"].')
            )
        return tuple(_folder(item, home) for item in value)
    if option.kind is bool:
        if not isinstance(value, bool):
            raise _wrong(place, _l("must be true or false"), _l("Write it without quotes."))
        return value
    if option.kind is int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise _wrong(place, _l("must be a whole number"), _l("Write it without quotes."))
        return _in_range(place, value, option)
    if not isinstance(value, str):
        raise _wrong(place, _l("must be a text"), _l("Put the value in quotes."))
    return value


def _from_text(place: str, text: str, option: Option) -> Any:
    if option.kind is tuple:
        return tuple(_folder(item, Path.cwd()) for item in text.split(os.pathsep) if item)
    if option.kind is bool:
        if text.lower() not in ("true", "false"):
            raise _wrong(place, _l("must be true or false"), _l("It is now: %(text)s.", text=text))
        return text.lower() == "true"
    if option.kind is int:
        try:
            number = int(text)
        except ValueError as error:
            raise _wrong(
                place, _l("must be a whole number"), _l("It is now: %(text)s.", text=text)
            ) from error
        return _in_range(place, number, option)
    return text


def _in_range(place: str, number: int, option: Option) -> int:
    if not option.smallest <= number <= option.largest:
        raise _wrong(
            place,
            _l("is out of range"),
            _l("Choose %(low)s to %(high)s.", low=option.smallest, high=option.largest),
        )
    return number


def _folder(text: str, base: Path) -> Path:
    return Path(os.path.normpath(base / Path(text).expanduser()))
