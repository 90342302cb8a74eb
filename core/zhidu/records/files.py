"""The folder of files: content under its SHA-256, written whole or not at all."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from zhidu.errors import NotFound
from zhidu.records.errors import FileRefused
from zhidu.texts import lazy_gettext as _l

CHUNK = 256 * 1024
"""Bytes read at a time; the first chunk is what a type is told by."""

_SHA = re.compile(r"[0-9a-f]{64}\Z")
_ASIDE = "old-"


@dataclass(frozen=True, slots=True)
class Stored:
    """A file that lies in the folder.

    :param size: bytes.
    """

    sha256: str
    size: int


class FileStore:
    """Keeps content at ``<folder>/ab/<sha256>``; the same content lies there once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(
        self, stream: BinaryIO, limit: int, judge: Callable[[bytes], None] = lambda _head: None
    ) -> Stored:
        """Read a stream into the folder: temporary file, fsync, rename; then the row may refer to it.

        :param limit: most bytes.
        :param judge: gets the first bytes and raises for a type that is refused.
        :raises FileRefused: empty or too large; nothing is left behind.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        digest, size = hashlib.sha256(), 0
        handle, name = tempfile.mkstemp(prefix="new-", dir=self.folder)
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as target:
                while chunk := stream.read(CHUNK):
                    if not size:
                        judge(chunk)
                    size += len(chunk)
                    if size > limit:
                        raise FileRefused(
                            _l(
                                "The file is larger than %(limit)s MB.", limit=limit // 1024 // 1024
                            ),
                            cure=_l("Make it smaller, or split it."),
                        )
                    digest.update(chunk)
                    target.write(chunk)
                if not size:
                    raise FileRefused(_l("The file is empty."))
                target.flush()
                os.fsync(target.fileno())
            place = self.path(digest.hexdigest())
            place.parent.mkdir(mode=0o700, exist_ok=True)
            temporary.replace(place)
            _sync_folder(place.parent)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        return Stored(digest.hexdigest(), size)

    def path(self, sha256: str) -> Path:
        """Name the place of a content.

        :raises NotFound: that is no SHA-256.
        """
        if not _SHA.match(sha256):
            raise NotFound
        return self.folder / sha256[:2] / sha256

    def older(self, before: datetime) -> Iterator[str]:
        """Name the contents that were written last before an instant; forget broken uploads."""
        for place in self.folder.glob("new-*"):
            if _written(place) < before:
                place.unlink(missing_ok=True)
        for folder in sorted(self.folder.glob("??")):
            for place in sorted(folder.iterdir()):
                if _SHA.match(place.name) and _written(place) < before:
                    yield place.name

    def drop(self, sha256: str, before: datetime) -> bool:
        """Delete a content, unless someone has kept the same one since; tell whether it is gone.

        It is moved aside first: what then turns out to be new is put back, and what is kept from
        now on is another file.
        """
        place, aside = self.path(sha256), self.folder / f"{_ASIDE}{sha256}"
        try:
            place.replace(aside)
        except FileNotFoundError:
            return False
        if _written(aside) >= before:
            aside.replace(place)
            return False
        aside.unlink()
        return True

    def put_back(self) -> None:
        """Put back what a process that died has moved aside."""
        for aside in self.folder.glob(f"{_ASIDE}*"):
            place = self.path(aside.name.removeprefix(_ASIDE))
            place.parent.mkdir(mode=0o700, exist_ok=True)
            aside.replace(place)

    def open(self, sha256: str) -> BinaryIO:
        """Open a content for reading.

        :raises NotFound: it is not in the folder, e.g. a backup was restored without its files.
        """
        try:
            return self.path(sha256).open("rb")
        except FileNotFoundError:
            raise NotFound(_l("The content of this file is missing on the server.")) from None


def _written(place: Path) -> datetime:
    """Tell when a file was written; one that is gone was written just now, for whoever asks."""
    try:
        return datetime.fromtimestamp(place.stat().st_mtime, UTC)
    except FileNotFoundError:
        return datetime.max.replace(tzinfo=UTC)


def _sync_folder(folder: Path) -> None:
    """Make the rename itself survive a power cut; Windows knows no such thing."""
    with suppress(OSError, PermissionError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
