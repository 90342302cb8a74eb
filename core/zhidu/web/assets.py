"""Static files under hashed names, compressed once, cacheable for ever.

All ``static`` folders (theme first, then core, then addons) are gathered at start into one folder
of the installation; WhiteNoise serves it in front of the app, without a proxy.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from whitenoise import WhiteNoise
from whitenoise.compress import Compressor

PREFIX = "static"


class Assets:
    """The gathered files of one set of folders.

    :param folders: pairs of a name prefix (empty for theme and core) and a folder; the first to
        hold a name wins, so that a theme can replace a file of the core.
    :param target: where gathered sets are kept; one folder per content, old ones are removed.
    """

    def __init__(self, folders: Sequence[tuple[str, Path]], target: Path) -> None:
        self.names: dict[str, str] = {}
        sources: dict[str, Path] = {}
        for prefix, folder in folders:
            for path in sorted(folder.rglob("*")):
                if path.is_file():
                    name = "/".join(filter(None, (prefix, path.relative_to(folder).as_posix())))
                    sources.setdefault(name, path)
        digest = hashlib.sha256()
        hashed: dict[str, Path] = {}
        for name, path in sorted(sources.items()):
            content = path.read_bytes()
            mark = hashlib.sha256(content).hexdigest()[:12]
            stem, dot, suffix = name.rpartition(".")
            self.names[name] = f"{stem}.{mark}{dot}{suffix}" if stem else f"{name}.{mark}"
            hashed[self.names[name]] = path
            digest.update(self.names[name].encode())
        self.folder = target / digest.hexdigest()[:16]
        if not self.folder.is_dir():
            self._gather(hashed)

    def _gather(self, hashed: dict[str, Path]) -> None:
        """Copy and compress beside the target, then rename: a half-made set is never served."""
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        work = self.folder.with_name(f"{self.folder.name}.{os.getpid()}")
        shutil.rmtree(work, ignore_errors=True)
        compressor = Compressor(quiet=True)
        for name, path in hashed.items():
            copy = work / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
            if compressor.should_compress(copy.name):
                list(compressor.compress(str(copy)))
        work.mkdir(parents=True, exist_ok=True)
        try:
            work.rename(self.folder)
        except OSError:  # another process gathered the same set first
            shutil.rmtree(work, ignore_errors=True)
        for old in self.folder.parent.iterdir():
            if old.is_dir() and old != self.folder and "." not in old.name:
                shutil.rmtree(old, ignore_errors=True)

    def url(self, name: str) -> str:
        """Give the address of a static file, without any company prefix.

        :raises KeyError: there is no such file.
        """
        return f"/{PREFIX}/{self.names[name]}"

    def serve(self, app: Any) -> WhiteNoise:
        """Put the files in front of a WSGI app."""
        return WhiteNoise(
            app,
            root=str(self.folder),
            prefix=PREFIX,
            immutable_file_test=lambda _path, _url: True,
            max_age=31536000,
        )
