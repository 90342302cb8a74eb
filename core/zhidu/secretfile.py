"""Secrets that nobody wants to invent: made once, kept in a file only its owner may read."""

from __future__ import annotations

import os
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from zhidu.errors import ConfigError
from zhidu.ids import token
from zhidu.texts import lazy_gettext as _l

BYTES = 32

if sys.platform == "win32":  # pragma: no cover -- the other branch runs where tests run
    import msvcrt

    def _lock(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_LOCK, 1)
else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX)


def kept_secret(path: Path, name: str) -> str:
    """Read the secret ``name`` out of a TOML file; make it there when it is missing.

    Two processes that start at once agree: the file is locked while it is read and extended.

    :raises ConfigError: the file cannot be read, or others than its owner may read it.
    """
    with _opened(path) as handle:
        try:
            known = tomllib.loads(_content(handle))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ConfigError(
                _l("%(path)s cannot be read: %(why)s.", path=path, why=error),
                cure=_l("Restore the file from a backup; its secrets are lost otherwise."),
            ) from error
        found = known.get(name)
        if isinstance(found, str) and found:
            return found
        made = token(BYTES)
        os.lseek(handle, 0, os.SEEK_END)
        os.write(handle, f'{name} = "{made}"\n'.encode())
        os.fsync(handle)
        return made


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise ConfigError(
            _l("%(path)s cannot be opened: %(why)s.", path=path, why=error.strerror or error),
            cure=_l("Give the folder and the file to the user who runs Zhidu."),
        ) from error
    try:
        _lock(handle)
        if os.name == "posix" and os.fstat(handle).st_mode & 0o077:
            raise ConfigError(
                _l("%(path)s may be read by others than its owner.", path=path),
                cure=_l("Run: chmod 600 %(path)s", path=path),
            )
        yield handle
    finally:
        os.close(handle)  # which also gives the lock back


def _content(handle: int) -> str:
    os.lseek(handle, 0, os.SEEK_SET)
    return os.read(handle, 1_000_000).decode("utf-8")
